//! Where guns were sold and where they were recovered, between states or countries, and by dealer.

use super::levels::coarser;
use super::suppress::{Count, Threshold, withhold};
use crate::date::DaySpan;
use crate::trace::catalogue::{Places, Region};
use crate::trace::custody::{chain_of_sale, first_purchase};
use crate::trace::indicators::TracedGun;
use crate::trace::{PartyName, Place};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// How finely places are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// States and federal entities.
    State,
    /// Countries.
    Country,
}

/// Flows from origin to recovery.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Flows {
    /// States or countries.
    pub level: Level,
    /// What is withheld.
    pub threshold: Threshold,
    /// Places of first sale as codes (`US-TX`), ascending; none stands for guns whose sale is not known: a gap.
    pub origins: Vec<Option<String>>,
    /// Places of recovery, in the same way; none for guns whose recovery is not known.
    pub recoveries: Vec<Option<String>>,
    /// Guns by origin and recovery; the last column and the last row are totals.
    pub counts: Vec<Vec<Count>>,
    /// Flows that are shown, the largest first.
    pub routes: Vec<Route>,
    /// Guns whose record link waits for a person and which may be counted twice.
    pub waiting: usize,
}

/// One flow.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Route {
    /// Place of first sale.
    pub origin: Option<String>,
    /// Place of recovery.
    pub recovery: Option<String>,
    /// Guns; a range between countries where something of it is withheld between their states.
    pub guns: Count,
    /// Guns whose time-to-crime is known and not contradicted; withheld where they are few.
    pub timed: Count,
    /// Median time-to-crime, days: medians of the least and of the most it may be.
    pub median_days: Option<DaySpan>,
}

/// A place as it is counted: its country, then its state, each as a code. A state lies in one country, so that the level
/// of countries is a sum of that of states whatever the records claim.
type Spot = (Option<String>, Option<String>);

fn spot(region: Region) -> Spot {
    match (region.country, region.state) {
        (country, Some(state)) => match (state.split_once('-'), country) {
            (Some((of_state, _)), _) => (Some(of_state.to_owned()), Some(state)),
            // A state that no catalogue knows is told from those of its name elsewhere.
            (None, Some(country)) => (Some(country.clone()), Some(format!("{country} {state}"))),
            (None, None) => (None, Some(state)),
        },
        (country, None) => (country.clone(), country),
    }
}

/// Where a gun was first sold: the place of the dealer; where no sale is recorded but a dealer is, that place.
fn sold_at(gun: &TracedGun<'_>) -> Place {
    if let Some(purchase) = first_purchase(gun.trace).filter(|p| !p.place.is_empty()) {
        return purchase.place;
    }
    use crate::trace::DispositionKind as K;
    let dealer = gun.trace.dispositions.iter().rfind(|d| matches!(d.kind, K::Retailer | K::Pawnbroker));
    dealer.map(|d| d.place.clone()).unwrap_or_default()
}

/// Time-to-crime that may be counted: not of disputed purchasers, not negative.
fn counted_time(gun: &TracedGun<'_>) -> Option<DaySpan> {
    chain_of_sale(gun.trace).time_to_crime.filter(|days| !gun.purchasers_disputed && !days.surely_negative())
}

/// The median of intervals as an interval: every choice of days within them has its median in it.
#[must_use]
pub fn median(times: &[DaySpan]) -> Option<DaySpan> {
    let middle = |mut days: Vec<i64>| {
        days.sort_unstable();
        let n = days.len();
        Some((days.get(n.checked_sub(1)? / 2)? + days.get(n / 2)?).div_euclid(2))
    };
    let least = middle(times.iter().map(|t| t.least).collect())?;
    let most = middle(times.iter().map(|t| t.most).collect())?;
    Some(DaySpan { least, most })
}

/// What the guns of one flow are counted by.
#[derive(Debug, Clone, Default)]
struct Cell {
    guns: u64,
    times: Vec<DaySpan>,
}

/// Flows between states as they are published: the places, the counts, and what is behind each.
struct Fine {
    origins: Vec<Spot>,
    recoveries: Vec<Spot>,
    cells: Vec<Vec<Cell>>,
    counts: Vec<Vec<Count>>,
    threshold: Threshold,
}

