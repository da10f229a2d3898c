//! What a link chart does not draw, said in words: counts at the nodes, and a list of the links between groups with their numbers.

use super::link::LinkChart;
use super::plan::Plan;
use crate::language::Language;
use crate::report::view::{Disclosure, EdgeStatus};
use std::collections::BTreeMap;

/// Numbers that one line of the list names before it only counts.
const MOST_NUMBERS: usize = 14;
/// Lines of the list before it only counts.
const MOST_LINES: usize = 36;

/// Why a link is not drawn: nobody decided it, it was taken back, or a group holds too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Why {
    Undecided,
    Withdrawn,
    TooMany,
}

impl Why {
    pub(super) const ALL: [Why; 3] = [Self::Undecided, Self::Withdrawn, Self::TooMany];

    fn of(status: EdgeStatus) -> Self {
        match status {
            EdgeStatus::Review => Self::Undecided,
            EdgeStatus::Withdrawn => Self::Withdrawn,
            _ => Self::TooMany,
        }
    }

    /// What stands before a count in a box.
    pub(super) const fn sign(self) -> &'static str {
        match self {
            Self::Undecided => "?",
            Self::Withdrawn => "×",
            Self::TooMany => "+",
        }
    }

    /// A count in words.
    pub(super) fn counted(self, n: usize, language: Language) -> String {
        let one = n == 1;
        match self {
            Self::Undecided => language.pick(format!("{n} undecided"), format!("{n} por revisar")),
            Self::Withdrawn => {
                language.pick(format!("{n} withdrawn"), format!("{n} {}", if one { "retirado" } else { "retirados" }))
            }
            Self::TooMany => language.pick(format!("{n} more"), format!("{n} más")),
        }
    }
}

/// Counts of folded links by reason.
pub(super) type Counts = BTreeMap<Why, usize>;

/// The counts in words, none for nothing.
pub(super) fn in_words(counts: &Counts, language: Language) -> String {
    counts.iter().map(|(why, n)| why.counted(*n, language)).collect::<Vec<_>>().join(", ")
}

/// The counts as they stand in a box: `?2 ×1`.
pub(super) fn chip(counts: &Counts) -> String {
    counts.iter().map(|(why, n)| format!("{}{n}", why.sign())).collect::<Vec<_>>().join(" ")
}

/// For every node how many of its links are not drawn.
pub(super) fn at_nodes(chart: &LinkChart, plan: &Plan) -> Vec<Counts> {
    let mut all = vec![Counts::new(); chart.nodes.len()];
    for e in &plan.sections.folded {
        let (a, b) = plan.ends[*e];
        let why = Why::of(chart.edges[*e].status);
        *all[a].entry(why).or_default() += 1;
        if a != b {
            *all[b].entry(why).or_default() += 1;
        }
    }
    all
}

/// For every group how many of its links are not drawn.
pub(super) fn at_groups(chart: &LinkChart, plan: &Plan) -> Vec<Counts> {
    let mut all = vec![Counts::new(); plan.sections.groups.count];
    for (pair, edges) in by_pairs(plan) {
        for e in edges {
            let why = Why::of(chart.edges[e].status);
            *all[pair.0].entry(why).or_default() += 1;
            if pair.0 != pair.1 {
                *all[pair.1].entry(why).or_default() += 1;
            }
        }
    }
    all
}

fn by_pairs(plan: &Plan) -> BTreeMap<(usize, usize), Vec<usize>> {
    let mut pairs: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
    let groups = &plan.sections.groups.of;
    for e in &plan.sections.folded {
        let (a, b) = (&groups[plan.ends[*e].0], &groups[plan.ends[*e].1]);
        // A party of several groups speaks in the one that the other end belongs to.
        let common = a.iter().find(|g| b.contains(g));
        let (a, b) = common.map_or((a[0], b[0]), |g| (*g, *g));
        pairs.entry((a.min(b), a.max(b))).or_default().push(*e);
    }
    pairs
}

/// The list below the groups: which parties stand in several, and which links run between them undrawn.
pub(super) fn list(chart: &LinkChart, plan: &Plan, disclosure: &Disclosure, language: Language) -> Vec<String> {
    let mut lines = Vec::new();
    for (node, groups) in chart.nodes.iter().zip(&plan.sections.groups.of).filter(|(_, groups)| groups.len() > 1) {
        let label = node.label.shown(disclosure, language);
        let all = groups.iter().map(|g| (g + 1).to_string()).collect::<Vec<_>>().join(", ");
        lines.push(language.pick(
            format!("{label}: one party, in groups {all}"),
            format!("{label}: una misma parte, en los grupos {all}"),
        ));
    }
    let pairs = by_pairs(plan);
    let room = MOST_LINES.saturating_sub(lines.len()).max(8);
    for ((a, b), edges) in pairs.iter().take(room) {
        let mut by_reason: BTreeMap<Why, Vec<usize>> = BTreeMap::new();
        edges.iter().for_each(|e| by_reason.entry(Why::of(chart.edges[*e].status)).or_default().push(e + 1));
        let said = by_reason.iter().map(|(why, numbers)| {
            let mut named = numbers.iter().take(MOST_NUMBERS).map(ToString::to_string).collect::<Vec<_>>().join(", ");
            if numbers.len() > MOST_NUMBERS {
                named.push_str(", …");
            }
            format!("{} ({named})", why.counted(numbers.len(), language))
        });
        let said = said.collect::<Vec<_>>().join("; ");
        let (one, two) = (a + 1, b + 1);
        lines.push(if a == b {
            language.pick(format!("Within group {one}: {said}"), format!("Dentro del grupo {one}: {said}"))
        } else {
            language.pick(format!("Groups {one} and {two}: {said}"), format!("Grupos {one} y {two}: {said}"))
        });
    }
    if pairs.len() > room {
        let rest: usize = pairs.values().skip(room).map(Vec::len).sum();
        let more = pairs.len() - room;
        lines.push(language.pick(
            format!("and {rest} links between {more} further pairs of groups"),
            format!("y {rest} enlaces entre otros {more} pares de grupos"),
        ));
    }
    lines
}
