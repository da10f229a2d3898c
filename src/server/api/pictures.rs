//! Pictures and heights of specimens.

use super::{Hall, Problem, told};
use crate::dsp::resample::{Interpolation, rigid, to_pitch};
use crate::engine::Context;
use crate::engine::error::EngineError;
use crate::engine::progress::Unwatched;
use crate::engine::relief::relief;
use crate::engine::review::mark_of;
use crate::geometry::{Point, Pose};
use crate::grid::HeightMap;
use crate::ids::SpecimenId;
use crate::mark::{Mark, Modality};
use crate::report::ReportError;
use crate::report::palette::ColourMap;
use crate::report::shade::{Light, coloured, robust_range, shaded};
use crate::server::given::{Asked, Named};
use crate::server::guard::Signed;
use axum::Extension;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;

/// Sides of pictures, pixels.
const SIDES: (u32, u32) = (32, 2_048);
/// Sides of maps of heights, points.
const POINTS: (u32, u32) = (64, 4_096);

/// How large a picture, and in whose frame.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct View {
    /// Most pixels along one side, 32 to 2,048.
    #[serde(default = "thumbnail")]
    #[param(minimum = 32, maximum = 2_048)]
    pixels: u32,
    /// Draw it in the frame of this other specimen, by the pose below.
    like: Option<String>,
    /// `breech_face` or `firing_pin`: which mark of the specimen, and of the other.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    kind: Shown,
    /// Turn into that frame, radians.
    #[serde(default)]
    theta_rad: f64,
    /// Shift along x after the turn, um.
    #[serde(default)]
    dx_um: f64,
    /// Shift along y after the turn, um.
    #[serde(default)]
    dy_um: f64,
}

/// A mark that is drawn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Shown {
    #[default]
    BreechFace,
    FiringPin,
}

fn thumbnail() -> u32 {
    256
}

/// How large a picture.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Size {
    /// Most pixels along one side, 32 to 2,048.
    #[serde(default = "thumbnail")]
    #[param(minimum = 32, maximum = 2_048)]
    pixels: u32,
}

/// What of a specimen's heights.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Layer {
    /// `surface`: the acquisition, levelled; `coarse` or `fine`: the band-passed breech face (75-400 um, 30-150 um).
    #[serde(default)]
    #[param(value_type = String)]
    layer: Which,
    /// Most points along one side, 64 to 4,096.
    #[serde(default = "middling")]
    #[param(minimum = 64, maximum = 4_096)]
    most: u32,
}

