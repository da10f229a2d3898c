//! Charts of people's, firearms' and cases' histories: link chart, timeline, chain of sale, places.
//!
//! Every chart is a view model in, one self-contained SVG out. Names of persons are shown as the disclosure allows.

mod folded;
mod groups;
mod layers;
mod link;
mod outlines;
mod places;
mod plan;
mod sale;
mod sections;
mod sheets;
mod timeline;
mod waterfall;

pub use link::{Edge, EdgeKind, LinkChart, Node, NodeKind, link_chart, link_chart_sheets};
pub use outlines::{middle_of, state_at};
pub use places::{Flow, Place, PlaceKind, PlaceMap, place_map};
pub use sale::{ChainItem, ChainOfSale, SaleStep, StepKind, chain_of_sale};
pub use timeline::{Event, EventKind, Interval, Timeline, timeline};
pub use waterfall::{Waterfall, WaterfallStep, waterfall};

/// A rectangle on a drawing, px.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Frame {
    pub x: f64,
    pub y: f64,
    pub w: f64,
    pub h: f64,
}

impl Frame {
    /// Whether two rectangles share area.
    pub(crate) fn overlaps(&self, other: &Frame) -> bool {
        self.x < other.x + other.w
            && other.x < self.x + self.w
            && self.y < other.y + other.h
            && other.y < self.y + self.h
    }
}
