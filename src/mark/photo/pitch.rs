//! The pitch of a photograph estimated from the size of the primer in it.

use super::outline::find_without_pitch;
use super::{PhotoParameters, Reason};
use ndarray::Array2;
use serde::{Deserialize, Serialize};

/// Sizes of primers (SAAMI Z299.3: pockets of .175 and .210 inch).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Primer {
    /// Small pistol and rifle: 4.45 mm.
    Small,
    /// Large pistol and rifle: 5.33 mm.
    Large,
}

impl Primer {
    /// Diameter, um.
    #[must_use]
    pub fn diameter_um(self) -> f64 {
        match self {
            Primer::Small => 4_450.0,
            Primer::Large => 5_330.0,
        }
    }

    /// The primer usual in a calibre as a laboratory writes it; small where it is not known, as in most handguns.
    #[must_use]
    pub fn of_calibre(calibre: Option<&str>) -> Self {
        let text: String =
            calibre.unwrap_or_default().to_lowercase().chars().filter(|c| c.is_ascii_alphanumeric()).collect();
        // .44, .45 and .41 revolver and pistol rounds and the 10 mm Auto; .45 Auto with small primers exists and is rare.
        let large = ["10mm", "44", "45", "41", "50ae", "454"];
        if large.iter().any(|start| text.starts_with(start)) { Primer::Large } else { Primer::Small }
    }
}

/// A pitch that nobody stated.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EstimatedPitch {
    /// um a pixel. Flats and chamfers differ by some tenths of a millimetre from maker to maker: good to about 5 %.
    pub pitch_um: f64,
    /// What primer it was taken to be.
    pub primer: Primer,
}

/// Estimates the pitch of a photograph (luminance 0 to 1) from the primer in it, whose edge must be seen between flat and pocket: a bright disc alone may be
/// anything of any size.
///
/// # Errors
/// The reason why no primer was found, or why its size is not known.
pub fn estimate(
    luminance: &Array2<f32>,
    calibre: Option<&str>,
    parameters: &PhotoParameters,
) -> Result<EstimatedPitch, Reason> {
    let outline = find_without_pitch(luminance, parameters)?;
    let primer = Primer::of_calibre(calibre);
    let radius_px = outline.primer.ok_or(Reason::PocketMissing)?.radius_um;
    Ok(EstimatedPitch { pitch_um: primer.diameter_um() / 2.0 / radius_px, primer })
}
