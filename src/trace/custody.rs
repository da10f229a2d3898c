//! The chain of sale from maker to recovery with its gaps, time-to-crime, and the time from purchase to the first shooting.

use super::conflict::{Conflict, ConflictKind};
use super::record::{Disposition, Ffl, PartyName, Place};
use super::wording::Wording;
use super::{DispositionKind, Personal, TraceRecord, TraceStatus};
use crate::date::{DaySpan, PartialDate};
use crate::ids::IncidentId;
use crate::language::Language;
use serde::{Deserialize, Serialize};

/// What is known of the first retail purchase.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Purchase {
    /// Who bought it.
    pub purchaser: Option<Personal<String>>,
    /// When.
    pub date: Option<PartialDate>,
    /// Where: the place of the dealer, or of the purchaser where no dealer is stated.
    pub place: Place,
    /// Licence of the dealer.
    pub ffl: Option<Ffl>,
    /// Name of the dealer.
    pub dealer: Option<PartyName>,
}

/// The first retail purchase that a record states, in its own columns or in its chain of sale. `None` where the trace
/// reached no purchaser, as half of them do not.
#[must_use]
pub fn first_purchase(record: &TraceRecord) -> Option<Purchase> {
    let step = record.dispositions.iter().find(|d| d.kind == DispositionKind::FirstPurchaser);
    let named = match step.and_then(|d| d.name.as_ref()) {
        Some(PartyName::Person(name)) => Some(name.clone()),
        _ => None,
    };
    if record.purchaser.is_none() && record.purchased_on.is_none() && step.is_none() {
        return None;
    }
    let dealer =
        record.dispositions.iter().rfind(|d| matches!(d.kind, DispositionKind::Retailer | DispositionKind::Pawnbroker));
    let place = dealer.map(|d| d.place.clone()).filter(|p| !p.is_empty()).or_else(|| step.map(|d| d.place.clone()));
    Some(Purchase {
        purchaser: record.purchaser.clone().or(named),
        date: record.purchased_on.or_else(|| step.and_then(|d| d.date)),
        place: place.unwrap_or_default(),
        ffl: dealer.and_then(|d| d.ffl.clone()),
        dealer: dealer.and_then(|d| d.name.clone()),
    })
}

/// One line of the chain of sale.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChainStep {
    /// A party that had the firearm.
    Party {
        /// Who, what, where, when.
        disposition: Disposition,
        /// Days since the party before, where both dates are known.
        since_previous: Option<DaySpan>,
    },
    /// Something is not recorded; it stays a gap.
    Gap {
        /// What is missing.
        text: Wording,
    },
    /// The recovery.
    Recovery {
        /// When.
        date: Option<PartialDate>,
        /// Where.
        place: Place,
        /// With whom.
        possessor: Option<Personal<String>>,
    },
}

/// The chain of sale of one record.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Chain {
    /// Parties, gaps and the recovery, in order.
    pub steps: Vec<ChainStep>,
    /// Where the record contradicts itself.
    pub conflicts: Vec<Conflict>,
    /// Days from first purchase to recovery.
    pub time_to_crime: Option<DaySpan>,
    /// Whether purchaser and possessor bear the same name; `None` where either is unknown.
    pub purchaser_is_possessor: Option<bool>,
}

/// Reads the chain of sale of a record. Nothing is filled in: what is not recorded stays a gap.
#[must_use]
pub fn chain_of_sale(record: &TraceRecord) -> Chain {
    let purchase = first_purchase(record);
    let mut parties = record.dispositions.clone();
    if let Some(purchase) = &purchase
        && !parties.iter().any(|d| d.kind == DispositionKind::FirstPurchaser)
    {
        let at = parties.iter().position(|d| d.kind == DispositionKind::LaterPurchaser).unwrap_or(parties.len());
        let purchaser = Disposition {
            kind: DispositionKind::FirstPurchaser,
            name: purchase.purchaser.clone().map(PartyName::Person),
            place: Place::default(),
            ffl: None,
            date: purchase.date,
        };
        parties.insert(at, purchaser);
    }
    let conflicts = contradictions(record, &parties);
    let time_to_crime = purchase.as_ref().and_then(|p| p.date).zip(record.recovered_on).map(|(p, r)| p.days_until(r));
    let purchaser_is_possessor = purchase
        .as_ref()
        .and_then(|p| p.purchaser.as_ref())
        .zip(record.possessor.as_ref())
        .and_then(|(a, b)| a.same_name(b));
    Chain {
        steps: with_gaps(record, parties, purchaser_is_possessor),
        conflicts,
        time_to_crime,
        purchaser_is_possessor,
    }
}

