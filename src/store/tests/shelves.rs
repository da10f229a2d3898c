//! Galleries opened from shelves: what they hold is what the store holds, whatever became of the files.

use super::*;
use crate::dsp::polar::PolarGrid;
use crate::engine::gallery::{Bench, Gallery};
use crate::engine::parameters::Parameters;
use crate::engine::ports::{CacheFiles, Store};
use crate::geometry::Point;
use crate::signature::{PolarCode, QuickCoder, Signature};
use crate::store::SqliteStore;

/// Members of a shelf in these tests.
const MARKS: usize = 4;

/// A submission whose mark a gallery of these parameters holds, with a signature of random bits.
pub(super) fn searched(n: u64, parameters: &Parameters) -> Submission {
    let mut one = if n.is_multiple_of(5) { test_fire(n, "F-1") } else { submission(n) };
    let vector: Vec<u64> = bytes(n + 7, 8 * parameters.signature.vector.words)
        .chunks(8)
        .map(|c| u64::from_le_bytes(c.try_into().unwrap()))
        .collect();
    let grid: PolarGrid = parameters.signature.code.grid;
    let signs: Vec<i8> = bytes(n + 9, grid.len()).iter().map(|b| i8::try_from(b % 3).unwrap() - 1).collect();
    let code = PolarCode::from_signs(&signs, grid, Point::default(), 20.0 + n as f64);
    let signature = Signature { version: crate::signature::VERSION, vector, code };
    let mark = &mut one.marks[0];
    mark.record.parameters = parameters.mark_hash();
    mark.record.id = MarkRecord::id_for(&mark.record.acquisition, Region::BreechFace, &mark.record.parameters);
    mark.signatures = vec![NewSignature { version: parameters.signature_version(), bytes: signature.to_bytes() }];
    one
}

fn open(store: &SqliteStore, parameters: &Parameters) -> Gallery {
    let caches = store.caches();
    let caches = caches.as_ref().map(|caches| caches as &dyn CacheFiles);
    Gallery::open_with(store, parameters, caches, MARKS).unwrap()
}

fn shelves(store: &SqliteStore) -> Vec<std::path::PathBuf> {
    let mut files: Vec<_> = std::fs::read_dir(std::path::Path::new(store.place()).join("caches"))
        .map(|entries| entries.map(|e| e.unwrap().path()).collect())
        .unwrap_or_default();
    files.sort();
    files
}

/// The gallery holds just what one read from the store alone holds: members, vectors and quick codes.
fn is_the_stores(gallery: &Gallery, store: &SqliteStore, parameters: &Parameters) {
    use crate::index::CandidateIndex as _;
    let plain = Gallery::open_with(store, parameters, None, MARKS).unwrap();
    assert_eq!(gallery.members.len(), plain.members.len());
    assert_eq!((gallery.generation, gallery.unsigned), (plain.generation, plain.unsigned));
    assert_eq!(gallery.widest_centre_sd_um, plain.widest_centre_sd_um);
    assert_eq!(gallery.index.vectors(), plain.index.vectors());
    let coder = QuickCoder::new(parameters.signature.code.grid);
    let (bench, other) = (Bench::new(store, gallery, parameters), Bench::new(store, &plain, parameters));
    for at in 0..plain.members.len() {
        assert_eq!(gallery.members.get(at), plain.members.get(at));
        let [mut a, mut b] = [Vec::new(), Vec::new()];
        bench.quick_code(at, &coder, &mut a).unwrap();
        other.quick_code(at, &coder, &mut b).unwrap();
        assert_eq!(a, b);
        assert_eq!(a, coder.code(&bench.code(at).unwrap()).0);
        for other in 0..plain.members.len() {
            assert_eq!(gallery.could_be_lead(at, other), plain.could_be_lead(at, other));
        }
    }
}

