//! Answers to requests that carry an idempotency key: the same request again gets the same answer and does nothing.

use super::ServiceStore;
use crate::engine::ports::Stored;
use crate::ids::Digest;
use jiff::Timestamp;
use rusqlite::OptionalExtension as _;

/// How long an answer is kept: longer than any client tries again.
const KEPT_US: i64 = 7 * 24 * 3_600 * 1_000_000;

/// An answer that was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The body.
    pub body: String,
}

/// Whether a key was used before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// Never.
    New,
    /// For the same request, which got this answer.
    Again(Answer),
    /// For another request: the client has mixed something up.
    Otherwise,
}

impl ServiceStore {
    /// What is known of a key of an account.
    ///
    /// # Errors
    /// Those of the file.
    pub fn asked(&self, account: &str, key: &str, request: &Digest) -> Stored<Asked> {
        self.read("read an answer", |c| {
            let sql = "SELECT request, status, body FROM answer WHERE account = ?1 AND key = ?2";
            let found: Option<(Vec<u8>, u16, String)> =
                c.query_row(sql, (account, key), |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?))).optional()?;
            Ok(match found {
                None => Asked::New,
                Some((was, status, body)) if was == request.0 => Asked::Again(Answer { status, body }),
                Some(_) => Asked::Otherwise,
            })
        })
    }

    /// Keeps an answer; those older than a week go.
    ///
    /// # Errors
    /// Those of the file.
    pub fn keep_answer(
        &self,
        account: &str,
        key: &str,
        request: &Digest,
        answer: &Answer,
        now: Timestamp,
    ) -> Stored<()> {
        self.write("keep an answer", |tx| {
            let us = now.as_microsecond();
            tx.execute("DELETE FROM answer WHERE at_us < ?1", [us - KEPT_US])?;
            tx.execute(
                "INSERT OR IGNORE INTO answer (account, key, request, status, body, at_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                (account, key, request.0.as_slice(), answer.status, &answer.body, us),
            )?;
            Ok(())
        })
    }
}
