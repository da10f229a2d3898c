//! Recognising by its size the unit in which a file's lengths are written.
//!
//! ISO 25178-72 says metres and has no place to say otherwise; real files are in micrometres all the same, sometimes only
//! the heights. A cartridge case leaves little doubt: no instrument steps 7 m, and no primer is 20 m deep.

use crate::surface::Note;
use crate::units::{LengthUnit, UM_PER_MM};

/// Pitches that a file in metres, as the standard has it, may have, um: from a tenth of the resolution of light to a
/// coarse laser profile.
const PITCH_OF_METRES_UM: std::ops::RangeInclusive<f64> = 0.01..=100.0;

/// Pitches expected of cartridge-case instruments, um. Three decades wide, as units are three decades apart: of the
/// units below the metre at most one can fit.
const PITCH_EXPECTED_UM: std::ops::Range<f64> = 0.05..50.0;

/// Widest scan that a file may show, um: 40 mm; a primer is 4 to 6 mm wide, a shotgun case head 23 mm.
const WIDEST_UM: f64 = 40.0 * UM_PER_MM;

/// Deepest relief of a scan, um: 5 mm; the relief of a primer with its firing-pin impression is below 1 mm.
const DEEPEST_UM: f64 = 5.0 * UM_PER_MM;

/// Relief expected of a primer, um: levelled breech-face impressions have 10 to 30, whole primers some hundreds.
const RELIEF_EXPECTED_UM: std::ops::Range<f64> = 2.0..1000.0;

/// Share of the heights cut at either end before relief is measured, so that spikes do not choose the unit.
const TRIMMED: f64 = 0.005;

const OTHERS: [LengthUnit; 3] = [LengthUnit::Micrometre, LengthUnit::Millimetre, LengthUnit::Nanometre];

/// The unit of the increments along x and y, given in the file's numbers with the number of steps along each.
/// `None` where no unit gives a scan of a size that a cartridge case could have.
pub(crate) fn lateral(increments: [f64; 2], steps: [usize; 2]) -> Option<LengthUnit> {
    let narrow =
        |unit: LengthUnit| increments.iter().zip(steps).all(|(inc, steps)| inc * steps as f64 * unit.um() <= WIDEST_UM);
    let all = |unit: LengthUnit, fits: &dyn Fn(f64) -> bool| increments.iter().all(|inc| fits(inc * unit.um()));
    if all(LengthUnit::Metre, &|pitch| PITCH_OF_METRES_UM.contains(&pitch)) && narrow(LengthUnit::Metre) {
        return Some(LengthUnit::Metre);
    }
    OTHERS.into_iter().find(|&unit| all(unit, &|pitch| PITCH_EXPECTED_UM.contains(&pitch)) && narrow(unit))
}

/// The unit of the heights, from their relief in the file's numbers and the unit of the increments.
/// Metres where they can be; else the unit of the increments where the relief is then an expected one; else the unit that
/// gives an expected relief. A scan without relief (flat, or all missing) has the unit of its increments.
/// `None` where no unit gives a relief that a cartridge case could have.
pub(crate) fn vertical(relief: f64, lateral: LengthUnit) -> Option<LengthUnit> {
    if relief == 0.0 {
        return Some(lateral);
    }
    if relief * LengthUnit::Metre.um() <= DEEPEST_UM {
        return Some(LengthUnit::Metre);
    }
    let order = || std::iter::once(lateral).chain(OTHERS);
    order()
        .find(|unit| RELIEF_EXPECTED_UM.contains(&(relief * unit.um())))
        .or_else(|| order().find(|unit| relief * unit.um() <= DEEPEST_UM))
}

/// Difference of the 99.5th and 0.5th percentile of the finite heights; 0 where there are none.
pub(crate) fn relief(heights: &[f64]) -> f64 {
    let mut finite: Vec<f64> = heights.iter().copied().filter(|z| z.is_finite()).collect();
    if finite.is_empty() {
        return 0.0;
    }
    let cut = (finite.len() as f64 * TRIMMED) as usize;
    let last = finite.len() - 1;
    let low = *finite.select_nth_unstable_by(cut, f64::total_cmp).1;
    let high = *finite.select_nth_unstable_by(last - cut, f64::total_cmp).1;
    high - low
}

