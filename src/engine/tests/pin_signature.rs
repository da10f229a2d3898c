//! Signatures of firing pins: which lengths tell simulated pins apart. Minutes of work: run on demand.

use crate::dsp::polar::PolarGrid;
use crate::mark::{Mark, PrepareParameters, Region, prepare_region};
use crate::signature::vector::{self, VectorParameters, draw_query};
use crate::signature::{CodeParameters, CodeSpectrum, PolarCode, QueryCode, SearchParameters, SignatureParameters};
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

/// Lists of numbers that the environment states, or the usual ones: `1,2;3,4`.
fn lists<const N: usize>(name: &str, usual: &[[f64; N]]) -> Vec<[f64; N]> {
    let Ok(text) = std::env::var(name) else { return usual.to_vec() };
    let one = |list: &str| -> [f64; N] {
        list.split(',').map(|n| n.parse().unwrap()).collect::<Vec<f64>>().try_into().unwrap()
    };
    text.split(';').map(one).collect()
}

/// `cargo test --lib lengths_of -- --ignored --nocapture`; pistols and seed from `PINS` and `PIN_SEED`, what is tried from `PIN_VECTORS` and `PIN_CODES`.
#[test]
#[ignore = "minutes of work: prints how far vectors and codes of several lengths tell simulated pins apart"]
fn lengths_of_pin_signatures() {
    let pins = pins(u64::from(number("PIN_SEED", 301)), number("PINS", 60));
    let widest = pins.iter().map(|pin| pin.1.centre.sd_um).fold(0.0, f64::max);
    eprintln!("{} suitable", pins.len());
    let SignatureParameters { code, vector } = SignatureParameters::of(Region::FiringPin);
    // Inner and outer radius, rings, angles, step and half-width of the lattice; of vectors also step and number of the lags.
    for [inner_um, outer_um, rings, angles, step, half, lag, lags] in lists(
        "PIN_VECTORS",
        &[
            [60.0, 460.0, 48.0, 384.0, 10.0, 2.0, 4.0, 5.0],
            [60.0, 460.0, 48.0, 384.0, 20.0, 2.0, 4.0, 5.0],
            [60.0, 460.0, 48.0, 384.0, 20.0, 3.0, 4.0, 5.0],
            [60.0, 460.0, 48.0, 384.0, 30.0, 2.0, 4.0, 5.0],
            [60.0, 460.0, 32.0, 256.0, 20.0, 3.0, 3.0, 5.0],
        ],
    ) {
        let p = VectorParameters {
            grid: PolarGrid { rings: rings as usize, angles: angles as usize, inner_um, outer_um },
            ring_lag_step: lag as usize,
            ring_lags: lags as usize,
            offset_step_um: step,
            offset_half_least: half as usize,
            offset_half_most: half as usize,
            ..vector.clone()
        };
        let drawn: Vec<Vec<u64>> = pins.par_iter().map(|pin| vector::draw(&pin.1, &p)).collect();
        let like = |asked: &[Vec<u64>], other: &[u64]| {
            let differ = |a: &Vec<u64>| a.iter().zip(other).map(|(x, y)| (x ^ y).count_ones()).sum::<u32>();
            -f64::from(asked.iter().map(differ).min().unwrap())
        };
        let each = |query: &(u32, Mark)| -> Vec<f64> {
            let asked = draw_query(&query.1, widest, &p);
            drawn.iter().map(|other| like(&asked, other)).collect()
        };
        let scores: Vec<Vec<f64>> = pins.par_iter().map(each).collect();
        eprintln!(
            "vector {inner_um}-{outer_um} {rings}x{angles} lags {lags}x{lag} offsets {half}x{step}: {}",
            ranks(&scores, &pins)
        );
    }
    for [inner_um, outer_um, rings, angles, step, half] in lists(
        "PIN_CODES",
        &[
            [60.0, 460.0, 48.0, 384.0, 10.0, 4.0],
            [60.0, 460.0, 48.0, 384.0, 15.0, 3.0],
            [60.0, 460.0, 48.0, 384.0, 20.0, 3.0],
            [60.0, 460.0, 48.0, 384.0, 15.0, 5.0],
            [60.0, 460.0, 32.0, 256.0, 15.0, 3.0],
            [60.0, 460.0, 32.0, 256.0, 15.0, 5.0],
        ],
    ) {
        let p = CodeParameters {
            grid: PolarGrid { rings: rings as usize, angles: angles as usize, inner_um, outer_um },
            offset_step_um: step,
            offset_half_least: half as usize,
            offset_half_most: half as usize,
            ..code.clone()
        };
        let spectra: Vec<CodeSpectrum> =
            pins.par_iter().map(|pin| CodeSpectrum::of(&PolarCode::of(&pin.1, &p))).collect();
        let search = SearchParameters::default();
        let each = |query: &(u32, Mark)| -> Vec<f64> {
            let own = QueryCode::of(&query.1, widest, &p);
            let z = |other: &CodeSpectrum| own.search(other, &search).unwrap().first().map_or(0.0, |peak| peak.z);
            spectra.iter().map(z).collect()
        };
        let scores: Vec<Vec<f64>> = pins.par_iter().map(each).collect();
        eprintln!("code {inner_um}-{outer_um} {rings}x{angles} offsets {half}x{step}: {}", ranks(&scores, &pins));
    }
}
