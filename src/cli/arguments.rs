//! What can be typed: the commands, their arguments and an example for each.

use super::audit::AuditCommand;
use super::backup::{BackupArgs, RestoreArgs};
use super::batch::Part;
use super::bundle::BundleCommand;
use super::control::ControlCommand;
use super::cuts::CutArgs;
use super::demo::DemoArgs;
use super::export::ExportArgs;
use super::expunge::ExpungeArgs;
use super::grow::GrowArgs;
use super::outline::OutlineCommand;
use super::resign::ResignArgs;
use super::submit::{ImagedArgs, WatchArgs};
use super::trace::TraceCommand;
use crate::casework::{ExhibitKind, FiringPinShape, Role};
use crate::engine::filter::Filter;
use crate::engine::treatment::Doses;
use crate::language::Language;
use crate::units::LengthUnit;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Open ballistic image matching: leads for people to judge, never identifications.
#[derive(Debug, Parser)]
#[command(
    name = "brasslink",
    version,
    about,
    long_about = None,
    propagate_version = true,
    after_help = "Exit codes: 0 done; 1 a fault of brasslink or of the machine; 2 wrong arguments; 3 bad input (a file, a record, an \
                  unknown identifier; the rest of a batch was done); 4 an accuracy gate failed or a replay differs; 5 the gallery is in use or damaged; \
                  130 stopped by Ctrl-C (run the same command again to go on).\n\nExample: brasslink demo"
)]
pub struct Cli {
    /// Folder of the gallery.
    #[arg(long, global = true, env = "BRASSLINK_GALLERY", value_name = "DIR")]
    pub gallery: Option<PathBuf>,
    /// Print one JSON document on standard output instead of text.
    #[arg(long, global = true)]
    pub json: bool,
    /// Language of texts: en or es.
    #[arg(long, global = true, env = "BRASSLINK_LANG", default_value = "en", value_name = "LANG")]
    pub lang: Language,
    /// Who is working; recorded in the audit chain.
    #[arg(long, global = true, env = "BRASSLINK_ACTOR", default_value = "unnamed", value_name = "NAME")]
    pub actor: String,
    /// What that person is entrusted with: technician, examiner, analyst or auditor.
    #[arg(long, global = true, env = "BRASSLINK_ROLE", default_value = "technician", value_name = "ROLE")]
    pub role: Role,
    /// Model of a laboratory's own reference population, from `calibrate --truth`, instead of the built-in one.
    #[arg(long, global = true, env = "BRASSLINK_MODEL", value_name = "JSON")]
    pub model: Option<PathBuf>,
    /// Work on photographs under a ring light instead of heights, with the model that belongs to them; `submit` and `compare` see by the file.
    #[arg(long, global = true)]
    pub photographs: bool,
    /// No progress bars.
    #[arg(long, global = true)]
    pub quiet: bool,
    /// Worker threads; all cores when not given. Results do not depend on it.
    #[arg(long, global = true, value_name = "N")]
    pub threads: Option<usize>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Take scans of cartridge cases into the gallery.
    #[command(after_help = "Example: brasslink submit scans/*.x3p --manifest manifest.csv --gallery my-gallery")]
    Submit(SubmitArgs),
    /// Search the gallery for candidates that resemble an exhibit.
    #[command(after_help = "Example: brasslink correlate EX-0012 --top 20 --gallery my-gallery\n\
                            Example: brasslink correlate --all --block 2/4 --leads-csv leads-2.csv --gallery my-gallery")]
    Correlate(CorrelateArgs),
    /// Give every mark a signature of this version; searches leave out marks without one, and say so.
    #[command(after_help = "Example: brasslink resign --gallery my-gallery\n\
                            Example: brasslink resign --from-scans --gallery my-gallery")]
    Resign(ResignArgs),
    /// Add resampled signatures, which are no cartridge cases, to measure searches of a large gallery.
    #[command(after_help = "Example: brasslink grow --marks 1000000 --seed 7 --gallery my-gallery")]
    Grow(GrowArgs),
    /// Remove a specimen for good: its scans, marks, signatures and searches. The audit chain keeps that, when, by whom and why.
    #[command(after_help = "Example: brasslink expunge SP-7 --reason \"court order 12/2026\" --actor \"R. Vega\"")]
    Expunge(ExpungeArgs),
    /// Do past searches again without leaving anything out, and say what their stages missed.
    #[command(after_help = "Example: brasslink audit-funnel --sample 50 --gallery my-gallery")]
    AuditFunnel(AuditFunnelArgs),
    /// Compare two marks: two files, or two specimens of the gallery.
    #[command(after_help = "Example: brasslink compare a.x3p b.x3p --picture pair.svg")]
    Compare(CompareArgs),
    /// Check standards and control charts of instruments; flags what was imaged out of control.
    #[command(
        after_help = "Example: brasslink control submit today.x3p --instrument \"Confocal 1\" --standard \"SRM 2461 no. 12\""
    )]
    Control {
        /// What to do with check standards and charts.
        #[command(subcommand)]
        command: ControlCommand,
    },
    /// Outlines: where the parts of a case lie on an acquisition; shown, and corrected by a person.
    #[command(after_help = "Example: brasslink outline show E1-C1 --picture e1-c1.svg --gallery my-gallery")]
    Outline {
        /// What to do with outlines.
        #[command(subcommand)]
        command: OutlineCommand,
    },
    /// What the gallery holds, how it was judged, and the state of its instruments.
    #[command(after_help = "Example: brasslink status --gallery my-gallery")]
    Status,
    /// Leads: make, list, review; only a person's record turns a lead into a hit.
    #[command(
        after_help = "Example: brasslink lead make SP-1 SP-7 --reason \"same scratch at 4 o'clock\" --actor \"R. Vega\""
    )]
    Lead {
        /// What to do with leads.
        #[command(subcommand)]
        command: LeadCommand,
    },
    /// Firearm trace records: import, link, show.
    #[command(after_help = "Example: brasslink trace import traces.csv --gallery my-gallery")]
    Trace {
        /// What to do with trace records.
        #[command(subcommand)]
        command: TraceCommand,
    },
    /// Copy the gallery with its accounts whole, while others work on it.
    Backup(BackupArgs),
    /// Put a backup back as a new gallery.
    Restore(RestoreArgs),
    /// Write a report: a self-contained page (HTML), or a PDF of a lead.
    #[command(after_help = "Example: brasslink report --exhibit EX-0012 --out list.html --gallery my-gallery\n\
                            Example: brasslink report --lead L-00aa11bb22cc --out lead.pdf --gallery my-gallery")]
    Report(ReportArgs),
    /// Write the link graph, or a part of it, for other programs.
    #[command(
        after_help = "Example: brasslink export --format graphml --firearm FA-0042 --out links.graphml --gallery my-gallery"
    )]
    Export(ExportArgs),
    /// Evidence bundles: everything behind a lead in one zip, and its replay anywhere.
    #[command(
        after_help = "Example: brasslink bundle make --lead L-00aa11bb22cc --out bundle.zip --gallery my-gallery"
    )]
    Bundle {
        /// What to do with bundles.
        #[command(subcommand)]
        command: BundleCommand,
    },
    /// Make synthetic firearms, cartridge cases, incidents and trace records with their truth.
    #[command(after_help = "Example: brasslink simulate --firearms 20 --shots 4 --seed 7 --out city")]
    Simulate(SimulateArgs),
    /// Measure accuracy on a folder of scans whose firearms are known.
    #[command(after_help = "Example: brasslink evaluate --truth scans/truth.csv --root scans --plots plots --json")]
    Evaluate(EvaluateArgs),
    /// Fit likelihood ratios to scans, or to tables of scores, whose firearms are known, and measure them on unseen firearms.
    #[command(after_help = "Example: brasslink calibrate --truth scans/truth.csv --root scans --out model.json\n\
                            Example: brasslink calibrate --scores breech.csv --scores pin.csv --out scores-model.json --plots plots")]
    Calibrate(CalibrateArgs),
    /// Simulate a small city, run the whole job on it and write a report beside the truth.
    #[command(after_help = "Example: brasslink demo --out demo")]
    Demo(DemoArgs),
    /// Serve the gallery over HTTP to browsers and programs, until Ctrl-C.
    #[command(after_help = "Example: brasslink serve --gallery my-gallery --listen 127.0.0.1:8080")]
    Serve(ServeArgs),
    /// The audit chain: verify it, or print it.
    #[command(after_help = "Example: brasslink audit verify --gallery my-gallery")]
    Audit {
        /// What to do with the audit chain.
        #[command(subcommand)]
        command: AuditCommand,
    },
}

