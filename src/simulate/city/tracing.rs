//! Traces of the recovered pistols: the chain of sale that a request brought back, or why it ended early.

use super::City;
use super::day::Day;
use super::party::{self, Dealer, Make};
use super::place::{City as Town, Country, MEXICAN};
use crate::simulate::stream::Stream;
use crate::trace::{CloseReason, DispositionKind, TraceStatus};

/// Why a trace ended where it did.
pub type CloseCause = CloseReason;
/// What a party did in the chain of sale.
pub type StepKind = DispositionKind;

/// One disposition.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// What the party did.
    pub kind: StepKind,
    /// The party; an invented person where the kind says so.
    pub name: String,
    /// Its state.
    pub state: String,
    /// Its licence number; empty for persons and makers abroad.
    pub ffl: String,
    /// Day on which the party received the pistol; for the maker, on which it left.
    pub on: Day,
}

/// A trace as the tracing centre returned it.
#[derive(Debug, Clone)]
pub struct CityTrace {
    /// Number.
    pub number: String,
    /// Place in [`City::firearms`] of the pistol; `None` for another pistol of the same kind that nobody test-fired.
    pub firearm: Option<usize>,
    /// Status.
    pub status: TraceStatus,
    /// Why it ended; `None` while it is being worked on.
    pub close_reason: Option<CloseReason>,
    /// Day of the request.
    pub requested_on: Day,
    /// Day of the answer.
    pub completed_on: Option<Day>,
    /// Serial number as it stands in the request, look-alikes and all.
    pub serial: String,
    /// State of the serial number, as a code.
    pub serial_state: &'static str,
    /// Maker, model, importer.
    pub make: Make,
    /// Day of recovery.
    pub recovered_on: Day,
    /// Where it was recovered.
    pub town: Town,
    /// The agency's case number.
    pub case_number: String,
    /// In whose hands it was; empty where nobody was found.
    pub possessor: String,
    /// The chain of sale, oldest first.
    pub steps: Vec<Step>,
    /// The first retail purchaser, where the trace reached one.
    pub purchaser: Option<(String, Day)>,
    /// Whether the purchase was one of two or more within five business days.
    pub multiple_sale: bool,
}

/// Adds the trace of a recovered pistol, and now and then those of its neighbours from the same purchase.
pub(super) fn trace(city: &mut City, firearm: usize) {
    let owner = &city.firearms[firearm];
    let Some(recovery) = owner.recovery.clone() else { return };
    let turn = city.firearms.iter().take(firearm).filter(|f| f.recovery.is_some()).count();
    let (make, serial, sold_on) = (owner.make, owner.serial.clone(), owner.sold_on);
    let mut s = Stream::new(city.parameters.seed, "city.trace", &[u64::from(owner.number)]);
    let requested_on = recovery.on.plus(s.whole(2, 45));
    let (purchaser, mut steps) = chain(&mut s, &make, sold_on);
    let multiple_sale = turn % 4 == 0;
    // Possessor is the purchaser in one case of eight; somebody else, or nobody, in the others.
    let possessor = match s.uniform() {
        u if u < 0.125 => purchaser.clone(),
        u if u < 0.7 => party::person(&mut s, recovery.town.country),
        _ => String::new(),
    };
    let resale = (turn % 7 == 4, party::person(&mut s, Country::UnitedStates), s.whole(30, 300));
    let first_shot = city
        .specimens
        .iter()
        .filter(|x| x.firearm == firearm)
        .filter_map(|x| x.incident)
        .map(|i| city.incidents[i].on)
        .min();
    let serial_read = match turn % 6 {
        _ if recovery.serial_state == "obliterated" => String::new(),
        1 => party::misread(&serial),
        _ => serial.clone(),
    };
    // The answer: in turn, so that small cities hold every kind.
    let (status, close_reason) = match turn % 10 {
        _ if recovery.serial_state == "obliterated" => {
            (TraceStatus::ClosedNoResult, Some(CloseReason::SerialObliterated))
        }
        2 => (TraceStatus::Completed, Some(CloseReason::DealerOnly)),
        5 => (TraceStatus::ClosedNoResult, Some(CloseReason::FflRecordsUnavailable)),
        8 => (TraceStatus::InProcess, None),
        9 if !make.importer.is_empty() => (TraceStatus::ClosedNoResult, Some(CloseReason::MakeOrImporterError)),
        _ => (TraceStatus::Completed, Some(CloseReason::PurchaserIdentified)),
    };
    let identified = close_reason == Some(CloseReason::PurchaserIdentified);
    match close_reason {
        Some(CloseReason::PurchaserIdentified) => {
            // A later sale must still lie before the first shooting that is known.
            let latest = first_shot.unwrap_or(recovery.on);
            if resale.0 && latest.since(sold_on) > 3 {
                let on = sold_on.plus(resale.2.min(latest.since(sold_on) - 1));
                let state = steps.last().map(|step| step.state.clone()).unwrap_or_default();
                steps.push(Step { kind: StepKind::LaterPurchaser, name: resale.1, state, ffl: String::new(), on });
            }
        }
        Some(CloseReason::DealerOnly) => steps.retain(|step| step.kind != StepKind::FirstPurchaser),
        Some(CloseReason::FflRecordsUnavailable) => {
            steps.retain(|step| !matches!(step.kind, StepKind::FirstPurchaser | StepKind::Retailer));
        }
        _ => steps.clear(),
    }
    let completed_on = close_reason.is_some().then(|| requested_on.plus(s.whole(3, 90)));
    let number = format!("T{}{:05}", requested_on.civil().0, city.firearms[firearm].number);
    let own = CityTrace {
        number,
        firearm: Some(firearm),
        status,
        close_reason,
        requested_on,
        completed_on,
        serial: serial_read,
        serial_state: recovery.serial_state,
        make,
        recovered_on: recovery.on,
        town: recovery.town,
        case_number: recovery.case_number,
        possessor,
        steps,
        purchaser: identified.then_some((purchaser, sold_on)),
        multiple_sale: multiple_sale && identified,
    };
    let neighbour = (own.multiple_sale).then(|| neighbour(&mut s, &own, &serial));
    city.traces.push(own);
    city.traces.extend(neighbour);
}

