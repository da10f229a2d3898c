//! A reader who holds every level and several thresholds, and tries to compute what is withheld.

use super::flows::tests::{gun, trace};
use super::levels::coarser;
use super::suppress::tests::reconstructed;
use super::suppress::{Count, Threshold, with_totals, withhold};
use super::{Flows, Level, flows};
use crate::trace::catalogue::Places;
use proptest::prelude::*;

/// A linear programme in the textbook's tableau: a row a constraint, its right side last, and the value that each row holds.
struct Programme {
    rows: Vec<Vec<f64>>,
    basis: Vec<usize>,
}

/// What counts as zero in a tableau of whole numbers below a few hundred.
const SMALL: f64 = 1e-7;

impl Programme {
    /// Lets a value enter at a row.
    fn pivot(&mut self, at: usize, enter: usize) {
        let by = self.rows[at][enter];
        self.rows[at].iter_mut().for_each(|v| *v /= by);
        let pivot = self.rows[at].clone();
        for (_, row) in self.rows.iter_mut().enumerate().filter(|(n, _)| *n != at) {
            let by = row[enter];
            row.iter_mut().zip(&pivot).for_each(|(v, p)| *v -= by * p);
        }
        self.basis[at] = enter;
    }

    /// The greatest gain with the first `usable` values, by Bland's rule; none where nothing limits it.
    fn greatest(&mut self, gain: &[f64], usable: usize) -> Option<f64> {
        let right = gain.len();
        loop {
            let held = || self.rows.iter().zip(&self.basis);
            let worth = |j: usize| gain[j] - held().map(|(row, b)| gain[*b] * row[j]).sum::<f64>();
            let Some(enter) = (0..usable).find(|j| worth(*j) > SMALL) else {
                return Some(held().map(|(row, b)| gain[*b] * row[right]).sum());
            };
            let limits = self.rows.iter().enumerate().filter(|(_, row)| row[enter] > SMALL);
            let limits = limits.map(|(n, row)| (row[right] / row[enter], self.basis[n], n));
            let (_, _, at) =
                limits.min_by(|a, b| if (a.0 - b.0).abs() < SMALL { a.1.cmp(&b.1) } else { a.0.total_cmp(&b.0) })?;
            self.pivot(at, enter);
        }
    }
}

/// The most that one of some values of at least zero may be: `equal` are sums that are known, `at_most` sums with their
/// limit, both as coefficients and right side. None where nothing limits it.
fn greatest(wanted: usize, equal: &[(Vec<f64>, f64)], at_most: &[(Vec<f64>, f64)]) -> Option<f64> {
    let values = equal.iter().chain(at_most).map(|(row, _)| row.len()).max().unwrap_or(wanted + 1);
    let own = values + at_most.len();
    let width = own + equal.len() + at_most.len();
    let mut programme = Programme { rows: Vec::new(), basis: (own..width).collect() };
    for (n, (row, right)) in equal.iter().chain(at_most).enumerate() {
        let mut line = vec![0.0; width + 1];
        line[..row.len()].copy_from_slice(row);
        if n >= equal.len() {
            line[values + n - equal.len()] = 1.0;
        }
        line[width] = *right;
        if *right < 0.0 {
            line.iter_mut().for_each(|v| *v = -*v);
        }
        line[own + n] = 1.0;
        programme.rows.push(line);
    }
    // A start is found by driving out artificial values; a row that then holds none of the others says nothing new.
    let mut gain = vec![0.0; width];
    gain[own..].fill(-1.0);
    let missing = programme.greatest(&gain, width)?;
    assert!(missing > -1e-5, "the true table satisfies what is published: {missing}");
    for at in (0..programme.rows.len()).rev() {
        if programme.basis[at] < own {
            continue;
        }
        match (0..own).find(|j| programme.rows[at][*j].abs() > SMALL) {
            Some(enter) => programme.pivot(at, enter),
            None => {
                programme.rows.remove(at);
                programme.basis.remove(at);
            }
        }
    }
    gain.fill(0.0);
    gain[wanted] = 1.0;
    programme.greatest(&gain, own)
}

#[test]
fn the_programme_finds_what_a_person_can_see() {
    let row = |a: f64, b: f64| vec![a, b];
    // x + y = 10 and y of at least three, so that x is at most seven; the same said twice changes nothing.
    let equal = [(row(1.0, 1.0), 10.0), (row(2.0, 2.0), 20.0)];
    let found = greatest(0, &equal, &[(row(0.0, -1.0), -3.0)]).unwrap();
    assert!((found - 7.0).abs() < 1e-6, "{found}");
    assert_eq!(greatest(0, &[], &[(row(0.0, 1.0), 4.0)]), None);
}

