//! Times of each gun: from purchase to recovery, stated and by the dates, and from purchase to the first linked shooting.

use crate::date::{DaySpan, PartialDate};
use crate::ids::{FirearmId, TraceId};
use crate::trace::custody::{TimeToShooting, chain_of_sale, first_purchase};
use crate::trace::graph::LinkGraph;
use crate::trace::indicators::TracedGun;
use crate::trace::wording::Wording;
use serde::Serialize;
use std::collections::HashMap;

/// The times of one gun by its shown trace.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GunTimes {
    /// Firearm of the register.
    pub firearm: Option<FirearmId>,
    /// Its shown trace.
    pub trace: TraceId,
    /// First retail purchase; none where purchasers are disputed.
    pub purchased_on: Option<PartialDate>,
    /// Recovery by the shown trace.
    pub recovered_on: Option<PartialDate>,
    /// Days from purchase to recovery by the dates.
    pub time_to_crime: Option<DaySpan>,
    /// Days that the answer itself states.
    pub stated_days: Option<i64>,
    /// Whether the stated days cannot be those of the dates; a day of slack is given.
    pub stated_differs: bool,
    /// To the first shooting over hits alone.
    pub to_first_confirmed_shooting: Option<TimeToShooting>,
    /// To an earlier shooting that only a lead gives.
    pub to_first_unconfirmed_shooting: Option<TimeToShooting>,
    /// Its traces name different purchasers: no time runs from a purchase.
    pub purchasers_disputed: bool,
    /// The sentence for people.
    pub text: Wording,
}

/// The times of every gun, in the order given.
#[must_use]
pub fn gun_times(guns: &[TracedGun<'_>], graph: &LinkGraph) -> Vec<GunTimes> {
    let summaries: HashMap<&FirearmId, _> = graph.guns.iter().map(|g| (&g.firearm, g)).collect();
    guns.iter()
        .map(|gun| {
            let summary = gun.firearm.and_then(|f| summaries.get(f));
            let purchase = first_purchase(gun.trace).filter(|_| !gun.purchasers_disputed);
            let time_to_crime = chain_of_sale(gun.trace).time_to_crime.filter(|_| !gun.purchasers_disputed);
            let stated_days = gun.trace.stated_time_to_crime_days;
            let differs = |span: DaySpan, stated: i64| stated < span.least - 1 || stated > span.most + 1;
            let mut times = GunTimes {
                firearm: gun.firearm.cloned(),
                trace: gun.trace.trace.clone(),
                purchased_on: purchase.and_then(|p| p.date),
                recovered_on: gun.trace.recovered_on,
                time_to_crime,
                stated_days,
                stated_differs: time_to_crime.zip(stated_days).is_some_and(|(span, stated)| differs(span, stated)),
                to_first_confirmed_shooting: summary.and_then(|s| s.to_first_confirmed_shooting.clone()),
                to_first_unconfirmed_shooting: summary.and_then(|s| s.to_first_unconfirmed_shooting.clone()),
                purchasers_disputed: gun.purchasers_disputed,
                text: Wording::default(),
            };
            times.text = told(&times);
            times
        })
        .collect()
}

/// An interval of days for people.
#[must_use]
pub fn days_text(days: DaySpan) -> Wording {
    if days.is_exact() {
        let (en, es) = if days.least == 1 { ("day", "día") } else { ("days", "días") };
        return Wording::new(format!("{} {en}", days.least), format!("{} {es}", days.least));
    }
    let (a, b) = (days.least, days.most);
    Wording::new(format!("between {a} and {b} days"), format!("entre {a} y {b} días"))
}

fn told(times: &GunTimes) -> Wording {
    let (mut en, mut es) = (Vec::new(), Vec::new());
    if times.purchasers_disputed {
        en.push("its traces name different purchasers, so no time runs from a purchase".to_owned());
        es.push(
            "sus rastreos nombran a compradores distintos, por lo que ningún plazo corre desde una compra".to_owned(),
        );
    } else if times.purchased_on.is_none() {
        en.push("no purchase date is recorded".to_owned());
        es.push("no consta fecha de compra".to_owned());
    }
    if let Some(span) = times.time_to_crime {
        let days = days_text(span);
        let (a, b) = if span.surely_negative() {
            (" (recovered before it was purchased)", " (asegurada antes de su compra)")
        } else {
            ("", "")
        };
        en.push(format!("time-to-crime {}{a}", days.en));
        es.push(format!("tiempo al delito {}{b}", days.es));
    }
    if let Some(stated) = times.stated_days.filter(|_| times.stated_differs) {
        en.push(format!("the answer states {stated}, which the dates do not give"));
        es.push(format!("la respuesta indica {stated}, lo que las fechas no dan"));
    }
    let shootings = [
        (&times.to_first_confirmed_shooting, "by hits", "por hits"),
        (&times.to_first_unconfirmed_shooting, "unconfirmed, by a lead", "sin confirmar, por una pista"),
    ];
    for (first, how_en, how_es) in shootings {
        let Some(first) = first else { continue };
        let (days, incident) = (days_text(first.days), &first.shooting.incident);
        let or = first.or.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let (a, b) =
            if or.is_empty() { (String::new(), String::new()) } else { (format!(" or {or}"), format!(" o {or}")) };
        en.push(format!("purchase to first linked shooting ({incident}{a}, {how_en}) {}", days.en));
        es.push(format!("de la compra al primer disparo vinculado ({incident}{b}, {how_es}) {}", days.es));
    }
    Wording::new(en.join("; "), es.join("; "))
}
