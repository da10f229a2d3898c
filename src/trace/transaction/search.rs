//! Tracing a serial number in a site's own transactions: which firearms it may be, and the chain of each.
//!
//! Nothing is decided that the records do not say: two firearms that fit are two answers, a misread serial number is a
//! candidate and no answer, and a break in the chain stays a break.

use super::TransactionRecord;
use crate::date::PartialDate;
use crate::ids::{Digest, TraceId};
use crate::trace::catalogue::Catalogues;
use crate::trace::serial::{SerialComparison, compare, could_be};
use crate::trace::text::fold;
use crate::trace::wording::Wording;
use crate::trace::{
    CloseReason, Disposition, DispositionKind, PartyName, Place, Serial, Source, TraceRecord, TraceStatus, Written,
};
use serde::Serialize;
use std::collections::BTreeMap;

/// What is known of the firearm that is looked for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Wanted {
    /// Its serial number.
    pub serial: Serial,
    /// Its maker.
    pub maker: Option<String>,
    /// Its model.
    pub model: Option<String>,
    /// Its calibre.
    pub calibre: Option<String>,
}

/// A firearm of the transactions that may be the one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Found {
    /// Its serial number as recorded.
    pub serial: Serial,
    /// How that compares with the one looked for.
    pub comparison: SerialComparison,
    /// Maker as recorded.
    pub maker: Option<String>,
    /// Model as recorded.
    pub model: Option<String>,
    /// Calibre as recorded.
    pub calibre: Option<String>,
    /// What speaks against it; empty where nothing does.
    pub against: Vec<Wording>,
    /// Its transactions in order; people masked.
    pub transactions: Vec<TransactionRecord>,
    /// Where one transaction does not follow from the one before: the place of the later one, and why.
    pub breaks: Vec<(usize, Wording)>,
}

/// What the transactions say of a serial number.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answer {
    /// Firearms with this serial number, look-alike letters taken as one, that nothing speaks against. One is an answer;
    /// several fit all, and none is chosen.
    pub fitting: Vec<Found>,
    /// Firearms of another maker or calibre, or with a serial number that a slip of reading or writing would explain.
    pub candidates: Vec<Found>,
}

/// Whether a key of the store may be of this serial number, so that its transactions are worth comparing.
#[must_use]
pub fn worth_comparing(wanted: &Serial, key: &str) -> bool {
    could_be(wanted, key)
}

/// Searches transactions for a firearm.
#[must_use]
pub fn search(wanted: &Wanted, transactions: &[TransactionRecord], catalogues: &Catalogues) -> Answer {
    let mut rows: Vec<&TransactionRecord> =
        transactions.iter().filter(|t| is_near(compare(&wanted.serial, &t.serial))).collect();
    rows.sort_by_cached_key(|t| (t.date.first(), t.date.last(), Written::of(*t).content));
    let mut found: Vec<Found> = Vec::new();
    for row in rows {
        let fits = |f: &Found| same_gun(f, row, catalogues);
        let follows = |f: &Found| f.transactions.last().is_some_and(|last| last.leads_to(row) == Some(true));
        let at = found.iter().position(|f| fits(f) && follows(f)).or_else(|| found.iter().position(fits));
        match at {
            Some(at) => {
                let gun = &mut found[at];
                for (mine, theirs) in
                    [(&mut gun.maker, &row.maker), (&mut gun.model, &row.model), (&mut gun.calibre, &row.calibre)]
                {
                    if mine.is_none() {
                        mine.clone_from(theirs);
                    }
                }
                gun.transactions.push(row.clone());
            }
            None => found.push(Found {
                serial: row.serial.clone(),
                comparison: compare(&wanted.serial, &row.serial),
                maker: row.maker.clone(),
                model: row.model.clone(),
                calibre: row.calibre.clone(),
                against: Vec::new(),
                transactions: vec![row.clone()],
                breaks: Vec::new(),
            }),
        }
    }
    for gun in &mut found {
        gun.against = against(wanted, gun, catalogues);
        gun.transactions = in_order(std::mem::take(&mut gun.transactions));
        gun.breaks = breaks(&gun.transactions);
    }
    let sure = |f: &Found| {
        matches!(f.comparison, SerialComparison::Exact | SerialComparison::LookAlike) && f.against.is_empty()
    };
    let (fitting, mut candidates): (Vec<_>, Vec<_>) = found.into_iter().partition(sure);
    candidates.sort_by(|a, b| (a.comparison, &a.serial.normal).cmp(&(b.comparison, &b.serial.normal)));
    Answer { fitting, candidates }
}

