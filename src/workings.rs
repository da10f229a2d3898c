//! The explanation sink: every stage can hand its intermediate result over under a stable key.
//!
//! The sink is an argument, never a global, so that one comparison explains itself while thousands beside it stay silent.

use crate::grid::HeightMap;

/// What a stage hands over.
#[derive(Debug, Clone)]
pub enum Item {
    /// A map to be drawn.
    Map(HeightMap),
    /// Numbers and words, as a JSON value.
    Facts(serde_json::Value),
}

/// Receives the intermediate results of the stages in the order in which they arise.
pub trait Workings {
    /// Whether anybody listens; a stage may skip costly preparation when not.
    fn listening(&self) -> bool;

    /// Takes one item under a stable key such as `mark.levelled`.
    fn take(&mut self, key: &str, item: Item);
}

/// Listens to nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Workings for Silent {
    fn listening(&self) -> bool {
        false
    }

    fn take(&mut self, _key: &str, _item: Item) {}
}

/// Keeps everything in memory, in order.
#[derive(Debug, Clone, Default)]
pub struct Recorder {
    /// Key and item of each stage, in the order received.
    pub items: Vec<(String, Item)>,
}

impl Workings for Recorder {
    fn listening(&self) -> bool {
        true
    }

    fn take(&mut self, key: &str, item: Item) {
        self.items.push((key.to_owned(), item));
    }
}
