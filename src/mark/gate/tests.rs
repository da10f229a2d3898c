//! Figures, verdicts and words of the quality gate.

use super::*;
use crate::grid::HeightMap;
use crate::mark::{PrepareParameters, prepare};
use crate::workings::Silent;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha12Rng;

/// A round map of 1.7 mm radius with a hole, at 8 um.
fn map(height: impl Fn(f64, f64) -> f64) -> HeightMap {
    let mut map = HeightMap::missing(440, 440, 8.0);
    for row in 0..440 {
        for column in 0..440 {
            let p = map.point_at(row as f64, column as f64);
            let r = p.x_um.hypot(p.y_um);
            if (700.0..1_700.0).contains(&r) {
                map.z[[row, column]] = height(p.x_um, p.y_um) as f32;
            }
        }
    }
    map
}

fn noisy(map: &HeightMap, sd_um: f64) -> HeightMap {
    let mut rng = ChaCha12Rng::seed_from_u64(9);
    // Twelve uniform numbers have the variance of one normal one.
    let z = map.z.mapv(|z| z + (sd_um * ((0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0)) as f32);
    HeightMap { z, pitch_um: map.pitch_um }
}

/// Waves of 40 to 130 um all over the place: a granular face.
fn granular(x: f64, y: f64) -> f64 {
    (0..12)
        .map(|k| {
            let (wave, turn) = (40.0 + 8.0 * f64::from(k), 2.4 * f64::from(k));
            0.5 * (std::f64::consts::TAU * (x * turn.cos() + y * turn.sin()) / wave + turn).sin()
        })
        .sum()
}

fn judged(map: &HeightMap, findings: &Findings) -> Judgement {
    let parameters = PrepareParameters::default();
    let mark = prepare(map, &parameters, &mut Silent).unwrap();
    let figures = measure(map, &mark, &parameters.fine);
    judge(&figures, findings, &mark.quality.suitability, &GateParameters::default())
}

fn codes(judgement: &Judgement) -> Vec<GateCode> {
    judgement.reasons.iter().map(|reason| reason.code).collect()
}

#[test]
fn a_sound_acquisition_passes_without_a_word() {
    let judgement = judged(&noisy(&map(granular), 0.1), &Findings::default());
    assert_eq!((judgement.verdict, codes(&judgement)), (GateVerdict::Accepted, vec![]), "{judgement:?}");
}

#[test]
fn the_noise_of_a_point_is_read_off_its_neighbours() {
    for sd_um in [0.05, 0.4, 3.0] {
        let parameters = PrepareParameters::default();
        // A slope and a bow do not count as noise.
        let map = noisy(&map(|x, y| 0.02 * x + 1e-6 * y * y), sd_um);
        let mark = prepare(&map, &parameters, &mut Silent).unwrap();
        let figures = measure(&map, &mark, &parameters.fine);
        let found = figures.noise_um.unwrap();
        assert!((found / sd_um - 1.0).abs() < 0.05, "{sd_um}: {found}");
        // The preparation itself says what of white noise stays in the band: then the fine band is noise once over.
        let ratio = figures.signal_to_noise.unwrap();
        assert!((0.85..1.15).contains(&ratio), "{sd_um}: {ratio}");
    }
}

#[test]
fn what_is_no_breech_face_is_told_by_its_form() {
    let cylinder = |x: f64, _: f64| (4_500.0f64 * 4_500.0 - x * x).sqrt() + granular(x, 0.0);
    let ball = |x: f64, y: f64| (9e6f64 - x * x - y * y).max(0.0).sqrt() * 0.5;
    let dome = |x: f64, y: f64| granular(x, y) - 9.0 * (x * x + y * y) / (1_700.0 * 1_700.0);
    for (height, code) in [
        (&cylinder as &dyn Fn(f64, f64) -> f64, Some(GateCode::Bullet)),
        (&ball, Some(GateCode::Skin)),
        (&dome, None),
        (&|_, _| 0.0, Some(GateCode::Blank)),
    ] {
        let judgement = judged(&noisy(&map(height), 0.1), &Findings::default());
        let region = codes(&judgement)
            .into_iter()
            .find(|c| matches!(c, GateCode::Bullet | GateCode::Skin | GateCode::Blank | GateCode::Noise));
        assert_eq!(region, code, "{judgement:?}");
        assert_eq!(judgement.verdict == GateVerdict::Rejected, code.is_some());
    }
    let noise = judged(&noisy(&map(|_, _| 0.0), 8.0), &Findings::default());
    assert!(noise.says(GateCode::Noise) && !noise.says(GateCode::Blank), "{noise:?}");
    // Exactly flat: no noise to hold it against either.
    assert!(judged(&map(|_, _| 0.0), &Findings::default()).says(GateCode::Blank));
}

#[test]
fn heights_and_pitches_of_another_unit_are_suspected() {
    let sound = noisy(&map(granular), 0.1);
    let scaled =
        |heights: f32, pitch: f64| HeightMap { z: sound.z.mapv(|z| z * heights), pitch_um: sound.pitch_um * pitch };
    for (heights, pitch, code) in [
        (1e3, 1.0, GateCode::UnitSuspected),
        (1e-3, 1.0, GateCode::UnitSuspected),
        (1.0, 3.0, GateCode::PitchSuspected),
        (1.0, 0.3, GateCode::PitchSuspected),
    ] {
        let judgement = judged(&scaled(heights, pitch), &Findings::default());
        assert!(judgement.says(code), "{heights} {pitch}: {judgement:?}");
    }
    for pitch in [1e3, 1e-3] {
        let judgement = off_any_scale(&scaled(1.0, pitch)).unwrap();
        assert_eq!((judgement.verdict, codes(&judgement)), (GateVerdict::Rejected, vec![GateCode::UnitSuspected]));
    }
    assert_eq!(off_any_scale(&sound), None);
}

#[test]
fn findings_of_others_count_and_rejecting_ones_come_first() {
    let twin = |kind| Some(Twin { kind, specimen: "S-9".to_owned(), correlation: 0.93 });
    let findings = Findings {
        wrong_region: Some(WrongRegion::CaseMouth),
        outline_confidence: Some(0.2),
        light: Some(Light { saturated_share: 0.3, median: 0.01 }),
        twin: twin(TwinKind::Case),
        out_of_control: Some("Confocal 1".to_owned()),
        ..Findings::default()
    };
    let judgement = judged(&noisy(&map(granular), 0.1), &findings);
    assert_eq!(codes(&judgement)[0], GateCode::CaseMouth);
    assert_eq!(judgement.reasons.len(), 6, "{judgement:?}");
    let kept = judged(&noisy(&map(granular), 0.1), &Findings { wrong_region: None, ..findings.clone() });
    assert_eq!(kept.verdict, GateVerdict::Reservations);
    for kind in [TwinKind::Acquisition, TwinKind::Bytes] {
        let judgement = judged(&noisy(&map(granular), 0.1), &Findings { twin: twin(kind), ..Findings::default() });
        assert!(judgement.verdict == GateVerdict::Rejected && judgement.reasons[0].advice_english.contains("S-9"));
    }
    let more = Judgement::of(None, vec![]).with(of_instrument("X"));
    assert_eq!(more.verdict, GateVerdict::Reservations);
}

#[test]
fn every_reason_speaks_both_languages_and_says_what_to_do() {
    use GateCode::*;
    let figures = [
        AreaSmall,
        CoverageLow,
        CoverageTooLow,
        NoiseHigh,
        NoiseTooHigh,
        FocusSoft,
        PitchCoarse,
        TiltHigh,
        SpikesMany,
        UnitSuspected,
        PitchSuspected,
        OutlineDoubtful,
        Saturated,
        SaturatedTooMuch,
        Dark,
    ];
    let plain = [Headstamp, Skin, Blank, CaseMouth, Bullet, Noise, Unfired, Inverted, PitchUnknown, NoPrimer];
    let reasons = figures.map(|code| words::of_figure(code, 0.4, 0.5)).into_iter().chain(plain.map(words::of_code));
    let mut seen = std::collections::BTreeSet::new();
    for reason in reasons {
        for (english, spanish) in [(&reason.english, &reason.spanish), (&reason.advice_english, &reason.advice_spanish)]
        {
            assert!(english.len() > 15 && spanish.len() > 15 && english != spanish, "{reason:?}");
        }
        // The same figure past its farther bound is told in the same words.
        let farther = matches!(reason.code, CoverageTooLow | NoiseTooHigh);
        assert_eq!(seen.insert(reason.english.clone()), !farther, "one sentence for two reasons: {}", reason.english);
    }
    let json = serde_json::to_value(words::of_figure(AreaSmall, 0.4, 0.5)).unwrap();
    assert_eq!((json["code"].as_str(), json["found"].as_f64()), (Some("area.small"), Some(0.4)));
}

#[test]
fn light_is_read_from_the_pixels_that_have_one() {
    let mut luminance = HeightMap { z: ndarray::Array2::from_elem((10, 10), 0.25), pitch_um: 2.5 };
    luminance.z.row_mut(0).fill(1.0);
    luminance.z.row_mut(1).fill(f32::NAN);
    let light = measure_light(&luminance).unwrap();
    assert_eq!((light.saturated_share, light.median), (10.0 / 90.0, 0.25));
    luminance.z.fill(f32::NAN);
    assert_eq!(measure_light(&luminance), None);
}