fn with_gaps(record: &TraceRecord, parties: Vec<Disposition>, same_person: Option<bool>) -> Vec<ChainStep> {
    use DispositionKind as K;
    let gap = |en: &str, es: &str| ChainStep::Gap { text: Wording::new(en, es) };
    let mut steps = Vec::with_capacity(parties.len() + 3);
    let sale = |k: &K| matches!(k, K::FirstPurchaser | K::LaterPurchaser);
    match parties.first().map(|d| &d.kind) {
        None => {
            steps.push(gap("no step of the chain of sale is recorded", "no consta ningún paso de la cadena de venta"))
        }
        Some(K::Manufacturer) => {}
        Some(_) => steps.push(gap(
            "the beginning of the chain, at the maker, is not recorded",
            "no consta el inicio de la cadena, en el fabricante",
        )),
    }
    let mut previous: Option<Disposition> = None;
    for party in parties {
        if let Some(before) = &previous
            && sale(&party.kind)
            && matches!(before.kind, K::Manufacturer | K::Importer | K::Wholesaler)
        {
            steps.push(gap("no retail dealer is recorded", "no consta ninguna armería"));
        }
        let since_previous = previous.as_ref().and_then(|b| b.date).zip(party.date).map(|(a, b)| a.days_until(b));
        previous = Some(party.clone());
        steps.push(ChainStep::Party { disposition: party, since_previous });
    }
    if let Some(last) = &previous {
        if !sale(&last.kind) && last.kind != K::Government {
            let why = |language: Language| {
                record.close_reason.as_ref().map_or_else(String::new, |r| format!(" ({})", r.name(language)))
            };
            steps.push(gap(
                &format!("the trace ends without a purchaser{}", why(Language::En)),
                &format!("el rastreo termina sin comprador{}", why(Language::Es)),
            ));
        } else if same_person != Some(true) && (record.recovered_on.is_some() || record.possessor.is_some()) {
            steps.push(gap(
                "how it came from there to where it was recovered is not recorded",
                "no consta cómo llegó de ahí al lugar donde se aseguró",
            ));
        }
    }
    if record.recovered_on.is_some() || !record.recovered_at.is_empty() || record.possessor.is_some() {
        steps.push(ChainStep::Recovery {
            date: record.recovered_on,
            place: record.recovered_at.clone(),
            possessor: record.possessor.clone(),
        });
    } else {
        steps.push(gap("no recovery is recorded", "no consta ningún aseguramiento"));
    }
    steps
}

fn contradictions(record: &TraceRecord, parties: &[Disposition]) -> Vec<Conflict> {
    let mut found = Vec::new();
    let subjects = || vec![record.trace.to_string()];
    let dated: Vec<(&Disposition, PartialDate)> = parties.iter().filter_map(|d| d.date.map(|date| (d, date))).collect();
    for pair in dated.windows(2) {
        let [(a, from), (b, to)] = pair else { continue };
        if from.days_until(*to).surely_negative() {
            let words = |l: Language, then: &str| format!("{} {from}, {then} {} {to}", a.kind.name(l), b.kind.name(l));
            let (en, es) = (words(Language::En, "then"), words(Language::Es, "luego"));
            found.push(Conflict::new(ConflictKind::StepsOutOfOrder, subjects(), &en, &es));
        }
    }
    let buyers: Vec<&Personal<String>> = parties
        .iter()
        .filter(|d| d.kind == DispositionKind::FirstPurchaser)
        .filter_map(|d| match &d.name {
            Some(PartyName::Person(name)) => Some(name),
            _ => None,
        })
        .chain(&record.purchaser)
        .collect();
    if buyers.iter().enumerate().any(|(n, a)| buyers[n + 1..].iter().any(|b| a.same_name(b) == Some(false))) {
        found.push(Conflict::new(ConflictKind::PurchaserWithinRecord, subjects(), "", ""));
    }
    let purchased = first_purchase(record).and_then(|p| p.date);
    if let (Some(from), Some(to)) = (purchased, record.recovered_on) {
        let span = from.days_until(to);
        if span.surely_negative() {
            let (en, es) = (format!("purchased {from}, recovered {to}"), format!("comprada {from}, asegurada {to}"));
            found.push(Conflict::new(ConflictKind::NegativeTimeToCrime, subjects(), &en, &es));
        }
        // A day of slack: systems count the first day or do not.
        if let Some(stated) = record.stated_time_to_crime_days.filter(|d| *d < span.least - 1 || *d > span.most + 1) {
            let (en, es) =
                (format!("{stated} stated, {span} by the dates"), format!("{stated} indicado, {span} por las fechas"));
            found.push(Conflict::new(ConflictKind::StatedTimeDiffers, subjects(), &en, &es));
        }
    }
    found
}