/// What was recognised, for the person who reads the submission's result. `None` where the file is as the standard says.
pub(crate) fn note(lateral: LengthUnit, vertical: LengthUnit, pitch_um: f64, relief_um: f64) -> Option<Note> {
    if lateral == LengthUnit::Metre && vertical == LengthUnit::Metre {
        return None;
    }
    Some(Note {
        code: "unit.recognised".to_owned(),
        english: format!(
            "The file states no unit and its numbers cannot be metres, as ISO 25178-72 has it: increments taken as {lateral} \
             (pitch {pitch_um:.3} um), heights taken as {vertical} (relief {relief_um:.1} um). State the unit to override this."
        ),
        spanish: format!(
            "El archivo no indica unidad y sus números no pueden ser metros, como exige ISO 25178-72: incrementos tomados \
             como {lateral} (paso {pitch_um:.3} um), alturas tomadas como {vertical} (relieve {relief_um:.1} um). Indique la \
             unidad para corregirlo."
        ),
    })
}

/// That a person's word replaced recognition.
pub(crate) fn stated(unit: LengthUnit) -> Note {
    Note {
        code: "unit.stated".to_owned(),
        english: format!("Increments and heights taken as {unit}, as stated on submission."),
        spanish: format!("Incrementos y alturas tomados como {unit}, según lo indicado al presentar el archivo."),
    }
}

#[cfg(test)]
mod tests {
    use super::LengthUnit::*;
    use super::*;

    #[test]
    fn increments_of_real_instruments() {
        assert_eq!(lateral([6.25e-6; 2], [560; 2]), Some(Metre));
        assert_eq!(lateral([3.125e-6; 2], [1231, 1223]), Some(Metre));
        assert_eq!(lateral([7.37468; 2], [769, 749]), Some(Micrometre));
        assert_eq!(lateral([0.645; 2], [5000; 2]), Some(Micrometre));
        assert_eq!(lateral([0.00625; 2], [560; 2]), Some(Millimetre));
        assert_eq!(lateral([6250.0; 2], [560; 2]), Some(Nanometre));
        assert_eq!(
            lateral([0.00009; 2], [4000; 2]),
            Some(Millimetre),
            "0.09 um is a pitch, a scan 360 mm wide is none"
        );
        assert_eq!(lateral([1e9; 2], [560; 2]), None);
        assert_eq!(lateral([1e-30; 2], [560; 2]), None);
        assert_eq!(lateral([6.25e-6, 6.25], [560; 2]), None, "the two axes share a unit");
    }

    #[test]
    fn at_most_one_unit_below_the_metre_fits_any_pitch() {
        for exponent in -120..=120 {
            let inc = 10f64.powf(f64::from(exponent) / 10.0);
            let fits = OTHERS.iter().filter(|u| PITCH_EXPECTED_UM.contains(&(inc * u.um()))).count();
            assert!(fits <= 1, "{inc}: {fits}");
        }
    }

    #[test]
    fn heights_are_judged_apart_from_increments() {
        assert_eq!(vertical(2e-5, Metre), Some(Metre));
        assert_eq!(vertical(20.0, Metre), Some(Micrometre), "only the heights in um");
        assert_eq!(vertical(400.0, Micrometre), Some(Micrometre));
        assert_eq!(vertical(0.2, Millimetre), Some(Millimetre));
        assert_eq!(vertical(0.2, Metre), Some(Millimetre), "200 um is a relief, 0.2 um is not");
        assert_eq!(vertical(20_000.0, Metre), Some(Nanometre));
        assert_eq!(vertical(2e-5, Micrometre), Some(Metre), "only the increments in um");
        assert_eq!(vertical(0.0, Micrometre), Some(Micrometre));
        assert_eq!(vertical(1e12, Metre), None);
    }

    #[test]
    fn spikes_do_not_choose_the_unit() {
        let mut z: Vec<f64> = (0..1000).map(|i| f64::from(i) * 2e-8).collect();
        z[7] = 1e6;
        z[8] = f64::NAN;
        let relief = relief(&z);
        assert!((1.9e-5..2.0e-5).contains(&relief), "{relief}");
    }
}