#[test]
fn a_gallery_opened_from_shelves_is_the_one_in_the_store() {
    let (folder, parameters) = (tempfile::tempdir().unwrap(), Parameters::built_in().unwrap());
    let store = SqliteStore::create(folder.path()).unwrap();
    assert!(open(&store, &parameters).members.is_empty());
    for n in 0..11 {
        store.submit(&searched(n, &parameters), &stamp(1)).unwrap();
    }
    let gallery = open(&store, &parameters);
    assert_eq!((gallery.members.len(), shelves(&store).len()), (11, 2), "two full shelves, three marks beside");
    is_the_stores(&gallery, &store, &parameters);
    let pistol = gallery.members.get(5).unwrap();
    assert_eq!((pistol.firearm, pistol.incident, pistol.exhibit), (Some("F-1"), None, "TF-5"));
    assert!(!gallery.could_be_lead(0, 5) && gallery.could_be_lead(1, 5) && !gallery.could_be_lead(1, 1));
    // More marks: full shelves stay as they are.
    let written = |path: &std::path::PathBuf| std::fs::metadata(path).unwrap().modified().unwrap();
    let before: Vec<_> = shelves(&store).iter().map(written).collect();
    for n in 11..17 {
        store.submit(&searched(n, &parameters), &stamp(2)).unwrap();
    }
    let gallery = open(&store, &parameters);
    assert_eq!(shelves(&store).len(), 4);
    assert_eq!(shelves(&store).iter().take(2).map(written).collect::<Vec<_>>(), before);
    is_the_stores(&gallery, &store, &parameters);
    // Expunged: the shelves go, and what is made next does not know the specimen.
    let gone = gallery.members.get(6).unwrap().mark_id();
    let old = gallery;
    store.expunge(&SpecimenId::new("S-6"), &person(Role::Examiner), "order of a court", &stamp(3)).unwrap();
    assert_eq!(shelves(&store).len(), 0);
    let gallery = open(&store, &parameters);
    assert_eq!((gallery.members.len(), gallery.place(&gone), old.place(&gone)), (16, None, Some(6)));
    is_the_stores(&gallery, &store, &parameters);
    // A field filled in later and a signature put anew reach the shelves.
    let mut fuller = searched(2, &parameters);
    fuller.incident.as_mut().unwrap().state = Some("Sonora".to_owned());
    assert!(!store.submit(&fuller, &stamp(4)).unwrap().completed.is_empty());
    let signature = searched(40, &parameters).marks[0].signatures[0].clone();
    store.put_signature(&gallery.members.get(3).unwrap().mark_id(), &signature, &stamp(5)).unwrap();
    is_the_stores(&open(&store, &parameters), &store, &parameters);
}

#[test]
fn a_damaged_shelf_is_named_and_made_anew() {
    let (folder, parameters) = (tempfile::tempdir().unwrap(), Parameters::built_in().unwrap());
    let store = SqliteStore::create(folder.path()).unwrap();
    for n in 1..10 {
        store.submit(&searched(n, &parameters), &stamp(1)).unwrap();
    }
    open(&store, &parameters);
    let files = shelves(&store);
    let whole = std::fs::read(&files[1]).unwrap();
    let coder = QuickCoder::new(parameters.signature.code.grid);
    let looks = MARKS * (coder.bytes() + 4);
    for at in [40, 60, 80, 200, whole.len() - looks - 6, whole.len() - looks - 2] {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        std::fs::write(&files[1], &bytes).unwrap();
        let gallery = open(&store, &parameters);
        assert_eq!(gallery.damaged.len(), 1, "byte {at}");
        assert!(gallery.damaged[0].contains("00001.shelf"), "{:?}", gallery.damaged);
        is_the_stores(&gallery, &store, &parameters);
        assert!(open(&store, &parameters).damaged.is_empty(), "it was made anew");
    }
    // Cut off: not a cache at all. In a quick code: noticed when it is looked at, and taken from the store.
    std::fs::write(&files[1], &whole[..whole.len() - 1]).unwrap();
    is_the_stores(&open(&store, &parameters), &store, &parameters);
    let mut bytes = whole.clone();
    bytes[whole.len() - looks + 100] ^= 1;
    std::fs::write(&files[1], &bytes).unwrap();
    is_the_stores(&open(&store, &parameters), &store, &parameters);
    // The first one missing: it alone is made anew.
    std::fs::write(&files[1], &whole).unwrap();
    std::fs::remove_file(&files[0]).unwrap();
    is_the_stores(&open(&store, &parameters), &store, &parameters);
    assert_eq!(shelves(&store), files);
}

