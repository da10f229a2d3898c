//! `trace analyse`: flows, times, indicators and clusters over time, as tables, CSV, JSON and pictures.

use super::Desk;
use super::failure::{Failure, write_file};
use super::present::table;
use crate::casework::Role;
use crate::date::DaySpan;
use crate::engine::analyse::{Analysis, FlowsFound};
use crate::language::Language;
use crate::report::plots::{FlowPlot, SpanKind, SpanPlot, SpanRow, flow_plot, span_plot};
use crate::report::view::Phrase;
use crate::report::{Drawing, ReportError};
use crate::trace::analysis::times::days_text;
use crate::trace::analysis::{ClusterHistory, Count, GunTimes, Level, Threshold};
use crate::trace::graph::EdgeStatus;
use crate::trace::indicators::{Indicator, caveat};
use clap::{Args, Subcommand, ValueEnum};
use std::path::{Path, PathBuf};

/// What can be analysed.
#[derive(Debug, Subcommand)]
pub enum AnalyseCommand {
    /// Guns from place of first sale to place of recovery; small counts are withheld. Dealers are told to examiners and analysts alone.
    Flows {
        /// States, or countries as far as the table of states tells them.
        #[arg(long, value_enum, default_value = "state")]
        level: LevelArg,
        /// Smallest count that is shown; 1 shows every count, to examiners and analysts alone.
        #[arg(long, default_value_t = Threshold::USUAL.fewest, value_parser = clap::value_parser!(u64).range(1..))]
        fewest: u64,
        /// The table as files.
        #[command(flatten)]
        sheet: SheetArgs,
    },
    /// Time-to-crime and time from purchase to the first linked shooting, gun by gun.
    Times {
        /// The table as files.
        #[command(flatten)]
        sheet: SheetArgs,
    },
    /// Indicators with their rules and records; never findings.
    Indicators {
        /// Write the table to this CSV file too.
        #[arg(long, value_name = "FILE")]
        csv: Option<PathBuf>,
    },
    /// Ballistic clusters over time: span, growth, places.
    Clusters {
        /// The table as files.
        #[command(flatten)]
        sheet: SheetArgs,
    },
}

/// A table as a file and as a picture.
#[derive(Debug, Args)]
pub struct SheetArgs {
    /// Write the table to this CSV file too.
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Draw it into this SVG file: flows as a matrix, times and clusters on a time axis.
    #[arg(long, value_name = "FILE")]
    picture: Option<PathBuf>,
}

/// How finely places are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LevelArg {
    /// States and federal entities.
    State,
    /// Countries.
    Country,
}

/// Runs the command.
///
/// # Errors
/// Those of the store; a role that may not see small counts; files that cannot be written.
pub fn run(desk: &Desk, command: &AnalyseCommand) -> Result<(), Failure> {
    let store = desk.store(false)?;
    let analysis = Analysis::of(&store)?;
    let language = desk.output.language;
    match command {
        AnalyseCommand::Flows { level, fewest, sheet } => {
            let threshold = Threshold { fewest: *fewest };
            may_see(desk, threshold)?;
            let level = match level {
                LevelArg::State => Level::State,
                LevelArg::Country => Level::Country,
            };
            let found = analysis.flows(level, threshold, sees_records(desk))?;
            draw(sheet, || flow_plot(&flow_view(&found), language))?;
            keep(sheet.csv.as_deref(), &flow_rows(&found, language))?;
            desk.output.show(&found, |language| flow_words(&found, language))?;
        }
        AnalyseCommand::Times { sheet } => {
            let found = analysis.times()?;
            draw(sheet, || span_plot(&time_view(&found), language))?;
            keep(sheet.csv.as_deref(), &time_rows(&found, language))?;
            desk.output.show(&found, |language| time_words(&found, language))?;
        }
        AnalyseCommand::Indicators { csv } => {
            let found = analysis.indicators()?;
            keep(csv.as_deref(), &indicator_rows(&found, language))?;
            desk.output.show(&found, |language| indicator_words(&found, language))?;
        }
        AnalyseCommand::Clusters { sheet } => {
            let found = analysis.clusters();
            draw(sheet, || span_plot(&cluster_view(&found), language))?;
            keep(sheet.csv.as_deref(), &cluster_rows(&found, language))?;
            desk.output.show(&found, |language| cluster_words(&found, language))?;
        }
    }
    Ok(())
}

