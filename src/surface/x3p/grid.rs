//! From the axes and points of an X3P to samples on a regular grid.

use super::manifest::Manifest;
use super::samples::{SampleType, Stored};
use crate::surface::SurfaceError;
use crate::surface::error::Blame;
use crate::units::LengthUnit;

/// How far a point of an absolute axis may lie from its place on the regular grid, in pitches. 2 %: stage encoders jitter
/// less, and a true irregular grid is off by more within a few points.
const REGULAR_WITHIN: f64 = 0.02;

/// One lateral axis.
#[derive(Debug, Clone, Copy)]
enum Lateral {
    /// Incremental: `increment` and `offset` say all.
    Incremental { increment: f64, offset: f64 },
    /// Absolute: each point states its coordinate, of this type.
    Absolute { sample_type: SampleType, increment: f64, offset: f64 },
}

/// What the axes say of the points.
pub(super) struct Plan {
    rows: usize,
    columns: usize,
    x: Lateral,
    y: Lateral,
    z: SampleType,
    increment: f64,
    offset: f64,
}

impl Plan {
    pub(super) fn read(manifest: &Manifest, rows: usize, columns: usize, blame: &Blame) -> Result<Self, SurfaceError> {
        let number_type = |axis: &str| {
            let field = format!("Record1/Axes/{axis}/DataType");
            let text = manifest.text(&field, blame)?.unwrap_or("nothing");
            SampleType::from_letter(text).ok_or_else(|| blame.field(&field, "D, F, I or L", text))
        };
        // The increment of an axis whose points state their coordinate may be left out and is then 1.
        let scale = |axis: &str, needed: bool| {
            let field = format!("Record1/Axes/{axis}/Increment");
            let increment = match manifest.number(&field, blame)? {
                Some(increment) if increment > 0.0 => increment,
                None if !needed => 1.0,
                other => {
                    let got = other.map_or("nothing".to_owned(), |n| n.to_string());
                    return Err(blame.field(&field, "a number above 0", got));
                }
            };
            let offset = manifest.number(&format!("Record1/Axes/{axis}/Offset"), blame)?.unwrap_or(0.0);
            Ok((increment, offset))
        };
        let absolute = |axis: &str| {
            let field = format!("Record1/Axes/{axis}/AxisType");
            match manifest.text(&field, blame)? {
                Some("I") => Ok(false),
                Some("A") => Ok(true),
                other => Err(blame.field(&field, "I or A", other.unwrap_or("nothing"))),
            }
        };
        let lateral = |axis: &str| {
            if absolute(axis)? {
                let (increment, offset) = scale(axis, false)?;
                Ok(Lateral::Absolute { sample_type: number_type(axis)?, increment, offset })
            } else {
                let (increment, offset) = scale(axis, true)?;
                Ok(Lateral::Incremental { increment, offset })
            }
        };
        let z = number_type("CZ")?;
        // Every point states its height, whichever of the two the file calls the axis.
        absolute("CZ")?;
        let (increment, offset) = scale("CZ", z.is_integer())?;
        Ok(Self { rows, columns, x: lateral("CX")?, y: lateral("CY")?, z, increment, offset })
    }

    /// Whether floating-point heights come with a scale, which the standard needs for integers only.
    pub(super) fn scaled_floats(&self) -> bool {
        !self.z.is_integer() && (self.increment != 1.0 || self.offset != 0.0)
    }

    /// Bytes of one point.
    pub(super) fn stride(&self) -> usize {
        self.x.size() + self.y.size() + self.z.size()
    }

    /// Bytes of all points.
    pub(super) fn bytes(&self) -> u64 {
        (self.rows as u64 * self.columns as u64).saturating_mul(self.stride() as u64)
    }

    fn stored(&self, samples: Vec<u8>, x: (f64, f64), y: (f64, f64)) -> Stored {
        Stored {
            sample_type: self.z,
            samples,
            increment: self.increment,
            offset: self.offset,
            unit: LengthUnit::Metre,
            valid: None,
            increments_xy: [x.0, y.0],
            offsets_xy: [x.1, y.1],
            unit_xy: LengthUnit::Metre,
        }
    }
}

impl Lateral {
    fn size(self) -> usize {
        match self {
            Lateral::Incremental { .. } => 0,
            Lateral::Absolute { sample_type, .. } => sample_type.size(),
        }
    }

    /// Increment and offset of the axis. For an absolute one `coordinate` gives the value of a point (row, column), and
    /// `along` picks that of row and column which runs along the axis.
    fn regular(
        self,
        name: &str,
        (rows, columns): (usize, usize),
        along: impl Fn(usize, usize) -> usize,
        coordinate: impl Fn(usize, usize) -> f64,
        blame: &Blame,
    ) -> Result<(f64, f64), SurfaceError> {
        let (increment, offset) = match self {
            Lateral::Incremental { increment, offset } => return Ok((increment, offset)),
            // Floating-point coordinates are lengths already; the standard scales whole numbers only.
            Lateral::Absolute { sample_type, increment, offset } => {
                (if sample_type.is_integer() { increment } else { 1.0 }, offset)
            }
        };
        let place = |r: usize, c: usize| offset + increment * coordinate(r, c);
        let steps = along(rows - 1, columns - 1);
        let field = || format!("Record1/Axes/{name}: absolute coordinates");
        if steps == 0 {
            return Err(blame.field(field(), "two points or more, to tell their distance", "one"));
        }
        let first = place(0, 0);
        let pitch = (place(rows - 1, columns - 1) - first) / steps as f64;
        if !pitch.is_finite() || pitch <= 0.0 {
            return Err(blame.field(field(), "coordinates that grow along the axis", format!("steps of {pitch}")));
        }
        for r in 0..rows {
            for c in 0..columns {
                let off = (place(r, c) - first) / pitch - along(r, c) as f64;
                if off.is_nan() || off.abs() > REGULAR_WITHIN {
                    let got = format!("row {r}, column {c} off by {off:.3} of a step");
                    return Err(blame.field(field(), "a regular grid", got));
                }
            }
        }
        Ok((pitch, first))
    }
}

