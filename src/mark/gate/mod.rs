//! The quality gate: whether an acquisition is worth keeping, in figures, reasons and advice.
//!
//! ```text
//! a map, its mark         --measure-->  Figures   \
//! what other rooms found  ------------> Findings   }--judge--> Judgement { verdict, figures, reasons with advice }
//! ```
//!
//! The gate decides nothing about sources. It asks what a technician can still change while the case lies under the instrument: enough surface, in focus,
//! the right region in the right unit, and not the same case twice.

mod figures;
mod words;

pub use figures::{Figures, Light, measure, measure_light, measure_photograph};

use super::Suitability;
use super::prepare::MOST_SIDE_UM;
use serde::{Deserialize, Serialize};

/// Version of the gate; raised whenever the same acquisition would be judged otherwise.
pub const GATE_VERSION: &str = "gate/2";

/// What the gate says of an acquisition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GateVerdict {
    /// Nothing to complain of.
    Accepted,
    /// Kept, but a better acquisition would find more.
    Reservations,
    /// Not worth keeping as it is.
    Rejected,
}

/// What an acquisition shows instead of the region it should show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WrongRegion {
    /// The stamped head of the case without its primer.
    Headstamp,
    /// Skin or another soft thing.
    Skin,
    /// A surface without relief.
    Blank,
    /// The mouth of the case: it lies upside down.
    CaseMouth,
    /// The curved side of a bullet or of the case's wall.
    Bullet,
    /// Heights that are noise.
    Noise,
    /// A primer that no firing pin struck.
    Unfired,
    /// Heights the wrong way up.
    Inverted,
    /// No primer is to be seen.
    NoPrimer,
}

/// How another specimen of the gallery resembles this one beyond what two cases of one firearm do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TwinKind {
    /// The same case, imaged again.
    Case,
    /// The same acquisition, saved again.
    Acquisition,
    /// The same bytes.
    Bytes,
}

/// Another specimen that seems to be this one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Twin {
    /// How.
    pub kind: TwinKind,
    /// The other specimen's number.
    pub specimen: String,
    /// Correlation of the two marks, 0 to 1.
    pub correlation: f64,
}

/// What other rooms and records know of an acquisition. Everything left open says nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Findings {
    /// What is shown instead of the region asked for.
    pub wrong_region: Option<WrongRegion>,
    /// How sure the outline of the mark is, 0 to 1.
    pub outline_confidence: Option<f64>,
    /// Radius of the primer as outlined, um.
    pub primer_radius_um: Option<f64>,
    /// Light of a photograph.
    pub light: Option<Light>,
    /// A specimen that seems to be this one.
    pub twin: Option<Twin>,
    /// The instrument, where its control chart is out of control.
    pub out_of_control: Option<String>,
}

