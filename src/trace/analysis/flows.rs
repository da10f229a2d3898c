//! Where guns were sold and where they were recovered, between states or countries, and by dealer.

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
    /// Guns.
    pub guns: u64,
    /// Guns whose time-to-crime is known and not contradicted; withheld where they are few.
    pub timed: Count,
    /// Median time-to-crime, days: medians of the least and of the most it may be.
    pub median_days: Option<DaySpan>,
}

fn code(region: Region, level: Level) -> Option<String> {
    match level {
        Level::State => region.state.or(region.country),
        Level::Country => region.country,
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

/// Flows of guns from the place of first sale to the place of recovery. Guns without one of both stay in the table, as
/// not known. `waiting` comes from [`super::TracedGuns`].
#[must_use]
pub fn flows(guns: &[TracedGun<'_>], waiting: usize, places: &Places, level: Level, threshold: Threshold) -> Flows {
    type Cells<'a> = BTreeMap<(Option<String>, Option<String>), Vec<Option<DaySpan>>>;
    let mut cells: Cells<'_> = BTreeMap::new();
    for gun in guns {
        let origin = code(places.region(&sold_at(gun)), level);
        let recovery = code(places.region(&gun.trace.recovered_at), level);
        cells.entry((origin, recovery)).or_default().push(counted_time(gun));
    }
    // Not known comes last.
    let ordered = |all: BTreeSet<&Option<String>>| -> Vec<Option<String>> {
        let (known, unknown): (Vec<_>, Vec<_>) = all.into_iter().cloned().partition(Option::is_some);
        known.into_iter().chain(unknown).collect()
    };
    let origins = ordered(cells.keys().map(|(o, _)| o).collect());
    let recoveries = ordered(cells.keys().map(|(_, r)| r).collect());
    let of = |o: &Option<String>, r: &Option<String>| cells.get(&(o.clone(), r.clone())).map_or(0, |c| c.len() as u64);
    let table: Vec<Vec<u64>> = origins.iter().map(|o| recoveries.iter().map(|r| of(o, r)).collect()).collect();
    let counts = withhold(&table, threshold);
    let mut routes = Vec::new();
    for (i, origin) in origins.iter().enumerate() {
        for (j, recovery) in recoveries.iter().enumerate() {
            let Some(guns) = counts[i][j].shown().filter(|n| *n > 0) else { continue };
            let times: Vec<DaySpan> =
                cells.get(&(origin.clone(), recovery.clone())).into_iter().flatten().flatten().copied().collect();
            let timed = times.len() as u64;
            // Those without a time are a count too: both parts must be large enough, or empty.
            let small = |n: u64| (1..threshold.fewest).contains(&n);
            let open = !small(timed) && !small(guns - timed);
            routes.push(Route {
                origin: origin.clone(),
                recovery: recovery.clone(),
                guns,
                timed: if open { Count::Shown(timed) } else { Count::Withheld },
                median_days: median(&times).filter(|_| timed >= threshold.fewest),
            });
        }
    }
    // Of equals the known come first.
    let rank = |r: &Route| (std::cmp::Reverse(r.guns), r.origin.is_none(), r.recovery.is_none());
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
        entry.1.push((code(places.region(&gun.trace.recovered_at), Level::State), counted_time(gun)));
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
mod tests {
    use super::*;
    use crate::ids::TraceId;
    use crate::trace::{Disposition, DispositionKind, Ffl, Serial, TraceRecord};

    fn trace(n: usize, from: &str, to: &str, days: Option<i8>, licence: &str) -> TraceRecord {
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

    fn gun(trace: &TraceRecord) -> TracedGun<'_> {
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
        assert_eq!((route.guns, route.timed), (6, Count::Shown(6)));
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
