//! `trace search`: a serial number traced in the site's own transactions.

use crate::cli::Desk;
use crate::cli::failure::Failure;
use crate::cli::present::table;
use crate::cli::report::disclosure;
use crate::date::PartialDate;
use crate::engine::ports::Put;
use crate::engine::trace_search::{SearchRequest, Traced, trace_serial};
use crate::ids::FirearmId;
use crate::language::Language;
use crate::trace::custody::ChainStep;
use crate::trace::transaction::search::{Found, Recovery};
use crate::trace::{Disposition, PartyName, Personal, Place, Purpose};
use clap::Args;
use serde_json::json;

/// Arguments of `trace search`.
#[derive(Debug, Args)]
pub struct SearchArgs {
    /// Serial number; `?` for a character that cannot be read.
    #[arg(long, required_unless_present = "firearm", value_name = "SERIAL")]
    pub serial: Option<String>,
    /// A firearm of the register instead: its serial number, maker, calibre and recovery are taken.
    #[arg(long, value_name = "FIREARM")]
    pub firearm: Option<String>,
    /// Maker.
    #[arg(long, value_name = "TEXT")]
    pub maker: Option<String>,
    /// Model.
    #[arg(long, value_name = "TEXT")]
    pub model: Option<String>,
    /// Calibre.
    #[arg(long, value_name = "TEXT")]
    pub calibre: Option<String>,
    /// When the firearm was recovered: YYYY, YYYY-MM or YYYY-MM-DD.
    #[arg(long, value_name = "DATE")]
    pub recovered: Option<PartialDate>,
    /// City of the recovery.
    #[arg(long, value_name = "TEXT")]
    pub city: Option<String>,
    /// State of the recovery.
    #[arg(long, value_name = "TEXT")]
    pub state: Option<String>,
    /// Case number of the recovery.
    #[arg(long, value_name = "CASE")]
    pub recovery_case: Option<String>,
    /// Keep the answer as a trace record of local origin.
    #[arg(long)]
    pub keep: bool,
    /// Show purchaser data, for this purpose; the look is logged.
    #[arg(long, requires = "case", value_name = "PURPOSE")]
    pub reveal: Option<String>,
    /// Case number of that purpose.
    #[arg(long, value_name = "CASE")]
    pub case: Option<String>,
}

/// Runs the command.
///
/// # Errors
/// No serial number; `--keep` where not exactly one firearm fits; an unknown firearm; those of the store.
pub fn run(desk: &Desk, args: &SearchArgs) -> Result<(), Failure> {
    let store = desk.store(false)?;
    let request = SearchRequest {
        firearm: args.firearm.as_ref().map(FirearmId::new),
        serial: args.serial.clone(),
        maker: args.maker.clone(),
        model: args.model.clone(),
        calibre: args.calibre.clone(),
        recovery: Recovery {
            date: args.recovered,
            place: Place { city: args.city.clone(), state: args.state.clone(), country: None },
            case_number: args.recovery_case.clone(),
            item: None,
        },
    };
    let traced = trace_serial(&store, &desk.clock, &desk.actor, &request, args.keep)?;
    let subject = format!("serial {}", traced.wanted.serial.normal);
    let (purpose, _) = disclosure(desk, &store, args.reveal.as_deref(), args.case.as_deref(), &subject)?;
    let purpose = purpose.as_ref();
    let mut value = serde_json::to_value(&traced).map_err(std::io::Error::other)?;
    if let (Some(purpose), Some(trace)) = (purpose, &traced.trace) {
        // The record itself never serialises a name; with a purpose the names stand beside it.
        let parties: Vec<_> = trace.dispositions.iter().map(|d| json!(party(d, Some(purpose)))).collect();
        value["revealed"] = json!({
            "purchaser": trace.purchaser.as_ref().map(|p| person(p, Some(purpose))), "dispositions": parties,
        });
    }
    desk.output.show(&value, |language| words(&traced, purpose, language))?;
    Ok(())
}