/// Why an acquisition is not simply accepted: a stable code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum GateCode {
    /// Too little surface, or none, for any comparison; the mark's suitability says it.
    #[serde(rename = "mark.unsuitable")]
    Unsuitable,
    /// Fit for comparison, but small.
    #[serde(rename = "area.small")]
    AreaSmall,
    /// Many points inside the outline have no value.
    #[serde(rename = "coverage.low")]
    CoverageLow,
    /// Most points inside the outline have no value.
    #[serde(rename = "coverage.too_low")]
    CoverageTooLow,
    /// Noise is a good part of the fine band.
    #[serde(rename = "noise.high")]
    NoiseHigh,
    /// The fine band is hardly more than noise.
    #[serde(rename = "noise.too_high")]
    NoiseTooHigh,
    /// The shortest waves are missing.
    #[serde(rename = "focus.soft")]
    FocusSoft,
    /// The points lie so far apart that part of the fine band is lost.
    #[serde(rename = "pitch.coarse")]
    PitchCoarse,
    /// The surface lay askew.
    #[serde(rename = "tilt.high")]
    TiltHigh,
    /// Many wild points.
    #[serde(rename = "spikes.many")]
    SpikesMany,
    /// No primer has heights or widths like these: the unit is probably wrong.
    #[serde(rename = "unit.suspected")]
    UnitSuspected,
    /// The size is unlikely: pitch or unit may be wrong.
    #[serde(rename = "pitch.suspected")]
    PitchSuspected,
    /// The outline is not sure.
    #[serde(rename = "outline.doubtful")]
    OutlineDoubtful,
    /// Nothing tells how large the photograph is.
    #[serde(rename = "pitch.unknown")]
    PitchUnknown,
    /// Bright parts of the photograph are lost.
    #[serde(rename = "light.saturated")]
    Saturated,
    /// Most of the photograph is lost in white.
    #[serde(rename = "light.too_saturated")]
    SaturatedTooMuch,
    /// The photograph is too dark.
    #[serde(rename = "light.dark")]
    Dark,
    /// Only a headstamp.
    #[serde(rename = "region.headstamp")]
    Headstamp,
    /// Skin.
    #[serde(rename = "region.skin")]
    Skin,
    /// No relief.
    #[serde(rename = "region.blank")]
    Blank,
    /// Upside down.
    #[serde(rename = "region.case_mouth")]
    CaseMouth,
    /// A bullet.
    #[serde(rename = "region.bullet")]
    Bullet,
    /// Noise alone.
    #[serde(rename = "region.noise")]
    Noise,
    /// Not struck.
    #[serde(rename = "region.unfired")]
    Unfired,
    /// The wrong way up.
    #[serde(rename = "region.inverted")]
    Inverted,
    /// No primer.
    #[serde(rename = "region.no_primer")]
    NoPrimer,
    /// The same bytes are there under another number.
    #[serde(rename = "duplicate.bytes")]
    DuplicateBytes,
    /// The same acquisition is there under another number.
    #[serde(rename = "duplicate.acquisition")]
    DuplicateAcquisition,
    /// The same case seems to be there under another number.
    #[serde(rename = "duplicate.case")]
    DuplicateCase,
    /// The instrument's control chart is out of control.
    #[serde(rename = "instrument.out_of_control")]
    OutOfControl,
}

impl GateCode {
    /// Whether an acquisition with this reason is rejected; else it is kept with reservations.
    #[must_use]
    pub fn rejects(self) -> bool {
        match self {
            GateCode::AreaSmall
            | GateCode::CoverageLow
            | GateCode::NoiseHigh
            | GateCode::FocusSoft
            | GateCode::PitchCoarse
            | GateCode::TiltHigh
            | GateCode::SpikesMany
            | GateCode::PitchSuspected
            | GateCode::OutlineDoubtful
            | GateCode::Saturated
            | GateCode::Dark
            | GateCode::DuplicateCase
            | GateCode::OutOfControl => false,
            GateCode::Unsuitable
            | GateCode::CoverageTooLow
            | GateCode::NoiseTooHigh
            | GateCode::UnitSuspected
            | GateCode::PitchUnknown
            | GateCode::SaturatedTooMuch
            | GateCode::Headstamp
            | GateCode::Skin
            | GateCode::Blank
            | GateCode::CaseMouth
            | GateCode::Bullet
            | GateCode::Noise
            | GateCode::Unfired
            | GateCode::Inverted
            | GateCode::NoPrimer
            | GateCode::DuplicateBytes
            | GateCode::DuplicateAcquisition => true,
        }
    }
}

impl From<WrongRegion> for GateCode {
    fn from(region: WrongRegion) -> Self {
        match region {
            WrongRegion::Headstamp => GateCode::Headstamp,
            WrongRegion::Skin => GateCode::Skin,
            WrongRegion::Blank => GateCode::Blank,
            WrongRegion::CaseMouth => GateCode::CaseMouth,
            WrongRegion::Bullet => GateCode::Bullet,
            WrongRegion::Noise => GateCode::Noise,
            WrongRegion::Unfired => GateCode::Unfired,
            WrongRegion::Inverted => GateCode::Inverted,
            WrongRegion::NoPrimer => GateCode::NoPrimer,
        }
    }
}

/// One reason with its figures and what to do about it, for people in both languages.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// Which.
    pub code: GateCode,
    /// The figure that was found, in the unit of the sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<f64>,
    /// The bound that it passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bound: Option<f64>,
    /// What is wrong, in English.
    pub english: String,
    /// The same in Spanish.
    pub spanish: String,
    /// What to do about it, in English.
    pub advice_english: String,
    /// The same in Spanish.
    pub advice_spanish: String,
}

