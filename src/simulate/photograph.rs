//! The photograph of a primer under a ring light, rendered from its heights.

use super::firearm::SimulatedFirearm;
use super::light::RingLight;
use super::scan::{metadata, render};
use super::shot::SimulatedShot;
use super::whole::WholePrimer;
use crate::grid::HeightMap;
use crate::ids::Digest;
use crate::surface::{Photo, Provenance};
use crate::units::LengthUnit;

/// Width and height of the picture, um: 4:3, the primer filling most of the height.
const FIELD_UM: (f64, f64) = (6_400.0, 4_800.0);
/// Roughness that the pitch does not resolve, as the factor by which slopes are raised.
const SLOPE_GAIN: f32 = 2.8;

/// Luminance under a ring of lamps seen from above, in counts that saturate as a camera's do.
pub(super) fn photograph(firearm: &SimulatedFirearm, shot: &SimulatedShot, pitch_um: f64) -> Photo {
    let primer = WholePrimer::new(firearm, shot, pitch_um);
    let (rows, columns) = ((FIELD_UM.1 / pitch_um) as usize, (FIELD_UM.0 / pitch_um) as usize);
    let mut map = HeightMap::missing(rows, columns, pitch_um);
    render(&mut map, |_, _| true, |at| primer.heights(at));
    let light = RingLight { slope_gain: SLOPE_GAIN, ..RingLight::default() };
    let luminance = light.photograph(&map, shot.stream("shot.photograph").word()).z;
    let bytes: Vec<u8> = luminance.iter().flat_map(|v| v.to_le_bytes()).collect();
    Photo {
        luminance,
        pitch_um: Some(pitch_um),
        metadata: metadata(shot, "photograph of a"),
        provenance: Provenance {
            sha256: Digest::of(&bytes),
            format: "simulated".to_owned(),
            unit: LengthUnit::Micrometre,
            notes: Vec::new(),
        },
    }
}

/// The photograph as a PNG of eight bits, without a pitch in it: laboratories state it on submission.
///
/// # Errors
/// What the encoder reports.
pub(super) fn png(photo: &Photo) -> Result<Vec<u8>, image::ImageError> {
    let (rows, columns) = photo.luminance.dim();
    let pixels: Vec<u8> = photo.luminance.iter().map(|v| (v * 255.0 + 0.5) as u8).collect();
    let mut bytes = Vec::new();
    let encoder = image::codecs::png::PngEncoder::new(&mut bytes);
    image::ImageEncoder::write_image(encoder, &pixels, columns as u32, rows as u32, image::ExtendedColorType::L8)?;
    Ok(bytes)
}
