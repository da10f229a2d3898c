//! The link graph for other programs: GraphML, tables of nodes and edges, GeoJSON, and JSON with its schema.
//!
//! All formats are written from one [`Document`], so that none says more than another. Names of persons are in it only for a stated purpose; without one a
//! person is a number. The same graph gives the same bytes.

mod document;
mod geojson;
mod graphml;
mod scope;
mod tables;

pub use document::{
    ClusterOut, ConfidenceOut, ConflictOut, Document, EdgeOut, IndicatorOut, NodeOut, Origin, document, is_person,
    persons, schema,
};
pub use geojson::geojson;
pub use graphml::graphml;
pub use scope::{Scope, nodes_of};
pub use tables::{edges_csv, nodes_csv};

#[cfg(test)]
mod tests;