impl Fine {
    fn of(guns: &[TracedGun<'_>], places: &Places, threshold: Threshold) -> Self {
        let mut found: BTreeMap<(Spot, Spot), Cell> = BTreeMap::new();
        for gun in guns {
            let ends = (spot(places.region(&sold_at(gun))), spot(places.region(&gun.trace.recovered_at)));
            let cell = found.entry(ends).or_default();
            cell.guns += 1;
            cell.times.extend(counted_time(gun));
        }
        let origins = ordered(found.keys().map(|(o, _)| o));
        let recoveries = ordered(found.keys().map(|(_, r)| r));
        let of = |o: &Spot, r: &Spot| found.get(&(o.clone(), r.clone())).cloned().unwrap_or_default();
        let cells: Vec<Vec<Cell>> = origins.iter().map(|o| recoveries.iter().map(|r| of(o, r)).collect()).collect();
        let table: Vec<Vec<u64>> = cells.iter().map(|row| row.iter().map(|c| c.guns).collect()).collect();
        Self { origins, recoveries, counts: withhold(&table, threshold), cells, threshold }
    }

    /// Guns of a flow that have a time. Those without one are a count too: both parts must be large enough, or empty.
    fn timed(&self, i: usize, j: usize) -> Count {
        let small = |n: u64| (1..self.threshold.fewest).contains(&n);
        let timed = self.cells[i][j].times.len() as u64;
        match self.counts[i][j] {
            Count::Shown(guns) if !small(timed) && !small(guns - timed) => Count::Shown(timed),
            _ => Count::Withheld,
        }
    }

    /// The flow of some rows and columns together, of which `guns` is published. Its times are told where those of each
    /// part are, so that no part can be taken from them.
    fn route(&self, rows: &[usize], columns: &[usize], guns: Count) -> Route {
        let parts = || rows.iter().flat_map(|i| columns.iter().map(move |j| (*i, *j)));
        let timed: Option<u64> = parts().map(|(i, j)| self.timed(i, j).shown()).sum();
        let times: Vec<DaySpan> = parts().flat_map(|(i, j)| &self.cells[i][j].times).copied().collect();
        // Between states a median stands where many have a time, however few have none.
        let alone = parts().count() == 1;
        let many = times.len() as u64 >= self.threshold.fewest && (alone || timed.is_some());
        Route {
            origin: None,
            recovery: None,
            guns,
            timed: timed.map_or(Count::Withheld, Count::Shown),
            median_days: median(&times).filter(|_| many),
        }
    }
}

/// Places ascending by state, those not known last.
fn ordered<'a>(all: impl Iterator<Item = &'a Spot>) -> Vec<Spot> {
    let all: BTreeSet<&Spot> = all.collect();
    let mut all: Vec<Spot> = all.into_iter().cloned().collect();
    all.sort_by(|a, b| (a.1.is_none(), &a.1, &a.0).cmp(&(b.1.is_none(), &b.1, &b.0)));
    all
}

/// Countries of places, those not known last, and of each place the position of its country.
fn countries(spots: &[Spot]) -> (Vec<Option<String>>, Vec<usize>) {
    let all: BTreeSet<&Option<String>> = spots.iter().map(|(country, _)| country).collect();
    let (known, unknown): (Vec<_>, Vec<_>) = all.into_iter().cloned().partition(Option::is_some);
    let all: Vec<Option<String>> = known.into_iter().chain(unknown).collect();
    let of = |s: &Spot| all.iter().position(|c| *c == s.0).unwrap_or_default();
    let places = spots.iter().map(of).collect();
    (all, places)
}

