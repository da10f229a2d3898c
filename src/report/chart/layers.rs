//! Layered drawing of a graph (Sugiyama, Tagawa and Toda 1981): few crossings, long edges led around boxes, no overlaps.
//!
//! Everything is decided by order and arithmetic, so one graph always gives one drawing.

/// Rounds of sweeps that reorder layers; the best order seen is kept, and small charts settle within a few.
const SWEEPS: usize = 12;

/// Rounds in which items move towards their neighbours' heights.
const SETTLING: usize = 8;

/// Height that an edge passing through a layer is given there, px.
const PASSAGE: f64 = 12.0;

/// Where everything stands.
pub(crate) struct Arrangement {
    /// Centre of every item along y, px; the first items are the given nodes, then the passages of long edges.
    pub centre: Vec<f64>,
    /// For every given edge its items from the left layer to the right one; both ends only for edges within a layer.
    pub routes: Vec<Vec<usize>>,
    /// Height of the whole, px.
    pub height: f64,
}

struct Items {
    layer: Vec<usize>,
    height: Vec<f64>,
    left: Vec<Vec<usize>>,
    right: Vec<Vec<usize>>,
}

/// Arranges nodes of given layers and heights, `spacing` px apart at least; `edges` name nodes, in either direction.
pub(crate) fn arrange(layer: &[usize], heights: &[f64], edges: &[(usize, usize)], spacing: f64) -> Arrangement {
    let count = layer.iter().max().map_or(0, |last| last + 1);
    let mut items = Items {
        layer: layer.to_vec(),
        height: heights.to_vec(),
        left: vec![Vec::new(); layer.len()],
        right: vec![Vec::new(); layer.len()],
    };
    let routes: Vec<Vec<usize>> = edges.iter().map(|&(a, b)| route(&mut items, a, b)).collect();
    let mut order: Vec<Vec<usize>> = vec![Vec::new(); count];
    for item in 0..items.layer.len() {
        order[items.layer[item]].push(item);
    }
    reduce_crossings(&items, &mut order);
    let centre = settle(&items, &order, spacing);
    let height = centre.iter().zip(&items.height).map(|(c, h)| c + h / 2.0).fold(0.0, f64::max);
    Arrangement { centre, routes, height }
}

/// Leads an edge through passages in the layers between its ends and joins neighbours.
fn route(items: &mut Items, a: usize, b: usize) -> Vec<usize> {
    let (from, to) = if items.layer[a] <= items.layer[b] { (a, b) } else { (b, a) };
    let mut chain = vec![from];
    for layer in items.layer[from] + 1..items.layer[to] {
        items.layer.push(layer);
        items.height.push(PASSAGE);
        items.left.push(Vec::new());
        items.right.push(Vec::new());
        chain.push(items.layer.len() - 1);
    }
    chain.push(to);
    if items.layer[from] != items.layer[to] {
        for pair in chain.windows(2) {
            items.right[pair[0]].push(pair[1]);
            items.left[pair[1]].push(pair[0]);
        }
    }
    chain
}

/// Orders each layer by the mean place of its neighbours, sweeping right and left; keeps the best order.
fn reduce_crossings(items: &Items, order: &mut Vec<Vec<usize>>) {
    let mut best = order.clone();
    let mut fewest = crossings(items, order);
    for sweep in 0..SWEEPS {
        if fewest == 0 {
            break;
        }
        let rightwards = sweep % 2 == 0;
        let layers: Vec<usize> =
            if rightwards { (1..order.len()).collect() } else { (0..order.len()).rev().skip(1).collect() };
        for layer in layers {
            let place = places(items, order);
            let neighbours = if rightwards { &items.left } else { &items.right };
            let mut keyed: Vec<(f64, usize)> = order[layer]
                .iter()
                .map(|&item| {
                    let near = &neighbours[item];
                    let own = place[item] as f64;
                    let mean = near.iter().map(|&n| place[n] as f64).sum::<f64>() / near.len().max(1) as f64;
                    (if near.is_empty() { own } else { mean }, item)
                })
                .collect();
            keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
            order[layer] = keyed.into_iter().map(|(_, item)| item).collect();
        }
        let now = crossings(items, order);
        if now < fewest {
            fewest = now;
            best.clone_from(order);
        }
    }
    *order = best;
}

fn places(items: &Items, order: &[Vec<usize>]) -> Vec<usize> {
    let mut place = vec![0; items.layer.len()];
    for layer in order {
        for (i, &item) in layer.iter().enumerate() {
            place[item] = i;
        }
    }
    place
}

/// How many pairs of edges between neighbouring layers cross.
fn crossings(items: &Items, order: &[Vec<usize>]) -> usize {
    let place = places(items, order);
    order
        .iter()
        .map(|layer| {
            let ends: Vec<(usize, usize)> = layer
                .iter()
                .flat_map(|&a| items.right[a].iter().map(move |&b| (a, b)))
                .map(|(a, b)| (place[a], place[b]))
                .collect();
            let mut count = 0;
            for (i, p) in ends.iter().enumerate() {
                count += ends[i + 1..].iter().filter(|q| (p.0 < q.0 && p.1 > q.1) || (p.0 > q.0 && p.1 < q.1)).count();
            }
            count
        })
        .sum()
}