/// Whether the person works with the records themselves.
fn sees_records(desk: &Desk) -> bool {
    matches!(desk.role, Role::Examiner | Role::Analyst)
}

/// Small counts point to persons: below the usual threshold they are for those who work with the records themselves.
fn may_see(desk: &Desk, threshold: Threshold) -> Result<(), Failure> {
    if threshold.fewest >= Threshold::USUAL.fewest || sees_records(desk) {
        return Ok(());
    }
    Err(Failure::Usage {
        what: "--fewest".to_owned(),
        expected: format!("at least {} for a {}", Threshold::USUAL.fewest, desk.role),
        got: threshold.fewest.to_string(),
    })
}

fn draw(sheet: &SheetArgs, drawn: impl FnOnce() -> Result<Drawing, ReportError>) -> Result<(), Failure> {
    let Some(path) = &sheet.picture else { return Ok(()) };
    let drawn = drawn().map_err(|error| Failure::Usage {
        what: "--picture".to_owned(),
        expected: "something that can be drawn".to_owned(),
        got: error.to_string(),
    })?;
    write_file(path, drawn.into_string().as_bytes())
}

/// A table of text: the header first.
type Rows = Vec<Vec<String>>;

fn keep(csv: Option<&Path>, rows: &Rows) -> Result<(), Failure> {
    let Some(path) = csv else { return Ok(()) };
    let fault = |source| Failure::Io { place: path.display().to_string(), doing: "write", source };
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.write_record(row.iter().map(|cell| unmoved(cell))).map_err(|e| fault(std::io::Error::other(e)))?;
    }
    let bytes = writer.into_inner().map_err(|e| fault(std::io::Error::other(e.to_string())))?;
    write_file(path, &bytes)
}

/// A cell that a spreadsheet shows and does not compute: text that begins like a formula gets an apostrophe before it
/// (OWASP, CSV injection). Numbers stay numbers.
fn unmoved(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && cell.parse::<f64>().is_err();
    if formula { format!("'{cell}") } else { cell.to_owned() }
}

fn drawn(rows: &Rows) -> String {
    let mut drawn = table([""; 0]);
    let mut rows = rows.iter();
    if let Some(header) = rows.next() {
        drawn.set_header(header);
    }
    for row in rows {
        drawn.add_row(row);
    }
    drawn.to_string()
}

fn place(code: &Option<String>, language: Language) -> String {
    code.clone().unwrap_or_else(|| language.pick("not known", "se desconoce").to_owned())
}

fn span(days: Option<DaySpan>, language: Language) -> String {
    days.map_or_else(|| "-".to_owned(), |d| days_text(d).pick(language).to_owned())
}

fn flow_rows(found: &FlowsFound, language: Language) -> Rows {
    let flows = &found.flows;
    let total = language.pick("all", "todas");
    let corner = language.pick("sold in \\ recovered in", "vendida en \\ asegurada en").to_owned();
    let mut header = vec![corner];
    header.extend(flows.recoveries.iter().map(|r| place(r, language)));
    header.push(total.to_owned());
    let names = flows.origins.iter().map(|o| place(o, language)).chain([total.to_owned()]);
    let body = names
        .zip(&flows.counts)
        .map(|(name, row)| std::iter::once(name).chain(row.iter().map(ToString::to_string)).collect::<Vec<_>>());
    std::iter::once(header).chain(body).collect()
}

fn flow_words(found: &FlowsFound, language: Language) -> String {
    let mut text = format!("{}\n", drawn(&flow_rows(found, language)));
    let mut routes = table([
        language.pick("from", "de"),
        language.pick("to", "a"),
        language.pick("guns", "armas"),
        language.pick("with a time", "con plazo"),
        language.pick("median time-to-crime", "mediana del tiempo al delito"),
    ]);
    for route in &found.flows.routes {
        routes.add_row([
            place(&route.origin, language),
            place(&route.recovery, language),
            route.guns.to_string(),
            route.timed.to_string(),
            span(route.median_days, language),
        ]);
    }
    if found.flows.routes.is_empty() {
        text.push_str(
            language
                .pick("No flow is large enough to be shown.\n", "Ningún flujo es lo bastante grande para mostrarse.\n"),
        );
    } else {
        text.push_str(&format!("{routes}\n"));
    }
    for dealer in &found.dealers {
        let to: Vec<String> = dealer.recovered_in.iter().map(|(p, n)| format!("{} {n}", place(p, language))).collect();
        text.push_str(&format!(
            "{} {}{}: {} {} ({})\n",
            language.pick("dealer", "armería"),
            dealer.licence,
            dealer.name.as_ref().map_or_else(String::new, |n| format!(" {n}")),
            dealer.guns,
            language.pick("guns", "armas"),
            to.join(", ")
        ));
    }
    if !found.dealers.is_empty() {
        text.push_str(language.pick(
            "Dealers are told to examiners and analysts alone; published beside the table they tell what it withholds.\n",
            "Las armerías se dicen solo a peritos y analistas; publicadas junto a la tabla dicen lo que esta reserva.\n",
        ));
    }
    if found.flows.waiting > 0 {
        let n = found.flows.waiting;
        text.push_str(&language.pick(
            format!(
                "{n} of these guns wait for a person's decision on their record link and may be counted already.\n"
            ),
            format!(
                "{n} de estas armas esperan la decisión de una persona sobre su vínculo y pueden estar ya contadas.\n"
            ),
        ));
    }
    text.push_str(&format!("{}\n{}\n", found.flows.threshold.reason(language), caveat(language)));
    text
}

