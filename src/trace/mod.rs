//! Firearm trace records: import, linkage, chain of sale, the link graph.