/// Moves items towards the mean of their neighbours as far as order and spacing allow.
fn settle(items: &Items, order: &[Vec<usize>], spacing: f64) -> Vec<f64> {
    let mut centre = vec![0.0; items.layer.len()];
    for layer in order {
        let mut y = 0.0;
        for &item in layer {
            centre[item] = y + items.height[item] / 2.0;
            y += items.height[item] + spacing;
        }
    }
    for round in 0..SETTLING {
        let layers: Vec<usize> =
            if round % 2 == 0 { (0..order.len()).collect() } else { (0..order.len()).rev().collect() };
        for layer in layers {
            let wanted: Vec<f64> = order[layer]
                .iter()
                .map(|&item| {
                    let near: Vec<usize> = items.left[item].iter().chain(&items.right[item]).copied().collect();
                    if near.is_empty() {
                        centre[item]
                    } else {
                        near.iter().map(|&n| centre[n]).sum::<f64>() / near.len() as f64
                    }
                })
                .collect();
            let sizes: Vec<f64> = order[layer].iter().map(|&item| items.height[item]).collect();
            for (&item, y) in order[layer].iter().zip(spaced(&wanted, &sizes, spacing)) {
                centre[item] = y;
            }
        }
    }
    let top = centre.iter().zip(&items.height).map(|(c, h)| c - h / 2.0).fold(f64::INFINITY, f64::min);
    if top.is_finite() {
        centre.iter_mut().for_each(|c| *c -= top);
    }
    centre
}

/// The centres nearest to the wanted ones (least squares) that keep order and spacing: isotonic regression by pooling of
/// adjacent violators (Ayer et al. 1955) after the necessary distances are taken off.
fn spaced(wanted: &[f64], sizes: &[f64], spacing: f64) -> Vec<f64> {
    let mut offset = Vec::with_capacity(wanted.len());
    let mut sum = 0.0;
    for i in 0..wanted.len() {
        if i > 0 {
            sum += sizes[i - 1] / 2.0 + spacing + sizes[i] / 2.0;
        }
        offset.push(sum);
    }
    let mut pools: Vec<(f64, usize)> = Vec::new();
    for i in 0..wanted.len() {
        let mut pool = (wanted[i] - offset[i], 1);
        while let Some(&last) = pools.last() {
            if last.0 <= pool.0 {
                break;
            }
            pools.pop();
            let n = last.1 + pool.1;
            pool = ((last.0 * last.1 as f64 + pool.0 * pool.1 as f64) / n as f64, n);
        }
        pools.push(pool);
    }
    pools
        .iter()
        .flat_map(|&(value, n)| std::iter::repeat_n(value, n))
        .zip(&offset)
        .map(|(value, o)| value + o)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_crossing_that_can_be_undone_is_undone() {
        let layer = [0, 0, 1, 1];
        let arrangement = arrange(&layer, &[40.0; 4], &[(0, 3), (1, 2)], 14.0);
        let c = arrangement.centre;
        assert_eq!((c[0] - c[1]).signum(), (c[3] - c[2]).signum());
    }

    #[test]
    fn a_long_edge_gets_a_passage_of_its_own_in_every_layer_between() {
        let arrangement = arrange(&[0, 1, 2], &[40.0; 3], &[(0, 2), (0, 1)], 14.0);
        assert_eq!(arrangement.routes[0].len(), 3);
        let passage = arrangement.routes[0][1];
        assert!(passage >= 3);
        assert!((arrangement.centre[passage] - arrangement.centre[1]).abs() >= 20.0 + PASSAGE / 2.0);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]

        #[test]
        fn items_of_a_layer_never_overlap(
            layer in proptest::collection::vec(0usize..6, 1..40),
            picks in proptest::collection::vec((0usize..40, 0usize..40), 0..60),
        ) {
            let edges: Vec<(usize, usize)> =
                picks.iter().map(|&(a, b)| (a % layer.len(), b % layer.len())).filter(|(a, b)| a != b).collect();
            let heights: Vec<f64> = (0..layer.len()).map(|i| 30.0 + (i % 3) as f64 * 8.0).collect();
            let arrangement = arrange(&layer, &heights, &edges, 14.0);
            for a in 0..layer.len() {
                for b in 0..a {
                    if layer[a] == layer[b] {
                        let least = (heights[a] + heights[b]) / 2.0;
                        prop_assert!((arrangement.centre[a] - arrangement.centre[b]).abs() >= least);
                    }
                }
                prop_assert!(arrangement.centre[a] >= heights[a] / 2.0 - 1e-9);
                prop_assert!(arrangement.centre[a] + heights[a] / 2.0 <= arrangement.height + 1e-9);
            }
        }

        #[test]
        fn spaced_keeps_what_already_fits(gaps in proptest::collection::vec(60.0..200.0f64, 1..12)) {
            let wanted: Vec<f64> = gaps.iter().scan(0.0, |y, g| { *y += g; Some(*y) }).collect();
            let placed = spaced(&wanted, &vec![40.0; wanted.len()], 14.0);
            for (a, b) in wanted.iter().zip(&placed) {
                prop_assert!((a - b).abs() < 1e-9);
            }
        }
    }
}
