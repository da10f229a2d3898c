//! The hash-chained log of who did what to what, and when.

use super::CaseworkError;
use super::person::said;
use crate::ids::Digest;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::Digest as _;

/// What is hashed begins with this, so that a digest of the chain can never be one of something else.
const DOMAIN: &[u8] = b"brasslink audit event 1\n";

/// What the log is told: everything of an event but its place in the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// Who: a person's name, or the program for what software did unasked.
    pub actor: String,
    /// A stable word such as `lead.judged`.
    pub action: String,
    /// What was changed or looked at, such as `lead L-00aa11bb22cc`.
    pub subject: String,
    /// JSON text, kept as written because the hash covers its bytes. Never personal data: identifiers and digests.
    pub details: String,
}

impl Entry {
    /// An entry with details that are written as JSON text once and for all.
    ///
    /// # Errors
    /// When actor, action or subject is blank.
    pub fn new(
        at: Timestamp,
        actor: &str,
        action: &str,
        subject: &str,
        details: &serde_json::Value,
    ) -> Result<Self, CaseworkError> {
        Ok(Self {
            at,
            actor: said("actor", actor)?,
            action: said("action", action)?,
            subject: said("subject", subject)?,
            details: details.to_string(),
        })
    }
}

/// One link of the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEvent {
    /// The place in the chain, from 1, without gaps.
    pub sequence: u64,
    /// The hash of the event before; 32 zero bytes for the first.
    pub previous: Digest,
    /// What happened.
    #[serde(flatten)]
    pub entry: Entry,
    /// SHA-256 (FIPS 180-4) of the canonical bytes of all of the above.
    pub hash: Digest,
}

/// The end of a chain. Written down elsewhere (a report, a colleague's notebook) it also shows that no event was cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ChainHead {
    /// How many events there are.
    pub sequence: u64,
    /// The hash of the last one; 32 zero bytes when there is none.
    pub hash: Digest,
}

impl ChainHead {
    /// The head of a chain without events.
    pub const EMPTY: ChainHead = ChainHead { sequence: 0, hash: Digest([0; 32]) };

    /// The event that follows this head.
    #[must_use]
    pub fn next(self, entry: Entry) -> AuditEvent {
        let sequence = self.sequence + 1;
        let hash = digest(self.hash, sequence, &entry);
        AuditEvent { sequence, previous: self.hash, entry, hash }
    }
}

impl AuditEvent {
    /// The head of a chain that ends here.
    #[must_use]
    pub fn head(&self) -> ChainHead {
        ChainHead { sequence: self.sequence, hash: self.hash }
    }
}

/// The first event of a chain that is not what was once written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("audit log broken at event {sequence}: {what}")]
pub struct BrokenChain {
    /// The place in the chain, from 1.
    pub sequence: u64,
    /// What is wrong there.
    pub what: String,
}

/// Verifies a whole chain from its first event and gives its head.
///
/// # Errors
/// Names the first event that is missing, out of place, or altered in any byte.
pub fn verify_chain<'a>(events: impl IntoIterator<Item = &'a AuditEvent>) -> Result<ChainHead, BrokenChain> {
    events.into_iter().try_fold(ChainHead::EMPTY, verify_next)
}

/// Verifies that an event follows a head, and gives the new head; lets a long chain be read event by event.
///
/// # Errors
/// As [`verify_chain`].
pub fn verify_next(head: ChainHead, event: &AuditEvent) -> Result<ChainHead, BrokenChain> {
    let sequence = head.sequence + 1;
    let broken = |what: String| BrokenChain { sequence, what };
    if event.sequence != sequence {
        return Err(broken(format!("missing; the next event there is {}", event.sequence)));
    }
    if event.previous != head.hash {
        return Err(broken(format!("expected previous hash {}, got {}", head.hash, event.previous)));
    }
    let expected = digest(event.previous, event.sequence, &event.entry);
    if event.hash != expected {
        return Err(broken(format!("altered: its content hashes to {expected}, its hash says {}", event.hash)));
    }
    Ok(event.head())
}

/// Every field with its length before it, so that no text can run over into the next field.
fn digest(previous: Digest, sequence: u64, entry: &Entry) -> Digest {
    let mut hasher = sha2::Sha256::new();
    hasher.update(DOMAIN);
    hasher.update(previous.0);
    hasher.update(sequence.to_le_bytes());
    for text in [&entry.at.to_string(), &entry.actor, &entry.action, &entry.subject, &entry.details] {
        hasher.update((text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    }
    Digest(hasher.finalize().into())
}
