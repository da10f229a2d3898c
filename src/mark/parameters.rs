//! Every constant of the preparation in one place, with unit, reason and source.

use super::photo::PhotoParameters;
use super::{MarkError, Modality, Region};
use crate::dsp::filter::Order;
use crate::dsp::level::FormKind;
use serde::{Deserialize, Serialize};

/// Version of the method; raised whenever the same parameters would give another mark.
pub const PREPARATION_VERSION: u32 = 3;

/// A band of wavelengths and the pitch at which it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Band {
    /// ISO cutoff of the low-pass, um: shorter waves are noise.
    pub short_um: f64,
    /// ISO cutoff of the high-pass, um: longer waves are form.
    pub long_um: f64,
    /// Pitch of the kept map, um; half the short cutoff, so that the grid carries the whole band.
    pub pitch_um: f64,
}

/// Parameters of [`super::prepare()`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrepareParameters {
    /// The region that the maps show.
    pub region: Region,
    /// Short-wave band. 30-150 um: the band that tells weak marks apart (pair AUC .994 against .966 at 40-300 um and .902 without
    /// a band, measured on two 9 mm studies).
    pub fine: Band,
    /// Long-wave band. 75-400 um: widest gap between mates and others on the Fadul set (.55 against .35), and coarse enough to search.
    pub coarse: Band,
    /// Order of the regression at the long cutoff; 2 follows curvature and does not roll off at mask edges (NFI scratch does the same).
    pub long_order: Order,
    /// Form that is removed before and after filtering.
    pub form: FormKind,
    /// Width taken off the edge of the mask after filtering, um; 40 um covers the burr that hand-drawn masks leave and the points whose
    /// regression leans on one side only.
    pub erosion_um: f64,
    /// Levelled heights further than this many robust standard deviations from their median are dropped. 6: breech-face heights
    /// have heavier tails than a normal distribution, and what lies beyond is flow-back, dust or an error of the instrument.
    pub outlier_sd: f64,
    /// Points further than this many robust standard deviations (of the same difference) from the median of their 3 x 3 neighbourhood are dropped
    /// as spikes. 12: real edges reach about 8 on the Fadul and Weller scans.
    pub spike_sd: f64,
    /// And only where that difference also exceeds this many robust standard deviations of the levelled heights. 1: on a smooth surface the
    /// differences are so even that twelve of their deviations are still no spike.
    pub spike_relief_sd: f64,
    /// Enclosed gaps up to this area are dropouts of the instrument: they stay empty, but the mask is not eroded around them, um2.
    pub gap_um2: f64,
    /// Share of the smoothing weight that must fall on valid points where a point of the new grid is to be valid; one half puts
    /// the edge where it was.
    pub support: f64,
    /// The same for the regression at the long cutoff; a straight edge has .5, a corner .25, less is a sliver.
    pub long_support: f64,
    /// Least area after erosion, mm2: six cells of 450 um with 35 % of their points, the fewest that the classic criterion of six congruent
    /// matching cells (Song 2013) can use.
    pub least_area_mm2: f64,
    /// Least root mean square of the fine band, um: 2 nm, below the repeatability of any instrument in use.
    pub least_relief_um: f64,
    /// Least and greatest radius of a firing-pin hole, um. Masks drawn around the flow-back reach 1,300 um; apertures start near 400.
    pub hole_radius_um: (f64, f64),
    /// How a photograph is outlined and flattened; none where the maps are heights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub photo: Option<PhotoParameters>,
}

impl Default for PrepareParameters {
    fn default() -> Self {
        Self {
            region: Region::BreechFace,
            fine: Band { short_um: 30.0, long_um: 150.0, pitch_um: 15.0 },
            coarse: Band { short_um: 75.0, long_um: 400.0, pitch_um: 30.0 },
            long_order: Order::Two,
            form: FormKind::Plane,
            erosion_um: 40.0,
            outlier_sd: 6.0,
            spike_sd: 12.0,
            spike_relief_sd: 1.0,
            gap_um2: 10_000.0,
            support: 0.5,
            long_support: 0.15,
            least_area_mm2: 0.5,
            least_relief_um: 0.002,
            hole_radius_um: (300.0, 1_600.0),
            photo: None,
        }
    }
}

impl PrepareParameters {
    /// The parameters for reflectance photographs: the same bands at the same pitches, so that signature, index and comparison are the same.
    #[must_use]
    pub fn photographs() -> Self {
        Self { photo: Some(PhotoParameters::default()), ..Self::default() }
    }

    /// What kind of imaging the maps come from.
    #[must_use]
    pub fn modality(&self) -> Modality {
        if self.photo.is_some() { Modality::Reflectance } else { Modality::Heights }
    }

    /// The parameters of a region.
    #[must_use]
    pub fn of(region: Region) -> Self {
        match region {
            Region::BreechFace | Region::Ejector => Self { region, ..Self::default() },
            Region::FiringPin => Self::firing_pin(),
            Region::ApertureShear => Self::aperture_shear(),
        }
    }

