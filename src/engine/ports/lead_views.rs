//! Saved views: pictures that people took of a pair at the comparison bench, kept with its lead.

use crate::ids::{Digest, LeadId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Largest picture, bytes.
pub const MOST_VIEW_BYTES: usize = 8 << 20;

/// A saved view, without its picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadView {
    /// The lead.
    pub lead: LeadId,
    /// SHA-256 of the picture (PNG).
    pub digest: Digest,
    /// What the person says of it.
    pub caption: String,
    /// Who took it.
    pub by: String,
    /// When.
    pub at: Timestamp,
}