fn is_near(comparison: SerialComparison) -> bool {
    !matches!(comparison, SerialComparison::TwoEdits | SerialComparison::Different | SerialComparison::NotComparable)
}

/// Whether a transaction is of a firearm as far as it is known: what both state agrees.
fn same_gun(gun: &Found, row: &TransactionRecord, catalogues: &Catalogues) -> bool {
    gun.serial.normal == row.serial.normal
        && makers_agree(gun.maker.as_deref(), row.maker.as_deref(), catalogues)
        && calibres_agree(gun.calibre.as_deref(), row.calibre.as_deref(), catalogues)
        && agree(gun.model.as_deref(), row.model.as_deref(), |a, b| {
            let (a, b) = (fold(a).replace(' ', ""), fold(b).replace(' ', ""));
            a.ends_with(&b) || b.ends_with(&a) || a.starts_with(&b) || b.starts_with(&a)
        })
}

fn agree(a: Option<&str>, b: Option<&str>, same: impl Fn(&str, &str) -> bool) -> bool {
    a.zip(b).is_none_or(|(a, b)| same(a, b))
}

fn makers_agree(a: Option<&str>, b: Option<&str>, catalogues: &Catalogues) -> bool {
    agree(a, b, |a, b| match (catalogues.maker(a), catalogues.maker(b)) {
        (Some(a), Some(b)) => a.family == b.family || a.imported.contains(&b.family) || b.imported.contains(&a.family),
        _ => true,
    })
}

fn calibres_agree(a: Option<&str>, b: Option<&str>, catalogues: &Catalogues) -> bool {
    agree(a, b, |a, b| match (catalogues.calibre(a), catalogues.calibre(b)) {
        (Some(a), Some(b)) => a.code == b.code || (a.group.is_some() && a.group == b.group),
        _ => true,
    })
}

fn against(wanted: &Wanted, gun: &Found, catalogues: &Catalogues) -> Vec<Wording> {
    let mut against = Vec::new();
    let mut say = |what: (&str, &str), got: Option<&str>| {
        let got = got.unwrap_or_default();
        against.push(Wording::new(format!("{}: {got}", what.0), format!("{}: {got}", what.1)));
    };
    match gun.comparison {
        SerialComparison::Exact => {}
        SerialComparison::LookAlike => {}
        _ => say(("serial number differs", "el número de serie difiere"), Some(&gun.serial.normal)),
    }
    if !makers_agree(wanted.maker.as_deref(), gun.maker.as_deref(), catalogues) {
        say(("another maker", "otra marca"), gun.maker.as_deref());
    }
    if !calibres_agree(wanted.calibre.as_deref(), gun.calibre.as_deref(), catalogues) {
        say(("another calibre", "otro calibre"), gun.calibre.as_deref());
    }
    against
}

/// By date; of those on one day the one first that follows from the one before.
fn in_order(mut rest: Vec<TransactionRecord>) -> Vec<TransactionRecord> {
    let mut ordered: Vec<TransactionRecord> = Vec::with_capacity(rest.len());
    while let Some(first) = rest.first().map(|t| t.date.first()) {
        let same_day = rest.iter().take_while(|t| t.date.first() == first).count();
        // With nothing before it, the one that no other of the day leads to.
        let next = match ordered.last() {
            Some(last) => (0..same_day).find(|at| last.leads_to(&rest[*at]) == Some(true)),
            None => (0..same_day)
                .find(|at| !(0..same_day).any(|other| other != *at && rest[other].leads_to(&rest[*at]) == Some(true))),
        };
        ordered.push(rest.remove(next.unwrap_or(0)));
    }
    ordered
}