    /// Those of a firing-pin impression. The reasons, one a line:
    ///
    /// - fine band 12-120 um: inside the NFI's 5-250 um; what is shorter a pitch of 6 um does not carry, what is longer the form of
    ///   the cup may have left behind. Coarse band 40-250 um;
    /// - what remains of the form (see [`super::prepare()`]) after filtering is of second order;
    /// - erosion 15 um, gaps of 30 um: a quarter of those of a breech face, as the cells are (125 um against 450);
    /// - a spike stands out by three robust deviations of the relief and not by one: the flank of the cup is steep, and what the form leaves there is no
    ///   spike;
    /// - least area .05 mm2: six cells of 125 um with half of their points;
    /// - no hole is sought: there is none.
    #[must_use]
    pub fn firing_pin() -> Self {
        Self {
            region: Region::FiringPin,
            fine: Band { short_um: 12.0, long_um: 120.0, pitch_um: 6.0 },
            coarse: Band { short_um: 40.0, long_um: 250.0, pitch_um: 12.0 },
            form: FormKind::SecondOrder,
            erosion_um: 15.0,
            spike_relief_sd: 3.0,
            gap_um2: 1_000.0,
            least_area_mm2: 0.05,
            hole_radius_um: (9_000.0, 10_000.0),
            ..Self::default()
        }
    }

    /// Those of an aperture-shear mark. The fine band is that of the profile and of the strip it is averaged from; the coarse band is not used.
    ///
    /// - 12-250 um at 5 um: NFI scratch's band for striated marks (5-250 um), as far as instruments of 6 um carry it;
    /// - form of second order: the sheared metal is domed and leans;
    /// - least area .04 mm2: 300 um of profile from striae .13 mm long.
    #[must_use]
    pub fn aperture_shear() -> Self {
        Self {
            region: Region::ApertureShear,
            fine: Band { short_um: 12.0, long_um: 250.0, pitch_um: 5.0 },
            coarse: Band { short_um: 12.0, long_um: 250.0, pitch_um: 5.0 },
            form: FormKind::SecondOrder,
            erosion_um: 15.0,
            spike_relief_sd: 3.0,
            gap_um2: 1_000.0,
            least_area_mm2: 0.04,
            hole_radius_um: (9_000.0, 10_000.0),
            ..Self::default()
        }
    }

    /// The parameters and the version of the method as text for hashing: JSON, fields in the order of their declaration.
    #[must_use]
    pub fn canonical(&self) -> String {
        let fields = serde_json::to_string(self).unwrap_or_default();
        format!("mark.prepare/{PREPARATION_VERSION} {fields}")
    }

    /// Checks every range.
    ///
    /// # Errors
    /// [`MarkError::Parameter`] names the first field out of its range.
    pub fn validate(&self) -> Result<(), MarkError> {
        let bands = [
            ("fine.short_um", "fine.long_um", "fine.pitch_um", self.fine),
            ("coarse.short_um", "coarse.long_um", "coarse.pitch_um", self.coarse),
        ];
        for (short, long, pitch, band) in bands {
            within(short, band.short_um, 1.0, 5_000.0, "1 to 5000 um")?;
            within(long, band.long_um, band.short_um, 10_000.0, "from the short cutoff to 10000 um")?;
            within(pitch, band.pitch_um, 1.0, band.short_um, "1 um to the short cutoff")?;
        }
        within("erosion_um", self.erosion_um, 0.0, 1_000.0, "0 to 1000 um")?;
        within("outlier_sd", self.outlier_sd, 1.0, 1e6, "1 to 1e6")?;
        within("spike_sd", self.spike_sd, 1.0, 1e6, "1 to 1e6")?;
        within("spike_relief_sd", self.spike_relief_sd, 0.0, 1e6, "0 to 1e6")?;
        within("gap_um2", self.gap_um2, 0.0, 1e6, "0 to 1e6 um2")?;
        within("support", self.support, 0.0, 1.0, "0 to 1")?;
        within("long_support", self.long_support, 0.0, 1.0, "0 to 1")?;
        within("least_area_mm2", self.least_area_mm2, 0.0, 100.0, "0 to 100 mm2")?;
        within("least_relief_um", self.least_relief_um, 0.0, 100.0, "0 to 100 um")?;
        within("hole_radius_um.0", self.hole_radius_um.0, 1.0, 10_000.0, "1 to 10000 um")?;
        within(
            "hole_radius_um.1",
            self.hole_radius_um.1,
            self.hole_radius_um.0,
            10_000.0,
            "from the least radius to 10000 um",
        )?;
        self.photo.as_ref().map_or(Ok(()), PhotoParameters::validate)
    }
}

pub(super) fn within(
    field: &'static str,
    value: f64,
    low: f64,
    high: f64,
    expected: &'static str,
) -> Result<(), MarkError> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err(MarkError::Parameter { field, expected, got: value.to_string() })
}
