//! Tracing a serial number in a site's own records, as eTrace does in its six steps, at any hour.
//!
//! ```text
//! recovery -> serial number -> search -> chain of custody -> purchaser -> answer      (every search is logged)
//! ```

use super::error::EngineError;
use super::ports::{Clock, Put, Stamp, Store};
use super::traces::catalogues;
use crate::date::PartialDate;
use crate::ids::{FirearmId, TraceId};
use crate::language::Language;
use crate::trace::custody::{Chain, chain_of_sale};
use crate::trace::transaction::search::{Answer, Recovery, Wanted, local_trace, search, worth_comparing};
use crate::trace::wording::Wording;
use crate::trace::{Serial, TraceError, TraceRecord};
use serde::Serialize;

/// What is asked.
#[derive(Debug, Clone, Default)]
pub struct SearchRequest {
    /// A firearm of the register, which gives what is not stated here.
    pub firearm: Option<FirearmId>,
    /// Serial number.
    pub serial: Option<String>,
    /// Maker.
    pub maker: Option<String>,
    /// Model.
    pub model: Option<String>,
    /// Calibre.
    pub calibre: Option<String>,
    /// The recovery.
    pub recovery: Recovery,
}

/// What the search went through.
#[derive(Debug, Clone, Serialize)]
pub struct Searched {
    /// Serial numbers of the transactions.
    pub serial_numbers: usize,
    /// Of these, the ones that were compared in earnest.
    pub compared: usize,
    /// Traces in the gallery that bear the same serial number.
    pub traces: Vec<TraceId>,
}

/// What came of a search.
#[derive(Debug, Clone, Serialize)]
pub struct Traced {
    /// The recovery, as far as it is known.
    pub recovery: Recovery,
    /// What was looked for.
    pub wanted: Wanted,
    /// What was gone through.
    pub searched: Searched,
    /// What the transactions say.
    pub answer: Answer,
    /// The trace of the one firearm that fits, people masked; none where none or several fit.
    pub trace: Option<TraceRecord>,
    /// Its chain with its gaps.
    pub chain: Option<Chain>,
    /// The answer in one sentence.
    pub says: Wording,
    /// What became of the trace in the gallery, where it was to be kept.
    pub kept: Option<Put>,
}

/// Traces a serial number in the gallery's transactions, logs the search, and keeps the trace where asked and found.
///
/// # Errors
/// [`TraceError::Search`] where no serial number is given that can be searched, or a trace is to be kept and not exactly
/// one firearm fits; an unknown firearm; those of the store.
pub fn trace_serial(
    store: &dyn Store,
    clock: &dyn Clock,
    actor: &str,
    request: &SearchRequest,
    keep: bool,
) -> Result<Traced, EngineError> {
    let (wanted, recovery) = asked(store, request)?;
    let keys = store.transaction_keys()?;
    let near: Vec<&String> = keys.iter().filter(|key| worth_comparing(&wanted.serial, key)).collect();
    let mut transactions = Vec::new();
    for key in &near {
        transactions.extend(store.transactions(Some(key))?);
    }
    let answer = search(&wanted, &transactions, &catalogues(store)?);
    let searched = Searched {
        serial_numbers: keys.len(),
        compared: near.len(),
        traces: store.traces_of_serial(&wanted.serial.normal)?,
    };
    let now = clock.now();
    let today = PartialDate::from(jiff::tz::TimeZone::UTC.to_datetime(now).date());
    let trace = match answer.fitting.as_slice() {
        [one] => Some(local_trace(one, &recovery, today)),
        _ => None,
    };
    let details = serde_json::json!({
        "maker": wanted.maker, "model": wanted.model, "calibre": wanted.calibre, "compared": searched.compared,
        "fitting": answer.fitting.len(), "candidates": answer.candidates.len(), "trace": trace.as_ref().map(|t| &t.trace),
    });
    let stamp = Stamp::new(now, actor);
    store.log("transactions searched", &format!("serial {}", wanted.serial.normal), &details, &stamp)?;
    let says = says(&answer, trace.as_ref());
    let kept = match (keep, &trace) {
        (false, _) => None,
        (true, Some(trace)) => Some(store.put_trace(trace, &stamp)?),
        (true, None) => {
            let said = Wording::new(
                format!("only the trace of exactly one firearm that fits is kept; {}", says.en),
                format!("solo se guarda el rastreo si corresponde exactamente un arma; {}", says.es),
            );
            return Err(TraceError::Search { said }.into());
        }
    };
    let chain = trace.as_ref().map(chain_of_sale);
    Ok(Traced { recovery, wanted, searched, answer, trace, chain, says, kept })
}

/// What is looked for, completed from the register.
fn asked(store: &dyn Store, request: &SearchRequest) -> Result<(Wanted, Recovery), EngineError> {
    let register = request.firearm.as_ref().map(|id| store.firearm(id)).transpose()?;
    let known = register.as_ref();
    let serial = match (&request.serial, known) {
        (Some(text), _) => Serial::read(text),
        (None, Some(firearm)) => firearm.serial.clone(),
        (None, None) => Serial::read(""),
    };
    if !serial.is_number() {
        let said = Wording::new(
            format!(
                "\"{}\" is no serial number ({}): nothing can be searched by it",
                serial.raw,
                serial.state.name(Language::En)
            ),
            format!(
                "«{}» no es un número de serie ({}): no se puede buscar con él",
                serial.raw,
                serial.state.name(Language::Es)
            ),
        );
        return Err(TraceError::Search { said }.into());
    }
    let wanted = Wanted {
        serial,
        maker: request.maker.clone().or_else(|| known.and_then(|f| f.maker.clone())),
        model: request.model.clone().or_else(|| known.and_then(|f| f.model.clone())),
        calibre: request.calibre.clone().or_else(|| known.and_then(|f| f.calibre.clone())),
    };
    let mut recovery = request.recovery.clone();
    if let Some(firearm) = known {
        recovery.date = recovery.date.or(firearm.recovered_on);
        if recovery.place.is_empty() {
            recovery.place = firearm.recovered_at.clone();
        }
        recovery.case_number = recovery.case_number.or_else(|| firearm.case_number.clone());
        recovery.item = recovery.item.or_else(|| firearm.item.clone());
    }
    Ok((wanted, recovery))
}

fn says(answer: &Answer, trace: Option<&TraceRecord>) -> Wording {
    match (answer.fitting.len(), answer.candidates.len(), trace) {
        (1, _, Some(trace)) if trace.purchaser.is_some() => Wording::new(
            "one firearm fits; its chain reaches a purchaser",
            "una sola arma corresponde; su cadena llega a un comprador",
        ),
        (1, _, _) => Wording::new(
            "one firearm fits; its chain ends without a purchaser",
            "una sola arma corresponde; su cadena termina sin comprador",
        ),
        (0, 0, _) => Wording::new(
            "no record: no transaction of this gallery bears this serial number or one a slip away from it",
            "sin registro: ninguna operación de esta galería lleva este número de serie ni uno a un error de distancia",
        ),
        (0, n, _) => Wording::new(
            format!("no record of it; {n} firearms come near and are candidates only"),
            format!("sin registro; {n} armas se le acercan y son solo candidatas"),
        ),
        (n, _, _) => Wording::new(
            format!("{n} firearms fit and none is chosen: state maker, model or calibre"),
            format!("{n} armas corresponden y no se elige ninguna: indique marca, modelo o calibre"),
        ),
    }
}
