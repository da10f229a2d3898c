//! `trace analyse`: flows, times, indicators and clusters over time, as tables, CSV, JSON and pictures.

use super::Desk;
use super::failure::{Failure, write_file};
use super::present::table;
use crate::casework::Role;
use crate::date::DaySpan;
use crate::engine::analyse::{Analysis, FlowsFound};
use crate::language::Language;
use crate::report::plots::{FlowPlot, flow_plot};
use crate::report::view::Phrase;
use crate::trace::analysis::times::days_text;
use crate::trace::analysis::{ClusterHistory, GunTimes, Level, Threshold};
use crate::trace::indicators::{Indicator, caveat};
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// What can be analysed.
#[derive(Debug, Subcommand)]
pub enum AnalyseCommand {
    /// Guns from place of first sale to place of recovery; small counts are withheld.
    Flows {
        /// States or countries.
        #[arg(long, value_enum, default_value = "state")]
        level: LevelArg,
        /// Smallest count that is shown; 1 shows every count, to examiners and analysts alone.
        #[arg(long, default_value_t = Threshold::USUAL.fewest, value_parser = clap::value_parser!(u64).range(1..))]
        fewest: u64,
        /// Draw the matrix into this SVG file.
        #[arg(long, value_name = "FILE")]
        picture: Option<PathBuf>,
        /// The table as a file.
        #[command(flatten)]
        sheet: SheetArgs,
    },
    /// Time-to-crime and time from purchase to the first linked shooting, gun by gun.
    Times {
        /// The table as a file.
        #[command(flatten)]
        sheet: SheetArgs,
    },
    /// Indicators with their rules and records; never findings.
    Indicators {
        /// The table as a file.
        #[command(flatten)]
        sheet: SheetArgs,
    },
    /// Ballistic clusters over time: span, growth, places.
    Clusters {
        /// The table as a file.
        #[command(flatten)]
        sheet: SheetArgs,
    },
}

/// A table as a file.
#[derive(Debug, Args)]
pub struct SheetArgs {
    /// Write the table to this CSV file too.
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
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
        AnalyseCommand::Flows { level, fewest, picture, sheet } => {
            let threshold = Threshold { fewest: *fewest };
            may_see(desk, threshold)?;
            let level = match level {
                LevelArg::State => Level::State,
                LevelArg::Country => Level::Country,
            };
            let found = analysis.flows(level, threshold)?;
            if let Some(path) = picture {
                let drawn = flow_plot(&flow_view(&found), language).map_err(undrawn)?;
                write_file(path, drawn.into_string().as_bytes())?;
            }
            keep(sheet, &flow_rows(&found, language))?;
            desk.output.show(&found, |language| flow_words(&found, language))?;
        }
        AnalyseCommand::Times { sheet } => {
            let found = analysis.times()?;
            keep(sheet, &time_rows(&found, language))?;
            desk.output.show(&found, |language| time_words(&found, language))?;
        }
        AnalyseCommand::Indicators { sheet } => {
            let found = analysis.indicators()?;
            keep(sheet, &indicator_rows(&found, language))?;
            desk.output.show(&found, |language| indicator_words(&found, language))?;
        }
        AnalyseCommand::Clusters { sheet } => {
            let found = analysis.clusters();
            keep(sheet, &cluster_rows(&found, language))?;
            desk.output.show(&found, |language| cluster_words(&found, language))?;
        }
    }
    Ok(())
}

/// Small counts point to persons: below the usual threshold they are for those who work with the records themselves.
fn may_see(desk: &Desk, threshold: Threshold) -> Result<(), Failure> {
    if threshold.fewest >= Threshold::USUAL.fewest || matches!(desk.role, Role::Examiner | Role::Analyst) {
        return Ok(());
    }
    Err(Failure::Usage {
        what: "--fewest".to_owned(),
        expected: format!("at least {} for a {}", Threshold::USUAL.fewest, desk.role),
        got: threshold.fewest.to_string(),
    })
}

fn undrawn(error: crate::report::ReportError) -> Failure {
    Failure::Usage {
        what: "--picture".to_owned(),
        expected: "flows that can be drawn".to_owned(),
        got: error.to_string(),
    }
}

/// A table of text: the header first.
type Rows = Vec<Vec<String>>;

fn keep(sheet: &SheetArgs, rows: &Rows) -> Result<(), Failure> {
    let Some(path) = &sheet.csv else { return Ok(()) };
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
    text.push_str(&format!("{routes}\n"));
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
    let all = flows.counts.last().and_then(|row| row.last()).map_or_else(String::new, ToString::to_string);
    let caption = |language: Language| {
        let guns = language.pick(format!("{all} traced guns."), format!("{all} armas rastreadas."));
        format!("{guns} {} {}", flows.threshold.reason(language), caveat(language))
    };
    FlowPlot {
        title: Phrase::new("Guns from first sale to recovery", "Armas de la primera venta al aseguramiento"),
        origins: names(&flows.origins),
        recoveries: names(&flows.recoveries),
        guns: flows.counts.iter().take(rows).map(|r| r.iter().take(columns).map(|c| c.shown()).collect()).collect(),
        caption: Phrase::new(caption(Language::En), caption(Language::Es)),
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

fn indicator_words(found: &[Indicator], language: Language) -> String {
    format!("{}\n{}\n", drawn(&indicator_rows(found, language)), caveat(language))
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
