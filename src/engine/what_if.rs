//! What if: everything that one change of a lead or record link takes away or brings, before it is made.

use super::error::EngineError;
use super::ports::Store;
use super::story::{Joined, joined_of_tied};
use crate::trace::conflict::Conflict;
use crate::trace::graph::{Cascade, Change, ClusterChange, GunChange, InheritedTrace, Weakened, cascade};
use crate::trace::indicators::Indicator;
use serde::Serialize;
use serde_json::{Value, json};

/// An indicator that stays with other records behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IndicatorChange {
    /// As it was.
    pub before: Indicator,
    /// As it is then.
    pub after: Indicator,
}

/// Everything that one change does.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WhatIf {
    /// Inherited traces that disappear.
    pub lost: Vec<InheritedTrace>,
    /// Inherited traces that stay with another status or along another path.
    pub changed: Vec<Weakened>,
    /// Inherited traces that appear.
    pub gained: Vec<InheritedTrace>,
    /// Clusters that come apart, with the incidents of each part.
    pub split: Vec<ClusterChange>,
    /// Clusters that grow together.
    pub merged: Vec<ClusterChange>,
    /// Firearms of which something else is told: shootings, shown trace, times.
    pub guns: Vec<GunChange>,
    /// Contradictions that it settles.
    pub settled: Vec<Conflict>,
    /// Contradictions that it raises.
    pub raised: Vec<Conflict>,
    /// Indicators that go.
    pub indicators_gone: Vec<Indicator>,
    /// Indicators that stay with other records.
    pub indicators_changed: Vec<IndicatorChange>,
    /// Indicators that come.
    pub indicators_new: Vec<Indicator>,
}

impl WhatIf {
    /// Whether the change does nothing but change the edge itself.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.lost.is_empty()
            && self.changed.is_empty()
            && self.gained.is_empty()
            && self.split.is_empty()
            && self.merged.is_empty()
            && self.guns.is_empty()
            && self.settled.is_empty()
            && self.raised.is_empty()
            && self.indicators_gone.is_empty()
            && self.indicators_changed.is_empty()
            && self.indicators_new.is_empty()
    }

    /// Identifiers alone, for the audit log.
    #[must_use]
    pub fn for_audit(&self) -> Value {
        let inherited = |all: &[InheritedTrace]| -> Vec<Value> {
            all.iter().map(|i| json!([i.incident, i.firearm, i.trace])).collect()
        };
        let parts = |all: &[ClusterChange]| -> Vec<Value> {
            all.iter()
                .map(|c| c.parts.iter().map(|p| json!({"specimens": p.specimens, "incidents": p.incidents})).collect())
                .collect()
        };
        let conflicts = |all: &[Conflict]| -> Vec<Value> { all.iter().map(|c| json!([c.kind, c.subjects])).collect() };
        let indicators =
            |all: &[Indicator]| -> Vec<Value> { all.iter().map(|i| json!([i.rule, i.version, i.traces])).collect() };
        json!({
            "inherited_traces_lost": inherited(&self.lost),
            "inherited_traces_changed": self.changed.iter().map(|w| json!([w.before.incident, w.before.firearm, w.before.trace, w.before.status, w.after.status])).collect::<Vec<_>>(),
            "inherited_traces_gained": inherited(&self.gained),
            "clusters_split": parts(&self.split),
            "clusters_merged": parts(&self.merged),
            "contradictions_settled": conflicts(&self.settled),
            "contradictions_raised": conflicts(&self.raised),
            "indicators_gone": indicators(&self.indicators_gone),
            "indicators_new": indicators(&self.indicators_new),
        })
    }
}

/// What a change would do to what the store tells now.
///
/// # Errors
/// Those of the store; a lead or record link that is not there.
pub fn what_if(store: &dyn Store, change: &Change) -> Result<WhatIf, EngineError> {
    of(&joined_of_tied(store)?, change)
}

/// What a change would do to these inputs.
///
/// # Errors
/// A lead or record link that is not there.
pub fn of(joined: &Joined, change: &Change) -> Result<WhatIf, EngineError> {
    let Cascade { lost, changed, gained, settled, raised, split, merged, guns, before, after } =
        cascade(&joined.input(), change)?;
    let (old, new) = (joined.indicators(&before)?, joined.indicators(&after)?);
    let same = |a: &Indicator, b: &Indicator| a.rule == b.rule && a.traces == b.traces;
    let beside = |a: &[Indicator], b: &[Indicator]| -> Vec<Indicator> {
        a.iter().filter(|x| !b.iter().any(|y| same(x, y))).cloned().collect()
    };
    // Most indicators are untouched; only the others are compared with each other.
    let (old, new): (Vec<_>, Vec<_>) = {
        let touched = |a: Vec<Indicator>, b: &std::collections::HashSet<Indicator>| -> Vec<Indicator> {
            a.into_iter().filter(|i| !b.contains(i)).collect()
        };
        let (olds, news) = (old.iter().cloned().collect(), new.iter().cloned().collect());
        (touched(old, &news), touched(new, &olds))
    };
    let indicators_changed = old
        .iter()
        .filter_map(|a| new.iter().find(|b| same(a, b)).map(|b| (a, b)))
        .map(|(a, b)| IndicatorChange { before: a.clone(), after: b.clone() })
        .collect();
    Ok(WhatIf {
        lost,
        changed,
        gained,
        split,
        merged,
        guns,
        settled,
        raised,
        indicators_gone: beside(&old, &new),
        indicators_changed,
        indicators_new: beside(&new, &old),
    })
}