fn flow_view(found: &FlowsFound) -> FlowPlot {
    let flows = &found.flows;
    let names = |all: &[Option<String>]| all.iter().map(|p| p.clone().unwrap_or_default()).collect();
    let (rows, columns) = (flows.origins.len(), flows.recoveries.len());
    let all = flows.counts.last().and_then(|row| row.last()).filter(|all| **all != Count::Withheld);
    let caption = |language: Language| {
        let guns = all.map(|n| language.pick(format!("{n} traced guns. "), format!("{n} armas rastreadas. ")));
        format!("{}{} {}", guns.unwrap_or_default(), flows.threshold.reason(language), caveat(language))
    };
    FlowPlot {
        title: Phrase::new("Guns from first sale to recovery", "Armas de la primera venta al aseguramiento"),
        origins: names(&flows.origins),
        recoveries: names(&flows.recoveries),
        guns: flows.counts.iter().take(rows).map(|r| r.iter().take(columns).copied().collect()).collect(),
        caption: Phrase::new(caption(Language::En), caption(Language::Es)),
    }
}

/// Rows that a picture of spans shows; the caption says how many there are in all.
const MOST_ROWS: usize = 60;

fn of_all(shown: usize, all: usize, language: Language) -> String {
    if shown == all {
        return language.pick(format!("{all} rows."), format!("{all} filas."));
    }
    language.pick(format!("{shown} of {all} rows shown."), format!("{shown} de {all} filas mostradas."))
}

fn time_view(found: &[GunTimes]) -> SpanPlot {
    let row = |t: &GunTimes| {
        let mut marks = Vec::new();
        marks.extend(t.purchased_on.map(|d| (SpanKind::Purchase, d)));
        marks.extend(t.to_first_confirmed_shooting.as_ref().map(|s| (SpanKind::Shooting, s.shooting.date)));
        let unconfirmed = t.to_first_unconfirmed_shooting.as_ref().filter(|s| !s.shooting.confirmed);
        marks.extend(unconfirmed.map(|s| (SpanKind::Unconfirmed, s.shooting.date)));
        marks.extend(t.recovered_on.map(|d| (SpanKind::Recovery, d)));
        SpanRow { label: t.firearm.as_ref().map_or_else(|| t.trace.to_string(), ToString::to_string), marks }
    };
    let rows: Vec<SpanRow> = found.iter().map(row).filter(|r| !r.marks.is_empty()).take(MOST_ROWS).collect();
    let caption = |language: Language| format!("{} {}", of_all(rows.len(), found.len(), language), caveat(language));
    SpanPlot {
        title: Phrase::new("From purchase to shooting and recovery", "De la compra al disparo y al aseguramiento"),
        caption: Phrase::new(caption(Language::En), caption(Language::Es)),
        rows,
    }
}

