//! `export`: the link graph, or a part of it, for other programs.

use super::Desk;
use super::failure::{Failure, write_file};
use super::report::{disclosure, undrawn};
use crate::engine::parameters::VERSION;
use crate::engine::ports::{Clock as _, Store as _};
use crate::engine::story::story;
use crate::ids::{FirearmId, IncidentId, LeadId};
use crate::report::chart::link_chart;
use crate::report::export::{
    Document, Origin, Scope, document, edges_csv, geojson, graphml, nodes_csv, nodes_of, schema,
};
use crate::report::gather::links::chart_of;
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};

/// Arguments of `export`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("scope").required(true).args(["lead", "firearm", "incident", "all"]))]
pub struct ExportArgs {
    /// What to write: GraphML, two CSV tables (nodes and edges), GeoJSON, JSON, or the link chart as SVG.
    #[arg(long, value_enum)]
    pub format: Format,
    /// One lead, and what its two cases are joined to.
    #[arg(long, value_name = "ID")]
    pub lead: Option<String>,
    /// One firearm, and what it is joined to.
    #[arg(long, value_name = "ID")]
    pub firearm: Option<String>,
    /// One incident, and what its cases are joined to.
    #[arg(long, value_name = "ID")]
    pub incident: Option<String>,
    /// The whole graph.
    #[arg(long)]
    pub all: bool,
    /// Where to write; of CSV the two tables are NAME-nodes.csv and NAME-edges.csv beside it.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Also write the JSON Schema of the JSON format to this file.
    #[arg(long, value_name = "FILE")]
    pub schema: Option<PathBuf>,
    /// Show names of persons, for this purpose; the look is logged.
    #[arg(long, requires = "case", value_name = "PURPOSE")]
    pub reveal: Option<String>,
    /// Case number of that purpose.
    #[arg(long, value_name = "CASE")]
    pub case: Option<String>,
}

/// What to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// GraphML.
    Graphml,
    /// Two tables: nodes and edges.
    Csv,
    /// GeoJSON: places and ways.
    Geojson,
    /// JSON; its schema by `--schema`.
    Json,
    /// The link chart as a picture.
    Svg,
}

/// Runs the command.
///
/// # Errors
/// An unknown lead, firearm or incident; a blank purpose; a file that cannot be written.
pub fn run(desk: &Desk, args: &ExportArgs) -> Result<(), Failure> {
    let scope = match (&args.lead, &args.firearm, &args.incident) {
        (Some(id), _, _) => Scope::Lead(LeadId::new(id)),
        (_, Some(id), _) => Scope::Firearm(FirearmId::new(id)),
        (_, _, Some(id)) => Scope::Incident(IncidentId::new(id)),
        _ => Scope::All,
    };
    let store = desk.store(false)?;
    let story = story(&store)?;
    // An unknown name is refused before a look at names is logged.
    let inside = nodes_of(&story, &scope)?;
    let about = match &scope {
        Scope::All => "all".to_owned(),
        Scope::Lead(id) => format!("lead {id}"),
        Scope::Firearm(id) => format!("firearm {id}"),
        Scope::Incident(id) => format!("incident {id}"),
    };
    let what = format!("export {about}");
    let (purpose, disclosure) = disclosure(desk, &store, args.reveal.as_deref(), args.case.as_deref(), &what)?;
    let head = store.verify_audit()?;
    let origin = Origin {
        version: VERSION.to_owned(),
        parameters: desk.parameters.hash().to_hex(),
        made: desk.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        audit: format!("{} {}", head.sequence, head.hash),
        scope: about,
    };
    let document = document(&story, &scope, purpose.as_ref(), origin)?;
    let language = desk.output.language;
    let files: Vec<(PathBuf, Vec<u8>)> = match args.format {
        Format::Graphml => vec![(args.out.clone(), graphml(&document).into_bytes())],
        Format::Csv => vec![
            (beside(&args.out, "nodes"), nodes_csv(&document).map_err(undrawn)?.into_bytes()),
            (beside(&args.out, "edges"), edges_csv(&document).map_err(undrawn)?.into_bytes()),
        ],
        Format::Geojson => vec![(args.out.clone(), json(&geojson(&story, &scope, &document)?)?)],
        Format::Json => vec![(args.out.clone(), json(&document)?)],
        Format::Svg => {
            let chart = chart_of(&story, &inside, purpose.as_ref());
            let drawing = link_chart(&chart, &disclosure, language).map_err(undrawn)?;
            vec![(args.out.clone(), drawing.into_string().into_bytes())]
        }
    };
    let mut written = Vec::new();
    for (path, bytes) in &files {
        write_file(path, bytes)?;
        written.push(path.clone());
    }
    if let Some(path) = &args.schema {
        write_file(path, &json(&schema())?)?;
        written.push(path.clone());
    }
    shown(desk, &document, &written)
}

fn shown(desk: &Desk, document: &Document, written: &[PathBuf]) -> Result<(), Failure> {
    let (nodes, edges) = (document.nodes.len(), document.edges.len());
    let value = serde_json::json!({
        "written": written, "nodes": nodes, "edges": edges, "names_shown": document.names_shown,
    });
    desk.output.show(&value, |language| {
        let names = written.iter().map(|p| p.display().to_string()).collect::<Vec<_>>().join(", ");
        let masked = match document.names_shown {
            true => language.pick("names of persons shown", "nombres de personas visibles"),
            false => language.pick("names of persons withheld", "nombres de personas reservados"),
        };
        language.pick(
            format!("written {names}: {nodes} nodes, {edges} edges; {masked}"),
            format!("escrito {names}: {nodes} nodos, {edges} enlaces; {masked}"),
        )
    })?;
    Ok(())
}

/// `links.csv` and `nodes` give `links-nodes.csv`.
fn beside(path: &Path, table: &str) -> PathBuf {
    let stem = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    path.with_file_name(format!("{stem}-{table}.csv"))
}

fn json<T: serde::Serialize>(value: &T) -> Result<Vec<u8>, Failure> {
    let mut bytes = serde_json::to_vec_pretty(value).map_err(|e| Failure::Io {
        place: "export".to_owned(),
        doing: "write",
        source: e.into(),
    })?;
    bytes.push(b'\n');
    Ok(bytes)
}
