//! `control`: check standards, control charts of instruments, and what they imaged while out of control.

use super::Desk;
use super::arguments::ReadArgs;
use super::decode_options;
use super::failure::{Failure, read_file, write_file};
use super::present::table;
use super::report::{provenance, undrawn};
use crate::casework::control::{ControlFlag, ControlRule, ControlState, Limits, QUALIFYING_RUNS};
use crate::engine::control::{
    ChartView, Flagged, Received, RunOf, RunOutcome, enter_standard, flagged, lift, submit_run, views,
};
use crate::engine::ports::{Put, Store as _};
use crate::language::Language;
use crate::report::gather::control::control_chart;
use crate::report::html::{ControlPage, Figure, Measure, Table, TableRow, control_page};
use crate::report::view::Phrase;
use crate::surface::DecodeOptions;
use crate::trace::text::fold;
use clap::Subcommand;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// What can be done with check standards and control charts.
#[derive(Debug, Subcommand)]
pub enum ControlCommand {
    /// Enter the reference of a check standard: a certified image, or one that the laboratory trusts.
    #[command(
        after_help = "Example: brasslink control reference srm2461.x3p --standard \"SRM 2461 no. 12\" --gallery my-gallery"
    )]
    Reference {
        /// The reference: X3P.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Name of the check standard.
        #[arg(long, value_name = "NAME")]
        standard: String,
        /// How to read the file.
        #[command(flatten)]
        read: ReadArgs,
    },
    /// Enter an image of a check standard on an instrument's chart.
    #[command(
        after_help = "Example: brasslink control submit today.x3p --instrument \"Confocal 1\" --standard \"SRM 2461 no. 12\""
    )]
    Submit {
        /// The image: X3P.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// The instrument; else as the file names it.
        #[arg(long, value_name = "NAME")]
        instrument: Option<String>,
        /// The check standard.
        #[arg(long, value_name = "NAME")]
        standard: String,
        /// Qualify the instrument anew from this image on, for this reason: a repair, a calibration, a move.
        #[arg(long, value_name = "REASON")]
        restart: Option<String>,
        /// How to read the file.
        #[command(flatten)]
        read: ReadArgs,
    },
    /// Show the charts, or write them as a page.
    #[command(after_help = "Example: brasslink control chart --out control.html --gallery my-gallery")]
    Chart {
        /// Only of this instrument.
        #[arg(long, value_name = "NAME")]
        instrument: Option<String>,
        /// Also write a page with the charts drawn (HTML), or one chart alone (SVG).
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// List what instruments imaged while they were out of control.
    Flags,
    /// Take a flag back: what was imaged in its time may be trusted, for this reason.
    #[command(after_help = "Example: brasslink control lift 3 --reason \"dust on the standard\" --actor \"Q. Mora\"")]
    Lift {
        /// Number of the flag.
        flag: u64,
        /// Why.
        #[arg(long, value_name = "REASON")]
        reason: String,
    },
}

/// Runs the command.
///
/// # Errors
/// An unknown standard or flag, a file that cannot be decoded, an auditor.
pub fn run(desk: &Desk, command: &ControlCommand) -> Result<(), Failure> {
    match command {
        ControlCommand::Reference { file, standard, read } => {
            let store = desk.store(true)?;
            let options = decode_options(read);
            let (name, bytes) = received(file, &options)?;
            let file = Received { name: &name, bytes: &bytes, options: &options };
            let (kept, put) = enter_standard(&desk.context(&store), &desk.person()?, standard, file)?;
            desk.output.show(&kept, |language| {
                let (english, spanish) = match put {
                    Put::Unchanged => ("was there already", "ya estaba"),
                    Put::New | Put::Changed => ("is entered", "queda registrado"),
                };
                format!(
                    "{} {}: {}\n",
                    language.pick("check standard", "patrón de control"),
                    kept.name,
                    language.pick(english, spanish)
                )
            })?;
        }
        ControlCommand::Submit { file, instrument, standard, restart, read } => {
            let store = desk.store(false)?;
            let options = decode_options(read);
            let (name, bytes) = received(file, &options)?;
            let of = RunOf { instrument: instrument.as_deref(), standard, restart: restart.as_deref() };
            let file = Received { name: &name, bytes: &bytes, options: &options };
            let done = submit_run(&desk.context(&store), &desk.person()?, of, file)?;
            desk.output.show(&done, |language| run_words(&done, language))?;
        }
        ControlCommand::Chart { instrument, out } => chart(desk, instrument.as_deref(), out.as_deref())?,
        ControlCommand::Flags => {
            let store = desk.store(false)?;
            let told = Told { flags: store.control_flags()?, flagged: flagged(&store)? };
            desk.output.show(&told, |language| {
                format!("{}{}", flags_words(&told.flags, language), flagged_words(&told.flagged, language))
            })?;
        }
        ControlCommand::Lift { flag, reason } => {
            let store = desk.store(false)?;
            let lifted = lift(&desk.context(&store), &desk.person()?, *flag, reason)?;
            desk.output.show(&lifted, |language| flags_words(std::slice::from_ref(&lifted), language))?;
        }
    }
    Ok(())
}