fn cluster_view(found: &[ClusterHistory]) -> SpanPlot {
    let row = |c: &ClusterHistory| {
        let kind = if c.status == EdgeStatus::Confirmed { SpanKind::Shooting } else { SpanKind::Unconfirmed };
        SpanRow { label: c.cluster.to_string(), marks: c.growth.iter().map(|g| (kind, g.date)).collect() }
    };
    let rows: Vec<SpanRow> = found.iter().map(row).filter(|r| !r.marks.is_empty()).take(MOST_ROWS).collect();
    let held = |language: Language| {
        language.pick(
            "A row is a group of cases that leads hold together, under the name of its first case; only an examiner, on the \
             physical specimens, confirms a hit.",
            "Cada fila es un grupo de casquillos que unen pistas, con el nombre del primero; solo un perito, sobre los casquillos \
             mismos, confirma un hit.",
        )
    };
    let caption = |language: Language| format!("{} {}", of_all(rows.len(), found.len(), language), held(language));
    SpanPlot {
        title: Phrase::new("Ballistic clusters over time", "Grupos balísticos en el tiempo"),
        caption: Phrase::new(caption(Language::En), caption(Language::Es)),
        rows,
    }
}

fn dated<T: ToString>(value: &Option<T>) -> String {
    value.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string)
}

fn time_rows(found: &[GunTimes], language: Language) -> Rows {
    let header = [
        language.pick("firearm", "arma"),
        language.pick("trace", "rastreo"),
        language.pick("purchased", "comprada"),
        language.pick("recovered", "asegurada"),
        language.pick("what is told", "lo que consta"),
    ];
    let body = found.iter().map(|t| {
        vec![
            dated(&t.firearm),
            t.trace.to_string(),
            dated(&t.purchased_on),
            dated(&t.recovered_on),
            t.text.pick(language).to_owned(),
        ]
    });
    std::iter::once(header.map(str::to_owned).to_vec()).chain(body).collect()
}

fn time_words(found: &[GunTimes], language: Language) -> String {
    format!("{}\n{}\n", drawn(&time_rows(found, language)), caveat(language))
}

fn indicator_rows(found: &[Indicator], language: Language) -> Rows {
    let header = [
        language.pick("rule", "regla"),
        language.pick("version", "versión"),
        language.pick("what was found", "lo hallado"),
        language.pick("traces", "rastreos"),
        language.pick("firearms", "armas"),
        language.pick("incidents", "hechos"),
    ];
    fn ids<T: ToString>(all: &[T]) -> String {
        all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }
    let body = found.iter().map(|i| {
        vec![
            i.rule.to_string(),
            i.version.to_string(),
            i.text.pick(language).to_owned(),
            ids(&i.traces),
            ids(&i.firearms),
            ids(&i.incidents),
        ]
    });
    std::iter::once(header.map(str::to_owned).to_vec()).chain(body).collect()
}

/// For people without the stable word of each rule, which its sentence begins with in their language, and with the version
/// of the rules said once.
fn indicator_words(found: &[Indicator], language: Language) -> String {
    let rows: Rows = indicator_rows(found, language).into_iter().map(|row| row.into_iter().skip(2).collect()).collect();
    let versions: std::collections::BTreeSet<String> = found.iter().map(|i| i.version.to_string()).collect();
    let versions = versions.into_iter().collect::<Vec<_>>().join(", ");
    let rules =
        language.pick(format!("Version of the rules: {versions}."), format!("Versión de las reglas: {versions}."));
    if found.is_empty() {
        return language.pick("No indicator was found.\n", "No se halló ningún indicador.\n").to_owned();
    }
    format!("{}\n{rules} {}\n", drawn(&rows), caveat(language))
}

fn cluster_rows(found: &[ClusterHistory], language: Language) -> Rows {
    let header = [
        language.pick("cluster", "grupo"),
        language.pick("status", "estado"),
        language.pick("incidents", "hechos"),
        language.pick("first seen", "visto por primera vez"),
        language.pick("last seen", "visto por última vez"),
        language.pick("span", "duración"),
        language.pick("firearms", "armas"),
        language.pick("places", "lugares"),
        language.pick("by year", "por año"),
    ];
    let body = found.iter().map(|c| {
        let places: Vec<String> = c.places.iter().map(|(p, n)| format!("{p} ({n})")).collect();
        let years: Vec<String> = c.by_year.iter().map(|(y, n)| format!("{y}: {n}")).collect();
        vec![
            c.cluster.to_string(),
            c.status.name(language).to_owned(),
            (c.growth.len() + c.undated.len()).to_string(),
            dated(&c.first_seen),
            dated(&c.last_seen),
            span(c.span, language),
            c.firearms.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
            places.join("; "),
            years.join(", "),
        ]
    });
    std::iter::once(header.map(str::to_owned).to_vec()).chain(body).collect()
}

fn cluster_words(found: &[ClusterHistory], language: Language) -> String {
    format!("{}\n", drawn(&cluster_rows(found, language)))
}
