//! Ammunition: what the primer brings to the impression, none of which belongs to the firearm.

use serde::Serialize;

/// One product of an invented maker.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Ammunition {
    /// Name written to the truth file.
    pub name: &'static str,
    /// Hardness of the primer cup, 0 (soft copper) to 1 (hard nickel-plated brass): a hard cup flows less into fine detail.
    pub hardness: f64,
    /// Root mean square of the cup's own texture, um.
    pub texture_um: f64,
    /// Spacing of that texture, um.
    pub grain_um: f64,
    /// Elongation of that texture by rolling of the strip, from 1.
    pub lay: f64,
    /// Radius of the primer, um (small pistol primer, SAAMI: 4.45 mm in diameter).
    pub primer_radius_um: f64,
    /// Width of the rounded edge, um.
    pub rounding_um: f64,
    /// Text stamped around the head.
    pub headstamp: &'static str,
}

/// The products that the simulated shooters and laboratories use.
pub const AMMUNITION: [Ammunition; 5] = [
    Ammunition {
        name: "alder-115",
        hardness: 0.25,
        texture_um: 0.65,
        grain_um: 26.0,
        lay: 1.2,
        primer_radius_um: 2_220.0,
        rounding_um: 390.0,
        headstamp: "ALDER 9MM",
    },
    Ammunition {
        name: "borealis-124",
        hardness: 0.45,
        texture_um: 0.65,
        grain_um: 34.0,
        lay: 1.6,
        primer_radius_um: 2_230.0,
        rounding_um: 420.0,
        headstamp: "BLS 9X19",
    },
    Ammunition {
        name: "cenit-115",
        hardness: 0.6,
        texture_um: 0.7,
        grain_um: 22.0,
        lay: 1.1,
        primer_radius_um: 2_210.0,
        rounding_um: 360.0,
        headstamp: "CENIT 9MM",
    },
    Ammunition {
        name: "dorado-147",
        hardness: 0.8,
        texture_um: 0.9,
        grain_um: 40.0,
        lay: 2.2,
        primer_radius_um: 2_240.0,
        rounding_um: 440.0,
        headstamp: "DORADO 9X19",
    },
    Ammunition {
        name: "estela-124",
        hardness: 0.35,
        texture_um: 0.85,
        grain_um: 30.0,
        lay: 1.4,
        primer_radius_um: 2_225.0,
        rounding_um: 400.0,
        headstamp: "ESTELA 9 MM",
    },
];
