//! Incidents, exhibits, specimens, leads and their states, audit events.