/// What the gate said of an acquisition; kept with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// Version of the gate.
    pub version: String,
    /// The worst of the reasons.
    pub verdict: GateVerdict,
    /// What was measured; none where the file is so far off any scale that nothing could be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub figures: Option<Figures>,
    /// Reasons, rejecting ones first.
    pub reasons: Vec<Reason>,
    /// Why a person had it kept although it was rejected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forced: Option<String>,
    /// The specimen under another number that this seems to be. None in judgements of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub twin: Option<Twin>,
}

impl Judgement {
    /// The judgement that follows from reasons.
    #[must_use]
    pub fn of(figures: Option<Figures>, mut reasons: Vec<Reason>) -> Self {
        reasons.sort_by_key(|reason| (!reason.code.rejects(), reason.code));
        let verdict = match reasons.first() {
            None => GateVerdict::Accepted,
            Some(reason) if reason.code.rejects() => GateVerdict::Rejected,
            Some(_) => GateVerdict::Reservations,
        };
        Self { version: GATE_VERSION.to_owned(), verdict, figures, reasons, forced: None, twin: None }
    }

    /// The same with one more reason.
    #[must_use]
    pub fn with(self, reason: Reason) -> Self {
        let mut reasons = self.reasons;
        reasons.push(reason);
        Self { forced: self.forced, ..Self::of(self.figures, reasons) }
    }

    /// Whether a reason is among them.
    #[must_use]
    pub fn says(&self, code: GateCode) -> bool {
        self.reasons.iter().any(|reason| reason.code == code)
    }
}

/// The bounds of the gate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GateParameters {
    /// Area below which a mark is kept with reservations, mm2. A quarter of the ring between a hole of 0.8 mm and a rim of 1.75 mm radius; with half
    /// of a mark hidden searches still find mates, with three quarters they begin to miss.
    pub little_area_mm2: f64,
    /// Coverage of the outline below which an acquisition is kept with reservations, and below which it is rejected, shares.
    pub coverage: (f64, f64),
    /// The fine band over the noise in it, below which an acquisition is kept with reservations, and below which it is rejected.
    pub signal_to_noise: (f64, f64),
    /// Share of the fine band's height that lies in waves shorter than 60 um, below which the focus is doubted.
    pub least_sharpness: f64,
    /// Pitch from which on it is called coarse, um. Two points for 30 um, the shortest wave that marks keep.
    pub coarse_pitch_um: f64,
    /// Tilt from which on it is remarked, radians. 3 degrees: over a primer of 4.5 mm that is 240 um, the depth of a fine objective's whole range,
    /// and flanks begin to hide one another.
    pub most_tilt_rad: f64,
    /// Share of wild points from which on they are remarked.
    pub most_outliers: f64,
    /// Heights that no primer has, um: least and greatest relief (99.5th less .5th percentile) of a levelled breech face.
    pub relief_um: (f64, f64),
    /// Radii that no mark of a primer has, um.
    pub mark_radius_um: (f64, f64),
    /// Radii of primers, um: small ones are 4.45 mm wide, large ones 5.33 mm, .50 BMG 8.0 mm (SAAMI Z299), and what is seen of them is a little less.
    pub primer_radius_um: (f64, f64),
    /// Radius of curvature from which on a surface is flat enough to be a breech face's impression, um.
    pub least_curvature_radius_um: f64,
    /// Confidence of an outline below which it is doubted.
    pub least_confidence: f64,
    /// Share of saturated pixels from which on they are remarked, and from which on a photograph is rejected: where half of it is white nothing is left to
    /// compare, and a drawing of two tones has no light at all.
    pub saturated: (f64, f64),
    /// Median luminance below which a photograph is dark, 0 to 1.
    pub least_luminance: f64,
}

impl Default for GateParameters {
    fn default() -> Self {
        Self {
            little_area_mm2: 2.0,
            coverage: (0.8, 0.5),
            signal_to_noise: (3.0, 1.5),
            least_sharpness: 0.2,
            coarse_pitch_um: 15.0,
            most_tilt_rad: 0.052,
            most_outliers: 0.05,
            relief_um: (0.3, 1_500.0),
            mark_radius_um: (800.0, 4_200.0),
            primer_radius_um: (1_700.0, 4_200.0),
            least_curvature_radius_um: 25_000.0,
            least_confidence: 0.5,
            saturated: (0.05, 0.5),
            least_luminance: 0.05,
        }
    }
}

