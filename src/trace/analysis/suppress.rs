//! Small counts are withheld, and enough others with them that none can be computed from the totals.
//!
//! A cell below the threshold is withheld (the minimum frequency rule of official statistics). A reader who has the totals
//! could subtract; so for each withheld cell three others are withheld that form a rectangle with it (complementary
//! suppression: Cox 1980), of which those that would fall when the small cell rises are large enough that the small cell may
//! be as large as the threshold. Every withheld cell is known to hold one or more, and the reader is assumed to know that.

use crate::language::Language;
use serde::ser::SerializeStruct as _;
use serde::{Deserialize, Serialize, Serializer};
use std::collections::BTreeSet;

/// Below which a count is withheld.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Threshold {
    /// The smallest count that is shown beside zero.
    pub fewest: u64,
}

impl Threshold {
    /// Five: the smallest count that is shown where nothing else is asked for.
    pub const USUAL: Self = Self { fewest: 5 };
    /// Every count is shown; for those who may see the records themselves.
    pub const NONE: Self = Self { fewest: 1 };

    /// Why counts are withheld, for the foot of a table.
    #[must_use]
    pub fn reason(self, language: Language) -> String {
        let n = self.fewest;
        if n <= 1 {
            return language
                .pick(
                    "No count is withheld: for those who may see the records themselves.",
                    "No se reserva ningún conteo: para quienes pueden ver los registros mismos.",
                )
                .to_owned();
        }
        language.pick(
            format!(
                "Counts below {n} are withheld (*) because they can point to one purchaser or dealer; further counts are \
                 withheld so that none can be computed from the totals. A range (12–19, 12+) is what the table by state leaves \
                 open, so both levels may be published together; tables of two dates may not."
            ),
            format!(
                "Los conteos menores que {n} se reservan (*) porque pueden señalar a un comprador o a una armería; se reservan \
                 otros para que ninguno pueda calcularse a partir de los totales. Un intervalo (12–19, 12+) es lo que deja abierto \
                 la tabla por estado, así que ambos niveles pueden publicarse juntos; tablas de dos fechas, no."
            ),
        )
    }
}

/// A count that may be withheld.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Count {
    /// It is shown.
    Shown(u64),
    /// It is one or more, and withheld.
    Withheld,
    /// All that a published finer table says of it; see [`super::levels`].
    Between {
        /// It is this or more.
        least: u64,
        /// It is this or less; none where the finer table sets no limit.
        most: Option<u64>,
    },
}

impl Count {
    /// The number, where it is shown.
    #[must_use]
    pub const fn shown(self) -> Option<u64> {
        match self {
            Self::Shown(n) => Some(n),
            Self::Withheld | Self::Between { .. } => None,
        }
    }

    /// The least that it may be for all that a reader is told.
    #[must_use]
    pub const fn least(self) -> u64 {
        match self {
            Self::Shown(n) | Self::Between { least: n, .. } => n,
            Self::Withheld => 1,
        }
    }
}

impl std::fmt::Display for Count {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Shown(n) => f.pad(&n.to_string()),
            Self::Withheld => f.pad("*"),
            Self::Between { least, most: Some(most) } => f.pad(&format!("{least}–{most}")),
            Self::Between { least, most: None } => f.pad(&format!("{least}+")),
        }
    }
}

impl Serialize for Count {
    /// A number, null where it is withheld, or `{"least": 12, "most": 19}`, whose `most` may be null.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Between { least, most } => {
                let mut range = serializer.serialize_struct("Between", 2)?;
                range.serialize_field("least", least)?;
                range.serialize_field("most", most)?;
                range.end()
            }
            Self::Shown(_) | Self::Withheld => self.shown().serialize(serializer),
        }
    }
}

/// The table with totals: the last column holds those of the rows, the last row those of the columns, the corner all.
///
/// A threshold above the usual one withholds all that the usual one does and more: what one reader asks for with one
/// threshold and another with a second tells both together no more than the table of the usual threshold.
#[must_use]
pub fn withhold(table: &[Vec<u64>], threshold: Threshold) -> Vec<Vec<Count>> {
    let full = with_totals(table);
    let mut hidden = BTreeSet::new();
    if threshold.fewest > Threshold::USUAL.fewest {
        hide(&full, Threshold::USUAL, &mut hidden);
    }
    hide(&full, threshold, &mut hidden);
    let count = |i: usize, j: usize, n: u64| if hidden.contains(&(i, j)) { Count::Withheld } else { Count::Shown(n) };
    let row = |(i, row): (usize, &Vec<u64>)| row.iter().enumerate().map(|(j, n)| count(i, j, *n)).collect();
    full.iter().enumerate().map(row).collect()
}

