//! Which pairs of specimens somebody has looked at: for lists, which show it. That it was looked at stands in the gallery's audit chain.

use super::ServiceStore;
use super::people::moment;
use crate::engine::ports::Stored;
use crate::ids::SpecimenId;
use jiff::Timestamp;
use std::collections::BTreeMap;

impl ServiceStore {
    /// Keeps that a pair was looked at; gives whether the account looks at it for the first time.
    ///
    /// # Errors
    /// Those of the file.
    pub fn keep_view(&self, account: &str, pair: [&SpecimenId; 2], now: Timestamp) -> Stored<bool> {
        let [one, other] = pair;
        let (first, second) = if one <= other { (one, other) } else { (other, one) };
        self.write("keep a view", |tx| {
            let new = tx.execute(
                "INSERT OR IGNORE INTO viewed (account, first, second, at_us) VALUES (?1, ?2, ?3, ?4)",
                (account, first.as_str(), second.as_str(), now.as_microsecond()),
            )?;
            Ok(new > 0)
        })
    }

    /// With whom the account has looked at a specimen, and when first.
    ///
    /// # Errors
    /// Those of the file.
    pub fn views_of(&self, account: &str, specimen: &SpecimenId) -> Stored<BTreeMap<SpecimenId, Timestamp>> {
        self.read("read views", |c| {
            let sql = "SELECT second, at_us FROM viewed WHERE account = ?1 AND first = ?2
                       UNION ALL SELECT first, at_us FROM viewed WHERE account = ?1 AND second = ?2";
            let mut statement = c.prepare_cached(sql)?;
            let rows = statement.query_map((account, specimen.as_str()), |row| {
                Ok((SpecimenId::new(row.get::<_, String>(0)?), moment(row.get(1)?)))
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}
