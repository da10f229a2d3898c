//! The point data of an X3P in its own number type.

use crate::units::LengthUnit;

/// Number types of ISO 25178-72, little-endian in `data.bin`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SampleType {
    /// `D`: 64-bit floating point.
    Double,
    /// `F`: 32-bit floating point.
    Float,
    /// `L`: 32-bit integer.
    Long,
    /// `I`: 16-bit integer.
    Short,
}

impl SampleType {
    /// The letter of `DataType`.
    #[must_use]
    pub fn letter(self) -> char {
        match self {
            SampleType::Double => 'D',
            SampleType::Float => 'F',
            SampleType::Long => 'L',
            SampleType::Short => 'I',
        }
    }

    /// Bytes of one sample.
    #[must_use]
    pub fn size(self) -> usize {
        match self {
            SampleType::Double => 8,
            SampleType::Float | SampleType::Long => 4,
            SampleType::Short => 2,
        }
    }

    /// Whether the type has no NaN, so that missing points need a validity file.
    #[must_use]
    pub fn is_integer(self) -> bool {
        matches!(self, SampleType::Long | SampleType::Short)
    }

    pub(crate) fn from_letter(letter: &str) -> Option<Self> {
        match letter {
            "D" => Some(SampleType::Double),
            "F" => Some(SampleType::Float),
            "L" => Some(SampleType::Long),
            "I" => Some(SampleType::Short),
            _ => None,
        }
    }

    /// One sample from exactly [`Self::size`] bytes; missing bytes count as zero.
    pub(crate) fn value(self, bytes: &[u8]) -> f64 {
        fn exactly<const N: usize>(bytes: &[u8]) -> [u8; N] {
            let mut out = [0; N];
            for (to, from) in out.iter_mut().zip(bytes) {
                *to = *from;
            }
            out
        }
        match self {
            SampleType::Double => f64::from_le_bytes(exactly(bytes)),
            SampleType::Float => f64::from(f32::from_le_bytes(exactly(bytes))),
            SampleType::Long => f64::from(i32::from_le_bytes(exactly(bytes))),
            SampleType::Short => f64::from(i16::from_le_bytes(exactly(bytes))),
        }
    }
}

/// The samples of a file as they stand in it: height = offset + increment x sample, in `unit`.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// Number type of the heights.
    pub sample_type: SampleType,
    /// The samples in file order (x fastest), little-endian, `sample_type.size()` bytes each.
    pub samples: Vec<u8>,
    /// `CZ/Increment`.
    pub increment: f64,
    /// `CZ/Offset`.
    pub offset: f64,
    /// The unit of the heights.
    pub unit: LengthUnit,
    /// Validity of each point where the file has a validity file: bit `i % 8` of byte `i / 8`, set where valid.
    pub valid: Option<Vec<u8>>,
    /// `CX/Increment` and `CY/Increment`.
    pub increments_xy: [f64; 2],
    /// `CX/Offset` and `CY/Offset`: where the scan lay on the instrument's stage.
    pub offsets_xy: [f64; 2],
    /// The unit of the increments along x and y.
    pub unit_xy: LengthUnit,
}

impl Stored {
    /// How many samples.
    #[must_use]
    pub fn len(&self) -> usize {
        self.samples.len() / self.sample_type.size()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }

    /// The heights in file order in the file's unit; NaN where missing, marked invalid, or not finite.
    #[must_use]
    pub fn heights(&self) -> Vec<f64> {
        let mut heights = self.values();
        for z in &mut heights {
            *z = finite(self.offset + self.increment * *z);
        }
        if self.valid.is_some() {
            heights.iter_mut().enumerate().filter(|(i, _)| !self.is_valid(*i)).for_each(|(_, z)| *z = f64::NAN);
        }
        heights
    }

    /// Heights of [`Stored::heights`] in um; NaN where missing.
    #[must_use]
    pub fn in_um(&self, mut heights: Vec<f64>) -> Vec<f64> {
        let scale = self.unit.um();
        heights.iter_mut().for_each(|z| *z = finite(*z * scale));
        heights
    }

    /// How many floating-point samples are infinite, which no measurement is.
    pub(crate) fn infinite(&self) -> usize {
        if self.sample_type.is_integer() { 0 } else { self.values().iter().filter(|z| z.is_infinite()).count() }
    }

    /// The samples as numbers: one loop a type, which the compiler turns into wide loads.
    fn values(&self) -> Vec<f64> {
        fn each<const N: usize>(samples: &[u8], value: impl Fn([u8; N]) -> f64) -> Vec<f64> {
            samples.as_chunks::<N>().0.iter().map(|bytes| value(*bytes)).collect()
        }
        let samples = &self.samples;
        match self.sample_type {
            SampleType::Double => each(samples, f64::from_le_bytes),
            SampleType::Float => each(samples, |bytes| f64::from(f32::from_le_bytes(bytes))),
            SampleType::Long => each(samples, |bytes| f64::from(i32::from_le_bytes(bytes))),
            SampleType::Short => each(samples, |bytes| f64::from(i16::from_le_bytes(bytes))),
        }
    }

    fn is_valid(&self, i: usize) -> bool {
        let Some(valid) = &self.valid else { return true };
        valid.get(i / 8).is_some_and(|byte| byte >> (i % 8) & 1 == 1)
    }
}

fn finite(z: f64) -> f64 {
    if z.is_finite() { z } else { f64::NAN }
}