/// Judges an acquisition by what was measured, what is known of it, and whether its mark can be compared.
#[must_use]
pub fn judge(
    figures: &Figures,
    findings: &Findings,
    suitability: &Suitability,
    parameters: &GateParameters,
) -> Judgement {
    let p = parameters;
    let mut reasons = Vec::new();
    let below = |value: f64, bound: f64| value < bound;
    let above = |value: f64, bound: f64| value > bound;
    let mut check = |passed: bool, code: GateCode, found: f64, bound: f64| {
        if passed {
            reasons.push(words::of_figure(code, found, bound));
        }
        passed
    };
    // That there is no primer says less than what there is instead.
    let seen = findings.wrong_region;
    let wrong = seen.filter(|seen| *seen != WrongRegion::NoPrimer).or_else(|| recognise(figures, p)).or(seen);
    let is_unit = figures.relief_um.is_some_and(|relief| {
        check(above(relief, p.relief_um.1), GateCode::UnitSuspected, relief, p.relief_um.1)
            || (wrong != Some(WrongRegion::Blank)
                && check(below(relief, p.relief_um.0), GateCode::UnitSuspected, relief, p.relief_um.0))
    });
    // A file off any scale has no other figures worth a word.
    if !is_unit {
        let radius = figures.extent_um / 2.0;
        match findings.primer_radius_um {
            Some(radius) => {
                let (low, high) = p.primer_radius_um;
                let _ = check(below(radius, low), GateCode::PitchSuspected, radius, low)
                    || check(above(radius, high), GateCode::PitchSuspected, radius, high);
            }
            // Where there is no mark, or something else, its size says nothing.
            None if figures.extent_um <= 0.0 || seen.is_some() => {}
            None => {
                let (low, high) = p.mark_radius_um;
                let _ = check(below(radius, low), GateCode::PitchSuspected, radius, low)
                    || check(above(radius, high), GateCode::PitchSuspected, radius, high);
            }
        }
        if *suitability == Suitability::Suitable && wrong.is_none() {
            check(
                below(figures.valid_area_mm2, p.little_area_mm2),
                GateCode::AreaSmall,
                figures.valid_area_mm2,
                p.little_area_mm2,
            );
            let _ =
                check(below(figures.coverage, p.coverage.1), GateCode::CoverageTooLow, figures.coverage, p.coverage.1)
                    || check(
                        below(figures.coverage, p.coverage.0),
                        GateCode::CoverageLow,
                        figures.coverage,
                        p.coverage.0,
                    );
            if let Some(ratio) = figures.signal_to_noise {
                let _ = check(below(ratio, p.signal_to_noise.1), GateCode::NoiseTooHigh, ratio, p.signal_to_noise.1)
                    || check(below(ratio, p.signal_to_noise.0), GateCode::NoiseHigh, ratio, p.signal_to_noise.0);
            }
            if let Some(sharpness) = figures.sharpness {
                check(below(sharpness, p.least_sharpness), GateCode::FocusSoft, sharpness, p.least_sharpness);
            }
        }
        check(above(figures.pitch_um, p.coarse_pitch_um), GateCode::PitchCoarse, figures.pitch_um, p.coarse_pitch_um);
        check(above(figures.tilt_rad, p.most_tilt_rad), GateCode::TiltHigh, figures.tilt_rad, p.most_tilt_rad);
        check(
            above(figures.outlier_share, p.most_outliers),
            GateCode::SpikesMany,
            figures.outlier_share,
            p.most_outliers,
        );
    }
    if let Some(light) = &findings.light {
        let (some, most) = (p.saturated, light.saturated_share);
        let _ = check(above(most, some.1), GateCode::SaturatedTooMuch, most, some.1)
            || check(above(most, some.0), GateCode::Saturated, most, some.0);
        check(below(light.median, p.least_luminance), GateCode::Dark, light.median, p.least_luminance);
    }
    if let Some(confidence) = findings.outline_confidence {
        check(below(confidence, p.least_confidence), GateCode::OutlineDoubtful, confidence, p.least_confidence);
    }
    let unsuitable = match suitability {
        Suitability::Unsuitable { code, english, spanish } => Some((code, english, spanish)),
        Suitability::Suitable => None,
    };
    // That no breech face was found, and what there is instead, is one reason and has one advice.
    let says_region = unsuitable.filter(|(code, ..)| code.starts_with("region.") || code.starts_with("outline."));
    match wrong.filter(|_| !is_unit) {
        Some(region) => {
            let mut reason = words::of_code(region.into());
            if let Some((_, english, spanish)) = says_region.filter(|_| seen == Some(region)) {
                (reason.english, reason.spanish) = (english.clone(), spanish.clone());
            }
            reasons.push(reason);
            reasons
                .extend(unsuitable.filter(|_| says_region.is_none()).map(|(_, en, es)| words::of_suitability(en, es)));
        }
        None if is_unit && says_region.is_some() => {}
        None => reasons.extend(unsuitable.map(|(_, en, es)| words::of_suitability(en, es))),
    }
    if let Some(twin) = &findings.twin {
        reasons.push(of_twin(twin));
    }
    if let Some(instrument) = &findings.out_of_control {
        reasons.push(of_instrument(instrument));
    }
    Judgement { twin: findings.twin.clone(), ..Judgement::of(Some(figures.clone()), reasons) }
}

