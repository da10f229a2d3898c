//! Every format from one invented graph, read back.