fn middling() -> u32 {
    1_024
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Which {
    #[default]
    Surface,
    Coarse,
    Fine,
}

/// A number that a request gives, if it is in its range.
fn within(what: &str, given: u32, (least, most): (u32, u32)) -> Result<u32, EngineError> {
    if (least..=most).contains(&given) {
        return Ok(given);
    }
    Err(EngineError::Input { what: what.to_owned(), expected: format!("{least} to {most}"), got: given.to_string() })
}

fn undrawn(error: &ReportError) -> EngineError {
    EngineError::Input { what: "picture".to_owned(), expected: "a mark with values".to_owned(), got: error.to_string() }
}

fn png(bytes: Vec<u8>) -> Response {
    // Marks of one address may change with an outline: a browser asks again after a minute.
    ([(header::CONTENT_TYPE, "image/png"), (header::CACHE_CONTROL, "private, max-age=60")], bytes).into_response()
}

/// The breech face of a specimen under virtual light, or its firing-pin impression, as it lies or in the frame of another specimen.
///
/// # Errors
/// `not-found`, `bad-input` where it has no suitable mark.
#[utoipa::path(get, path = "/api/v1/specimens/{id}/breech-face.png", tag = "gallery",
    params(("id" = String, Path, description = "Its identifier."), View),
    responses((status = 200, body = Vec<u8>, content_type = "image/png"), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn breech_face(
    State(hall): State<Arc<Hall>>,
    Extension(signed): Extension<Signed>,
    Named(id): Named<String>,
    Asked(view): Asked<View>,
) -> Result<Response, Problem> {
    let bytes = told(signed.language, move || {
        let of =
            |name: &str| Ok::<HeightMap, EngineError>(mark_of_kind(&hall, &SpecimenId::new(name), view.kind)?.coarse);
        let map = of(&id)?;
        let side = within("pixels", view.pixels, SIDES)?;
        let pose = Pose::new(view.theta_rad, view.dx_um, view.dy_um);
        let drawn = match view.like.as_deref() {
            Some(other) if pose.theta_rad.is_finite() && pose.dx_um.is_finite() && pose.dy_um.is_finite() => {
                shaded(&in_frame_of(&map, &of(other)?, pose, side), &Light::default(), side)
            }
            _ => shaded(&map, &Light::default(), side),
        };
        drawn.map(|picture| picture.png).map_err(|error| undrawn(&error))
    })
    .await?;
    Ok(png(bytes))
}

/// The newest suitable mark of a kind.
fn mark_of_kind(hall: &Hall, id: &SpecimenId, kind: Shown) -> Result<Mark, EngineError> {
    match kind {
        Shown::BreechFace => mark_shown(hall, id),
        Shown::FiringPin => Ok(mark_of(&hall.store, id, &hall.parameters.firing_pins()?)?.1),
    }
}

/// The newest suitable breech face of a specimen; of a photograph where it was photographed only.
fn mark_shown(hall: &Hall, id: &SpecimenId) -> Result<Mark, EngineError> {
    match mark_of(&hall.store, id, &hall.parameters) {
        Err(EngineError::Input { what, expected, got }) => {
            let photographs = hall.parameters.imaged(Modality::Reflectance)?;
            let seen = mark_of(&hall.store, id, &photographs);
            seen.map(|(_, mark)| mark).map_err(|_| EngineError::Input { what, expected, got })
        }
        found => found.map(|(_, mark)| mark),
    }
}

/// A map as it lies over another one after a rigid motion; of the size of that other one.
fn in_frame_of(map: &HeightMap, other: &HeightMap, other_from_map: Pose, side: u32) -> HeightMap {
    let longest = other.rows().max(other.columns()) as f64;
    let pitch_um = other.pitch_um * (longest / f64::from(side)).max(1.0);
    let points = |n: usize| ((n as f64 * other.pitch_um / pitch_um).round() as usize).max(2);
    rigid(
        &to_pitch(map, pitch_um),
        other_from_map,
        points(other.rows()),
        points(other.columns()),
        pitch_um,
        Interpolation::Bicubic,
    )
}

/// The newest acquisition of a specimen as a whole: levelled heights under virtual light, or the photograph.
///
/// # Errors
/// `not-found`.
#[utoipa::path(get, path = "/api/v1/specimens/{id}/surface.png", tag = "gallery",
    params(("id" = String, Path, description = "Its identifier."), Size),
    responses((status = 200, body = Vec<u8>, content_type = "image/png"), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn surface(
    State(hall): State<Arc<Hall>>,
    Extension(signed): Extension<Signed>,
    Named(id): Named<String>,
    Asked(size): Asked<Size>,
) -> Result<Response, Problem> {
    let bytes = told(signed.language, move || {
        let seen = relief(&context(&hall, &signed.account.name), &SpecimenId::new(id))?;
        let side = within("pixels", size.pixels, SIDES)?;
        let drawn = match seen.modality {
            Modality::Reflectance => coloured(&seen.map, ColourMap::Grey, robust_range(&seen.map, 0.02), side),
            // The cliffs of a raw acquisition outweigh the relief of its breech face.
            Modality::Heights => shaded(&seen.map, &Light { slope: 1.6, ..Light::default() }, side),
        };
        drawn.map(|picture| picture.png).map_err(|error| undrawn(&error))
    })
    .await?;
    Ok(png(bytes))
}

/// What the engine works with when a request only reads.
pub(super) fn context<'a>(hall: &'a Hall, actor: &'a str) -> Context<'a> {
    Context { store: &hall.store, clock: &hall.clock, actor, parameters: &hall.parameters, progress: &Unwatched }
}

/// The heights of a specimen for programs and for the comparison bench, in the frame of its breech-face mark.
///
/// Little endian: `BLH1`, columns and rows (u32), then as f64 in um the pitch, x and y of the first point and the height of one step, then columns x rows
/// i16 steps row by row; -32,768 where the instrument has no value. x runs along columns to the right, y along rows downwards.
///
/// # Errors
/// `not-found`, `bad-input` where it has no suitable mark.
#[utoipa::path(get, path = "/api/v1/specimens/{id}/heights", tag = "gallery",
    params(("id" = String, Path, description = "Its identifier."), Layer),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream"), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn heights(
    State(hall): State<Arc<Hall>>,
    Extension(signed): Extension<Signed>,
    Named(id): Named<String>,
    Asked(layer): Asked<Layer>,
) -> Result<Response, Problem> {
    let bytes = told(signed.language, move || {
        let id = SpecimenId::new(id);
        let (map, origin) = match layer.layer {
            Which::Surface => {
                let seen = relief(&context(&hall, &signed.account.name), &id)?;
                (seen.map, seen.origin)
            }
            Which::Coarse => (mark_shown(&hall, &id)?.coarse, Point::new(0.0, 0.0)),
            Which::Fine => (mark_shown(&hall, &id)?.fine, Point::new(0.0, 0.0)),
        };
        let longest = map.rows().max(map.columns()) as f64;
        let most = f64::from(within("most", layer.most, POINTS)?);
        let map = if longest > most { to_pitch(&map, map.pitch_um * longest / most) } else { map };
        Ok(packed(&map, origin))
    })
    .await?;
    let headers = [(header::CONTENT_TYPE, "application/octet-stream"), (header::CACHE_CONTROL, "private, max-age=60")];
    Ok((headers, bytes).into_response())
}

/// A map in the format of [`heights`], `origin` being where the mark's frame begins in the map's.
fn packed(map: &HeightMap, origin: Point) -> Vec<u8> {
    let highest = map.z.iter().filter(|z| z.is_finite()).fold(0f32, |most, z| most.max(z.abs()));
    let scale_um = f64::from(highest.max(f32::MIN_POSITIVE)) / 32_767.0;
    let first = map.point_at(0.0, 0.0);
    let mut bytes = Vec::with_capacity(44 + 2 * map.z.len());
    bytes.extend(b"BLH1");
    for n in [map.columns() as u32, map.rows() as u32] {
        bytes.extend(n.to_le_bytes());
    }
    for value in [map.pitch_um, first.x_um - origin.x_um, first.y_um - origin.y_um, scale_um] {
        bytes.extend(value.to_le_bytes());
    }
    for z in &map.z {
        let step = if z.is_finite() { (f64::from(*z) / scale_um).round() as i16 } else { i16::MIN };
        bytes.extend(step.to_le_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_heights_are_read_back_where_they_lie_and_gaps_stay_gaps() {
        let mut map = HeightMap::missing(3, 5, 2.0);
        map.z[[0, 0]] = -1.5;
        map.z[[2, 4]] = 3.0;
        let bytes = packed(&map, Point::new(1.0, -2.0));
        let number = |at: usize| f64::from_le_bytes(bytes[at..at + 8].try_into().unwrap());
        assert_eq!((&bytes[..4], bytes[4], bytes[8], bytes.len()), (&b"BLH1"[..], 5, 3, 44 + 30));
        assert_eq!((number(12), number(20), number(28)), (2.0, -5.0, 0.0));
        let height = |at: usize| i16::from_le_bytes(bytes[44 + 2 * at..46 + 2 * at].try_into().unwrap());
        assert_eq!((height(1), height(14)), (i16::MIN, 32_767));
        assert!((f64::from(height(0)) * number(36) + 1.5).abs() < number(36));
    }

    #[test]
    fn a_mark_turned_into_its_own_frame_is_itself() {
        let mut map = HeightMap::missing(40, 60, 5.0);
        for ((r, c), z) in map.z.indexed_iter_mut() {
            *z = (r as f32 * 0.3).sin() + (c as f32 * 0.2).cos();
        }
        let same = in_frame_of(&map, &map, Pose::new(0.0, 0.0, 0.0), 60);
        assert_eq!(same.z.dim(), map.z.dim());
        let off =
            same.z.iter().zip(&map.z).filter(|(a, _)| a.is_finite()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(off < 1e-3, "{off}");
    }
}