/// Measures a gallery of a million made-up members: opening, memory, vectors and quick looks. By hand, some seven gigabytes of disk:
/// `BRASSLINK_MADE_UP=1000000 cargo test --release --lib shelves::a_million -- --ignored --nocapture`.
#[test]
#[ignore = "measures; takes minutes and gigabytes"]
fn a_million_members_made_up() {
    use crate::index::CandidateIndex as _;
    use crate::signature::{QuickQuery, QuickRoom};
    use rayon::prelude::*;
    use std::time::Instant;
    let members: usize = std::env::var("BRASSLINK_MADE_UP").map_or(100_000, |n| n.parse().unwrap());
    let (folder, parameters) = (tempfile::tempdir_in("target").unwrap(), Parameters::built_in().unwrap());
    let store = SqliteStore::create(folder.path()).unwrap();
    let caches = store.caches().unwrap();
    let mut state = 88_172_645_463_325_252u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for n in 0..members.div_ceil(16_384) {
        Gallery::made_up_shelf(&caches, &parameters, n, &mut random);
    }
    let resident = || {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let line = |of: &str| status.lines().find(|l| l.starts_with(of)).unwrap_or_default().to_owned();
        format!("{} {}", line("VmRSS"), line("VmHWM"))
    };
    println!("before: {}", resident());
    let start = Instant::now();
    let gallery = Gallery::open(&store, &parameters, Some(&caches)).unwrap();
    println!("opened {} members in {:.2} s; {}", gallery.members.len(), start.elapsed().as_secs_f64(), resident());
    assert_eq!(gallery.members.len(), members.div_ceil(16_384) * 16_384);
    let filter = crate::engine::filter::Filter { state: Some("state 7".to_owned()), ..Default::default() };
    let start = Instant::now();
    let filtered = filter.apply(&gallery);
    println!("filter: {:.1} ms", start.elapsed().as_secs_f64() * 1e3);
    assert!(filtered.passes(6) && !filtered.passes(7));
    let pistol = crate::simulate::SimulatedFirearm::new(7, 1);
    let shot = crate::simulate::SimulatedShot::new(&pistol, 1, crate::simulate::AMMUNITION[0]);
    let map = shot.cropped(&pistol, 6.25).height_map();
    let face = crate::mark::prepare(&map, &parameters.prepare, &mut crate::workings::Silent).unwrap();
    let coder = QuickCoder::new(parameters.signature.code.grid);
    let bench = Bench::new(&store, &gallery, &parameters);
    let quick = QuickQuery::of(&face, 25.0, &parameters.signature.code, &parameters.quick);
    let mut spent = [Vec::new(), Vec::new(), Vec::new()];
    for _ in 0..41 {
        let query: Vec<Vec<u64>> = (0..9).map(|_| (0..128).map(|_| random()).collect()).collect();
        let start = Instant::now();
        let eligible: Vec<bool> =
            (0..gallery.members.len()).into_par_iter().map(|at| gallery.could_be_lead(17, at)).collect();
        spent[0].push(start.elapsed().as_secs_f64() * 1e3);
        let start = Instant::now();
        let allowed = |key: u64| eligible[key as usize];
        let found = gallery.index.search(&query, parameters.funnel.to_quick, Some(&allowed)).unwrap();
        spent[1].push(start.elapsed().as_secs_f64() * 1e3);
        let mut places: Vec<usize> = found.neighbours.iter().map(|n| n.key as usize).collect();
        places.sort_unstable();
        let start = Instant::now();
        let sum: f32 = places
            .par_iter()
            .map_init(<(Vec<u8>, QuickRoom)>::default, |(look, room), at| {
                bench.quick_code(*at, &coder, look).unwrap();
                quick.look(look, room)
            })
            .sum();
        spent[2].push(start.elapsed().as_secs_f64() * 1e3);
        assert!(sum > 0.0);
    }
    for (what, mut times) in ["eligible", "vectors", "quick looks"].into_iter().zip(spent) {
        times.sort_by(f64::total_cmp);
        println!("{what}: median {:.1} ms, p95 {:.1} ms, least {:.1} ms", times[20], times[38], times[0]);
    }
    println!("after: {}", resident());
}
