//! Scores of pairs in the database.

use super::fault::Fault;
use crate::engine::ports::{PairOutcome, PairScore};
use crate::geometry::Pose;
use crate::ids::Digest;
use rusqlite::{Connection, OptionalExtension, Row, params};

/// The number of a comparison, where it has been met before.
fn number(tx: &Connection, comparison: &Digest) -> Result<Option<i64>, Fault> {
    let mut statement = tx.prepare_cached("SELECT id FROM comparison WHERE parameters = ?1")?;
    Ok(statement.query_row([comparison.0], |row| row.get(0)).optional()?)
}

/// Keeps the outcomes of pairs; one that is known stays, one with a mark that is gone is left out.
pub(super) fn put(tx: &Connection, comparison: &Digest, pairs: &[PairScore]) -> Result<(), Fault> {
    if pairs.is_empty() {
        return Ok(());
    }
    let number = match number(tx, comparison)? {
        Some(number) => number,
        None => {
            tx.execute("INSERT INTO comparison (parameters) VALUES (?1)", [comparison.0])?;
            tx.last_insert_rowid()
        }
    };
    let mut insert = tx.prepare_cached(
        "INSERT INTO pair_score (comparison, later, earlier, score, log10_lr, low, high, cmc, cells, theta_rad, dx_um, dy_um)
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12
         WHERE EXISTS (SELECT 1 FROM mark WHERE sequence = ?2) AND EXISTS (SELECT 1 FROM mark WHERE sequence = ?3)
         ON CONFLICT DO NOTHING",
    )?;
    for PairScore { later, earlier, outcome } in pairs {
        let what = || format!("pair of the marks at {later} and {earlier}");
        if later <= earlier {
            return Err(Fault::invalid(what(), "expected the mark entered later first"));
        }
        let PairOutcome { score, log10_lr, log10_lr_interval, cmc, cells, pose } = *outcome;
        let (low, high) = log10_lr_interval.unzip();
        let numbers = [Some(score), log10_lr, low, high, Some(pose.theta_rad), Some(pose.dx_um), Some(pose.dy_um)];
        // A column would take a number that is not one as missing.
        if let Some(number) = numbers.into_iter().flatten().find(|number| !number.is_finite()) {
            return Err(Fault::invalid(what(), format!("expected finite numbers, got {number}")));
        }
        insert.execute(params![
            number,
            i64::try_from(*later).unwrap_or(i64::MAX),
            i64::try_from(*earlier).unwrap_or(i64::MAX),
            score,
            log10_lr,
            low,
            high,
            cmc,
            cells,
            pose.theta_rad,
            pose.dx_um,
            pose.dy_um
        ])?;
    }
    Ok(())
}

/// The known outcomes of pairs (later, earlier), in their order.
pub(super) fn outcomes(
    tx: &Connection,
    comparison: &Digest,
    pairs: &[(u64, u64)],
) -> Result<Vec<Option<PairOutcome>>, Fault> {
    let Some(number) = number(tx, comparison)? else { return Ok(vec![None; pairs.len()]) };
    let mut one = tx.prepare_cached(
        "SELECT score, log10_lr, low, high, cmc, cells, theta_rad, dx_um, dy_um FROM pair_score
         WHERE comparison = ?1 AND later = ?2 AND earlier = ?3",
    )?;
    let place = |place: u64| i64::try_from(place).unwrap_or(i64::MAX);
    pairs
        .iter()
        .map(|&(later, earlier)| {
            Ok(one.query_row(params![number, place(later), place(earlier)], outcome).optional()?)
        })
        .collect()
}

fn outcome(row: &Row<'_>) -> Result<PairOutcome, rusqlite::Error> {
    let (low, high): (Option<f64>, Option<f64>) = (row.get(2)?, row.get(3)?);
    Ok(PairOutcome {
        score: row.get(0)?,
        log10_lr: row.get(1)?,
        log10_lr_interval: low.zip(high),
        cmc: row.get(4)?,
        cells: row.get(5)?,
        // As it was kept: a pose made anew could wrap its angle differently.
        pose: Pose { theta_rad: row.get(6)?, dx_um: row.get(7)?, dy_um: row.get(8)? },
    })
}

/// Removes every pair with a mark that is no longer there.
pub(super) fn forget_gone(tx: &Connection) -> Result<(), Fault> {
    tx.execute(&format!("DELETE FROM pair_score WHERE {GONE}"), [])?;
    Ok(())
}

/// A pair that has lost a mark.
const GONE: &str = "later NOT IN (SELECT sequence FROM mark) OR earlier NOT IN (SELECT sequence FROM mark)";

/// Checks that both marks of every pair are there; gives the number of pairs.
pub(super) fn check(tx: &Connection) -> Result<u64, Fault> {
    let gone: Option<(i64, i64)> = tx
        .query_row(&format!("SELECT later, earlier FROM pair_score WHERE {GONE} LIMIT 1"), [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    if let Some((later, earlier)) = gone {
        return Err(Fault::Damaged(format!("pair score: no mark at {later} or at {earlier}")));
    }
    let count: i64 = tx.query_row("SELECT count(*) FROM pair_score", [], |row| row.get(0))?;
    Ok(count.unsigned_abs())
}
