//! Dates of which sometimes only the year or the month is known.

use super::CaseworkError;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A calendar date known to the day, the month or the year (ISO 8601 reduced precision: `2024-05-17`, `2024-05`, `2024`).
///
/// Ordered by its earliest day, then the more precise last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PartialDate {
    year: i16,
    month: Option<i8>,
    day: Option<i8>,
}

impl PartialDate {
    /// A date known to the year.
    ///
    /// # Errors
    /// When the year is not 1850 to 2200: outside it a date of casework is a slip of the pen.
    pub fn year(year: i16) -> Result<Self, CaseworkError> {
        Self::new(year, None, None)
    }

    /// A date known to the month.
    ///
    /// # Errors
    /// As [`PartialDate::year`], and when there is no such month.
    pub fn month(year: i16, month: i8) -> Result<Self, CaseworkError> {
        Self::new(year, Some(month), None)
    }

    /// A date known to the day.
    ///
    /// # Errors
    /// As [`PartialDate::month`], and when there is no such day.
    pub fn day(year: i16, month: i8, day: i8) -> Result<Self, CaseworkError> {
        Self::new(year, Some(month), Some(day))
    }

    fn new(year: i16, month: Option<i8>, day: Option<i8>) -> Result<Self, CaseworkError> {
        let date = Self { year, month, day };
        let possible = (1850..=2200).contains(&year)
            && Date::new(year, month.unwrap_or(1), day.unwrap_or(1)).is_ok()
            && (month.is_some() || day.is_none());
        if possible {
            Ok(date)
        } else {
            Err(CaseworkError::BadValue {
                field: "date",
                expected: "a day, month or year between 1850 and 2200".into(),
                got: date.to_string(),
            })
        }
    }

    /// The first day it may be.
    #[must_use]
    pub fn first(self) -> Date {
        // Checked on construction; Date::MIN can never be seen.
        Date::new(self.year, self.month.unwrap_or(1), self.day.unwrap_or(1)).unwrap_or(Date::MIN)
    }

    /// The last day it may be.
    #[must_use]
    pub fn last(self) -> Date {
        match (self.month, self.day) {
            (_, Some(_)) => self.first(),
            (Some(_), None) => self.first().last_of_month(),
            (None, _) => self.first().last_of_year(),
        }
    }

    /// The day, where it is known.
    #[must_use]
    pub fn exact(self) -> Option<Date> {
        self.day.map(|_| self.first())
    }
}

impl From<Date> for PartialDate {
    fn from(date: Date) -> Self {
        Self { year: date.year(), month: Some(date.month()), day: Some(date.day()) }
    }
}

impl PartialOrd for PartialDate {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for PartialDate {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.year, self.month, self.day).cmp(&(other.year, other.month, other.day))
    }
}

impl std::fmt::Display for PartialDate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut text = format!("{:04}", self.year);
        for part in [self.month, self.day].into_iter().flatten() {
            text.push_str(&format!("-{part:02}"));
        }
        f.pad(&text)
    }
}

impl std::str::FromStr for PartialDate {
    type Err = CaseworkError;

    /// Reads `YYYY`, `YYYY-MM` and `YYYY-MM-DD`, nothing else: other orders are the importer's business.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refuse = || CaseworkError::BadValue {
            field: "date",
            expected: "YYYY-MM-DD, YYYY-MM or YYYY".into(),
            got: text.to_owned(),
        };
        let parts: Vec<&str> = text.trim().split('-').collect();
        let widths_right = parts
            .iter()
            .enumerate()
            .all(|(i, part)| part.len() == if i == 0 { 4 } else { 2 } && part.bytes().all(|b| b.is_ascii_digit()));
        if !widths_right {
            return Err(refuse());
        }
        let year = parts.first().and_then(|p| p.parse().ok()).ok_or_else(refuse)?;
        let number = |i: usize| parts.get(i).map(|p| p.parse::<i8>().map_err(|_| refuse())).transpose();
        if parts.len() > 3 {
            return Err(refuse());
        }
        Self::new(year, number(1)?, number(2)?)
    }
}

impl TryFrom<String> for PartialDate {
    type Error = CaseworkError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<PartialDate> for String {
    fn from(date: PartialDate) -> Self {
        date.to_string()
    }
}