/// Adds the cells that a threshold hides.
fn hide(full: &[Vec<u64>], threshold: Threshold, hidden: &mut BTreeSet<(usize, usize)>) {
    let (rows, columns) = (full.len(), full.first().map_or(0, Vec::len));
    let small: Vec<(usize, usize)> = (0..rows)
        .flat_map(|i| (0..columns).map(move |j| (i, j)))
        .filter(|(i, j)| (1..threshold.fewest).contains(&full[*i][*j]))
        .collect();
    hidden.extend(&small);
    // The smallest first: what covers them may cover the others too.
    let mut order = small;
    order.sort_by_key(|(i, j)| (full[*i][*j], *i, *j));
    for cell in order {
        let partners = rectangle(full, cell, threshold.fewest, hidden);
        hidden.extend(partners);
    }
}

pub(super) fn with_totals(table: &[Vec<u64>]) -> Vec<Vec<u64>> {
    let columns = table.iter().map(Vec::len).max().unwrap_or(0);
    let mut full: Vec<Vec<u64>> = table
        .iter()
        .map(|row| {
            let mut row = row.clone();
            row.resize(columns, 0);
            row.push(row.iter().sum());
            row
        })
        .collect();
    full.push((0..=columns).map(|j| full.iter().map(|row| row[j]).sum()).collect());
    full
}

