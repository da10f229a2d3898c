//! Open ballistic image matching: from a fired cartridge case to the shootings and firearm records it may belong to.
//!
//! brasslink produces **leads** for people to judge, never identifications.
//!
//! ```text
//! a scan or photograph, bytes                     records of traces, bytes
//!    |  surface   decode X3P / PNG / TIFF, limits      |  trace    import profile, canonical record
//!    v                                                 v
//!  Surface | Photo  --mark-->  Mark (region, height map + mask at a common pitch, quality)
//!    --signature-->  Signature (rotation-invariant vector, polar code)      kept with the mark, versioned
//!    --index-->      Candidates (parallel HNSW, or the exact scan)          with a receipt
//!    --compare-->    Comparison (pose, cells, features, log10 LR)           explained in pictures
//!    --casework-->   Lead -> Hit (people decide)                            audited
//!    --trace-->      Link graph: case - test fire - firearm - trace         every edge with its own evidence
//!    --report-->     correlation list, lead report, link chart
//! ```
//!
//! Rooms stand on floors; a room uses its own folder and the floors below, siblings never import each other:
//!
//! | floor | rooms |
//! |---|---|
//! | 0 | [`units`], [`ids`], [`date`], [`geometry`], [`grid`], [`language`], [`workings`] |
//! | 1 | [`dsp`], [`casework`], [`trace`] |
//! | 2 | [`surface`], [`mark`] |
//! | 3 | [`signature`], [`simulate`] |
//! | 4 | [`index`], [`compare`] |
//! | 5 | [`engine`] |
//! | 6 | [`store`], [`report`] |
//! | 7 | [`server`] |
//! | 8 | [`cli`], which starts the service too |
//!
//! Floors 0 to 5 read no file, socket, environment variable or clock. Lengths are micrometres and angles radians inside;
//! degrees and millimetres appear only where people read them.

pub mod casework;
pub mod cli;
pub mod compare;
pub mod date;
pub mod dsp;
pub mod engine;
pub mod geometry;
pub mod grid;
pub mod ids;
pub mod index;
pub mod language;
pub mod mark;
pub mod report;
pub mod server;
pub mod signature;
pub mod simulate;
pub mod store;
pub mod surface;
pub mod trace;
pub mod units;
pub mod workings;
