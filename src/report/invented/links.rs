//! An invented link chart of several guns that wait for many decisions.

use super::records::{chart, edge, node};
use crate::report::chart::{Edge, EdgeKind, LinkChart, Node, NodeKind};
use crate::report::view::{EdgeStatus, Name};

/// About `nodes` nodes around `guns` firearms that share a dealer; every gun's trace is claimed by the guns beside it, cases of
/// neighbours wait to be examined, links were taken back, and two traces are claimed by two guns each.
pub fn guns(guns: usize, nodes: usize) -> LinkChart {
    let mut whole = LinkChart { title: "Links".into(), ..LinkChart::default() };
    let key = |g: usize, key: &str| if key == "de" { "de".to_owned() } else { format!("{g}/{key}") };
    for g in 0..guns {
        let one = chart(nodes / guns);
        for node in one.nodes {
            if node.key != "de" || g == 0 {
                let firearm = node.kind == NodeKind::Firearm;
                let label = if firearm { Name::Open(format!("FA-{:04}", 42 + g)) } else { node.label.clone() };
                whole.nodes.push(Node { key: key(g, &node.key), label, ..node });
            }
        }
        let confirmed = |e: &Edge| if e.kind == EdgeKind::RecordLink { EdgeStatus::Automatic } else { e.status };
        whole.edges.extend(one.edges.into_iter().map(|e| Edge {
            status: confirmed(&e),
            from: key(g, &e.from),
            to: key(g, &e.to),
            ..e
        }));
    }
    let cases = whole.nodes.iter().filter(|n| n.kind == NodeKind::Case).map(|n| n.key.clone()).collect::<Vec<_>>();
    for a in 0..guns {
        for b in (0..guns).filter(|b| *b != a && (a + 1) % guns != *b) {
            whole.edges.push(edge(&key(a, "fa"), &key(b, "tr"), EdgeKind::RecordLink, EdgeStatus::Review));
        }
        let next = (a + 1) % guns;
        if next != a {
            whole.edges.push(edge(&key(a, "fa"), &key(next, "tr"), EdgeKind::RecordLink, EdgeStatus::Withdrawn));
        }
    }
    for (i, case) in cases.iter().enumerate() {
        let other = &cases[(i * 7 + cases.len() / 2) % cases.len()];
        let apart = case.split('/').next() != other.split('/').next();
        if apart && i % 2 == 0 {
            whole.edges.push(edge(case, other, EdgeKind::Ballistic, EdgeStatus::Review));
        }
    }
    for t in 0..2 {
        let own = format!("open{t}");
        whole.nodes.push(node(&own, NodeKind::Trace, &format!("T2024010000{t}")));
        for g in [t % guns, (t + 1) % guns] {
            whole.edges.push(edge(&key(g, "fa"), &own, EdgeKind::RecordLink, EdgeStatus::Review));
        }
    }
    whole
}