/// The chain from the maker to the first retail purchaser, who bought on `sold_on`.
fn chain(s: &mut Stream, make: &Make, sold_on: Day) -> (String, Vec<Step>) {
    let at_retailer = sold_on.plus(-s.whole(5, 240));
    let at_wholesaler = at_retailer.plus(-s.whole(10, 160));
    let licensed = |kind: StepKind, dealer: Dealer, on: Day| Step {
        kind,
        name: dealer.name,
        state: dealer.state.to_owned(),
        ffl: dealer.ffl,
        on,
    };
    let mut steps = Vec::new();
    let foreign = !make.importer.is_empty();
    let at_importer = at_wholesaler.plus(-s.whole(10, 120));
    let made_on = if foreign { at_importer.plus(-s.whole(30, 200)) } else { at_wholesaler.plus(-s.whole(10, 200)) };
    let maker = |state: &str| Step {
        kind: StepKind::Manufacturer,
        name: make.maker.to_owned(),
        state: state.to_owned(),
        ffl: String::new(),
        on: made_on,
    };
    steps.push(maker(""));
    if foreign {
        let (kind, name) = (StepKind::Importer, make.importer.to_owned());
        steps.push(Step {
            kind,
            name,
            state: "GA".to_owned(),
            ffl: "0-00-008-08-0X-00890".to_owned(),
            on: at_importer,
        });
    }
    steps.push(licensed(StepKind::Wholesaler, party::wholesaler(s), at_wholesaler));
    let retailer = party::retailer(s);
    let state = retailer.state.to_owned();
    steps.push(licensed(StepKind::Retailer, retailer, at_retailer));
    let purchaser = party::person(s, Country::UnitedStates);
    let kind = StepKind::FirstPurchaser;
    steps.push(Step { kind, name: purchaser.clone(), state, ffl: String::new(), on: sold_on });
    (purchaser, steps)
}

/// The trace of the pistol with the next serial number, bought with it, recovered elsewhere.
fn neighbour(s: &mut Stream, own: &CityTrace, serial: &str) -> CityTrace {
    let town = MEXICAN[s.below(MEXICAN.len())];
    let recovered_on =
        own.recovered_on.plus(s.whole(-60, 200)).max(own.purchaser.as_ref().map_or(own.recovered_on, |p| p.1.plus(5)));
    let requested_on = recovered_on.plus(s.whole(3, 60));
    let year = recovered_on.civil().0;
    CityTrace {
        number: format!("{}N", own.number),
        firearm: None,
        requested_on,
        completed_on: Some(requested_on.plus(s.whole(5, 80))),
        serial: party::next(serial),
        serial_state: "full",
        recovered_on,
        town,
        case_number: format!("CI-{}-{}/{year}", town.code, 100 + s.below(900)),
        possessor: party::person(s, Country::Mexico),
        steps: own.steps.iter().filter(|step| step.kind != StepKind::LaterPurchaser).cloned().collect(),
        ..own.clone()
    }
}
