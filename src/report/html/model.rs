//! View models that several pages share.

use crate::compare::LikelihoodRatio;
use crate::report::Drawing;
use crate::report::chart::{ChainOfSale, LinkChart, PlaceMap, Timeline, Waterfall};
use crate::report::view::{EdgeStatus, LeadState, Phrase, SpecimenKind, Truth};

/// A drawing with its caption. Drawings are made in the language of the page that shows them.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// Heading above it; may be empty.
    pub heading: Phrase,
    /// The drawing.
    pub drawing: Drawing,
    /// Words below it; may be empty.
    pub caption: Phrase,
}

/// A number or short text with its name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Measure {
    /// What it is.
    pub name: Phrase,
    /// Its value, with its unit.
    pub value: Phrase,
    /// A remark; may be empty.
    pub note: Phrase,
}

/// A table of any kind.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    /// Caption above it.
    pub title: Phrase,
    /// Headings; `true` sets a column flush right, for numbers.
    pub columns: Vec<(Phrase, bool)>,
    /// Rows; a missing cell stays empty, a surplus one is not shown.
    pub rows: Vec<TableRow>,
    /// Words below it; may be empty.
    pub note: Phrase,
}

/// One row of a table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TableRow {
    /// Its cells.
    pub cells: Vec<Phrase>,
}

/// One candidate of a correlation.
#[derive(Debug, Clone, PartialEq)]
pub struct CandidateRow {
    /// From 1.
    pub rank: u32,
    /// The exhibit.
    pub exhibit: String,
    /// The specimen of that exhibit that scored best.
    pub specimen: String,
    /// The incident of an evidence case; may be empty.
    pub incident: String,
    /// The firearm of a test fire; may be empty.
    pub firearm: String,
    /// Evidence or test fire.
    pub kind: SpecimenKind,
    /// The score that ranks.
    pub score: f64,
    /// Congruent cells.
    pub cmc: u32,
    /// Cells searched.
    pub cells: u32,
    /// Weight of evidence.
    pub likelihood_ratio: LikelihoodRatio,
    /// log10 LR for having been picked from the gallery.
    pub of_search: Option<f64>,
    /// What people made of it so far.
    pub state: LeadState,
    /// Ground truth, for simulated or labelled data alone.
    pub truth: Option<Truth>,
}

/// What one correlation looked at, stage by stage.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Receipt {
    /// Marks in the gallery that could be a candidate at all.
    pub eligible: u64,
    /// How many each filter took away.
    pub filtered: Vec<(Phrase, u64)>,
    /// Stages in order.
    pub stages: Vec<ReceiptStage>,
    /// Whether every eligible mark went through the precise comparison.
    pub exhaustive: bool,
    /// Anything to add; may be empty.
    pub note: Phrase,
}

/// One stage of a correlation.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ReceiptStage {
    /// Its name.
    pub name: Phrase,
    /// Marks it looked at.
    pub entered: u64,
    /// Marks it passed on.
    pub kept: u64,
    /// Share of mates left after it and all stages before it, as measured; none where nobody measured it.
    pub recall: Option<f64>,
    /// On what that was measured; may be empty.
    pub basis: Phrase,
}

/// What a reader who stops at a rank may miss.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StoppingAdvice {
    /// The rank, from 1; of a whole list the last one shown.
    pub rank: u32,
    /// If a mate is among the eligible marks: the estimated chance that it lies below the rank, 0 to 1.
    pub mate_below: f64,
    /// What the estimate rests on.
    pub basis: Phrase,
}

/// The ranked candidates of one exhibit.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CandidateList {
    /// The exhibit that was searched.
    pub exhibit: String,
    /// What is known about it: incident, place, date, region, number of specimens, quality.
    pub detail: Phrase,
    /// Candidates, best first.
    pub candidates: Vec<CandidateRow>,
    /// What was looked at.
    pub receipt: Receipt,
    /// What may lie below; none where it was not measured.
    pub advice: Option<StoppingAdvice>,
}

/// Everything known around one firearm or one lead, in charts.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Dossier {
    /// Heading.
    pub heading: Phrase,
    /// Summary in sentences.
    pub summary: Vec<Phrase>,
    /// Link chart; left out when it has no node.
    pub chart: LinkChart,
    /// Timeline; left out when it has no event.
    pub timeline: Timeline,
    /// Chain of sale; left out when it has no item.
    pub chain: ChainOfSale,
    /// Map; left out when it has no place.
    pub map: PlaceMap,
    /// Why each trace record is held to be about the firearm, field by field.
    pub waterfalls: Vec<Waterfall>,
    /// Time-to-crime, time to the first linked shooting and the like.
    pub measures: Vec<Measure>,
    /// Indicators, never findings.
    pub indicators: Vec<Indicator>,
    /// Conflicts between records.
    pub conflicts: Vec<Conflict>,
    /// What the truth says, for simulated data alone; may be empty.
    pub truth: Phrase,
}

/// An indicator: a rule that fired, on records that are named. Never a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Indicator {
    /// Its name.
    pub name: Phrase,
    /// The rule in words, with its threshold.
    pub rule: Phrase,
    /// What the rule saw here.
    pub value: Phrase,
    /// The records it rests on.
    pub records: Vec<String>,
    /// Whether those records are tied to the firearm by settled or unsettled edges.
    pub status: EdgeStatus,
}

/// Records that contradict each other or the order of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// What contradicts what.
    pub text: Phrase,
    /// The records.
    pub records: Vec<String>,
    /// A contradiction that cannot stand, rather than something to look at.
    pub hard: bool,
}
