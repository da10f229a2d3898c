//! The use cases: submit, correlate, compare, review, trace, evaluate, calibrate.
//!
//! ```text
//! submit     bytes -> surface -> mark -> signature -> store          (one transaction a file)
//! photographs  luminance -> mark at a known or estimated pitch   (never compared with heights)
//! submit     bytes -> surface -> outline -> mark -> signature -> store  (one transaction a file)
//! correlate  vector -> polar code -> comparison -> ranked list       (with a receipt)
//! review     candidate -> lead -> ... -> hit                         (people decide)
//! traces     register + traces -> record links -> link graph         (every edge with its own status)
//! what_if    a change of a lead -> what goes with it, before and after
//! analyse    traced guns -> flows, times, clusters over time         (small counts withheld)
//! grow       marks -> resampled signatures -> store                  (to search at a size that nobody has scanned)
//! evaluate   labelled scans -> pairs and retrieval                   (for CI and validation)
//! calibrate  labelled scans, or tables of scores -> model of the LR  (measured on unseen firearms)
//! control    image of a check standard -> score -> chart, flags     (instruments, and what they imaged while out of control)
//! fuse       tables of scores of several kinds -> fusion of them     (measured on unseen firearms)
//! fused_list lists or marks of every kind -> one list of specimens   (ranked by all marks)
//! ```

pub mod all_marks;
pub mod analyse;
pub mod batch;
pub mod best_of;
pub mod bundle;
pub mod by_pin;
pub mod calibrate;
pub mod control;
pub mod correlate;
pub mod error;
pub mod evaluate;
pub mod event;
pub mod filter;
pub mod funnel_audit;
pub mod fuse;
pub mod fused_list;
pub mod gallery;
pub mod gate_trial;
pub mod grow;
pub mod last_linking;
pub mod link_evaluation;
pub mod link_review;
pub mod manifest;
pub mod outline;
pub mod outline_evaluation;
pub mod outlook;
mod pairs;
pub mod parameters;
pub mod photographs;
pub mod ports;
pub mod progress;
pub mod purpose;
pub mod recall;
mod receipt_words;
pub mod record_links;
pub mod relief;
pub mod reprepare;
pub mod resign;
pub mod review;
pub mod scale;
pub mod score_calibration;
pub mod score_table;
pub mod signature_only;
pub mod story;
pub mod submit;
pub mod trace_history;
pub mod trace_import;
pub mod trace_search;
pub mod traces;
pub mod treatment;
pub mod truth;
pub mod twin;
pub mod what_if;

use crate::engine::parameters::Parameters;
use crate::engine::ports::{Clock, Store};
use crate::engine::progress::Progress;

/// What long use cases work with.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Where everything is kept.
    pub store: &'a dyn Store,
    /// What time it is.
    pub clock: &'a dyn Clock,
    /// Who works, for the audit chain.
    pub actor: &'a str,
    /// Parameters of the run.
    pub parameters: &'a Parameters,
    /// Who is told how far it is.
    pub progress: &'a dyn Progress,
}