/// What `control flags --json` prints.
#[derive(Debug, Serialize)]
struct Told {
    flags: Vec<ControlFlag>,
    flagged: Vec<Flagged>,
}

fn received(file: &Path, options: &DecodeOptions) -> Result<(String, Vec<u8>), Failure> {
    Ok((file.display().to_string(), read_file(file, options.limits.bytes)?))
}

/// What `control chart --json` prints.
#[derive(Debug, Serialize)]
struct Charts {
    charts: Vec<ChartView>,
    flagged: Vec<Flagged>,
    out: Option<PathBuf>,
}

fn chart(desk: &Desk, instrument: Option<&str>, out: Option<&Path>) -> Result<(), Failure> {
    let store = desk.store(false)?;
    let mut charts = views(&store, &desk.parameters)?;
    let mut all = flagged(&store)?;
    if let Some(wanted) = instrument.map(fold) {
        charts.retain(|chart| fold(&chart.instrument) == wanted);
        all.retain(|flagged| fold(&flagged.instrument) == wanted);
    }
    let language = desk.output.language;
    if let Some(path) = out {
        let svg = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("svg"));
        let bytes = match (svg, charts.as_slice()) {
            (true, [one]) => control_chart(one, language).map_err(undrawn)?.into_string(),
            (true, several) => {
                return Err(Failure::Usage {
                    what: "--out".to_owned(),
                    expected: "one chart for an SVG (--instrument), or an HTML file for several".to_owned(),
                    got: format!("{} charts", several.len()),
                });
            }
            (false, _) => control_page(&page(desk, &store, &charts, &all)?, language),
        };
        write_file(path, bytes.as_bytes())?;
    }
    let told = Charts { charts, flagged: all, out: out.map(Path::to_path_buf) };
    desk.output.show(&told, |language| {
        let mut text: String = told.charts.iter().map(|chart| chart_words(chart, language)).collect();
        if told.charts.is_empty() {
            text.push_str(language.pick("no control runs\n", "sin mediciones de control\n"));
        }
        text.push_str(&flagged_words(&told.flagged, language));
        text
    })?;
    Ok(())
}

fn page(
    desk: &Desk,
    store: &crate::store::SqliteStore,
    charts: &[ChartView],
    flagged: &[Flagged],
) -> Result<ControlPage, Failure> {
    let language = desk.output.language;
    let mut figures = Vec::new();
    // A chart of nothing but lost images cannot be drawn; its runs stand in the table.
    for chart in charts.iter().filter(|chart| chart.points.iter().any(|p| p.run.score.is_some())) {
        figures.push(Figure {
            heading: Phrase::same(format!("{} · {}", chart.instrument, chart.standard)),
            drawing: control_chart(chart, language).map_err(undrawn)?,
            caption: Phrase::new(state_words(chart, Language::En), state_words(chart, Language::Es)),
        });
    }
    let measure = |english: &str, spanish: &str, value: usize| Measure {
        name: Phrase::new(english, spanish),
        value: Phrase::same(value.to_string()),
        note: Phrase::default(),
    };
    let row = |cells: Vec<String>| TableRow { cells: cells.into_iter().map(Phrase::same).collect() };
    let runs = charts.iter().flat_map(|c| &c.points).map(|p| TableRow {
        cells: vec![
            Phrase::same(p.run.instrument.clone()),
            Phrase::same(p.run.standard.clone()),
            Phrase::same(day(p.run.at)),
            Phrase::same(p.run.by.clone()),
            Phrase::same(score(p.run.score)),
            Phrase::new(run_state(&p.state, Language::En), run_state(&p.state, Language::Es)),
        ],
    });
    let column = |english: &str, spanish: &str| (Phrase::new(english, spanish), false);
    let tables = vec![
        Table {
            title: Phrase::new("Runs", "Mediciones"),
            columns: vec![
                column("instrument", "instrumento"),
                column("check standard", "patrón de control"),
                column("time", "hora"),
                column("by", "por"),
                column("correlation", "correlación"),
                column("state", "estado"),
            ],
            rows: runs.collect(),
            note: Phrase::default(),
        },
        Table {
            title: Phrase::new("Acquisitions made out of control", "Adquisiciones hechas fuera de control"),
            columns: vec![
                column("specimen", "espécimen"),
                column("acquisition", "adquisición"),
                column("instrument", "instrumento"),
                column("entered", "ingresada"),
                column("flag", "aviso"),
            ],
            rows: flagged
                .iter()
                .map(|f| {
                    row(vec![
                        f.specimen.to_string(),
                        f.acquisition.to_string(),
                        f.instrument.clone(),
                        day(f.entered),
                        f.flag.to_string(),
                    ])
                })
                .collect(),
            note: Phrase::default(),
        },
    ];
    Ok(ControlPage {
        title: Phrase::new("Control charts", "Gráficas de control"),
        subtitle: Phrase::default(),
        numbers: vec![
            measure("charts", "gráficas", charts.len()),
            measure(
                "instruments out of control",
                "instrumentos fuera de control",
                charts.iter().filter(|c| c.out()).count(),
            ),
            measure("flagged acquisitions", "adquisiciones señaladas", flagged.len()),
        ],
        charts: figures,
        tables,
        notes: notes(),
        provenance: provenance(desk, store, &[])?,
    })
}