/// How files are to be read where they do not say themselves.
#[derive(Debug, Clone, Default, Args)]
pub struct ReadArgs {
    /// Unit of lengths in X3P files, against what they say: m, mm, um or nm.
    #[arg(long, value_name = "UNIT")]
    pub unit: Option<LengthUnit>,
    /// Distance of neighbouring pixels of photographs, um.
    #[arg(long, value_name = "UM")]
    pub pitch_um: Option<f64>,
    /// Go on where an MD5 sum in an X3P file is wrong, and note it.
    #[arg(long)]
    pub ignore_md5: bool,
}

/// Arguments of `submit`.
#[derive(Debug, Args)]
pub struct SubmitArgs {
    /// Scans (X3P) and photographs under a ring light (PNG, JPEG, TIFF, BMP).
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Table of the files' casework, English or Spanish headers; its files are submitted when none is named.
    #[arg(long, value_name = "CSV")]
    pub manifest: Option<PathBuf>,
    /// Incident of files that the manifest does not list.
    #[arg(long, value_name = "ID")]
    pub incident: Option<String>,
    /// Date of that incident: YYYY-MM-DD.
    #[arg(long, value_name = "DATE")]
    pub incident_date: Option<String>,
    /// Exhibit of files that the manifest does not list.
    #[arg(long, value_name = "ID")]
    pub exhibit: Option<String>,
    /// Firearm of test fires that the manifest does not list.
    #[arg(long, value_name = "ID", conflicts_with = "incident")]
    pub firearm: Option<String>,
    /// How the cases were imaged, and what may pass the quality gate.
    #[command(flatten)]
    pub imaged: ImagedArgs,
    /// A folder to watch instead.
    #[command(flatten)]
    pub watching: WatchArgs,
    /// How to read the files.
    #[command(flatten)]
    pub read: ReadArgs,
}