/// Flows of guns from the place of first sale to the place of recovery. Guns without one of both stay in the table, as
/// not known. Between countries the counts are what the published table between states tells of them
/// ([`super::levels`]). `waiting` comes from [`super::TracedGuns`].
#[must_use]
pub fn flows(guns: &[TracedGun<'_>], waiting: usize, places: &Places, level: Level, threshold: Threshold) -> Flows {
    let fine = Fine::of(guns, places, threshold);
    let ((origins, of_origin), (recoveries, of_recovery), counts) = match level {
        Level::State => {
            let alone = |spots: &[Spot]| (spots.iter().map(|(_, s)| s.clone()).collect(), (0..spots.len()).collect());
            (alone(&fine.origins), alone(&fine.recoveries), fine.counts.clone())
        }
        Level::Country => {
            let (origins, recoveries) = (countries(&fine.origins), countries(&fine.recoveries));
            let size = (origins.0.len(), recoveries.0.len());
            let counts = coarser(&fine.counts, (&origins.1, &recoveries.1), size);
            (origins, recoveries, counts)
        }
    };
    let parts = |of: &[usize], at: usize| -> Vec<usize> { (0..of.len()).filter(|n| of[*n] == at).collect() };
    let mut routes = Vec::new();
    for (i, origin) in origins.iter().enumerate() {
        for (j, recovery) in recoveries.iter().enumerate() {
            let guns = counts[i][j];
            if matches!(guns, Count::Withheld | Count::Shown(0)) {
                continue;
            }
            let route = fine.route(&parts(&of_origin, i), &parts(&of_recovery, j), guns);
            routes.push(Route { origin: origin.clone(), recovery: recovery.clone(), ..route });
        }
    }
    // Of equals the known come first.
    let rank = |r: &Route| (std::cmp::Reverse(r.guns.least()), r.origin.is_none(), r.recovery.is_none());
    routes.sort_by(|a, b| rank(a).cmp(&rank(b)).then_with(|| (&a.origin, &a.recovery).cmp(&(&b.origin, &b.recovery))));
    Flows { level, threshold, origins, recoveries, counts, routes, waiting }
}

/// What goes out from one dealer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DealerFlow {
    /// The lasting part of the licence: a renewed licence is the same dealer.
    pub licence: String,
    /// A name under which it stands in the records.
    pub name: Option<String>,
    /// Traced guns that it sold.
    pub guns: u64,
    /// States where they were recovered, with the guns of each; small counts are withheld. Empty where none can be told
    /// without telling a small one.
    pub recovered_in: Vec<(Option<String>, Count)>,
    /// Median time-to-crime, days.
    pub median_days: Option<DaySpan>,
}

