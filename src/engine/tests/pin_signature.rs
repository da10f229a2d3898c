//! Signatures of firing pins: which lengths tell simulated pins apart. Minutes of work: run on demand.

use crate::mark::{Mark, PrepareParameters, Region, prepare_region};
use crate::signature::vector::{self, VectorParameters, draw_query};
use crate::signature::{CodeParameters, CodeSpectrum, QueryCode, SearchParameters, SignatureParameters};
use crate::simulate::{AMMUNITION, SimulatedFirearm, SimulatedShot};
use crate::workings::Silent;
use rayon::prelude::*;

fn pins(seed: u64, firearms: u32) -> Vec<(u32, Mark)> {
    let each = |(number, shot): (u32, u32)| {
        let firearm = SimulatedFirearm::new(seed, number);
        let ammunition = AMMUNITION[(number * 7 + shot) as usize % AMMUNITION.len()];
        let shot = SimulatedShot::new(&firearm, shot, ammunition);
        let pitch_um = shot.instrument.pitch_um;
        let whole = shot.whole(&firearm, pitch_um).height_map();
        let mask = shot.parts(&firearm).mask(Region::FiringPin, pitch_um);
        let parameters = PrepareParameters::of(Region::FiringPin);
        (number, prepare_region(&whole, &mask, None, &parameters, &mut Silent).unwrap())
    };
    let all: Vec<(u32, u32)> = (1..=firearms).flat_map(|number| (1..=2).map(move |shot| (number, shot))).collect();
    all.into_par_iter().map(each).filter(|(_, mark)| mark.suitable()).collect()
}

fn number(name: &str, usual: u32) -> u32 {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(usual)
}

fn ranks(scores: &[Vec<f64>], of: &[(u32, Mark)]) -> String {
    let mut ranks = Vec::new();
    let mut z = Vec::new();
    for (a, row) in scores.iter().enumerate() {
        for (b, score) in row.iter().enumerate() {
            if a != b && of[a].0 == of[b].0 {
                let others: Vec<f64> = (0..row.len()).filter(|c| of[*c].0 != of[a].0).map(|c| row[c]).collect();
                ranks.push(1 + others.iter().filter(|o| *o >= score).count());
                let mean = others.iter().sum::<f64>() / others.len() as f64;
                let sd = (others.iter().map(|o| (o - mean).powi(2)).sum::<f64>() / others.len() as f64).sqrt();
                z.push((score - mean) / sd);
            }
        }
    }
    z.sort_by(f64::total_cmp);
    let within = |n: usize| ranks.iter().filter(|r| **r <= n).count() as f64 / ranks.len() as f64;
    format!(
        "1: {:.3} 10: {:.3} 20: {:.3} of {}; mates' deviations 5 % {:.1} median {:.1}",
        within(1),
        within(10),
        within(20),
        ranks.len(),
        z[z.len() / 20],
        z[z.len() / 2]
    )
}

#[test]
#[ignore = "minutes of work: prints how far vectors and codes of other lengths tell simulated pins apart"]
fn lengths_of_pin_signatures() {
    let pins = pins(u64::from(number("PIN_SEED", 301)), number("PINS", 60));
    let sd: Vec<f64> = pins.iter().map(|p| p.1.centre.sd_um).collect();
    let widest = sd.iter().copied().fold(0.0, f64::max);
    let bases: Vec<String> = pins.iter().map(|p| format!("{:?} {:.0}", p.1.centre.basis, p.1.centre.sd_um)).collect();
    eprintln!("{} suitable, {:?}", pins.len(), &bases[..8]);
    let SignatureParameters { code, vector } = SignatureParameters::of(Region::FiringPin);
    let lags = [(2, 5), (4, 5), (5, 4)];
    let grids = [(40.0, 460.0), (60.0, 460.0), (40.0, 380.0)];
    for (inner_um, outer_um) in grids {
        for (ring_lag_step, ring_lags) in lags {
            for frequency_most in [30, 60] {
                for half in [1, 2, 3] {
                    if half != 2 && (inner_um, ring_lag_step) != (40.0, 4) {
                        continue;
                    }
                    let p = VectorParameters {
                        grid: crate::dsp::polar::PolarGrid { inner_um, outer_um, ..vector.grid },
                        ring_lag_step,
                        ring_lags,
                        frequency_most,
                        offset_half_least: half,
                        offset_half_most: half,
                        ..vector.clone()
                    };
                    let drawn: Vec<Vec<u64>> = pins.par_iter().map(|p_| vector::draw(&p_.1, &p)).collect();
                    let scores: Vec<Vec<f64>> = pins
                        .par_iter()
                        .map(|query| {
                            let asked = draw_query(&query.1, widest, &p);
                            drawn
                                .iter()
                                .map(|d| {
                                    let off = asked
                                        .iter()
                                        .map(|a| a.iter().zip(d).map(|(x, y)| (x ^ y).count_ones()).sum::<u32>())
                                        .min()
                                        .unwrap();
                                    -f64::from(off)
                                })
                                .collect()
                        })
                        .collect();
                    eprintln!(
                        "vector {inner_um}-{outer_um} lags {ring_lags}x{ring_lag_step} to {frequency_most} half {half}: {}",
                        ranks(&scores, &pins)
                    );
                }
            }
        }
    }
    for (inner_um, outer_um) in grids {
        for half in [2, 4] {
            let p = CodeParameters {
                grid: crate::dsp::polar::PolarGrid { inner_um, outer_um, ..code.grid },
                offset_half_least: half,
                offset_half_most: half,
                ..code.clone()
            };
            let spectra: Vec<CodeSpectrum> =
                pins.par_iter().map(|m| CodeSpectrum::of(&crate::signature::PolarCode::of(&m.1, &p))).collect();
            let search = SearchParameters::default();
            let scores: Vec<Vec<f64>> = pins
                .par_iter()
                .map(|query| {
                    let own = QueryCode::of(&query.1, widest, &p);
                    spectra
                        .iter()
                        .map(|s| own.search(s, &search).unwrap().first().map_or(-9.0, |peak| peak.z))
                        .collect()
                })
                .collect();
            eprintln!("code {inner_um}-{outer_um} half {half}: {}", ranks(&scores, &pins));
        }
    }
}
