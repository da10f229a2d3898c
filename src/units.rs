//! Units at the edge of the system: inside, lengths are micrometres and angles radians.

use serde::{Deserialize, Serialize};

/// Micrometres in a millimetre.
pub const UM_PER_MM: f64 = 1_000.0;
/// Micrometres in a metre.
pub const UM_PER_M: f64 = 1e6;

/// A unit of length that a file or a person states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LengthUnit {
    /// Metre, the unit of ISO 25178-72 when the file says nothing.
    Metre,
    /// Millimetre.
    Millimetre,
    /// Micrometre.
    Micrometre,
    /// Nanometre.
    Nanometre,
}

impl LengthUnit {
    /// Micrometres in one of this unit.
    #[must_use]
    pub fn um(self) -> f64 {
        match self {
            LengthUnit::Metre => UM_PER_M,
            LengthUnit::Millimetre => UM_PER_MM,
            LengthUnit::Micrometre => 1.0,
            LengthUnit::Nanometre => 1e-3,
        }
    }
}

impl std::str::FromStr for LengthUnit {
    type Err = String;

    /// Reads `m`, `mm`, `um` (or `µm`, `micrometre`) and `nm`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.trim().to_lowercase().as_str() {
            "m" | "metre" | "meter" => Ok(LengthUnit::Metre),
            "mm" | "millimetre" | "millimeter" => Ok(LengthUnit::Millimetre),
            "um" | "µm" | "μm" | "micrometre" | "micrometer" => Ok(LengthUnit::Micrometre),
            "nm" | "nanometre" | "nanometer" => Ok(LengthUnit::Nanometre),
            other => Err(format!("unit: expected m, mm, um or nm, got \"{other}\"")),
        }
    }
}

impl std::fmt::Display for LengthUnit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            LengthUnit::Metre => "m",
            LengthUnit::Millimetre => "mm",
            LengthUnit::Micrometre => "um",
            LengthUnit::Nanometre => "nm",
        })
    }
}