fn notes() -> Vec<Phrase> {
    vec![
        Phrase::new(
            format!(
                "The first {QUALIFYING_RUNS} runs qualify the instrument: their mean is the centre line, and the limits lie three standard deviations from it, a standard deviation being their mean moving range over 1.128 (Shewhart 1931; NIST/SEMATECH e-Handbook 6.3.2.2)."
            ),
            format!(
                "Las primeras {QUALIFYING_RUNS} mediciones califican el instrumento: su media es la línea central y los límites distan de ella tres desviaciones estándar, siendo una su rango móvil medio entre 1.128 (Shewhart 1931; NIST/SEMATECH e-Handbook 6.3.2.2)."
            ),
        ),
        Phrase::new(
            "A later run is out of control beyond a limit; as the second of three beyond two standard deviations on one side; as the fourth of five beyond one; as the eighth in a row on one side of the centre line (Western Electric Company 1956). A chart in control gives a false alarm once in about 92 runs.",
            "Una medición posterior está fuera de control más allá de un límite; como segunda de tres más allá de dos desviaciones estándar en un lado; como cuarta de cinco más allá de una; como octava seguida en un lado de la línea central (Western Electric Company 1956). Una gráfica bajo control da una falsa alarma cada 92 mediciones, más o menos.",
        ),
        Phrase::new(
            "Every acquisition of the instrument entered between the last good run and the next is flagged. A person can lift a flag with a reason; it stays on record.",
            "Toda adquisición del instrumento ingresada entre la última medición buena y la siguiente queda señalada. Una persona puede levantar el aviso con una razón; queda constancia.",
        ),
    ]
}

fn day(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

fn score(score: Option<f64>) -> String {
    score.map_or("-".to_owned(), |score| format!("{score:.4}"))
}

/// A rule in a person's words.
fn rule_words(rule: ControlRule, language: Language) -> &'static str {
    let (english, spanish) = match rule {
        ControlRule::NotComparable => {
            ("it cannot be compared with its reference", "no se puede comparar con su referencia")
        }
        ControlRule::BeyondThree => ("beyond three standard deviations", "más allá de tres desviaciones estándar"),
        ControlRule::TwoOfThree => {
            ("two of three beyond two standard deviations", "dos de tres más allá de dos desviaciones estándar")
        }
        ControlRule::FourOfFive => {
            ("four of five beyond one standard deviation", "cuatro de cinco más allá de una desviación estándar")
        }
        ControlRule::EightInARow => {
            ("eight in a row on one side of the centre line", "ocho seguidas en un lado de la línea central")
        }
    };
    language.pick(english, spanish)
}

fn rules_words(rules: &[ControlRule], language: Language) -> String {
    rules.iter().map(|rule| rule_words(*rule, language)).collect::<Vec<_>>().join("; ")
}

fn run_state(state: &ControlState, language: Language) -> String {
    match state {
        ControlState::Qualifying => language.pick("qualifying", "calificando").to_owned(),
        ControlState::InControl => language.pick("in control", "bajo control").to_owned(),
        ControlState::OutOfControl { rules } => {
            format!("{}: {}", language.pick("out of control", "fuera de control"), rules_words(rules, language))
        }
    }
}

fn limits_words(limits: Option<Limits>, language: Language) -> String {
    match limits {
        None => language.pick("no limits yet", "aún sin límites").to_owned(),
        Some(l) => language.pick(
            format!("centre {:.4}, limits {:.4} to {:.4}", l.centre, l.lower(), l.upper()),
            format!("centro {:.4}, límites {:.4} a {:.4}", l.centre, l.lower(), l.upper()),
        ),
    }
}