fn words(traced: &Traced, purpose: Option<&Purpose>, language: Language) -> String {
    let or_unknown = |text: Option<String>| {
        text.filter(|t| !t.is_empty()).unwrap_or_else(|| language.pick("not stated", "no consta").to_owned())
    };
    let recovery = &traced.recovery;
    let wanted = &traced.wanted;
    let mut text = String::new();
    let mut line = |number: u8, what: &str, said: String| text.push_str(&format!("{number}. {what}: {said}\n"));
    let recovered: Vec<String> = [
        recovery.date.map(|d| d.to_string()),
        Some(recovery.place.to_string()).filter(|p| !p.is_empty()),
        recovery.case_number.clone(),
        recovery.item.clone(),
    ]
    .into_iter()
    .flatten()
    .collect();
    line(1, language.pick("recovery", "aseguramiento"), or_unknown(Some(recovered.join(", "))));
    let about: Vec<&str> =
        [&wanted.maker, &wanted.model, &wanted.calibre].into_iter().filter_map(|t| t.as_deref()).collect();
    let serial = &wanted.serial;
    line(
        2,
        language.pick("serial number", "número de serie"),
        format!(
            "{} ({}; {:.0} bit) {}",
            serial.normal,
            serial.state.name(language),
            serial.information_bits(),
            about.join(" ")
        ),
    );
    let searched = &traced.searched;
    let traces: Vec<String> = searched.traces.iter().map(ToString::to_string).collect();
    line(
        3,
        language.pick("search", "búsqueda"),
        language.pick(
            format!(
                "{} serial numbers of transactions, {} compared; traces with the same number: {}",
                searched.serial_numbers,
                searched.compared,
                if traces.is_empty() { "none".to_owned() } else { traces.join(", ") }
            ),
            format!(
                "{} números de serie de operaciones, {} comparados; rastreos con el mismo número: {}",
                searched.serial_numbers,
                searched.compared,
                if traces.is_empty() { "ninguno".to_owned() } else { traces.join(", ") }
            ),
        ),
    );
    let chain = traced.chain.as_ref();
    line(
        4,
        language.pick("chain of custody", "cadena de custodia"),
        if chain.is_some() { String::new() } else { or_unknown(None) },
    );
    let purchaser = traced.trace.as_ref().and_then(|t| t.purchaser.as_ref()).map(|p| person(p, purpose));
    if let Some(chain) = chain {
        for step in &chain.steps {
            text.push_str(&format!("   {}\n", step_words(step, purpose, language)));
        }
        for conflict in &chain.conflicts {
            let label = language.pick("conflict", "conflicto");
            text.push_str(&format!("   {label}: {}\n", conflict.kind.name(language)));
        }
    }
    for gun in &traced.answer.fitting {
        for (at, why) in &gun.breaks {
            let label = language.pick("break before transaction", "interrupción antes de la operación");
            text.push_str(&format!("   {label} {}: {}\n", at + 1, why.pick(language)));
        }
    }
    let days = chain.and_then(|c| c.time_to_crime).map_or(String::new(), |d| {
        format!(" ({} {d})", language.pick("time-to-crime in days:", "tiempo al delito en días:"))
    });
    text.push_str(&format!("5. {}: {}{days}\n", language.pick("purchaser", "comprador"), or_unknown(purchaser)));
    text.push_str(&format!("6. {}: {}\n", language.pick("answer", "respuesta"), traced.says.pick(language)));
    if traced.answer.fitting.len() != 1 || !traced.answer.candidates.is_empty() {
        text.push_str(&guns(traced, language));
    }
    if let (Some(kept), Some(trace)) = (&traced.kept, &traced.trace) {
        let how = match kept {
            Put::New => language.pick("kept", "guardado"),
            Put::Changed => language.pick("kept as a further version", "guardado como otra versión"),
            Put::Unchanged => language.pick("known just so", "ya constaba así"),
        };
        text.push_str(&format!("{} {}: {how}\n", language.pick("trace", "rastreo"), trace.trace));
    }
    text
}

fn guns(traced: &Traced, language: Language) -> String {
    let mut drawn = table([
        language.pick("serial number", "número de serie"),
        language.pick("firearm", "arma"),
        language.pick("transactions", "operaciones"),
        language.pick("against it", "en contra"),
    ]);
    for gun in traced.answer.fitting.iter().chain(&traced.answer.candidates) {
        let against: Vec<&str> = gun.against.iter().map(|w| w.pick(language)).collect();
        drawn.add_row([gun.serial.normal.clone(), about(gun), gun.transactions.len().to_string(), against.join("; ")]);
    }
    format!("{drawn}\n")
}

fn about(gun: &Found) -> String {
    [&gun.maker, &gun.model, &gun.calibre].into_iter().filter_map(|t| t.as_deref()).collect::<Vec<_>>().join(" ")
}

fn person(name: &Personal<String>, purpose: Option<&Purpose>) -> String {
    purpose.and_then(|p| name.reveal(p).cloned()).unwrap_or_else(|| name.to_string())
}

fn party(step: &Disposition, purpose: Option<&Purpose>) -> String {
    match &step.name {
        Some(PartyName::Business(name)) => name.clone(),
        Some(PartyName::Person(name)) => person(name, purpose),
        None => String::new(),
    }
}

fn step_words(step: &ChainStep, purpose: Option<&Purpose>, language: Language) -> String {
    match step {
        ChainStep::Party { disposition, .. } => {
            let date = disposition.date.map_or_else(|| "-".to_owned(), |d| d.to_string());
            let ffl = disposition.ffl.as_ref().map(|f| format!("FFL {f}")).unwrap_or_default();
            let words = [
                date,
                disposition.kind.name(language).to_owned(),
                party(disposition, purpose),
                disposition.place.to_string(),
                ffl,
            ];
            words.into_iter().filter(|w| !w.is_empty()).collect::<Vec<_>>().join("  ")
        }
        ChainStep::Gap { text } => format!("[{}]", text.pick(language)),
        ChainStep::Recovery { date, place, .. } => {
            let date = date.map_or_else(|| "-".to_owned(), |d| d.to_string());
            format!("{date}  {}  {place}", language.pick("recovered", "asegurada"))
        }
    }
}