/// Arguments of `correlate`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("which").required(true).args(["exhibit", "all", "since"]))]
pub struct CorrelateArgs {
    /// Exhibit, specimen or incident to search for. Several specimens get a list each, and one of what they point to together.
    #[arg(value_name = "EXHIBIT")]
    pub exhibit: Option<String>,
    /// Every specimen of the gallery against all others.
    #[arg(long)]
    pub all: bool,
    /// Every specimen received since this date: YYYY-MM-DD.
    #[arg(long, value_name = "DATE")]
    pub since: Option<String>,
    /// Candidates to show for each specimen.
    #[arg(long, default_value_t = 10, value_name = "N")]
    pub top: usize,
    /// Compare with everything: no stage leaves anything out.
    #[arg(long)]
    pub exhaustive: bool,
    /// Of a batch only the I-th of J equal parts, counted from 1, such as 2/4: parts may run at the same time in several processes on one gallery, or on
    /// copies of it on several machines. A part that was done is not done again.
    #[arg(long, value_name = "I/J", conflicts_with = "exhibit")]
    pub block: Option<Part>,
    /// Also write the candidates as a CSV table.
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
    /// Also write the new candidates for a lead as a CSV table.
    #[arg(long, value_name = "FILE")]
    pub leads_csv: Option<PathBuf>,
    /// How many pass each stage.
    #[command(flatten)]
    pub cuts: CutArgs,
    /// What candidates must be.
    #[command(flatten)]
    pub filter: FilterArgs,
}

