//! Logistic regression with slopes that cannot be negative, by Newton's method.

/// Newton steps at most; five to ten suffice.
const NEWTON_STEPS: usize = 200;

/// Weighted logistic loss plus `ridge / 2` times the squared slopes, of slopes followed by the intercept.
pub(super) fn loss(rows: &[(Vec<f64>, bool, f64)], at: &[f64], ridge: f64) -> f64 {
    let one = |(x, km, w): &(Vec<f64>, bool, f64)| {
        let odds = if *km { -log_odds(x, at) } else { log_odds(x, at) };
        // ln(1 + e^odds) without overflow.
        w * (odds.max(0.0) + libm::log1p(libm::exp(-odds.abs())))
    };
    let slopes = at.split_last().map_or(&[][..], |(_, slopes)| slopes);
    rows.iter().map(one).sum::<f64>() + ridge / 2.0 * slopes.iter().map(|c| c * c).sum::<f64>()
}

fn log_odds(x: &[f64], at: &[f64]) -> f64 {
    let intercept = at.last().copied().unwrap_or(0.0);
    intercept + x.iter().zip(at).map(|(v, c)| v * c).sum::<f64>()
}

/// Where [`loss`] is least with no slope below 0: Newton's method over the slopes that are free to move, steps cut at 0 and halved until the loss
/// falls. Data that are almost separable bend the loss so little in one direction that steps one coordinate at a time would
/// need thousands of rounds.
pub(super) fn descend(rows: &[(Vec<f64>, bool, f64)], ridge: f64) -> Vec<f64> {
    let terms = rows.first().map_or(0, |r| r.0.len());
    let mut at = vec![0.0; terms + 1];
    let mut now = loss(rows, &at, ridge);
    for _ in 0..NEWTON_STEPS {
        let mut slope = vec![0.0; terms + 1];
        let mut bend = vec![vec![0.0; terms + 1]; terms + 1];
        for (x, km, w) in rows {
            let p = 1.0 / (1.0 + libm::exp(-log_odds(x, &at)));
            let value = |i: usize| x.get(i).copied().unwrap_or(1.0);
            for (i, row) in bend.iter_mut().enumerate() {
                slope[i] += w * (p - f64::from(u8::from(*km))) * value(i);
                for (j, cell) in row.iter_mut().enumerate() {
                    *cell += w * p * (1.0 - p) * value(i) * value(j);
                }
            }
        }
        for i in 0..terms {
            slope[i] += ridge * at[i];
            bend[i][i] += ridge;
        }
        // A slope at 0 that the loss would push below stays; a little bend keeps a flat direction from dividing by nothing.
        let free: Vec<usize> = (0..=terms).filter(|i| *i == terms || at[*i] > 0.0 || slope[*i] < 0.0).collect();
        let system =
            free.iter().map(|i| free.iter().map(|j| bend[*i][*j] + if i == j { 1e-12 } else { 0.0 }).collect());
        let step = solved(system.collect(), free.iter().map(|i| slope[*i]).collect());
        // Cut at 0, a Newton step may point uphill; a step scaled coordinate by coordinate never does.
        let plain: Vec<f64> = free.iter().map(|i| slope[*i] / bend[*i][*i].max(1e-12)).collect();
        let moved = |step: &[f64], share: f64| {
            let mut next = at.clone();
            for (i, d) in free.iter().zip(step) {
                next[*i] -= share * d;
                if *i < terms {
                    next[*i] = next[*i].max(0.0);
                }
            }
            next
        };
        let tried = [&step, &plain]
            .into_iter()
            .flat_map(|step| (0..40).map(move |halvings| (step, halvings)))
            .map(|(step, halvings)| moved(step, 0.5f64.powi(halvings)))
            .map(|n| (loss(rows, &n, ridge), n))
            .find(|n| n.0 < now);
        let Some((lower, next)) = tried else { break };
        let settled = now - lower < 1e-15;
        (now, at) = (lower, next);
        if settled {
            break;
        }
    }
    at
}

