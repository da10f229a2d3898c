//! Indicators: patterns in trace records that a person may want to look into. An indicator is never a finding.
//!
//! The rules follow ATF's published trafficking indicators (ATF, "Following the Gun", 2000; form 3310.4 for multiple
//! sales). Each names its records and its version, so that it can be looked up and refuted.

use super::catalogue::{Catalogues, Places};
use super::conflict::ConflictKind;
use super::custody::{Purchase, chain_of_sale, first_purchase};
use super::vocabulary::words;
use super::wording::Wording;
use super::{CloseReason, FirearmType, SerialState, TraceRecord};
use crate::ids::{FirearmId, IncidentId, TraceId};
use crate::language::Language;
use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::{BTreeMap, BTreeSet};

words! {
    /// The rule an indicator follows.
    Rule {
        /// Recovered soon after purchase, with somebody else.
        ShortTimeToCrime = "short_time_to_crime", "short time-to-crime with another possessor", "tiempo al delito corto con otro poseedor";
        /// Several handguns to one buyer within five business days.
        MultipleSale = "multiple_sale", "several handguns to one buyer within five business days", "varias armas cortas a un comprador en cinco días hábiles";
        /// One purchaser's name behind several firearms.
        RepeatedPurchaser = "repeated_purchaser", "one purchaser's name behind several firearms or linked incidents", "el nombre de un comprador detrás de varias armas o hechos vinculados";
        /// One dealer behind several firearms.
        RepeatedDealer = "repeated_dealer", "one dealer behind several firearms", "una armería detrás de varias armas";
        /// Consecutive serial numbers recovered apart.
        ConsecutiveSerials = "consecutive_serials", "consecutive serial numbers recovered apart", "números de serie consecutivos asegurados por separado";
        /// Obliterated serial number.
        ObliteratedSerial = "obliterated_serial", "obliterated serial number", "número de serie borrado";
        /// Sold in one state, recovered in another.
        InterstateFlow = "interstate_flow", "sold in one state, recovered in another", "vendida en un estado, asegurada en otro";
        /// Sold in one country, recovered in another.
        CrossBorderFlow = "cross_border_flow", "sold in one country, recovered in another", "vendida en un país, asegurada en otro";
        /// Stolen from a dealer.
        TheftFromDealer = "theft_from_dealer", "reported stolen from a dealer", "reportada como robada a una armería";
    }
}

/// Version of the rules; a change of any limit below raises it.
pub const RULES_VERSION: u32 = 2;
/// Days to crime below which it is short: ATF counts three years.
const SHORT_DAYS: i64 = 3 * 365;
/// Business days within which sales count together (27 CFR 478.126a, form 3310.4).
const BUSINESS_DAYS: i64 = 5;
/// Firearms, or linked incidents, behind one purchaser's name.
const FEWEST_OF_PURCHASER: usize = 2;
/// Firearms behind one dealer; large dealers sell many of everything, so that two say nothing.
const FEWEST_OF_DEALER: usize = 3;

/// A trace with the firearm it was joined to, if any. Give one trace a gun: the shown one.
#[derive(Debug, Clone)]
pub struct TracedGun<'a> {
    /// Firearm of the register.
    pub firearm: Option<&'a FirearmId>,
    /// Its shown trace.
    pub trace: &'a TraceRecord,
    /// Its traces name different purchasers: nothing may rest on either.
    pub purchasers_disputed: bool,
    /// Shootings it is linked to.
    pub incidents: Vec<&'a IncidentId>,
    /// The first firearm of its ballistic cluster, where that holds several: they are not ballistically distinct, and count
    /// as one gun until the contradiction is settled.
    pub one_with: Option<&'a FirearmId>,
}

/// An indicator with its records.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Indicator {
    /// The rule.
    pub rule: Rule,
    /// Version of the rules.
    pub version: u32,
    /// Traces it rests on, ascending.
    pub traces: Vec<TraceId>,
    /// Firearms it concerns, ascending.
    pub firearms: Vec<FirearmId>,
    /// Shootings that those are linked to, ascending.
    pub incidents: Vec<IncidentId>,
    /// What was found.
    pub text: Wording,
}

/// The sentence that stands with every list of indicators.
#[must_use]
pub fn caveat(language: Language) -> &'static str {
    language.pick(
        "Indicators are not findings. Firearms selected for tracing are not a random sample, and neither the first \
         purchaser nor the dealer of a traced firearm need have done anything wrong.",
        "Los indicadores no son conclusiones. Las armas rastreadas no son una muestra aleatoria, y ni el primer comprador \
         ni la armería de un arma rastreada tienen por qué haber cometido falta alguna.",
    )
}