/// What a surface is instead of an impression, by its figures alone: noise has no longer waves than its shortest, a blank no relief beyond its noise, a bullet is
/// curved one way and a fingertip both ways, where a breech face is flat.
fn recognise(figures: &Figures, parameters: &GateParameters) -> Option<WrongRegion> {
    if figures.whiteness.is_some_and(|whiteness| whiteness > NOISE_ALONE) {
        let flat = figures.relief_um.is_none_or(|relief| relief < BLANK_RELIEF_UM);
        return Some(if flat { WrongRegion::Blank } else { WrongRegion::Noise });
    }
    if figures.relief_um.is_some_and(|relief| relief == 0.0) {
        return Some(WrongRegion::Blank);
    }
    let (strong, weak) = figures.curvature_per_um?;
    let bound = 1.0 / parameters.least_curvature_radius_um;
    if strong.abs() < bound {
        return None;
    }
    Some(if weak.abs() < 0.3 * strong.abs() { WrongRegion::Bullet } else { WrongRegion::Skin })
}

/// White noise over the height's standard deviation from which on there is nothing but noise. Real surfaces have less than a tenth.
const NOISE_ALONE: f64 = 0.5;
/// Relief below which noise alone is what an instrument sees of a blank, um: ten times the noise of a coarse objective.
const BLANK_RELIEF_UM: f64 = 3.0;

/// The judgement on a photograph of which nothing can be prepared, with the sentence that says why in English and Spanish.
#[must_use]
pub fn of_photograph(code: GateCode, english: &str, spanish: &str) -> Judgement {
    let told = Reason { english: english.to_owned(), spanish: spanish.to_owned(), ..words::of_code(code) };
    Judgement::of(None, vec![told])
}

/// The reason that a twin is.
#[must_use]
pub fn of_twin(twin: &Twin) -> Reason {
    words::of_twin(twin)
}

/// The reason that an instrument out of control is.
#[must_use]
pub fn of_instrument(instrument: &str) -> Reason {
    words::of_instrument(instrument)
}

/// The judgement on a map whose pitch and size no cartridge case can have, before anything is prepared of it; `None` where it may go on.
#[must_use]
pub fn off_any_scale(map: &crate::grid::HeightMap) -> Option<Judgement> {
    let side_um = map.rows().max(map.columns()) as f64 * map.pitch_um;
    let bound = if side_um > MOST_SIDE_UM {
        MOST_SIDE_UM
    } else if side_um < LEAST_SIDE_UM {
        LEAST_SIDE_UM
    } else {
        return None;
    };
    Some(Judgement::of(None, vec![words::of_side(side_um, bound)]))
}

/// Least longest side of a map that can show a mark worth comparing, um: less than one cell of 450 um.
const LEAST_SIDE_UM: f64 = 400.0;

#[cfg(test)]
mod tests;
