//! Evidence bundle: one zip from which another laboratory recomputes every number of a lead, bit for bit, or learns what differs.
//!
//! ```text
//! store --make--> contents (scans, marks, records, parameters, model) --recompute--> numbers --pack--> zip + manifest
//! zip --unpack, hashes--> contents --recompute--> numbers --against the numbers of the bundle--> Replay
//! ```
//!
//! The numbers of a bundle are computed from its own contents by the very function that a replay uses, and are then held against what the gallery has stored;
//! so a bundle proves the numbers of the report and not merely itself. Personal data stay masked unless a purpose and a case number were given; what follows
//! from names is computed from pseudonyms.

mod archive;
mod contents;
mod make;
mod numbers;
mod registers;
mod replay;

pub use archive::{Archive, Limits};
pub use contents::{Contents, Manifest, ManifestFile, Platform, Population, Scan, TraceKept};
pub use make::{Made, make};
pub use numbers::{GunTimes, LinkNumbers, MarkNumbers, Numbers, recompute};
pub use registers::{Contradiction, OfRegisters, RegisterEdge, RegistersKept};
pub use replay::{Difference, Replay, replay};

/// Name and version of the shape of a bundle; a reader refuses another.
pub const FORMAT: &str = "brasslink evidence bundle 1";
