//! Analysis over all traced guns: flows from origin to recovery, times, clusters over time.
//!
//! ```text
//! graph, traces --guns--> one entry a gun --flows--> origin x recovery, small counts withheld
//!                                        --times--> time-to-crime, time to the first shooting, as intervals
//! graph         --clusters over time--> span, growth, places
//! ```
//!
//! Nothing here names a person. Aggregates withhold small counts ([`suppress`]), because a cell of one gun tells about one
//! purchaser; publish one level of one table only, since two tables over the same guns can be taken from each other.

pub mod clusters;
pub mod flows;
pub mod guns;
pub mod suppress;
pub mod times;

pub use clusters::{ClusterHistory, Growth, cluster_histories};
pub use flows::{DealerFlow, Flows, Level, dealer_flows, flows};
pub use guns::{TracedGuns, traced_guns};
pub use suppress::{Count, Threshold, withhold};
pub use times::{GunTimes, gun_times};