/// The cells of states that a reader does not know, each with what it is at least and at most for all that is published.
struct Reader {
    open: Vec<(usize, usize)>,
    equal: Vec<(Vec<f64>, f64)>,
    at_most: Vec<(Vec<f64>, f64)>,
}

impl Reader {
    /// Reads the published table of states: the cells, and the totals as sums of them.
    fn of(states: &Flows) -> Self {
        let (rows, columns) = (states.origins.len(), states.recoveries.len());
        let cells = || (0..rows).flat_map(|i| (0..columns).map(move |j| (i, j)));
        let open = cells().filter(|(i, j)| states.counts[*i][*j].shown().is_none()).collect();
        let mut reader = Self { open, equal: Vec::new(), at_most: Vec::new() };
        for i in 0..=rows {
            for j in 0..=columns {
                if i == rows || j == columns {
                    let within = |(a, b): &(usize, usize)| (i == rows || *a == i) && (j == columns || *b == j);
                    reader.learns(states, cells().filter(within).collect(), states.counts[i][j]);
                }
            }
        }
        reader
    }

    /// Takes in the published sum of some cells. Every value is counted from one, the least that a withheld cell holds.
    fn learns(&mut self, states: &Flows, cells: Vec<(usize, usize)>, sum: Count) {
        let known: u64 = cells.iter().map(|(i, j)| states.counts[*i][*j].least()).sum();
        let unknown: Vec<f64> = self.open.iter().map(|cell| f64::from(u8::from(cells.contains(cell)))).collect();
        let beyond = |n: u64| n as f64 - known as f64;
        match sum {
            Count::Shown(n) => self.equal.push((unknown, beyond(n))),
            Count::Withheld => {}
            Count::Between { least, most } => {
                self.at_most.push((unknown.iter().map(|v| -v).collect(), -beyond(least)));
                self.at_most.extend(most.map(|n| (unknown, beyond(n))));
            }
        }
    }

    /// Takes in the published table of countries: each count is the sum of the states of both.
    fn learns_countries(&mut self, states: &Flows, countries: &Flows) {
        let country = |code: &Option<String>| code.as_ref().map(|c| c.split('-').next().unwrap_or(c).to_owned());
        let (rows, columns) = (countries.origins.len(), countries.recoveries.len());
        for a in 0..=rows {
            for b in 0..=columns {
                let of = |i: usize, all: &[Option<String>], at: usize, whole: &[Option<String>]| {
                    whole.get(at).is_none_or(|c| *c == country(&all[i]))
                };
                let cells = (0..states.origins.len())
                    .flat_map(|i| (0..states.recoveries.len()).map(move |j| (i, j)))
                    .filter(|(i, _)| of(*i, &states.origins, a, &countries.origins))
                    .filter(|(_, j)| of(*j, &states.recoveries, b, &countries.recoveries))
                    .collect();
                self.learns(states, cells, countries.counts[a][b]);
            }
        }
    }

    /// The most that an unknown cell may be; none where nothing limits it.
    fn most(&self, at: usize) -> Option<f64> {
        greatest(at, &self.equal, &self.at_most).map(|beyond| beyond + 1.0)
    }
}