/// Looks for all indicators, in the order of the rules.
#[must_use]
pub fn indicators(guns: &[TracedGun<'_>], catalogues: &Catalogues, places: &Places) -> Vec<Indicator> {
    // A gun given twice is counted once.
    let mut seen = BTreeSet::new();
    let guns: Vec<Sold<'_, '_>> = guns
        .iter()
        .filter(|g| seen.insert(&g.trace.trace))
        .map(|gun| Sold { gun, purchase: first_purchase(gun.trace).filter(|_| !disputed(gun)) })
        .collect();
    let mut found = Vec::new();
    for sold in &guns {
        single(sold, places, &mut found);
    }
    multiple_sales(&guns, &mut found);
    repeated(&guns, &mut found);
    consecutive(&guns, catalogues, &mut found);
    found.sort_by(|a, b| a.rule.cmp(&b.rule).then_with(|| a.traces.cmp(&b.traces)));
    found
}

/// Whether traces of the gun, or the shown one alone, name different purchasers.
fn disputed(gun: &TracedGun<'_>) -> bool {
    gun.purchasers_disputed
        || chain_of_sale(gun.trace).conflicts.iter().any(|c| c.kind == ConflictKind::PurchaserWithinRecord)
}

struct Sold<'a, 'b> {
    gun: &'b TracedGun<'a>,
    purchase: Option<Purchase>,
}

impl Sold<'_, '_> {
    /// What tells guns apart: the firearm of the register, or the serial number, or the trace.
    fn gun_key(&self) -> String {
        match self.gun.one_with.or(self.gun.firearm) {
            Some(firearm) => format!("f {firearm}"),
            None if self.gun.trace.serial.is_number() => format!("s {}", self.gun.trace.serial.normal),
            None => format!("t {}", self.gun.trace.trace),
        }
    }

    fn purchaser_key(&self) -> Option<String> {
        self.purchase.as_ref()?.purchaser.as_ref()?.name_key()
    }
}

fn indicator(rule: Rule, guns: &[&Sold<'_, '_>], detail_en: &str, detail_es: &str) -> Indicator {
    let traces: BTreeSet<TraceId> = guns.iter().map(|s| s.gun.trace.trace.clone()).collect();
    let firearms: BTreeSet<FirearmId> = guns.iter().filter_map(|s| s.gun.firearm.cloned()).collect();
    let incidents: BTreeSet<IncidentId> = guns.iter().flat_map(|s| s.gun.incidents.iter().copied().cloned()).collect();
    let sentence = |language: Language, detail: &str| format!("{}: {detail}", rule.name(language));
    let text = Wording::new(sentence(Language::En, detail_en), sentence(Language::Es, detail_es));
    Indicator {
        rule,
        version: RULES_VERSION,
        traces: traces.into_iter().collect(),
        firearms: firearms.into_iter().collect(),
        incidents: incidents.into_iter().collect(),
        text,
    }
}

/// Indicators that one record gives.
fn single(sold: &Sold<'_, '_>, places: &Places, found: &mut Vec<Indicator>) {
    let trace = sold.gun.trace;
    if !disputed(sold.gun) {
        let chain = chain_of_sale(trace);
        if let (Some(days), Some(false)) = (chain.time_to_crime, chain.purchaser_is_possessor)
            && days.least >= 0
            && days.most < SHORT_DAYS
        {
            let (en, es) = (format!("{days} days"), format!("{days} días").replace(" to ", " a "));
            found.push(indicator(Rule::ShortTimeToCrime, &[sold], &en, &es));
        }
    }
    let wiped = matches!(trace.serial.state, SerialState::Obliterated | SerialState::Restored);
    if wiped || trace.obliterated == Some(true) {
        let state = |l: Language| trace.serial.state.name(l);
        found.push(indicator(Rule::ObliteratedSerial, &[sold], state(Language::En), state(Language::Es)));
    }
    if trace.theft_from_dealer == Some(true) || trace.close_reason == Some(CloseReason::StolenFromFfl) {
        let id = trace.trace.as_str();
        found.push(indicator(Rule::TheftFromDealer, &[sold], id, id));
    }
    // Where it was sold does not depend on who bought it.
    let Some(purchase) = first_purchase(trace) else { return };
    let (from, to) = (places.region(&purchase.place), places.region(&trace.recovered_at));
    let (en, es) = (
        format!("{} to {}", purchase.place, trace.recovered_at),
        format!("de {} a {}", purchase.place, trace.recovered_at),
    );
    match (&from.country, &to.country) {
        (Some(a), Some(b)) if a != b => found.push(indicator(Rule::CrossBorderFlow, &[sold], &en, &es)),
        _ => {
            if matches!((&from.state, &to.state), (Some(a), Some(b)) if a != b) {
                found.push(indicator(Rule::InterstateFlow, &[sold], &en, &es));
            }
        }
    }
}

/// Running number of the business day `date` is, or of the last one before a weekend: differences count business days.
/// Monday to Friday; holidays differ by state and are not known here.
fn business_day(date: Date) -> i64 {
    const A_MONDAY: Date = Date::constant(1900, 1, 1);
    let days = A_MONDAY.duration_until(date).as_hours() / 24;
    let into_week = match date.weekday() {
        Weekday::Saturday | Weekday::Sunday => 4,
        _ => days.rem_euclid(7),
    };
    days.div_euclid(7) * 5 + into_week
}

fn multiple_sales(guns: &[Sold<'_, '_>], found: &mut Vec<Indicator>) {
    let handgun = |t: &TraceRecord| {
        matches!(t.firearm_type, Some(FirearmType::Pistol | FirearmType::Revolver | FirearmType::Derringer))
    };
    let mut by_buyer: BTreeMap<String, Vec<(i64, Date, &Sold<'_, '_>)>> = BTreeMap::new();
    for sold in guns {
        if sold.gun.trace.multiple_sale == Some(true) {
            let id = sold.gun.trace.trace.as_str();
            let (en, es) =
                (format!("reported on form 3310.4, {id}"), format!("reportada en el formulario 3310.4, {id}"));
            found.push(indicator(Rule::MultipleSale, &[sold], &en, &es));
        }
        let date = sold.purchase.as_ref().and_then(|p| p.date).filter(|d| d.is_day()).map(|d| d.first());
        if let (true, Some(date), Some(buyer)) = (handgun(sold.gun.trace), date, sold.purchaser_key()) {
            by_buyer.entry(buyer).or_default().push((business_day(date), date, sold));
        }
    }
    for sales in spellings_together(by_buyer).values_mut() {
        sales.sort_by(|a, b| (a.1, &a.2.gun.trace.trace).cmp(&(b.1, &b.2.gun.trace.trace)));
        let mut at = 0;
        while at < sales.len() {
            let (first, day, _) = sales[at];
            let group: Vec<_> = sales[at..].iter().take_while(|(n, _, _)| n - first < BUSINESS_DAYS).collect();
            let distinct: BTreeSet<String> = group.iter().map(|(_, _, s)| s.gun_key()).collect();
            if distinct.len() >= 2 {
                let last = group.last().map_or(day, |(_, d, _)| *d);
                let sold: Vec<_> = group.iter().map(|(_, _, s)| *s).collect();
                let n = distinct.len();
                let (en, es) =
                    (format!("{n} handguns, {day} to {last}"), format!("{n} armas cortas, del {day} al {last}"));
                found.push(indicator(Rule::MultipleSale, &sold, &en, &es));
                at += group.len();
            } else {
                at += 1;
            }
        }
    }
}

fn repeated(guns: &[Sold<'_, '_>], found: &mut Vec<Indicator>) {
    let mut buyers: BTreeMap<String, Vec<&Sold<'_, '_>>> = BTreeMap::new();
    let mut dealers: BTreeMap<String, Vec<&Sold<'_, '_>>> = BTreeMap::new();
    for sold in guns {
        if let Some(key) = sold.purchaser_key() {
            buyers.entry(key).or_default().push(sold);
        }
        // A licence stands for the dealer whoever bought.
        let licence = first_purchase(sold.gun.trace).and_then(|p| p.ffl).and_then(|f| f.lasting());
        if let Some(key) = licence {
            dealers.entry(key).or_default().push(sold);
        }
    }
    let buyers = spellings_together(buyers);
    for (rule, groups, fewest) in
        [(Rule::RepeatedPurchaser, buyers, FEWEST_OF_PURCHASER), (Rule::RepeatedDealer, dealers, FEWEST_OF_DEALER)]
    {
        for group in groups.values() {
            let distinct: BTreeSet<String> = group.iter().map(|s| s.gun_key()).collect();
            let incidents: BTreeSet<_> = group.iter().flat_map(|s| &s.gun.incidents).collect();
            // Of a dealer many sales say little: incidents of one gun are no pattern of the dealer.
            let linked = rule == Rule::RepeatedPurchaser && incidents.len() >= fewest;
            if distinct.len() >= fewest || linked {
                let (n, m) = (distinct.len(), incidents.len());
                let plural =
                    |count: usize, one: &str, more: &str| format!("{count} {}", if count == 1 { one } else { more });
                let en =
                    [plural(n, "firearm", "firearms"), plural(m, "linked incident", "linked incidents")].join(", ");
                let es = [plural(n, "arma", "armas"), plural(m, "hecho vinculado", "hechos vinculados")].join(", ");
                let (en, es) = (en.as_str(), es.as_str());
                found.push(indicator(rule.clone(), group, en, es));
            }
        }
    }
}

/// Groups by name key, with a shorter spelling (one surname of two) put to the longer one where only one fits. Where two
/// longer names fit, nobody knows whose the short one is, and it stays by itself.
fn spellings_together<T>(mut groups: BTreeMap<String, Vec<T>>) -> BTreeMap<String, Vec<T>> {
    let mut longer: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for key in groups.keys() {
        let words: Vec<&str> = key.split(' ').collect();
        if words.len() < 3 {
            continue;
        }
        for left_out in 0..words.len() {
            let short: Vec<&str> = words.iter().enumerate().filter(|(n, _)| *n != left_out).map(|(_, w)| *w).collect();
            let short = short.join(" ");
            if groups.contains_key(&short) {
                longer.entry(short).or_default().insert(key.clone());
            }
        }
    }
    // The shortest first, so that a chain of spellings ends at the longest.
    let mut order: Vec<(String, String)> = longer
        .into_iter()
        .filter(|(_, fits)| fits.len() == 1)
        .filter_map(|(short, fits)| Some((short, fits.into_iter().next()?)))
        .collect();
    order.sort_by_key(|(short, _)| (short.split(' ').count(), short.clone()));
    for (short, long) in order {
        if let Some(moved) = groups.remove(&short) {
            groups.entry(long).or_default().extend(moved);
        }
    }
    groups
}

fn consecutive(guns: &[Sold<'_, '_>], catalogues: &Catalogues, found: &mut Vec<Indicator>) {
    /// Family of the maker, everything before the running number, and how many digits that has.
    type Series = (String, String, usize);
    let mut runs: BTreeMap<Series, Vec<(u64, &Sold<'_, '_>)>> = BTreeMap::new();
    for sold in guns {
        let trace = sold.gun.trace;
        let serial = trace.serial.normal.as_str();
        let head = serial.trim_end_matches(|c: char| c.is_ascii_digit());
        let tail = &serial[head.len()..];
        let maker = trace.maker.as_deref().and_then(|m| catalogues.maker(m));
        if let (true, Some(maker), Ok(number)) = (trace.serial.is_whole() && tail.len() >= 3, maker, tail.parse()) {
            runs.entry((maker.family, head.to_owned(), tail.len())).or_default().push((number, sold));
        }
    }
    for run in runs.values_mut() {
        run.sort_by(|a, b| (a.0, &a.1.gun.trace.trace).cmp(&(b.0, &b.1.gun.trace.trace)));
        for pair in run.windows(2) {
            let [(n, a), (m, b)] = pair else { continue };
            let (x, y) = (a.gun.trace, b.gun.trace);
            let apart = x.recovered_at != y.recovered_at || x.recovered_on != y.recovered_on;
            if *m == n + 1 && apart {
                let (en, es) = (format!("{} and {}", x.serial, y.serial), format!("{} y {}", x.serial, y.serial));
                found.push(indicator(Rule::ConsecutiveSerials, &[*a, *b], &en, &es));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::{Disposition, DispositionKind, Ffl, Personal, Place, Serial};

    fn sold(id: &str, serial: &str, buyer: &str, bought: &str, recovered: &str) -> TraceRecord {
        let mut record = TraceRecord::new(TraceId::new(id), Serial::read(serial));
        record.maker = Some("Glock".to_owned());
        record.firearm_type = Some(FirearmType::Pistol);
        record.purchaser = Some(Personal::new(buyer.to_owned()));
        record.possessor = Some(Personal::new("Otro Inventado".to_owned()));
        record.purchased_on = Some(bought.parse().unwrap());
        record.recovered_on = Some(recovered.parse().unwrap());
        record.recovered_at = Place { city: None, state: Some("Texas".into()), country: Some("USA".into()) };
        record.dispositions = vec![Disposition {
            kind: DispositionKind::Retailer,
            name: None,
            place: Place { city: None, state: Some("TX".into()), country: None },
            ffl: Some(Ffl::new("5-74-123-01-6B-12345")),
            date: None,
        }];
        record
    }

    fn rules(traces: &[TraceRecord]) -> Vec<String> {
        let guns: Vec<_> = traces
            .iter()
            .map(|trace| TracedGun {
                firearm: None,
                trace,
                purchasers_disputed: false,
                incidents: Vec::new(),
                one_with: None,
            })
            .collect();
        let found = indicators(&guns, &Catalogues::embedded().unwrap(), &Places::embedded().unwrap());
        assert!(!format!("{found:?}").contains("Inventad"), "an indicator names nobody");
        found.into_iter().map(|i| i.rule.to_string()).collect()
    }

    #[test]
    fn a_short_time_to_crime_counts_only_with_another_possessor_and_whatever_the_unknown_days() {
        let short = sold("T", "AAA111", "Ana Inventada", "2020-01-01", "2020-06-01");
        assert_eq!(rules(std::slice::from_ref(&short)), ["short_time_to_crime"]);
        let mut own = short.clone();
        own.possessor = Some(Personal::new("INVENTADA, ANA".to_owned()));
        assert!(rules(&[own]).is_empty());
        let mut vague = short.clone();
        vague.recovered_on = Some("2023".parse().unwrap());
        assert!(rules(&[vague]).is_empty(), "it may have been longer");
        let mut negative = short;
        negative.recovered_on = Some("2019".parse().unwrap());
        assert!(rules(&[negative]).is_empty());
    }

    #[test]
    fn handguns_bought_within_five_business_days_count_together() {
        // A Thursday, the Wednesday after, and the Thursday after that.
        let first = sold("T1", "AAA111", "Ana Inventada", "2020-01-02", "2030");
        let wednesday = sold("T2", "BBB555", "Ana Inventada", "2020-01-08", "2030");
        let thursday = sold("T3", "CCC999", "Ana Inventada", "2020-01-09", "2030");
        assert_eq!(rules(&[first.clone(), wednesday]), ["multiple_sale", "repeated_purchaser"]);
        assert_eq!(rules(&[first.clone(), thursday]), ["repeated_purchaser"]);
        let twice = TraceRecord { trace: TraceId::new("T4"), ..first.clone() };
        assert!(rules(&[first, twice]).is_empty(), "one gun traced twice is one gun");
    }

    #[test]
    fn disputed_purchasers_give_no_indicator() {
        let traces = [
            sold("T1", "AAA111", "Ana Inventada", "2020-01-02", "2020-03-01"),
            sold("T2", "BBB555", "Ana Inventada", "2020-01-03", "2020-03-01"),
        ];
        let guns: Vec<_> = traces
            .iter()
            .map(|trace| TracedGun {
                firearm: None,
                trace,
                purchasers_disputed: true,
                incidents: Vec::new(),
                one_with: None,
            })
            .collect();
        assert!(indicators(&guns, &Catalogues::embedded().unwrap(), &Places::embedded().unwrap()).is_empty());
    }

    #[test]
    fn flows_serials_thefts_and_dealers_are_told() {
        let mut border = sold("T1", "AAA111", "Ana Inventada", "2010", "2020");
        border.recovered_at = Place { city: None, state: Some("Sonora".into()), country: None };
        let mut state = sold("T2", "AAA112", "Eva Inventada", "2010", "2021");
        state.recovered_at.state = Some("Arizona".to_owned());
        state.theft_from_dealer = Some(true);
        let mut wiped = sold("T3", "OBLIT", "Luz Inventada", "2010", "2022");
        wiped.obliterated = Some(true);
        assert_eq!(
            rules(&[border, state, wiped]),
            [
                "repeated_dealer",
                "consecutive_serials",
                "obliterated_serial",
                "interstate_flow",
                "cross_border_flow",
                "theft_from_dealer"
            ]
        );
    }

    #[test]
    fn business_days_leave_the_weekend_out() {
        let day = |d: i8| business_day(Date::constant(2024, 1, d));
        // 1 January 2024 was a Monday.
        assert_eq!((day(5) - day(1), day(8) - day(5), day(7) - day(5)), (4, 1, 0));
    }
}