/// What candidates must be. A mark of which the asked value is not known stays in the search and is counted.
#[derive(Debug, Args)]
#[command(next_help_heading = "Only candidates that are")]
pub struct FilterArgs {
    /// Evidence or test fires.
    #[arg(long, value_name = "KIND", value_enum)]
    pub only: Option<Only>,
    /// Of this calibre, such as "9mm Luger".
    #[arg(long, value_name = "NAME")]
    pub calibre: Option<String>,
    /// With this shape of the firing pin: circular, elliptical, rectangular, other.
    #[arg(long, value_name = "SHAPE")]
    pub firing_pin: Option<FiringPinShape>,
    /// Of incidents in this country: US, MX, ...
    #[arg(long, value_name = "CODE", value_parser = country_code)]
    pub country: Option<String>,
    /// Of incidents in this state.
    #[arg(long, value_name = "NAME")]
    pub state: Option<String>,
    /// Of incidents of this agency.
    #[arg(long, value_name = "NAME")]
    pub agency: Option<String>,
    /// Of incidents on or after this day: YYYY-MM-DD.
    #[arg(long, value_name = "DATE")]
    pub from: Option<jiff::civil::Date>,
    /// Of incidents on or before this day: YYYY-MM-DD.
    #[arg(long, value_name = "DATE")]
    pub to: Option<jiff::civil::Date>,
}

/// Two letters in capitals, as countries are stored: a name in full would leave out every incident.
fn country_code(text: &str) -> Result<String, String> {
    let code = text.trim().to_uppercase();
    let fits = code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase());
    fits.then_some(code).ok_or_else(|| "expected two letters (ISO 3166-1), such as US or MX".to_owned())
}

/// Evidence or test fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Only {
    /// Cases from scenes.
    Evidence,
    /// Cases that a laboratory fired from a known firearm.
    TestFires,
}

impl From<&FilterArgs> for Filter {
    fn from(args: &FilterArgs) -> Self {
        Filter {
            calibre: args.calibre.clone(),
            firing_pin: args.firing_pin,
            country: args.country.clone(),
            state: args.state.clone(),
            agency: args.agency.clone(),
            from: args.from.map(Into::into),
            to: args.to.map(Into::into),
            kind: args.only.map(|only| match only {
                Only::Evidence => ExhibitKind::Evidence,
                Only::TestFires => ExhibitKind::TestFire,
            }),
        }
    }
}

/// Arguments of `audit-funnel`.
#[derive(Debug, Args)]
pub struct AuditFunnelArgs {
    /// Past searches to do again, drawn by the seed.
    #[arg(long, default_value_t = 50, value_name = "N")]
    pub sample: usize,
    /// Seed of the sample.
    #[arg(long, default_value_t = 1, value_name = "SEED")]
    pub seed: u64,
}

/// Arguments of `compare`.
#[derive(Debug, Args)]
pub struct CompareArgs {
    /// Reference mark, which carries the cells: a file, or a specimen of the gallery.
    #[arg(value_name = "A")]
    pub reference: String,
    /// Comparison mark, which is searched: a file, or a specimen of the gallery.
    #[arg(value_name = "B")]
    pub comparison: String,
    /// Write the explained pair as a picture (SVG).
    #[arg(long, value_name = "FILE")]
    pub picture: Option<PathBuf>,
    /// Write every stage as pictures and numbers into a zip archive.
    #[arg(long, value_name = "ZIP")]
    pub workings: Option<PathBuf>,
    /// How to read the files.
    #[command(flatten)]
    pub read: ReadArgs,
}

/// What can be done with leads.
#[derive(Debug, Subcommand)]
pub enum LeadCommand {
    /// Judge two specimens as a lead, on screen.
    Make {
        /// First specimen.
        a: String,
        /// Second specimen.
        b: String,
        /// Why.
        #[arg(long)]
        reason: String,
    },
    /// List leads.
    List {
        /// Only leads in this state.
        #[arg(long)]
        state: Option<String>,
    },
    /// Show one lead with its history.
    Show {
        /// The lead.
        lead: String,
    },
    /// Take the physical specimens of a lead under examination (examiner).
    Examine {
        /// The lead.
        lead: String,
    },
    /// Record a conclusion on the physical specimens (examiner).
    Conclude {
        /// The lead.
        lead: String,
        /// The conclusion.
        #[arg(long, value_enum)]
        conclusion: ConclusionArg,
        /// What it rests on.
        #[arg(long)]
        reason: String,
        /// Which conclusions a second examiner has to review before they stand.
        #[arg(long, value_enum, env = "BRASSLINK_REVIEW", default_value = "identifications")]
        policy: PolicyArg,
    },
    /// Review another examiner's conclusion (examiner).
    Review {
        /// The lead.
        lead: String,
        /// The conclusion does not stand; the lead goes back under examination.
        #[arg(long)]
        disagree: bool,
        /// On what grounds.
        #[arg(long)]
        reason: String,
    },
    /// Withdraw a lead.
    Withdraw {
        /// The lead.
        lead: String,
        /// Why.
        #[arg(long)]
        reason: String,
    },
}