fn breaks(transactions: &[TransactionRecord]) -> Vec<(usize, Wording)> {
    let mut breaks = Vec::new();
    for (at, pair) in transactions.windows(2).enumerate() {
        let [before, after] = pair else { continue };
        let why = match before.leads_to(after) {
            Some(true) => continue,
            Some(false) => Wording::new(
                "given away by another party than the one that took it before: a transaction between is not recorded",
                "lo entrega otra parte que la que lo adquirió antes: falta una operación intermedia",
            ),
            None => Wording::new("who gave it away is not recorded", "no consta quién lo entregó"),
        };
        breaks.push((at + 1, why));
    }
    breaks
}

/// What is known of the recovery, for a trace of local origin.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Recovery {
    /// When.
    pub date: Option<PartialDate>,
    /// Where.
    pub place: Place,
    /// Case number of the agency.
    pub case_number: Option<String>,
    /// Item within the case.
    pub item: Option<String>,
}

/// The name under which the source of a trace of local origin is kept.
pub const LOCAL_SOURCE: &str = "own transaction records";

/// A trace of local origin: what the transactions of one firearm say, in the form of a trace record.
#[must_use]
pub fn local_trace(found: &Found, recovery: &Recovery, completed_on: PartialDate) -> TraceRecord {
    let key = format!("{}|{}|{}", found.serial.normal, said(found.maker.as_ref()), said(found.calibre.as_ref()));
    let id = Digest::of(key.as_bytes()).to_hex();
    let mut record =
        TraceRecord::new(TraceId::new(format!("LOCAL-{}", id.get(..12).unwrap_or(&id))), found.serial.clone());
    let newest = |of: fn(&TransactionRecord) -> Option<String>| found.transactions.iter().rev().find_map(of);
    record.maker = found.maker.clone();
    record.model = found.model.clone();
    record.calibre = found.calibre.clone();
    record.importer = newest(|t| t.importer.clone());
    record.country_of_origin = newest(|t| t.country_of_origin.clone());
    record.firearm_type = found.transactions.iter().rev().find_map(|t| t.firearm_type.clone());
    record.recovered_on = recovery.date;
    record.recovered_at = recovery.place.clone();
    record.case_number = recovery.case_number.clone();
    record.item = recovery.item.clone();
    record.dispositions = dispositions(&found.transactions);
    let sale = record.dispositions.iter().find(|d| d.kind == DispositionKind::FirstPurchaser);
    record.purchased_on = sale.and_then(|d| d.date);
    record.purchaser = match sale.and_then(|d| d.name.clone()) {
        Some(PartyName::Person(name)) => Some(name),
        _ => None,
    };
    record.status = TraceStatus::Completed;
    record.close_reason = Some(if sale.is_some() { CloseReason::PurchaserIdentified } else { CloseReason::DealerOnly });
    record.completed_on = Some(completed_on);
    let contents: Vec<u8> = found.transactions.iter().flat_map(|t| Written::of(t).content.0).collect();
    record.source = Some(Source {
        file: LOCAL_SOURCE.to_owned(),
        sha256: Digest::of(&contents),
        rows: Vec::new(),
        other_rows: BTreeMap::new(),
    });
    record
}

fn said(text: Option<&String>) -> String {
    text.map(|t| fold(t)).unwrap_or_default()
}