/// Samples from `data.bin`, whose length was checked to be [`Plan::bytes`]: x and y (where absolute) and z of each point,
/// points along x first.
pub(super) fn from_binary(bytes: Vec<u8>, plan: &Plan, blame: &Blame) -> Result<Stored, SurfaceError> {
    let (sx, sy, stride) = (plan.x.size(), plan.y.size(), plan.stride());
    let at = |axis: Lateral, skip: usize| {
        let bytes = &bytes;
        move |r: usize, c: usize| match axis {
            Lateral::Absolute { sample_type, .. } => {
                let start = (r * plan.columns + c) * stride + skip;
                sample_type.value(bytes.get(start..start + sample_type.size()).unwrap_or_default())
            }
            Lateral::Incremental { .. } => 0.0,
        }
    };
    let shape = (plan.rows, plan.columns);
    let x = plan.x.regular("CX", shape, |_, c| c, at(plan.x, 0), blame)?;
    let y = plan.y.regular("CY", shape, |r, _| r, at(plan.y, sx), blame)?;
    let samples = if stride == plan.z.size() {
        bytes
    } else {
        bytes.chunks_exact(stride).flat_map(|point| &point[sx + sy..]).copied().collect()
    };
    Ok(plan.stored(samples, x, y))
}

/// Samples from the texts of `DataList`: one point each, `z` alone, or its coordinates on all absolute axes separated by
/// semicolons, or `x;y;z`; an empty text or one that says NaN is a missing point.
pub(super) fn from_text(data: &[String], plan: &Plan, blame: &Blame) -> Result<Stored, SurfaceError> {
    const FIELD: &str = "Record3/DataList";
    if data.len() != plan.rows * plan.columns {
        return Err(blame.field(
            FIELD,
            format!("{} Datum ({} x {} points)", plan.rows * plan.columns, plan.columns, plan.rows),
            data.len(),
        ));
    }
    let absolute = [plan.x, plan.y].map(|axis| axis.size() > 0);
    let wanted = 1 + absolute.iter().filter(|a| **a).count();
    let mut samples = Vec::with_capacity(data.len() * plan.z.size());
    let mut valid = vec![0u8; data.len().div_ceil(8)];
    let mut places = vec![Vec::new(), Vec::new()];
    for (i, text) in data.iter().enumerate() {
        let bad = |expected: &str| blame.field(format!("{FIELD}/Datum {}", i + 1), expected, text);
        let mut fields: Vec<&str> = text.split(';').map(str::trim).collect();
        let z = fields.pop().unwrap_or_default();
        if fields.len() + 1 != wanted && !(text.is_empty() && wanted == 1) {
            return Err(bad(&format!("{wanted} numbers separated by semicolons")));
        }
        let mut fields = fields.into_iter();
        for (place, _) in places.iter_mut().zip(absolute).filter(|(_, absolute)| *absolute) {
            let text = fields.next().unwrap_or_default();
            place.push(text.parse::<f64>().map_err(|_| bad("numbers separated by semicolons"))?);
        }
        let missing = z.is_empty() || z.eq_ignore_ascii_case("nan");
        if !missing {
            valid[i / 8] |= 1 << (i % 8);
        }
        match plan.z {
            SampleType::Double | SampleType::Float => {
                let value = if missing { f64::NAN } else { z.parse().map_err(|_| bad("a number"))? };
                if plan.z == SampleType::Double {
                    samples.extend(value.to_le_bytes());
                } else {
                    samples.extend((value as f32).to_le_bytes());
                }
            }
            SampleType::Long => {
                let value: i32 = if missing { 0 } else { z.parse().map_err(|_| bad("a 32-bit whole number"))? };
                samples.extend(value.to_le_bytes());
            }
            SampleType::Short => {
                let value: i16 = if missing { 0 } else { z.parse().map_err(|_| bad("a 16-bit whole number"))? };
                samples.extend(value.to_le_bytes());
            }
        }
    }
    let at = |axis: usize| {
        let places = &places;
        move |r: usize, c: usize| places[axis].get(r * plan.columns + c).copied().unwrap_or(f64::NAN)
    };
    let shape = (plan.rows, plan.columns);
    let x = plan.x.regular("CX", shape, |_, c| c, at(0), blame)?;
    let y = plan.y.regular("CY", shape, |r, _| r, at(1), blame)?;
    let mut stored = plan.stored(samples, x, y);
    stored.valid = plan.z.is_integer().then_some(valid);
    Ok(stored)
}
