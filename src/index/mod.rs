//! Candidate search: exact scan and parallel HNSW behind one interface.
