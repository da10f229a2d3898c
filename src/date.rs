//! Dates of which only the year, or the year and month, may be known: each is an interval of days.

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A date as a record states it: a year, a month, or a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartialDate {
    first: Date,
    last: Date,
}

/// A text that is no date.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("date: expected YYYY, YYYY-MM or YYYY-MM-DD of the calendar, 1850 to 2200, got \"{got}\"")]
pub struct DateError {
    /// The text.
    pub got: String,
}

/// Years outside of this range are typing errors: no firearm is traced before the first metallic cartridges, none in the
/// far future.
const YEARS: std::ops::RangeInclusive<i16> = 1850..=2200;

impl PartialDate {
    /// A whole year; `None` outside 1850 to 2200.
    #[must_use]
    pub fn year(year: i16) -> Option<Self> {
        Self::span(Date::new(year, 1, 1).ok()?, Date::new(year, 12, 31).ok()?)
    }

    /// A whole month; `None` where there is no such month.
    #[must_use]
    pub fn month(year: i16, month: i8) -> Option<Self> {
        let first = Date::new(year, month, 1).ok()?;
        Self::span(first, first.last_of_month())
    }

    /// One day; `None` where the calendar has no such day.
    #[must_use]
    pub fn day(year: i16, month: i8, day: i8) -> Option<Self> {
        let date = Date::new(year, month, day).ok()?;
        Self::span(date, date)
    }

    fn span(first: Date, last: Date) -> Option<Self> {
        YEARS.contains(&first.year()).then_some(Self { first, last })
    }

    /// The first day it may be.
    #[must_use]
    pub const fn first(self) -> Date {
        self.first
    }

    /// The last day it may be.
    #[must_use]
    pub const fn last(self) -> Date {
        self.last
    }

    /// Whether the day is known.
    #[must_use]
    pub fn is_day(self) -> bool {
        self.first == self.last
    }

    /// Whether both may be the same day.
    #[must_use]
    pub fn may_equal(self, other: Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }

    /// Whether every day it may be lies before every day `other` may be.
    #[must_use]
    pub fn surely_before(self, other: Self) -> bool {
        self.last < other.first
    }

    /// Days from this date to a later one, as an interval; negative where `later` is in fact earlier.
    #[must_use]
    pub fn days_until(self, later: Self) -> DaySpan {
        DaySpan { least: days(self.last, later.first), most: days(self.first, later.last) }
    }
}

/// Whole days from `a` to `b`.
fn days(a: Date, b: Date) -> i64 {
    a.duration_until(b).as_hours() / 24
}

impl From<Date> for PartialDate {
    fn from(date: Date) -> Self {
        Self { first: date, last: date }
    }
}

impl std::fmt::Display for PartialDate {
    /// ISO 8601: `2019`, `2019-03` or `2019-03-05`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = if self.is_day() {
            self.first.to_string()
        } else if self.first.month() == self.last.month() {
            format!("{:04}-{:02}", self.first.year(), self.first.month())
        } else {
            format!("{:04}", self.first.year())
        };
        f.pad(&text)
    }
}

impl std::str::FromStr for PartialDate {
    type Err = DateError;

    /// Reads ISO 8601 only; what clerks write is read by [`crate::trace::import`].
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts: Vec<&str> = text.trim().split('-').collect();
        let digits = |s: &str, n: usize| s.len() == n && s.bytes().all(|b| b.is_ascii_digit());
        let date = match parts[..] {
            [y] if digits(y, 4) => y.parse().ok().and_then(Self::year),
            [y, m] if digits(y, 4) && digits(m, 2) => {
                y.parse().ok().zip(m.parse().ok()).and_then(|(y, m)| Self::month(y, m))
            }
            [y, m, d] if digits(y, 4) && digits(m, 2) && digits(d, 2) => {
                y.parse().ok().zip(m.parse().ok()).zip(d.parse().ok()).and_then(|((y, m), d)| Self::day(y, m, d))
            }
            _ => None,
        };
        date.ok_or_else(|| DateError { got: text.to_owned() })
    }
}

impl Serialize for PartialDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PartialDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// An interval of days between two dates of which either may be partial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DaySpan {
    /// The fewest days it may be.
    pub least: i64,
    /// The most days it may be.
    pub most: i64,
}

impl DaySpan {
    /// Whether the number of days is known.
    #[must_use]
    pub const fn is_exact(self) -> bool {
        self.least == self.most
    }

    /// Whether it is negative whatever the unknown days are.
    #[must_use]
    pub const fn surely_negative(self) -> bool {
        self.most < 0
    }
}

impl std::fmt::Display for DaySpan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.is_exact() { write!(f, "{}", self.least) } else { write!(f, "{} to {}", self.least, self.most) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_year_is_an_interval_of_days() {
        let bought: PartialDate = "2019".parse().unwrap();
        let found: PartialDate = "2020-01-15".parse().unwrap();
        assert_eq!(bought.days_until(found), DaySpan { least: 15, most: 379 });
        assert!(bought.surely_before(found));
        assert!(!bought.is_day());
    }

    #[test]
    fn impossible_days_are_refused_with_what_was_expected() {
        for bad in ["2023-02-29", "2023-13", "99", "12/05/2020", "", "0001-01-01", "+202", "2020-1-5"] {
            let err = bad.parse::<PartialDate>().unwrap_err();
            assert!(err.to_string().contains("YYYY"), "{err}");
        }
    }

    proptest! {
        #[test]
        fn text_and_back(y in 1850i16..2200, m in 1i8..=12, d in 1i8..=28, keep in 0..3) {
            let date = match keep {
                0 => PartialDate::year(y),
                1 => PartialDate::month(y, m),
                _ => PartialDate::day(y, m, d),
            }.unwrap();
            prop_assert_eq!(date.to_string().parse::<PartialDate>().unwrap(), date);
        }

        #[test]
        fn the_interval_holds_every_pair_of_days(y in 1990i16..2000, m in 1i8..=12, d in 1i8..=28, y2 in 1990i16..2000) {
            let (month, year) = (PartialDate::month(y, m).unwrap(), PartialDate::year(y2).unwrap());
            let span = month.days_until(year);
            let one = PartialDate::day(y, m, d).unwrap().days_until(PartialDate::day(y2, m, d).unwrap());
            prop_assert!(one.is_exact() && span.least <= one.least && one.most <= span.most);
        }
    }
}