const ENDS: [&str; 7] = ["Texas", "Arizona", "California", "Sonora", "Chihuahua", "Jalisco", ""];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn no_reader_of_all_levels_and_thresholds_can_bring_a_withheld_cell_below_the_threshold(
        pairs in proptest::collection::vec((0usize..7, 0usize..7, 1usize..12), 4..24), more in 1u64..8,
    ) {
        let mut traces = Vec::new();
        for (from, to, guns) in pairs {
            for _ in 0..guns {
                traces.push(trace(traces.len(), ENDS[from], ENDS[to], None, ""));
            }
        }
        let guns: Vec<_> = traces.iter().map(gun).collect();
        let places = Places::embedded().unwrap();
        let ask = |level, fewest| flows(&guns, 0, &places, level, Threshold { fewest });
        let truth = ask(Level::State, 1);
        let usual = Threshold::USUAL.fewest;
        let states = ask(Level::State, usual);
        let mut reader = Reader::of(&states);
        for fewest in [usual, usual + more] {
            let countries = ask(Level::Country, fewest);
            // What is told of two countries is true.
            let exact = ask(Level::Country, 1);
            for (told, true_count) in countries.counts.iter().flatten().zip(exact.counts.iter().flatten()) {
                let n = true_count.shown().unwrap();
                let holds = match told {
                    Count::Shown(m) => *m == n,
                    Count::Withheld => false,
                    Count::Between { least, most } => *least <= n && most.is_none_or(|m| n <= m),
                };
                prop_assert!(holds, "{:?} for {}", told, n);
            }
            reader.learns_countries(&states, &countries);
            let higher = ask(Level::State, fewest);
            for (i, row) in higher.counts.iter().enumerate() {
                for (j, count) in row.iter().enumerate() {
                    prop_assert!(count.shown().is_none() || states.counts[i][j] == *count, "it tells nothing new");
                }
            }
        }
        for (n, (i, j)) in reader.open.iter().enumerate() {
            let held = truth.counts[*i][*j].shown().unwrap();
            let most = reader.most(n);
            if held < usual {
                prop_assert!(most.is_none_or(|m| m > usual as f64 - 1e-4), "{} is known to be at most {:?}", held, most);
            } else {
                prop_assert!(most.is_none_or(|m| m > held as f64 - 1e-4), "the truth is possible: {} {:?}", held, most);
            }
        }
    }

    #[test]
    fn the_level_of_countries_narrows_no_withheld_cell_of_the_level_of_states(
        values in proptest::collection::vec(0u64..8, 9), rows in proptest::collection::vec(0usize..2, 3),
        columns in proptest::collection::vec(0usize..2, 3), fewest in 2u64..5,
    ) {
        let table: Vec<Vec<u64>> = values.chunks(3).map(<[u64]>::to_vec).collect();
        let shown = withhold(&table, Threshold { fewest });
        if shown[..3].iter().flat_map(|r| &r[..3]).filter(|c| **c == Count::Withheld).count() > 5 {
            return Ok(());
        }
        let told = coarser(&shown, (&rows, &columns), (2, 2));
        let sums = |full: &[Vec<u64>]| {
            let mut sums = vec![vec![0; 3]; 3];
            for (i, row) in full.iter().enumerate() {
                for (j, n) in row.iter().enumerate() {
                    sums[rows.get(i).copied().unwrap_or(2)][columns.get(j).copied().unwrap_or(2)] += n;
                }
            }
            sums
        };
        let fits = |full: &[Vec<u64>]| {
            told.iter().flatten().zip(sums(full).iter().flatten()).all(|(told, n)| match told {
                Count::Shown(m) => m == n,
                Count::Withheld => false,
                Count::Between { least, most } => least <= n && most.is_none_or(|m| *n <= m),
            })
        };
        prop_assert!(fits(&with_totals(&table)), "{:?} holds the truth", told);
        prop_assert_eq!(reconstructed(&shown, 12, &fits), reconstructed(&shown, 12, &|_| true));
    }
}

#[test]
fn two_countries_are_told_exactly_where_no_state_is_withheld_and_as_a_range_where_one_is() {
    let places = Places::embedded().unwrap();
    let flow = |ends: &[(&str, &str, usize)]| {
        let mut traces = Vec::new();
        for (from, to, guns) in ends {
            for _ in 0..*guns {
                traces.push(trace(traces.len(), from, to, Some(3), ""));
            }
        }
        let guns: Vec<_> = traces.iter().map(gun).collect();
        flows(&guns, 0, &places, Level::Country, Threshold::USUAL)
    };
    let open = flow(&[("Texas", "Sonora", 9), ("Arizona", "Sonora", 6), ("Texas", "Texas", 8)]);
    assert_eq!(open.origins, [Some("US".to_owned())]);
    assert_eq!(open.recoveries, [Some("MX".to_owned()), Some("US".to_owned())]);
    assert_eq!(open.counts[0], [15, 8, 23].map(Count::Shown));
    assert_eq!((open.routes[0].guns, open.routes[0].timed), (Count::Shown(15), Count::Shown(15)));
    assert!(open.routes[0].median_days.is_some());
    // Three guns from Arizona are withheld. Where the table of states shows their total with others, so does this one; where
    // it does not, the total less the others would tell them.
    let told =
        flow(&[("Texas", "Sonora", 9), ("Arizona", "Sonora", 3), ("Texas", "Texas", 8), ("Arizona", "Texas", 7)]);
    assert_eq!((told.counts[0][0], told.routes[1].timed), (Count::Shown(12), Count::Withheld));
    assert_eq!(told.routes[1].median_days, None);
    let closed =
        flow(&[("Texas", "Sonora", 9), ("Texas", "Texas", 3), ("Jalisco", "Sonora", 8), ("Jalisco", "Texas", 7)]);
    assert_eq!(closed.counts[2], [17, 10, 27].map(Count::Shown));
    let Count::Between { least, most } = closed.counts[1][1] else { panic!("{:?}", closed.counts) };
    assert!(least < 3 && most.is_some_and(|m| m >= 5), "{least} {most:?}");
    let shown = Count::Between { least: 12, most: Some(19) };
    assert_eq!(
        (shown.to_string(), serde_json::to_string(&shown).unwrap()),
        ("12–19".to_owned(), r#"{"least":12,"most":19}"#.to_owned())
    );
    assert_eq!(Count::Between { least: 12, most: None }.to_string(), "12+");
}