/// An examiner's conclusion (AFTE range of conclusions).
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ConclusionArg {
    /// Identification, on the physical specimens.
    Identification,
    /// Inconclusive A.
    InconclusiveA,
    /// Inconclusive B.
    InconclusiveB,
    /// Inconclusive C.
    InconclusiveC,
    /// Elimination.
    Elimination,
    /// The physical specimens do not bear an examination.
    Unsuitable,
}

/// Which conclusions are reviewed by a second examiner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PolicyArg {
    /// Every conclusion.
    All,
    /// Identifications only.
    Identifications,
    /// None.
    None,
}

/// Arguments of `serve`.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Address and port; port 0 for any that is free. Addresses that other machines reach need TLS.
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS:PORT")]
    pub listen: std::net::SocketAddr,
    /// Certificate chain for TLS, PEM.
    #[arg(long, requires = "tls_key", value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,
    /// Private key of that certificate, PEM.
    #[arg(long, requires = "tls_cert", value_name = "FILE")]
    pub tls_key: Option<PathBuf>,
}

/// Arguments of `report`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("what").required(true).args(["exhibit", "lead"]))]
pub struct ReportArgs {
    /// The correlation list of this exhibit or specimen.
    #[arg(long, value_name = "ID")]
    pub exhibit: Option<String>,
    /// One lead with everything behind it.
    #[arg(long, value_name = "ID")]
    pub lead: Option<String>,
    /// Where to write; a name that ends in .pdf gives a PDF (leads alone), every other a page (HTML).
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Show purchaser data, for this purpose; the look is logged.
    #[arg(long, requires = "case", value_name = "PURPOSE")]
    pub reveal: Option<String>,
    /// Case number of that purpose.
    #[arg(long, value_name = "CASE")]
    pub case: Option<String>,
}

/// Arguments of `simulate`.
#[derive(Debug, Args)]
pub struct SimulateArgs {
    /// Pistols.
    #[arg(long, default_value_t = 24, value_name = "N")]
    pub firearms: usize,
    /// Most cases of each pistol.
    #[arg(long, default_value_t = 6, value_name = "M")]
    pub shots: usize,
    /// Seed; the same seed gives the same bytes.
    #[arg(long, default_value_t = 1, value_name = "S")]
    pub seed: u64,
    /// Folder to write to; must be empty or new.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Also write the raw form of each case, with the whole primer.
    #[arg(long)]
    pub raw: bool,
    /// Also write ring-light photographs.
    #[arg(long)]
    pub photos: bool,
    /// Instead, rebuild the repository's own fixtures into DIR.
    #[arg(long, conflicts_with_all = ["firearms", "shots", "seed", "raw", "photos"])]
    pub fixtures: bool,
}