/// A shooting that the gun is linked to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkedShooting {
    /// The incident.
    pub incident: IncidentId,
    /// When it was.
    pub date: PartialDate,
    /// Whether the whole link rests on hits that an examiner confirmed, and on no lead.
    pub confirmed: bool,
}

/// Time from first purchase to the first shooting the gun is linked to, which only the join of marks and traces can give.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeToShooting {
    /// The shooting.
    pub shooting: LinkedShooting,
    /// Days from purchase to the first shooting, whichever it was; negative is a hard conflict.
    pub days: DaySpan,
    /// Other shootings that may have been the first, because days are not known.
    #[serde(default)]
    pub or: Vec<IncidentId>,
}

/// The time to the first linked shooting: over confirmed links alone, and over leads too where that is earlier. Shootings
/// are compared by the first day they may be; of two on one day the lower incident number counts. The interval holds the
/// first shooting whichever it was: a shooting of which only the year is known may lie before one whose day is known.
#[must_use]
pub fn time_to_first_shooting(
    purchased_on: PartialDate,
    shootings: &[LinkedShooting],
) -> (Option<TimeToShooting>, Option<TimeToShooting>) {
    let first = |confirmed_only: bool| {
        let counted = || shootings.iter().filter(|s| s.confirmed || !confirmed_only);
        let shooting = counted().min_by_key(|s| (s.date.first(), s.incident.clone()))?;
        let latest = counted().map(|s| s.date.last()).min()?;
        let most = counted().map(|s| purchased_on.days_until(s.date).most).min()?;
        let days = DaySpan { least: purchased_on.days_until(shooting.date).least, most };
        let or = counted().filter(|s| s.incident != shooting.incident && s.date.first() <= latest);
        let mut or: Vec<IncidentId> = or.map(|s| s.incident.clone()).collect();
        or.sort();
        Some(TimeToShooting { shooting: shooting.clone(), days, or })
    };
    let (confirmed, any) = (first(true), first(false));
    let earlier = any.filter(|a| Some(a) != confirmed.as_ref());
    (confirmed, earlier)
}