/// Dealers behind at least `threshold` traced guns, those of most guns first. Dealers of fewer are left out: their count is
/// the business of those who may see the records.
#[must_use]
pub fn dealer_flows(guns: &[TracedGun<'_>], places: &Places, threshold: Threshold) -> Vec<DealerFlow> {
    type OfDealer = (BTreeSet<String>, Vec<(Option<String>, Option<DaySpan>)>);
    let mut dealers: BTreeMap<String, OfDealer> = BTreeMap::new();
    for gun in guns {
        use crate::trace::DispositionKind as K;
        let dealer = gun.trace.dispositions.iter().rfind(|d| matches!(d.kind, K::Retailer | K::Pawnbroker));
        let Some((dealer, licence)) = dealer.and_then(|d| Some((d, d.ffl.as_ref()?.lasting()?))) else { continue };
        let entry = dealers.entry(licence).or_default();
        if let Some(PartyName::Business(name)) = &dealer.name {
            entry.0.insert(name.clone());
        }
        entry.1.push((spot(places.region(&gun.trace.recovered_at)).1, counted_time(gun)));
    }
    let mut flows: Vec<DealerFlow> = dealers
        .into_iter()
        .filter(|(_, (_, sold))| sold.len() as u64 >= threshold.fewest)
        .map(|(licence, (names, sold))| {
            let states: BTreeSet<&Option<String>> = sold.iter().map(|(s, _)| s).collect();
            let row: Vec<u64> = states.iter().map(|s| sold.iter().filter(|(t, _)| t == *s).count() as u64).collect();
            let counts = row_with_total_known(&row, threshold);
            let states = states.into_iter().cloned();
            let times: Vec<DaySpan> = sold.iter().filter_map(|(_, t)| *t).collect();
            DealerFlow {
                licence,
                name: names.into_iter().next(),
                guns: sold.len() as u64,
                recovered_in: counts.map_or_else(Vec::new, |counts| states.zip(counts).collect()),
                median_days: median(&times).filter(|_| times.len() as u64 >= threshold.fewest),
            }
        })
        .collect();
    flows.sort_by(|a, b| b.guns.cmp(&a.guns).then_with(|| a.licence.cmp(&b.licence)));
    flows
}

/// One row whose total is told. Small counts are withheld, and as many others with them as it takes for each small one to
/// be as large as the threshold for all that a reader can tell, who knows that every withheld count is one or more. None
/// where the whole row does not give that.
fn row_with_total_known(row: &[u64], threshold: Threshold) -> Option<Vec<Count>> {
    let mut hidden: Vec<bool> = row.iter().map(|n| (1..threshold.fewest).contains(n)).collect();
    let smallest = row.iter().zip(&hidden).filter(|(_, hide)| **hide).map(|(n, _)| *n).min();
    if let Some(smallest) = smallest {
        // What the others may give up: each keeps one.
        let room = |hidden: &[bool]| -> u64 {
            let given: u64 = row.iter().zip(hidden).filter(|(_, hide)| **hide).map(|(n, _)| n - 1).sum();
            given - (smallest - 1)
        };
        let mut large: Vec<usize> = (0..row.len()).filter(|j| row[*j] >= threshold.fewest).collect();
        large.sort_by_key(|j| (row[*j], *j));
        let mut large = large.into_iter();
        while room(&hidden) < threshold.fewest - smallest {
            hidden[large.next()?] = true;
        }
    }
    let count = |(n, hide): (&u64, bool)| if hide { Count::Withheld } else { Count::Shown(*n) };
    Some(row.iter().zip(hidden).map(count).collect())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::ids::TraceId;
    use crate::trace::{Disposition, DispositionKind, Ffl, Serial, TraceRecord};

    pub(in crate::trace::analysis) fn trace(
        n: usize,
        from: &str,
        to: &str,
        days: Option<i8>,
        licence: &str,
    ) -> TraceRecord {
        let state = |s: &str| Place { city: None, state: (!s.is_empty()).then(|| s.to_owned()), country: None };
        let mut record = TraceRecord::new(TraceId::new(format!("T{n:03}")), Serial::read(&format!("ABC{n:05}")));
        record.recovered_at = state(to);
        record.dispositions = vec![Disposition {
            kind: DispositionKind::Retailer,
            name: Some(PartyName::Business("Invented Arms".to_owned())),
            place: state(from),
            ffl: Some(Ffl::new(licence)),
            date: None,
        }];
        if let Some(days) = days {
            record.purchased_on = crate::trace::PartialDate::day(2020, 1, 1);
            record.recovered_on = crate::trace::PartialDate::day(2020, 1, 1 + days);
        }
        record
    }

    pub(in crate::trace::analysis) fn gun(trace: &TraceRecord) -> TracedGun<'_> {
        TracedGun { firearm: None, trace, purchasers_disputed: false, incidents: Vec::new(), one_with: None }
    }

    #[test]
    fn flows_count_guns_by_origin_and_recovery_and_keep_the_unknown_in_sight() {
        let mut traces: Vec<TraceRecord> =
            (0..6).map(|n| trace(n, "Texas", "Sonora", Some(n as i8), "5-74-123-01-6B-12345")).collect();
        traces.extend((6..12).map(|n| trace(n, "", "Sonora", None, "")));
        let guns: Vec<_> = traces.iter().map(gun).collect();
        let found = flows(&guns, 0, &Places::embedded().unwrap(), Level::Country, Threshold::USUAL);
        assert_eq!(found.origins, [Some("US".to_owned()), None]);
        assert_eq!(found.recoveries, [Some("MX".to_owned())]);
        assert_eq!(found.counts[2][1], Count::Shown(12));
        let route = &found.routes[0];
        assert_eq!((route.guns, route.timed), (Count::Shown(6), Count::Shown(6)));
        assert_eq!(route.median_days, Some(DaySpan { least: 2, most: 2 }));
        assert_eq!(found.routes[1].timed, Count::Shown(0));
    }

    #[test]
    fn a_small_count_of_a_dealer_cannot_be_taken_from_its_total() {
        let shown = |row: &[u64], fewest| row_with_total_known(row, Threshold { fewest });
        // Two states with one gun each: the total alone would tell both.
        assert_eq!(shown(&[1, 1], 2), None);
        assert_eq!(shown(&[2, 2, 1], 5), None);
        let (hide, show) = (Count::Withheld, Count::Shown);
        assert_eq!(shown(&[1, 9, 7], 5), Some(vec![hide, show(9), hide]));
        assert_eq!(shown(&[5, 9, 0], 5), Some(vec![show(5), show(9), show(0)]));
        assert_eq!(shown(&[4, 2, 3], 5), Some(vec![hide; 3]));
    }

    #[test]
    fn a_renewed_licence_is_one_dealer_and_a_dealer_of_few_guns_is_not_told() {
        let licences = ["5-74-123-01-6B-12345", "5-74-123-01-9K-12345"];
        let mut traces: Vec<TraceRecord> = (0..6).map(|n| trace(n, "TX", "Sonora", None, licences[n % 2])).collect();
        traces.push(trace(7, "TX", "Texas", None, "1-11-111-01-1A-99999"));
        let guns: Vec<_> = traces.iter().map(gun).collect();
        let found = dealer_flows(&guns, &Places::embedded().unwrap(), Threshold::USUAL);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].guns, found[0].recovered_in[0].1), (6, Count::Shown(6)));
    }
}