/// Arguments of `evaluate`.
#[derive(Debug, Args)]
pub struct EvaluateArgs {
    /// Truth: CSV with columns scan, study, firearm.
    #[arg(long, value_name = "CSV")]
    pub truth: PathBuf,
    /// Folder that the scans' names are relative to.
    #[arg(long, value_name = "DIR")]
    pub root: PathBuf,
    /// Turn every scan by a random angle first, drawn from this seed.
    #[arg(long, value_name = "SEED")]
    pub rotate: Option<u64>,
    /// Treat the second mark of every pair, and every query: hide=SHARE, noise=TIMES (of the in-band RMS), coarse=TIMES,
    /// tilt=DEGREES or outliers=SHARE. Several doses or kinds give a table and curves, with the untreated scans beside them.
    #[arg(long, value_name = "KIND=DOSE[,DOSE]...")]
    pub treat: Vec<Doses>,
    /// Only scans of this study.
    #[arg(long, value_name = "NAME")]
    pub study: Option<String>,
    /// Ask only with the scans of this study; the others are the gallery.
    #[arg(long, value_name = "NAME", conflicts_with = "study")]
    pub ask: Option<String>,
    /// At most this many pairs, drawn by seed; all known matches stay.
    #[arg(long, value_name = "N")]
    pub pairs: Option<usize>,
    /// Also search among this many resampled signatures: recall of the stages against depth and gallery size.
    #[arg(long, value_name = "N", conflicts_with = "treat")]
    pub distractors: Option<usize>,
    /// Keep the measured recall of the stages in this file, beside that of other numbers of distractors; the file of the program is src/engine/recall.json.
    #[arg(long, value_name = "JSON", requires = "distractors")]
    pub recall_out: Option<PathBuf>,
    /// Draw histograms, ROC, rank curve, Tippett, PAV and cross-entropy plots into this folder.
    #[arg(long, value_name = "DIR")]
    pub plots: Option<PathBuf>,
    /// Write the score of every pair to this CSV file.
    #[arg(long, value_name = "FILE")]
    pub scores: Option<PathBuf>,
    /// Fit a model to these comparisons, write it to this file, and show how such models do on studies they have not seen.
    #[arg(long, value_name = "JSON")]
    pub model_out: Option<PathBuf>,
    /// Fail (exit code 4) when a figure is worse than this file demands.
    #[arg(long, value_name = "JSON")]
    pub gate: Option<PathBuf>,
    /// How many pass each stage.
    #[command(flatten)]
    pub cuts: CutArgs,
    /// How to read the files.
    #[command(flatten)]
    pub read: ReadArgs,
}

/// Arguments of `calibrate`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("from").required(true).args(["truth", "scores"]))]
pub struct CalibrateArgs {
    /// Scans whose firearms are known: CSV with columns scan, study, firearm.
    #[arg(long, value_name = "CSV", requires = "root")]
    pub truth: Option<PathBuf>,
    /// Folder that the scans' names are relative to.
    #[arg(long, value_name = "DIR", requires = "truth")]
    pub root: Option<PathBuf>,
    /// Only scans of this study.
    #[arg(long, value_name = "NAME", requires = "truth")]
    pub study: Option<String>,
    /// Table of scores of pairs, CSV with columns weapon1, weapon2, hypothesis (1 one firearm, 0 two) and a score; several tables are several kinds of marks, joined on the firearms.
    #[arg(long, value_name = "CSV")]
    pub scores: Vec<PathBuf>,
    /// Column of the score; else score, accf, ccf or similarity.
    #[arg(long, value_name = "NAME", requires = "scores")]
    pub score_column: Option<String>,
    /// Column of the truth, 1 or 0; else hypothesis, known_match or same.
    #[arg(long, value_name = "NAME", requires = "scores")]
    pub hypothesis_column: Option<String>,
    /// Columns of the two firearms; else weapon1,weapon2 or firearm1,firearm2.
    #[arg(long, value_name = "A,B", value_delimiter = ',', requires = "scores")]
    pub weapon_columns: Vec<String>,
    /// Columns of congruent cells and of cells; else cmc and n or cells, where there are such.
    #[arg(long, value_name = "K,N", value_delimiter = ',', requires = "scores")]
    pub count_columns: Vec<String>,
    /// Column of a split with t (train), v (validate), n (neither); else every column that begins with split.
    #[arg(long, value_name = "NAME", requires = "scores")]
    pub split_column: Vec<String>,
    /// Validate by this many folds of firearms instead of the table's own splits.
    #[arg(long, value_name = "N", requires = "scores")]
    pub folds: Option<usize>,
    /// Also calibrate the first candidate of a search among this many marks of other firearms.
    #[arg(long, value_name = "N")]
    pub gallery_size: Option<usize>,
    /// Share of searches whose gallery holds a mate, above 0 and below 1.
    #[arg(long, value_name = "SHARE", default_value_t = 0.5, requires = "gallery_size")]
    pub mate_share: f64,
    /// Write the model, or the models of the tables, to this file.
    #[arg(long, value_name = "JSON")]
    pub out: Option<PathBuf>,
    /// Draw histograms, ROC, Tippett, PAV and cross-entropy plots into this folder.
    #[arg(long, value_name = "DIR")]
    pub plots: Option<PathBuf>,
    /// How to read the scans.
    #[command(flatten)]
    pub read: ReadArgs,
}