/// Of several traces of one gun the one that is shown: the newest completed one, or the newest where none is completed.
/// Age is read from the completion, the request, then the recovery; of equals the highest trace number counts.
#[must_use]
pub fn shown_trace<'a>(traces: impl IntoIterator<Item = &'a TraceRecord>) -> Option<&'a TraceRecord> {
    traces
        .into_iter()
        .filter(|t| !matches!(t.status, TraceStatus::Cancelled | TraceStatus::Duplicate | TraceStatus::Draft))
        .max_by_key(|t| {
            let newest = t.completed_on.or(t.requested_on).or(t.recovered_on).map(PartialDate::last);
            (t.status == TraceStatus::Completed, newest, t.trace.clone())
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::TraceId;
    use crate::trace::Serial;

    fn day(text: &str) -> Option<PartialDate> {
        Some(text.parse().unwrap())
    }

    fn party(kind: DispositionKind, name: &str, date: &str) -> Disposition {
        let name = Some(PartyName::of(&kind, name.to_owned()));
        Disposition { kind, name, place: Place::default(), ffl: None, date: day(date) }
    }

    fn record() -> TraceRecord {
        let mut record = TraceRecord::new(TraceId::new("T"), Serial::read("ABC12345"));
        record.dispositions = vec![
            party(DispositionKind::Manufacturer, "Maker", "2018-01-02"),
            party(DispositionKind::Retailer, "Dealer", "2018-05-02"),
            party(DispositionKind::FirstPurchaser, "Ana Inventada Ruiz", "2018-06-02"),
        ];
        record.recovered_on = day("2019-06-02");
        record
    }

    fn gaps(chain: &Chain) -> usize {
        chain.steps.iter().filter(|s| matches!(s, ChainStep::Gap { .. })).count()
    }

    #[test]
    fn gaps_are_shown_as_gaps() {
        let chain = chain_of_sale(&record());
        assert_eq!((gaps(&chain), chain.time_to_crime), (1, Some(DaySpan { least: 365, most: 365 })));
        assert!(chain.conflicts.is_empty());
        let mut short = record();
        short.dispositions.remove(0);
        short.dispositions.truncate(1);
        let chain = chain_of_sale(&short);
        assert_eq!((gaps(&chain), chain.time_to_crime), (2, None), "{chain:?}");
        let mut direct = record();
        direct.dispositions.remove(1);
        assert_eq!(gaps(&chain_of_sale(&direct)), 2);
        let bare = TraceRecord::new(TraceId::new("T"), Serial::read("ABC12345"));
        assert_eq!(gaps(&chain_of_sale(&bare)), 2);
    }

    #[test]
    fn the_purchaser_who_is_the_possessor_leaves_no_gap() {
        let mut own = record();
        own.possessor = Some(Personal::new("INVENTADA RUIZ, Ana".to_owned()));
        let chain = chain_of_sale(&own);
        assert_eq!((gaps(&chain), chain.purchaser_is_possessor), (0, Some(true)));
    }

    #[test]
    fn a_negative_time_to_crime_is_a_hard_conflict() {
        let mut early = record();
        early.recovered_on = day("2018-05");
        let chain = chain_of_sale(&early);
        assert!(chain.time_to_crime.unwrap().surely_negative());
        assert_eq!(chain.conflicts[0].kind, ConflictKind::NegativeTimeToCrime);
        early.recovered_on = day("2018");
        assert!(chain_of_sale(&early).conflicts.is_empty(), "a year may be before or after");
    }

    #[test]
    fn a_chain_that_runs_backwards_and_a_wrong_stated_time_are_said() {
        let mut odd = record();
        odd.dispositions[1].date = day("2017");
        odd.stated_time_to_crime_days = Some(30);
        let kinds: Vec<_> = chain_of_sale(&odd).conflicts.into_iter().map(|c| c.kind).collect();
        assert_eq!(kinds, [ConflictKind::StepsOutOfOrder, ConflictKind::StatedTimeDiffers]);
        odd.purchaser = Some(Personal::new("Otra Inventada".to_owned()));
        let kinds: Vec<_> = chain_of_sale(&odd).conflicts.into_iter().map(|c| c.kind).collect();
        assert!(kinds.contains(&ConflictKind::PurchaserWithinRecord));
    }

    #[test]
    fn the_first_shooting_is_told_for_hits_and_for_leads() {
        let shot = |n: &str, date: &str, confirmed| LinkedShooting {
            incident: IncidentId::new(n),
            date: date.parse().unwrap(),
            confirmed,
        };
        let bought = "2018-06-02".parse().unwrap();
        let all = [shot("I3", "2019-01-01", true), shot("I2", "2018-07-02", false), shot("I1", "2020", true)];
        let (confirmed, earlier) = time_to_first_shooting(bought, &all);
        assert_eq!(confirmed.unwrap().shooting.incident.as_str(), "I3");
        assert_eq!(earlier.unwrap().days, DaySpan { least: 30, most: 30 });
        assert_eq!(time_to_first_shooting(bought, &all[..1]).1, None);
    }

    #[test]
    fn of_many_traces_the_newest_completed_is_shown() {
        let mut old = record();
        old.status = TraceStatus::Completed;
        old.completed_on = day("2019");
        let mut new = old.clone();
        new.trace = TraceId::new("N");
        new.completed_on = day("2021-02");
        let mut open = new.clone();
        open.status = TraceStatus::InProcess;
        open.completed_on = day("2023");
        let mut twin = new.clone();
        twin.status = TraceStatus::Duplicate;
        assert_eq!(shown_trace([&old, &open, &new, &twin]).unwrap().trace.as_str(), "N");
        assert_eq!(shown_trace([&open]).unwrap().status, TraceStatus::InProcess);
    }
}