/// The cheapest three cells that form a rectangle with a withheld one and let it rise to the threshold. The rectangle over
/// both totals always does.
fn rectangle(
    full: &[Vec<u64>],
    (i, j): (usize, usize),
    fewest: u64,
    hidden: &BTreeSet<(usize, usize)>,
) -> Vec<(usize, usize)> {
    let (last_row, last_column) = (full.len() - 1, full[0].len() - 1);
    // In the table of cells minus totals every row and column sums to zero; this is the sign a cell has there.
    let plus = |i: usize, j: usize| (i == last_row) == (j == last_column);
    let rise = fewest.saturating_sub(full[i][j]);
    type Found = (u64, usize, [(usize, usize); 3]);
    let mut best: Option<Found> = None;
    for k in (0..=last_row).filter(|k| *k != i) {
        for l in (0..=last_column).filter(|l| *l != j) {
            let others = [(i, l), (k, j), (k, l)];
            // When the cell rises, its two neighbours move against it in the signed table and the far corner with it.
            let falls = |(a, b): (usize, usize), against: bool| (plus(a, b) == plus(i, j)) == against;
            let bears = |cell: (usize, usize), against: bool| {
                let value = full[cell.0][cell.1];
                value > 0 && (!falls(cell, against) || value > rise)
            };
            if !(bears(others[0], true) && bears(others[1], true) && bears(others[2], false)) {
                continue;
            }
            let fresh = others.iter().filter(|c| !hidden.contains(*c));
            // Totals are dearer than what they hold: they are what most readers want.
            let cost = fresh.clone().map(|(a, b)| full[*a][*b] + u64::from(*a == last_row || *b == last_column)).sum();
            let found = (cost, fresh.count(), others);
            if best.as_ref().is_none_or(|held| found < *held) {
                best = Some(found);
            }
        }
    }
    best.map_or_else(Vec::new, |(_, _, others)| others.to_vec())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What a reader can tell of every withheld cell, who knows further what `known` says of the table with its totals: the
    /// least and the most it may be, by trying all tables.
    pub(in crate::trace::analysis) fn reconstructed(
        shown: &[Vec<Count>],
        most: u64,
        known: &dyn Fn(&[Vec<u64>]) -> bool,
    ) -> Vec<Vec<(u64, u64)>> {
        let (rows, columns) = (shown.len() - 1, shown[0].len() - 1);
        let mut bounds = vec![vec![(u64::MAX, 0); columns + 1]; rows + 1];
        let mut table = vec![vec![0u64; columns]; rows];
        fn fill(
            at: usize,
            table: &mut Vec<Vec<u64>>,
            shown: &[Vec<Count>],
            most: u64,
            known: &dyn Fn(&[Vec<u64>]) -> bool,
            bounds: &mut Vec<Vec<(u64, u64)>>,
        ) {
            let (rows, columns) = (table.len(), table[0].len());
            if at > 0 && at.is_multiple_of(columns) {
                let i = at / columns - 1;
                let sum: u64 = table[i].iter().sum();
                if shown[i][columns].shown().map_or(sum == 0, |n| n != sum) {
                    return;
                }
            }
            if at == rows * columns {
                let full = with_totals(table);
                let fits = (0..=rows).all(|i| {
                    (0..=columns).all(|j| match shown[i][j] {
                        Count::Shown(n) => full[i][j] == n,
                        _ => full[i][j] >= shown[i][j].least(),
                    })
                });
                if fits && known(&full) {
                    for i in 0..=rows {
                        for j in 0..=columns {
                            let b = &mut bounds[i][j];
                            *b = (b.0.min(full[i][j]), b.1.max(full[i][j]));
                        }
                    }
                }
                return;
            }
            let (i, j) = (at / columns, at % columns);
            let range = match shown[i][j] {
                Count::Shown(n) => n..=n,
                _ => 1..=most,
            };
            for value in range {
                table[i][j] = value;
                fill(at + 1, table, shown, most, known, bounds);
            }
        }
        fill(0, &mut table, shown, most, known, &mut bounds);
        bounds
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]
        #[test]
        fn no_withheld_count_can_be_computed_from_what_is_shown(
            rows in 1usize..4, columns in 1usize..4, values in proptest::collection::vec(0u64..8, 9), fewest in 2u64..5,
        ) {
            let table: Vec<Vec<u64>> = (0..rows).map(|i| values[i * 3..i * 3 + columns].to_vec()).collect();
            let shown = withhold(&table, Threshold { fewest });
            let full = with_totals(&table);
            let withheld = shown.iter().flatten().filter(|c| **c == Count::Withheld).count();
            for (i, row) in shown.iter().enumerate() {
                for (j, count) in row.iter().enumerate() {
                    prop_assert!(count.shown().is_none_or(|n| n == full[i][j] && (n == 0 || n >= fewest)));
                }
            }
            // Trying all tables is dear: only where few cells are open.
            if shown[..rows].iter().flat_map(|r| &r[..columns]).filter(|c| **c == Count::Withheld).count() <= 5 && withheld > 0 {
                let bounds = reconstructed(&shown, 12, &|_| true);
                for (i, row) in shown.iter().enumerate() {
                    for (j, _) in row.iter().enumerate().filter(|(_, c)| **c == Count::Withheld) {
                        let (low, high) = bounds[i][j];
                        prop_assert!(low < high, "cell {} {} is {} in {:?}", i, j, low, shown);
                        if full[i][j] < fewest {
                            prop_assert!(high >= fewest, "cell {} {} is below {} in {:?}", i, j, fewest, shown);
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_table_without_small_counts_is_shown_whole_and_a_lone_gun_is_not() {
        let shown = withhold(&[vec![7, 0], vec![9, 12]], Threshold::USUAL);
        assert!(shown.iter().flatten().all(|c| *c != Count::Withheld));
        let lone = withhold(&[vec![1]], Threshold::USUAL);
        assert!(lone.iter().flatten().all(|c| *c == Count::Withheld));
        assert_eq!(withhold(&[vec![1]], Threshold::NONE)[0][0], Count::Shown(1));
        assert_eq!(withhold(&[], Threshold::USUAL), [[Count::Shown(0)]]);
    }

    proptest! {
        #[test]
        fn a_higher_threshold_shows_nothing_that_the_usual_one_withholds(
            values in proptest::collection::vec(0u64..30, 16), more in 1u64..12,
        ) {
            let table: Vec<Vec<u64>> = values.chunks(4).map(<[u64]>::to_vec).collect();
            let usual = withhold(&table, Threshold::USUAL);
            let higher = withhold(&table, Threshold { fewest: Threshold::USUAL.fewest + more });
            for (a, b) in usual.iter().flatten().zip(higher.iter().flatten()) {
                prop_assert!(b.shown().is_none() || a == b);
            }
        }
    }
}
