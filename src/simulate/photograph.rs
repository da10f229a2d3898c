//! The photograph of a primer under a ring light, rendered from its heights.

use super::firearm::SimulatedFirearm;
use super::scan::{metadata, render};
use super::shot::SimulatedShot;
use super::whole::WholePrimer;
use crate::grid::HeightMap;
use crate::ids::Digest;
use crate::surface::{Photo, Provenance};
use crate::units::LengthUnit;
use ndarray::{Array2, Axis};
use rayon::prelude::*;
use std::f64::consts::TAU;

/// Lamps around the ring.
const LAMPS: usize = 16;
/// Elevation of the lamps above the plane, rad: about 40 degrees, so that facets tilted by 25 degrees shine.
const ELEVATION_RAD: f64 = 0.70;
/// Width and height of the picture, um: 4:3, the primer filling most of the height.
const FIELD_UM: (f64, f64) = (6_400.0, 4_800.0);
/// Share of scattered light.
const AMBIENT: f32 = 0.045;
/// Share of the diffuse (Lambert) reflection.
const DIFFUSE: f32 = 0.17;
/// Strength of the specular (Blinn 1977) reflection.
const SPECULAR: f32 = 0.5;
/// Roughness that the pitch does not resolve, as the factor by which slopes are raised.
const SLOPE_GAIN: f32 = 2.2;

/// Luminance under a ring of lamps seen from above, in counts that saturate as a camera's do.
pub(super) fn photograph(firearm: &SimulatedFirearm, shot: &SimulatedShot, pitch_um: f64) -> Photo {
    let primer = WholePrimer::new(firearm, shot, pitch_um).lit();
    let (rows, columns) = ((FIELD_UM.1 / pitch_um) as usize, (FIELD_UM.0 / pitch_um) as usize);
    let mut map = HeightMap::missing(rows, columns, pitch_um);
    render(&mut map, |_, _| true, |at| primer.heights(at));
    let mut stream = shot.stream("shot.photograph");
    // The brightness of the lamps is never quite even.
    let lamps: Vec<([f32; 3], [f32; 3], f32)> = (0..LAMPS)
        .map(|at| {
            let azimuth = TAU * at as f64 / LAMPS as f64;
            let (ce, se) = (libm::cos(ELEVATION_RAD), libm::sin(ELEVATION_RAD));
            let light = [(ce * libm::cos(azimuth)) as f32, (ce * libm::sin(azimuth)) as f32, se as f32];
            let half = [light[0], light[1], light[2] + 1.0];
            let norm = (half[0] * half[0] + half[1] * half[1] + half[2] * half[2]).sqrt();
            (light, half.map(|v| v / norm), stream.between(0.85, 1.15) as f32)
        })
        .collect();
    let exposure = stream.between(0.9, 1.15) as f32;
    let grain = stream.white(rows * columns);
    let mut luminance = Array2::<f32>::zeros((rows, columns));
    luminance.axis_iter_mut(Axis(0)).into_par_iter().enumerate().for_each(|(row, mut line)| {
        for (column, pixel) in line.iter_mut().enumerate() {
            let light = reflected(&map, row, column, &lamps) * exposure;
            // Shot noise grows with the root of the light; read noise does not.
            let noise = (0.008 + 0.02 * light.max(0.0).sqrt()) * grain[row * columns + column];
            *pixel = (light + noise).clamp(0.0, 1.0);
        }
    });
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

/// Light that one pixel sends to the camera.
fn reflected(map: &HeightMap, row: usize, column: usize, lamps: &[([f32; 3], [f32; 3], f32)]) -> f32 {
    let (rows, columns) = map.z.dim();
    let at = |r: usize, c: usize| map.z[[r.min(rows - 1), c.min(columns - 1)]];
    let step = SLOPE_GAIN / (2.0 * map.pitch_um as f32);
    let gx = (at(row, column + 1) - at(row, column.saturating_sub(1))) * step;
    let gy = (at(row + 1, column) - at(row.saturating_sub(1), column)) * step;
    let nz = 1.0 / (1.0 + gx * gx + gy * gy).sqrt();
    let n = [-gx * nz, -gy * nz, nz];
    let dot = |a: &[f32; 3]| a[0] * n[0] + a[1] * n[1] + a[2] * n[2];
    let (mut diffuse, mut specular) = (0.0, 0.0);
    for (light, half, strength) in lamps {
        diffuse += strength * dot(light).max(0.0);
        let shine = dot(half).max(0.0);
        // The 32nd power by five squarings.
        let s2 = shine * shine;
        let s4 = s2 * s2;
        let s8 = s4 * s4;
        let s16 = s8 * s8;
        specular += strength * s16 * s16;
    }
    let share = 1.0 / lamps.len() as f32;
    // Steep flanks lie in their own shadow and send what they reflect past the lens.
    let seen = nz * nz;
    (AMBIENT + DIFFUSE * diffuse * share + 4.0 * SPECULAR * specular * share) * seen
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
