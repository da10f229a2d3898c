//! Measures the queries of a gallery that somebody has, from the decoded scan to the explained list.

use crate::engine::Context;
use crate::engine::correlate::{Milliseconds, Receipt, Request, correlate};
use crate::engine::gallery::Gallery;
use crate::engine::parameters::Parameters;
use crate::engine::ports::{CacheFiles, Store};
use crate::engine::progress::Unwatched;
use crate::mark::prepare;
use crate::signature::sign;
use crate::store::{SqliteStore, SystemClock};
use crate::surface::{Acquired, DecodeOptions, decode};
use crate::workings::Silent;
use std::time::Instant;

/// Most queries of one run.
const QUERIES: usize = 40;
/// Least marks by which the queries that are measured lie apart, so that they are not all of one incident.
const APART: usize = 2;

/// The marks entered last that can be compared and were never asked with: each is prepared and signed from its received bytes, decoded beforehand, and
/// then correlated as a submission of today would be, its list kept. By hand, as each mark can be asked but once:
/// `BRASSLINK_GALLERY=folder cargo test --release --lib asked -- --ignored --nocapture`.
#[test]
#[ignore = "measures a gallery that BRASSLINK_GALLERY names"]
fn from_a_decoded_scan_to_an_explained_list() {
    let Ok(folder) = std::env::var("BRASSLINK_GALLERY") else {
        println!("BRASSLINK_GALLERY names no gallery: nothing was measured");
        return;
    };
    let (store, parameters) = (SqliteStore::open(folder).unwrap(), Parameters::built_in().unwrap());
    let caches = store.caches();
    let caches = caches.as_ref().map(|caches| caches as &dyn CacheFiles);
    let start = Instant::now();
    let gallery = Gallery::open(&store, &parameters, caches).unwrap();
    println!("opened {} members in {:.2} s", gallery.members.len(), start.elapsed().as_secs_f64());
    let context = Context {
        store: &store,
        clock: &SystemClock,
        actor: "measurement",
        parameters: &parameters,
        progress: &Unwatched,
    };
    let everything: Vec<usize> = (0..gallery.members.len()).collect();
    let have = gallery.have_marks(&store, &everything).unwrap();
    let fresh =
        |at: &usize| have[*at] && store.correlations(&gallery.member(*at).unwrap().mark_id()).unwrap().is_empty();
    let queries: Vec<usize> = everything.iter().rev().copied().filter(fresh).step_by(APART).take(QUERIES).collect();
    assert!(!queries.is_empty(), "every mark that can be asked with was");
    let mut rows: Vec<[f64; 6]> = Vec::new();
    for &query in &queries {
        let mark = store.mark(&gallery.member(query).unwrap().mark_id()).unwrap().mark;
        let bytes = store.received_bytes(&mark.acquisition).unwrap();
        let Acquired::Surface(surface) = decode(&bytes, "received", &DecodeOptions::default()).unwrap() else {
            panic!("heights were asked for");
        };
        let map = surface.height_map();
        let start = Instant::now();
        let face = prepare(&map, &parameters.prepare, &mut Silent).unwrap();
        assert!(!sign(&face, &parameters.signature).vector.is_empty());
        let ready = start.elapsed().as_secs_f64() * 1e3;
        let request = Request { top: 20, exhaustive: false, filter: None };
        let found = correlate(&context, &gallery, &[query], request).unwrap();
        let all = start.elapsed().as_secs_f64() * 1e3;
        let receipt: Receipt = serde_json::from_value(found[0].receipt.clone()).unwrap();
        assert_eq!(found[0].candidates.len(), receipt.compared.min(20));
        if receipt.known > 0 {
            continue;
        }
        let Milliseconds { vectors, quick, codes, comparisons, .. } = receipt.milliseconds.unwrap();
        let [vectors, quick, codes, comparisons] = [vectors, quick, codes, comparisons].map(|ms| ms as f64);
        rows.push([all, ready, vectors, quick, codes, comparisons]);
    }
    println!("{} of {} queries had no pair that was known before; ms", rows.len(), queries.len());
    for (k, name) in ["in all", "prepare and sign", "vectors", "quick looks", "codes", "comparisons"].iter().enumerate()
    {
        let mut values: Vec<f64> = rows.iter().map(|row| row[k]).collect();
        values.sort_by(f64::total_cmp);
        let at = |share: f64| values.get(((values.len() as f64 * share) as usize).min(values.len().max(1) - 1));
        println!("{name:18} median {:7.1}   95 % {:7.1}", at(0.5).unwrap_or(&0.0), at(0.95).unwrap_or(&0.0));
    }
}