/// The state of an instrument by its chart, in a sentence.
pub(super) fn state_words(chart: &ChartView, language: Language) -> String {
    let state = if chart.out() {
        language.pick("out of control", "fuera de control").to_owned()
    } else if chart.limits.is_none() {
        let done = chart.points.iter().filter(|p| p.state == ControlState::Qualifying).count();
        language.pick(
            format!("qualifying, {done} of {QUALIFYING_RUNS} runs"),
            format!("calificando, {done} de {QUALIFYING_RUNS} mediciones"),
        )
    } else {
        language.pick("in control", "bajo control").to_owned()
    };
    format!("{state}; {}", limits_words(chart.limits, language))
}

fn run_words(done: &RunOutcome, language: Language) -> String {
    let RunOutcome { run, put, state, limits, flagged, .. } = done;
    let mut text = format!(
        "{} · {}: {} {}",
        run.instrument,
        run.standard,
        language.pick("correlation", "correlación"),
        score(run.score)
    );
    text.push_str(&format!(" ({}); {}\n", limits_words(*limits, language), run_state(state, language)));
    if *put == Put::Unchanged {
        text.push_str(language.pick(
            "this file was entered before; nothing was changed\n",
            "este archivo ya estaba ingresado; no se cambió nada\n",
        ));
    }
    text.push_str(&flagged_words(flagged, language));
    text
}

fn chart_words(chart: &ChartView, language: Language) -> String {
    let mut text = format!("{} · {}: {}\n", chart.instrument, chart.standard, state_words(chart, language));
    let mut drawn = table([
        "#",
        language.pick("time", "hora"),
        language.pick("by", "por"),
        language.pick("correlation", "correlación"),
        language.pick("chart", "gráfica"),
        language.pick("state", "estado"),
    ]);
    for (n, point) in chart.points.iter().enumerate() {
        drawn.add_row([
            (n + 1).to_string(),
            day(point.run.at),
            point.run.by.clone(),
            score(point.run.score),
            bar(point.run.score, chart.limits),
            run_state(&point.state, language),
        ]);
    }
    text.push_str(&format!("{drawn}\n"));
    if chart.earlier > 0 {
        text.push_str(&language.pick(
            format!("{} runs of earlier charts are not shown\n", chart.earlier),
            format!("{} mediciones de gráficas anteriores no se muestran\n", chart.earlier),
        ));
    }
    text.push_str(&flags_words(&chart.flags, language));
    text
}

/// A run between its limits as text: `|    o    |`, half a standard deviation a place.
fn bar(score: Option<f64>, limits: Option<Limits>) -> String {
    let (Some(score), Some(limits)) = (score, limits) else { return String::new() };
    let mut places = vec![' '; 17];
    (places[2], places[8], places[14]) = ('|', '.', '|');
    let at = 8.0 + 2.0 * (score - limits.centre) / limits.sd;
    places[at.round().clamp(0.0, 16.0) as usize] = 'o';
    places.into_iter().collect()
}

fn flags_words(flags: &[ControlFlag], language: Language) -> String {
    let mut text = String::new();
    for flag in flags {
        let from = flag.from.map_or(language.pick("ever", "siempre").to_owned(), day);
        let until = flag.until.map_or(language.pick("now", "ahora").to_owned(), day);
        text.push_str(&language.pick(
            format!(
                "flag {}: {} out of control from {from} to {until}: {}\n",
                flag.number,
                flag.instrument,
                rules_words(&flag.rules, language)
            ),
            format!(
                "aviso {}: {} fuera de control de {from} a {until}: {}\n",
                flag.number,
                flag.instrument,
                rules_words(&flag.rules, language)
            ),
        ));
        if let Some(lifted) = &flag.lifted {
            text.push_str(&format!(
                "    {} {}: {}\n",
                language.pick("lifted by", "levantado por"),
                lifted.by,
                lifted.reason
            ));
        }
    }
    text
}

/// What is flagged, as a table; nothing where nothing is.
pub(super) fn flagged_words(flagged: &[Flagged], language: Language) -> String {
    if flagged.is_empty() {
        return String::new();
    }
    let mut drawn = table([
        language.pick("imaged out of control", "captado fuera de control"),
        language.pick("acquisition", "adquisición"),
        language.pick("instrument", "instrumento"),
        language.pick("entered", "ingresada"),
        language.pick("flag", "aviso"),
    ]);
    for one in flagged {
        drawn.add_row([
            one.specimen.to_string(),
            one.acquisition.to_string(),
            one.instrument.clone(),
            day(one.entered),
            one.flag.to_string(),
        ]);
    }
    let advice = language.pick(
        "check the instrument, submit its check standard again, and re-scan these when it is back in control; or lift the flag with a reason",
        "revise el instrumento, presente de nuevo su patrón de control y vuelva a escanear estos cuando esté bajo control; o levante el aviso con una razón",
    );
    format!("{drawn}\n{advice}\n")
}
