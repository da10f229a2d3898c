//! The gate tried on simulated and real acquisitions.

use super::*;
use crate::compare::{Prepared, compare};
use crate::mark::{Mark, prepare};
use crate::signature::{PolarCode, QueryCode};
use crate::surface::{Acquired, DecodeOptions, decode};
use std::path::{Path, PathBuf};

#[test]
fn the_gate_names_what_is_wrong_with_simulated_acquisitions() {
    let rows = gate_trial(&Parameters::built_in().unwrap(), 3, 11).unwrap();
    assert_eq!(rows.len(), Spoiled::ALL.len() + Foreign::ALL.len());
    for row in &rows {
        assert_eq!(row.verdicts.iter().sum::<usize>(), 3, "{row:?}");
        assert!(row.named >= 2, "{row:?}");
        let rejects = matches!(
            row.tried,
            Tried::Case(Spoiled::HeightsTooLarge | Spoiled::HeightsTooSmall | Spoiled::Resaved) | Tried::Thing(_)
        );
        assert!(!rejects || row.verdicts[2] >= 2, "{row:?}");
    }
    assert_eq!(rows[0].verdicts[2], 0, "a sound acquisition is kept: {:?}", rows[0]);
}

#[test]
#[ignore = "some minutes; prints the confusion table"]
fn print_the_confusion_table() {
    let each = std::env::var("BRASSLINK_GATE_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(40);
    println!("{}", table(&gate_trial(&Parameters::built_in().unwrap(), each, 20_260_301).unwrap()));
}

/// The folder of real scans that a person names; none is no failure, and is said aloud.
fn scans() -> Option<PathBuf> {
    let found = std::env::var_os("BRASSLINK_SCANS").map(PathBuf::from).filter(|p| p.join("truth.csv").is_file());
    if found.is_none() {
        eprintln!("skipped: BRASSLINK_SCANS names no folder with a truth.csv");
    }
    found
}

fn read(root: &Path, name: &str) -> HeightMap {
    let bytes = std::fs::read(root.join(name)).unwrap();
    let Acquired::Surface(surface) = decode(&bytes, name, &DecodeOptions::default()).unwrap() else {
        panic!("{name}: a photograph")
    };
    surface.height_map()
}

#[test]
#[ignore = "some minutes; prints what the gate measures on real scans, where BRASSLINK_SCANS names a folder of them"]
fn print_the_figures_of_real_scans() {
    let Some(root) = scans() else { return };
    let parameters = Parameters::built_in().unwrap();
    let mut table = csv::Reader::from_path(root.join("truth.csv")).unwrap();
    let truth: Vec<(String, String)> = table
        .records()
        .map(|row| row.unwrap())
        .map(|row| (row[0].to_owned(), format!("{}/{}", &row[1], &row[2])))
        .collect();
    let marks: Vec<(String, String, HeightMap, Mark)> = truth
        .par_iter()
        .map(|(name, firearm)| {
            let map = read(&root, name);
            let mark = prepare(&map, &parameters.prepare, &mut Silent).unwrap();
            (name.clone(), firearm.clone(), map, mark)
        })
        .collect();
    println!("scan area cover relief noise white s/n sharp tilt extent curvature verdict");
    let mut judgements = 0;
    for (name, _, map, mark) in &marks {
        let f = gate::measure(map, mark, &parameters.prepare.fine);
        let judgement = gate::judge(&f, &Findings::default(), &mark.quality.suitability, &parameters.gate);
        judgements += usize::from(judgement.verdict == GateVerdict::Accepted);
        let codes: Vec<GateCode> = judgement.reasons.iter().map(|r| r.code).collect();
        println!(
            "F {name} {:.2} {:.3} {:.1} {:.4} {:.4} {:.1} {:.3} {:.2} {:.0} {:.1e} {:?} {codes:?}",
            f.valid_area_mm2,
            f.coverage,
            f.relief_um.unwrap_or(0.0),
            f.noise_um.unwrap_or(0.0),
            f.whiteness.unwrap_or(0.0),
            f.signal_to_noise.unwrap_or(0.0),
            f.sharpness.unwrap_or(0.0),
            f.tilt_rad.to_degrees(),
            f.extent_um,
            f.curvature_per_um.map_or(0.0, |c| c.0),
            judgement.verdict
        );
    }
    println!("accepted {judgements} of {}", marks.len());
    twins(&parameters, &marks);
}

/// Correlations of signs and of the fine bands at the pose: a copy of the acquisition, turned and at another pitch; another shot of the firearm; another firearm.
fn twins(parameters: &Parameters, marks: &[(String, String, HeightMap, Mark)]) {
    let search = |query: &QueryCode, code: &PolarCode| {
        PolarCode::search(query, code, &parameters.search).unwrap().first().map_or(0.0, |p| p.correlation)
    };
    let readied: Vec<Prepared> = marks.par_iter().map(|m| Prepared::of(&m.3, &parameters.compare)).collect();
    let precise = |a: &Prepared, b: &Prepared| {
        compare(a, b, &parameters.compare, &parameters.model, &mut Silent).features.ccf_fine
    };
    let codes: Vec<PolarCode> = marks.iter().map(|m| PolarCode::of(&m.3, &parameters.signature.code)).collect();
    let vector = |mark: &Mark| crate::signature::vector::draw(mark, &parameters.signature.vector);
    let vectors: Vec<Vec<u64>> = marks.par_iter().map(|m| vector(&m.3)).collect();
    let found: Vec<(char, f64, f32, String, f64)> = (0..marks.len())
        .into_par_iter()
        .flat_map_iter(|a| {
            let (name, firearm, map, mark) = &marks[a];
            let query = QueryCode::of(mark, mark.centre.sd_um, &parameters.signature.code);
            let asked = crate::signature::vector::draw_query(mark, mark.centre.sd_um, &parameters.signature.vector);
            let likeness = |v: &[u64]| asked.iter().map(|q| crate::engine::twin::likeness(q, v)).fold(-1.0, f32::max);
            let copy = prepare(&Spoiled::Resaved.of(map, 3, a as u64), &parameters.prepare, &mut Silent).unwrap();
            let mut rows = vec![(
                'C',
                search(&query, &PolarCode::of(&copy, &parameters.signature.code)),
                likeness(&vector(&copy)),
                name.clone(),
                precise(&readied[a], &Prepared::of(&copy, &parameters.compare)),
            )];
            for b in 0..marks.len() {
                if b != a && (marks[b].1 == *firearm || b % 7 == 0) {
                    let kind = if marks[b].1 == *firearm { 'M' } else { 'N' };
                    rows.push((
                        kind,
                        search(&query, &codes[b]),
                        likeness(&vectors[b]),
                        format!("{name} {}", marks[b].0),
                        precise(&readied[a], &readied[b]),
                    ));
                }
            }
            rows
        })
        .collect();
    for (kind, what) in [('C', "copies"), ('M', "same firearm"), ('N', "other firearms")] {
        let mut rows: Vec<_> = found.iter().filter(|r| r.0 == kind).collect();
        rows.sort_by(|a, b| a.1.total_cmp(&b.1));
        let mut likes: Vec<f32> = rows.iter().map(|r| r.2).collect();
        likes.sort_by(f32::total_cmp);
        let last = rows.len() - 1;
        let at = |share: f64| (last as f64 * share) as usize;
        println!(
            "{what}: n {}, correlation min {:.3} 5% {:.3} median {:.3} 95% {:.3} max {:.3}; vectors min {:.3} median {:.3} max {:.3}",
            rows.len(),
            rows[0].1,
            rows[at(0.05)].1,
            rows[at(0.5)].1,
            rows[at(0.95)].1,
            rows[at(1.0)].1,
            likes[0],
            likes[at(0.5)],
            likes[at(1.0)]
        );
        for row in rows.iter().rev().take(6).chain(rows.iter().take(4)) {
            println!("  {:.3} {:.3} {:.3} {}", row.1, row.2, row.4, row.3);
        }
        rows.sort_by(|a, b| a.4.total_cmp(&b.4));
        let [least, low, middle, high, most] = [0.0, 0.05, 0.5, 0.95, 1.0].map(|share| rows[at(share)].4);
        println!("  fine bands: min {least:.3} 5% {low:.3} median {middle:.3} 95% {high:.3} max {most:.3}");
    }
}
