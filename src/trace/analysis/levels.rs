//! The coarser level of a table of counts, computed from the finer one as it is published and from nothing else.
//!
//! A reader who holds both levels could subtract: the guns between two countries less those between their states that are
//! shown leave what is withheld. So the counts between countries are no counts of guns but what the table between states
//! tells of them: the number itself where nothing of it is withheld, else a range that contains it. What is a function of
//! a published table adds nothing to it, whatever is done with both; no rule of suppression has to be trusted for that.
//!
//! The ranges are found by bounding (Dobra and Fienberg 2000): every withheld cell is one or more, and each row, column
//! and total leaves its cells only what the others do not take. They hold the true count; another reader might find
//! narrower ones from the same published table, never a withheld count.

use super::suppress::Count;

/// More guns than there are; sums of it stay far from overflowing.
const NO_LIMIT: i128 = 1 << 60;

/// Least and most that a cell may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Range {
    least: i128,
    most: i128,
}

impl Range {
    const NONE: Self = Self { least: 0, most: 0 };

    fn of(count: Count) -> Self {
        match count {
            Count::Shown(n) => Self { least: n.into(), most: n.into() },
            Count::Withheld => Self { least: 1, most: NO_LIMIT },
            Count::Between { least, most } => Self { least: least.into(), most: most.map_or(NO_LIMIT, Into::into) },
        }
    }

    fn and(self, other: Self) -> Self {
        Self { least: self.least.max(other.least), most: self.most.min(other.most) }
    }

    fn plus(self, other: Self) -> Self {
        Self { least: self.least + other.least, most: self.most + other.most }
    }

    /// What is left of this when the other is taken away.
    fn less(self, other: Self) -> Self {
        Self { least: self.least - other.most, most: self.most - other.least }
    }

    fn sum(all: impl Iterator<Item = Self>) -> Self {
        all.fold(Self::NONE, Self::plus)
    }

    fn count(self) -> Count {
        let number = |n: i128| u64::try_from(n.max(0)).unwrap_or(u64::MAX);
        if self.least == self.most {
            return Count::Shown(number(self.least));
        }
        let most = (self.most < NO_LIMIT / 2).then(|| number(self.most));
        Count::Between { least: number(self.least), most }
    }
}

/// Passes over a table after which ranges that still narrow do so by a gun at a time, which nobody needs.
const PASSES: usize = 30;

/// The table of the coarser level with its totals, from the published finer one with its totals. `rows` and `columns` say
/// of each row and column of the finer level to which of the coarser it belongs, from 0 to `size`.
#[must_use]
pub fn coarser(
    published: &[Vec<Count>],
    (rows, columns): (&[usize], &[usize]),
    size: (usize, usize),
) -> Vec<Vec<Count>> {
    let mut ranges: Vec<Vec<Range>> = published.iter().map(|r| r.iter().copied().map(Range::of).collect()).collect();
    for _ in 0..PASSES {
        let before = ranges.clone();
        narrow(&mut ranges);
        if ranges == before {
            break;
        }
    }
    // The totals are the last row and column, and belong to the totals of the coarser level.
    let of_row = |i: usize| rows.get(i).copied().unwrap_or(size.0);
    let of_column = |j: usize| columns.get(j).copied().unwrap_or(size.1);
    let block = |a: usize, b: usize| {
        let own_rows: Vec<usize> = (0..=rows.len()).filter(|i| of_row(*i) == a).collect();
        let own_columns: Vec<usize> = (0..=columns.len()).filter(|j| of_column(*j) == b).collect();
        let along_rows = own_rows.iter().map(|i| {
            let within = Range::sum(own_columns.iter().map(|j| ranges[*i][*j]));
            if b == size.1 {
                return within;
            }
            let others = (0..columns.len()).filter(|j| of_column(*j) != b).map(|j| ranges[*i][j]);
            within.and(ranges[*i][columns.len()].less(Range::sum(others)))
        });
        let along_columns = own_columns.iter().map(|j| {
            let within = Range::sum(own_rows.iter().map(|i| ranges[*i][*j]));
            if a == size.0 {
                return within;
            }
            let others = (0..rows.len()).filter(|i| of_row(*i) != a).map(|i| ranges[i][*j]);
            within.and(ranges[rows.len()][*j].less(Range::sum(others)))
        });
        Range::sum(along_rows).and(Range::sum(along_columns)).count()
    };
    (0..=size.0).map(|a| (0..=size.1).map(|b| block(a, b)).collect()).collect()
}

/// Each line of cells and its total leave each other what they can be.
fn narrow(ranges: &mut [Vec<Range>]) {
    let (rows, columns) = (ranges.len(), ranges.first().map_or(0, Vec::len));
    for i in 0..rows {
        let line: Vec<(usize, usize)> = (0..columns).map(|j| (i, j)).collect();
        narrow_line(ranges, &line);
    }
    for j in 0..columns {
        let line: Vec<(usize, usize)> = (0..rows).map(|i| (i, j)).collect();
        narrow_line(ranges, &line);
    }
}

/// A line of cells of which the last is the total of the others.
fn narrow_line(ranges: &mut [Vec<Range>], line: &[(usize, usize)]) {
    let Some(((ti, tj), parts)) = line.split_last() else { return };
    let sum = Range::sum(parts.iter().map(|(i, j)| ranges[*i][*j]));
    let total = ranges[*ti][*tj].and(sum);
    ranges[*ti][*tj] = total;
    for (i, j) in parts {
        let own = ranges[*i][*j];
        let others = Range { least: sum.least - own.least, most: sum.most - own.most };
        ranges[*i][*j] = own.and(total.less(others));
    }
}