/// The parties in order. Who takes a firearm without a licence or a stated role is a purchaser: the first one the first.
fn dispositions(transactions: &[TransactionRecord]) -> Vec<Disposition> {
    let mut steps = Vec::with_capacity(transactions.len() + 1);
    if let Some(first) = transactions.first()
        && let Some(from) = &first.from
    {
        steps.push(Disposition {
            kind: first.from_kind.clone().unwrap_or(DispositionKind::Other(String::new())),
            name: Some(from.clone()),
            place: Place::default(),
            ffl: first.from_ffl.clone(),
            date: None,
        });
    }
    let mut sold = false;
    for transaction in transactions {
        let kind = match &transaction.to_kind {
            DispositionKind::Other(role) if role.is_empty() && sold => DispositionKind::LaterPurchaser,
            DispositionKind::Other(role) if role.is_empty() => DispositionKind::FirstPurchaser,
            stated => stated.clone(),
        };
        sold |= matches!(kind, DispositionKind::FirstPurchaser);
        steps.push(Disposition {
            kind,
            name: Some(transaction.to.clone()),
            place: transaction.to_at.clone(),
            ffl: transaction.to_ffl.clone(),
            date: Some(transaction.date),
        });
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::import::{ImportOptions, Records, import_table};

    fn transactions(text: &str) -> Vec<TransactionRecord> {
        let header = "Date,From,From FFL,To,FFL,Serial,Maker,Model,Caliber\n";
        let (records, outcome) =
            import_table(format!("{header}{text}").as_bytes(), &ImportOptions::named("s.csv")).unwrap();
        assert!(outcome.rejects.is_empty(), "{:?}", outcome.rejects);
        match records {
            Records::Transactions(all) => all,
            other => panic!("{other:?}"),
        }
    }

    fn asked(serial: &str, maker: Option<&str>, rows: &[TransactionRecord]) -> Answer {
        let wanted =
            Wanted { serial: Serial::read(serial), maker: maker.map(str::to_owned), model: None, calibre: None };
        search(&wanted, rows, &Catalogues::embedded().unwrap())
    }

    #[test]
    fn a_missing_transaction_stays_a_break_in_the_chain() {
        let rows = transactions(
            "2018-01-02,Glock,,Dealer One,9-11-111-01-1A-11111,ABC12345,Glock,19,9mm\n\
             2018-05-04,Dealer Two,9-22-222-01-2B-22222,Ann Invented,,ABC12345,Glock,19,9mm\n\
             2019-05-04,,,Bob Invented,,ABC12345,Glock,19,9mm\n",
        );
        let answer = asked("ABC12345", None, &rows);
        let [gun] = answer.fitting.as_slice() else { panic!("{answer:?}") };
        assert_eq!(gun.breaks.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [1, 2]);
        let trace = local_trace(gun, &Recovery::default(), PartialDate::year(2024).unwrap());
        let kinds: Vec<&str> = trace.dispositions.iter().map(|d| d.kind.code()).collect();
        assert_eq!(kinds, ["manufacturer", "retailer", "first_purchaser", "later_purchaser"]);
        assert_eq!(trace.close_reason, Some(CloseReason::PurchaserIdentified));
        assert!(!format!("{trace:?}").contains("Invented"));
    }

    #[test]
    fn transactions_of_one_day_follow_from_hand_to_hand_and_not_in_the_order_of_the_file() {
        let rows = transactions(
            "2018-01-02,Dealer B,,Dealer C,,ABC12345,,,\n2018-01-02,Glock,,Dealer A,,ABC12345,,,\n\
             2018-01-02,Dealer A,,Dealer B,,ABC12345,,,\n",
        );
        let answer = asked("ABC12345", None, &rows);
        assert_eq!(answer.fitting[0].transactions.len(), 3);
        assert!(answer.fitting[0].breaks.is_empty(), "{:?}", answer.fitting[0]);
    }

    #[test]
    fn a_neighbouring_number_is_a_candidate_and_never_the_answer() {
        let rows = transactions("2018-01-02,Glock,,Ann Invented,,ABC12346,Glock,19,9mm\n");
        let answer = asked("ABC12345", Some("Glock"), &rows);
        assert!(answer.fitting.is_empty());
        assert_eq!(answer.candidates[0].comparison, SerialComparison::OneEdit);
        assert_eq!(asked("QQQ99999", None, &rows), Answer { fitting: Vec::new(), candidates: Vec::new() });
        assert!(asked("NONE", None, &rows).candidates.is_empty(), "a blank finds nothing");
    }
}
