//! Analysis over all traced guns: flows from origin to recovery, times, clusters over time.
//!
//! ```text
//! graph, traces --guns--> one entry a gun --flows--> origin x recovery, small counts withheld
//!                                        --times--> time-to-crime, time to the first shooting, as intervals
//! graph         --clusters over time--> span, growth, places
//! ```
//!
//! Nothing here names a person. Aggregates withhold small counts ([`suppress`]), because a cell of one gun tells about one
//! purchaser. Flows between countries are computed from those between states as published ([`levels`]), so that the two can
//! stand side by side; tables of two dates can be taken from each other, and one alone is to be published. Dealers are a part of
//! a row of that table: they are for those who may see the records, and not to be published beside it.

pub mod clusters;
pub mod flows;
pub mod guns;
pub mod levels;
#[cfg(test)]
mod levels_tests;
pub mod suppress;
pub mod times;

pub use clusters::{ClusterHistory, Growth, cluster_histories};
pub use flows::{DealerFlow, Flows, Level, dealer_flows, flows};
pub use guns::{TracedGuns, traced_guns};
pub use suppress::{Count, Threshold, withhold};
pub use times::{GunTimes, gun_times};