/// Solves a symmetric system with positive diagonal by elimination.
fn solved(mut a: Vec<Vec<f64>>, mut b: Vec<f64>) -> Vec<f64> {
    let n = b.len();
    for pivot in 0..n {
        let (done, rest) = a.split_at_mut(pivot + 1);
        let own = &done[pivot];
        for (at, row) in rest.iter_mut().enumerate() {
            let share = row[pivot] / own[pivot];
            row.iter_mut().zip(own).skip(pivot).for_each(|(x, above)| *x -= share * above);
            b[pivot + 1 + at] -= share * b[pivot];
        }
    }
    for row in (0..n).rev() {
        let known: f64 = (row + 1..n).map(|column| a[row][column] * b[column]).sum();
        b[row] = (b[row] - known) / a[row][row];
    }
    b
}

#[cfg(test)]
mod tests {
    use super::super::calibrate::Fit;
    use super::*;
    use proptest::prelude::*;

    /// The slow twin: Newton steps one coordinate at a time, between the exact curvature and its bound 1/4.
    fn coordinates(rows: &[(Vec<f64>, bool, f64)], ridge: f64) -> Fit {
        const ROUNDS: usize = 4000;
        const SETTLED: f64 = 1e-9;
        let terms = rows.first().map_or(0, |r| r.0.len());
        let mut now = Fit { intercept: 0.0, coefficients: vec![0.0; terms] };
        let mut odds: Vec<f64> = vec![0.0; rows.len()];
        for _ in 0..ROUNDS {
            let mut change: f64 = 0.0;
            for axis in 0..=terms {
                let value = |r: &(Vec<f64>, bool, f64)| if axis == terms { 1.0 } else { r.0[axis] };
                let old = if axis == terms { now.intercept } else { now.coefficients[axis] };
                let pull = if axis == terms { 0.0 } else { ridge };
                let (mut slope, mut bend) = (pull * old, pull);
                for (r, o) in rows.iter().zip(&odds) {
                    let p = 1.0 / (1.0 + libm::exp(-o));
                    let (x, y) = (value(r), if r.1 { 1.0 } else { 0.0 });
                    slope += r.2 * (p - y) * x;
                    // Between the exact curvature and its bound: safe, and fast where the data are separable.
                    bend += r.2 * x * x * (0.5 * p * (1.0 - p) + 0.125);
                }
                if bend <= 0.0 {
                    continue;
                }
                let next = old - slope / bend;
                let next = if axis == terms { next } else { next.max(0.0) };
                let step = next - old;
                if step != 0.0 {
                    for (r, o) in rows.iter().zip(&mut odds) {
                        *o += step * value(r);
                    }
                }
                if axis == terms {
                    now.intercept = next;
                } else {
                    now.coefficients[axis] = next;
                }
                change = change.max(step.abs());
            }
            if change < SETTLED {
                break;
            }
        }
        now
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn newton_finds_no_worse_than_its_slow_twin_and_no_neighbour_is_better(
            rows in prop::collection::vec((prop::collection::vec(-2.0..2.0f64, 2), any::<bool>(), 0.01..0.1f64), 6..40),
        ) {
            prop_assume!(rows.iter().any(|r| r.1) && rows.iter().any(|r| !r.1));
            let ridge = 1e-3;
            let best = descend(&rows, ridge);
            let least = loss(&rows, &best, ridge);
            let slow = coordinates(&rows, ridge);
            let slow = [slow.coefficients, vec![slow.intercept]].concat();
            prop_assert!(least <= loss(&rows, &slow, ridge) + 1e-9, "{best:?} {slow:?}");
            for axis in 0..3 {
                for step in [-0.01, 0.01] {
                    let mut other = best.clone();
                    other[axis] += step;
                    if axis < 2 { other[axis] = other[axis].max(0.0) }
                    prop_assert!(loss(&rows, &other, ridge) >= least - 1e-9);
                }
            }
        }
    }
}
