//! Small counts are withheld, and enough others with them that none can be computed from the totals.
//!
//! A cell below the threshold is withheld (the minimum frequency rule of official statistics). A reader who has the totals
//! could subtract; so for each withheld cell three others are withheld that form a rectangle with it (complementary
//! suppression: Cox 1980), of which those that would fall when the small cell rises are large enough that the small cell may
//! be as large as the threshold. Every withheld cell is known to hold one or more, and the reader is assumed to know that.

use crate::language::Language;
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
                 withheld so that none can be computed from the totals. Publish one level of this table only."
            ),
            format!(
                "Los conteos menores que {n} se reservan (*) porque pueden señalar a un comprador o a una armería; se reservan \
                 otros para que ninguno pueda calcularse a partir de los totales. Publique un solo nivel de esta tabla."
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
}

impl Count {
    /// The number, where it is shown.
    #[must_use]
    pub const fn shown(self) -> Option<u64> {
        match self {
            Self::Shown(n) => Some(n),
            Self::Withheld => None,
        }
    }
}

impl std::fmt::Display for Count {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Shown(n) => f.pad(&n.to_string()),
            Self::Withheld => f.pad("*"),
        }
    }
}

impl Serialize for Count {
    /// A number, or null where it is withheld.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.shown().serialize(serializer)
    }
}

/// The table with totals: the last column holds those of the rows, the last row those of the columns, the corner all.
#[must_use]
pub fn withhold(table: &[Vec<u64>], threshold: Threshold) -> Vec<Vec<Count>> {
    let full = with_totals(table);
    let (rows, columns) = (full.len(), full.first().map_or(0, Vec::len));
    let mut hidden: BTreeSet<(usize, usize)> = BTreeSet::new();
    let small: Vec<(usize, usize)> = (0..rows)
        .flat_map(|i| (0..columns).map(move |j| (i, j)))
        .filter(|(i, j)| (1..threshold.fewest).contains(&full[*i][*j]))
        .collect();
    hidden.extend(&small);
    // The smallest first: what covers them may cover the others too.
    let mut order = small;
    order.sort_by_key(|(i, j)| (full[*i][*j], *i, *j));
    for cell in order {
        let partners = rectangle(&full, cell, threshold.fewest, &hidden);
        hidden.extend(partners);
    }
    let count = |i: usize, j: usize| if hidden.contains(&(i, j)) { Count::Withheld } else { Count::Shown(full[i][j]) };
    (0..rows).map(|i| (0..columns).map(|j| count(i, j)).collect()).collect()
}

fn with_totals(table: &[Vec<u64>]) -> Vec<Vec<u64>> {
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
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What a reader can tell of every withheld cell: the least and the most it may be, by trying all tables that fit.
    fn reconstructed(shown: &[Vec<Count>], most: u64) -> Vec<Vec<(u64, u64)>> {
        let (rows, columns) = (shown.len() - 1, shown[0].len() - 1);
        let mut bounds = vec![vec![(u64::MAX, 0); columns + 1]; rows + 1];
        let mut table = vec![vec![0u64; columns]; rows];
        fn fill(
            at: usize,
            table: &mut Vec<Vec<u64>>,
            shown: &[Vec<Count>],
            most: u64,
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
                        Count::Withheld => full[i][j] > 0,
                    })
                });
                if fits {
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
                Count::Withheld => 1..=most,
            };
            for value in range {
                table[i][j] = value;
                fill(at + 1, table, shown, most, bounds);
            }
        }
        fill(0, &mut table, shown, most, &mut bounds);
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
                let bounds = reconstructed(&shown, 12);
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
}
