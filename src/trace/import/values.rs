//! From cells to values: dates with their day-month order, yes and no, and words of a list.

use super::dictionary::Dictionary;
use crate::trace::{PartialDate, text::fold};
use serde::{Deserialize, Serialize};

/// Order of day and month where both are numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum DayOrder {
    /// Day, month, year, as in Mexico.
    #[serde(rename = "dmy")]
    DayFirst,
    /// Month, day, year, as in the United States.
    #[serde(rename = "mdy")]
    MonthFirst,
}

impl std::str::FromStr for DayOrder {
    type Err = String;

    /// Reads `dmy` and `mdy`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.trim().to_lowercase().as_str() {
            "dmy" => Ok(Self::DayFirst),
            "mdy" => Ok(Self::MonthFirst),
            other => Err(format!("order of dates: expected dmy or mdy, got \"{other}\"")),
        }
    }
}

/// What the cells of one column of dates say about the order of day and month.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct OrderEvidence {
    /// Row of the first date that can only be day first.
    pub day_first: Option<u64>,
    /// Row of the first date that can only be month first.
    pub month_first: Option<u64>,
    /// Row of the first date that reads both ways, to different days.
    pub either: Option<u64>,
}

impl OrderEvidence {
    /// Looks at one more cell.
    pub fn see(&mut self, row: u64, cell: &str, century: Option<i16>) {
        if let Written::TwoNumbers(a, b, _) = written(cell, &|_| None, century) {
            let slot = match (a > 12, b > 12) {
                (true, false) => &mut self.day_first,
                (false, true) => &mut self.month_first,
                (false, false) if a != b => &mut self.either,
                _ => return,
            };
            slot.get_or_insert(row);
        }
    }
}

/// How a date is written.
enum Written {
    Known(Option<PartialDate>),
    TwoNumbers(i8, i8, i16),
    Unreadable,
}

/// `century` is that of years with two digits at the end of a whole date; without one such years are not read.
fn written(cell: &str, month_of: &dyn Fn(&str) -> Option<i8>, century: Option<i16>) -> Written {
    // A time of day that a spreadsheet appended says nothing here.
    let cell = cell.trim();
    let bare = match cell.split_once([' ', 'T']) {
        Some((date, time)) if time.contains(':') && date.len() >= 8 => date,
        _ => cell,
    };
    let folded = fold(bare);
    let parts: Vec<&str> = folded.split(' ').filter(|w| !matches!(*w, "de" | "del" | "of")).collect();
    let number = |text: &str, digits: std::ops::RangeInclusive<usize>| {
        (digits.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()))
            .then(|| text.parse::<i16>().ok())
            .flatten()
    };
    let short = |text: &str| number(text, 1..=2).and_then(|n| i8::try_from(n).ok());
    let year = |text: &str| number(text, 4..=4);
    let last = |text: &str| year(text).or_else(|| Some(century? * 100 + number(text, 2..=2)?));
    match parts[..] {
        [y] => year(y).map_or(Written::Unreadable, |y| Written::Known(PartialDate::year(y))),
        [a, b] => {
            if let (Some(y), Some(m)) = (year(a), short(b).or_else(|| month_of(b))) {
                Written::Known(PartialDate::month(y, m))
            } else if let (Some(m), Some(y)) = (short(a).or_else(|| month_of(a)), year(b)) {
                Written::Known(PartialDate::month(y, m))
            } else {
                Written::Unreadable
            }
        }
        [a, b, c] => {
            if let (Some(y), Some(m), Some(d)) = (year(a), short(b).or_else(|| month_of(b)), short(c)) {
                Written::Known(PartialDate::day(y, m, d))
            } else if let (Some(a), Some(b), Some(y)) = (short(a), short(b), last(c)) {
                Written::TwoNumbers(a, b, y)
            } else if let (Some(d), Some(m), Some(y)) = (short(a), month_of(b), last(c)) {
                Written::Known(PartialDate::day(y, m, d))
            } else if let (Some(m), Some(d), Some(y)) = (month_of(a), short(b), last(c)) {
                Written::Known(PartialDate::day(y, m, d))
            } else {
                Written::Unreadable
            }
        }
        _ => Written::Unreadable,
    }
}

/// What was wrong with a cell: what would have been accepted, in English and Spanish.
pub(super) type Expected = (&'static str, &'static str);

/// Reads a date; `order` is the order of the column, needed where day and month are both numbers.
pub(super) fn date(
    cell: &str,
    order: Option<DayOrder>,
    dictionary: &Dictionary,
) -> Result<Option<PartialDate>, Expected> {
    const CALENDAR: Expected = ("a day of the calendar, 1850 to 2200", "un día del calendario, de 1850 a 2200");
    const FORM: Expected = (
        "a date with a year of four digits (2019, 03/2019, 2019-03-05, 5 Mar 2019, or day/month/year as stated); --century \
         says what two digits mean",
        "una fecha con año de cuatro cifras (2019, 03/2019, 2019-03-05, 5 mar 2019, o día/mes/año como se indicó); \
         --century dice qué significan dos cifras",
    );
    let month_of = |word: &str| dictionary.code("month", word).and_then(|code| code.parse().ok());
    let read = match written(cell, &month_of, dictionary.century) {
        Written::Known(date) => date,
        Written::TwoNumbers(a, b, year) => {
            let (day, month) = match order {
                Some(DayOrder::DayFirst) => (a, b),
                Some(DayOrder::MonthFirst) => (b, a),
                // Only reached where the column has no date that reads both ways: the number above 12 is the day.
                None if a > 12 => (a, b),
                None => (b, a),
            };
            PartialDate::day(year, month, day)
        }
        Written::Unreadable => return Err(FORM),
    };
    read.map(Some).ok_or(CALENDAR)
}

/// Reads yes or no.
pub(super) fn yes_no(cell: &str, dictionary: &Dictionary) -> Result<Option<bool>, Expected> {
    match dictionary.code("yes_no", cell) {
        Some("yes") => Ok(Some(true)),
        Some(_) => Ok(Some(false)),
        None => Err(("yes or no", "sí o no")),
    }
}

/// Reads a number of days.
pub(super) fn days(cell: &str) -> Result<Option<i64>, Expected> {
    let folded = cell.trim().to_lowercase();
    let number = folded.trim_end_matches(|c: char| c.is_alphabetic()).trim();
    let unit = fold(folded[number.len()..].trim());
    match number.replace(',', "").parse() {
        Ok(days) if matches!(unit.as_str(), "" | "d" | "day" | "days" | "dia" | "dias") => Ok(Some(days)),
        _ => Err(("a number of days", "un número de días")),
    }
}

/// Whether a cell holds a word of three letters or more.
pub(super) fn has_word(cell: &str) -> bool {
    cell.split(|c: char| !c.is_alphabetic()).any(|w| w.chars().count() >= 3)
}

/// A cell as it may be repeated to people: a word of three letters or more might be a name (rows slip, and a name stands
/// in the column of dates), so the letters of such a cell are hidden.
#[must_use]
pub(super) fn shown(cell: &str) -> String {
    const MOST_CHARACTERS: usize = 60;
    let cell: String = cell.trim().chars().take(MOST_CHARACTERS).collect();
    if has_word(&cell) { cell.chars().map(|c| if c.is_alphabetic() { '·' } else { c }).collect() } else { cell }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(cell: &str, order: Option<DayOrder>) -> Result<String, Expected> {
        date(cell, order, &Dictionary::embedded().unwrap()).map(|d| d.map(|d| d.to_string()).unwrap_or_default())
    }

    #[test]
    fn dates_as_clerks_write_them() {
        for (cell, expected) in [
            ("2019", "2019"),
            ("03/2019", "2019-03"),
            ("2019-03", "2019-03"),
            ("marzo 2019", "2019-03"),
            ("mar. de 2019", "2019-03"),
            ("2019-03-05", "2019-03-05"),
            ("2019/3/5 0:00", "2019-03-05"),
            ("5/3/2019", "2019-03-05"),
            ("05.03.2019", "2019-03-05"),
            ("05/03/2019 13:45:00", "2019-03-05"),
            ("5 de marzo de 2019", "2019-03-05"),
            ("5-MAR-2019", "2019-03-05"),
            ("March 5, 2019", "2019-03-05"),
        ] {
            assert_eq!(read(cell, Some(DayOrder::DayFirst)).as_deref(), Ok(expected), "{cell}");
        }
        assert_eq!(read("5/3/2019", Some(DayOrder::MonthFirst)).as_deref(), Ok("2019-05-03"));
        for bad in ["31/02/2019", "5/3/19", "43529", "soon", "2019-13-01", "13/13/2019", "1/2/3/2019", "0/1/2019"] {
            assert!(read(bad, Some(DayOrder::DayFirst)).is_err(), "{bad}");
        }
    }

    #[test]
    fn two_digits_of_a_year_are_read_only_in_a_stated_century() {
        let mut dictionary = Dictionary::embedded().unwrap();
        let read = |d: &Dictionary, cell: &str| date(cell, Some(DayOrder::DayFirst), d).ok().flatten();
        assert_eq!(read(&dictionary, "5/3/19"), None);
        dictionary.century = Some(20);
        for cell in ["5/3/19", "05-mar-19", "March 5, 19"] {
            assert_eq!(read(&dictionary, cell).unwrap().to_string(), "2019-03-05", "{cell}");
        }
        assert_eq!(read(&dictionary, "19"), None, "a lone number of two digits is no year");
        assert_eq!(read(&dictionary, "03/19"), None);
    }

    #[test]
    fn the_order_of_a_column_is_read_off_days_above_twelve() {
        let mut column = OrderEvidence::default();
        for (row, cell) in ["1/2/2019", "05/05/2020", "25/2/2019", "2019-02-25", "99/99/2019"].iter().enumerate() {
            column.see(row as u64, cell, None);
        }
        assert_eq!((column.day_first, column.month_first, column.either), (Some(2), None, Some(0)));
    }

    #[test]
    fn a_name_in_the_wrong_column_is_not_repeated() {
        assert_eq!(shown("Ana Inventada"), "··· ·········");
        assert_eq!(shown("32/13/2020"), "32/13/2020");
        assert_eq!(shown("Inventada"), "·········");
    }

    #[test]
    fn days_are_a_number() {
        assert_eq!(days("1,234 days"), Ok(Some(1234)));
        assert_eq!(days("-5"), Ok(Some(-5)));
        assert_eq!(days("12 días"), Ok(Some(12)));
        assert!(days("3 years").is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn any_cell_is_read_or_refused(cells in proptest::collection::vec("\\PC{0,30}", 64)) {
            let dictionary = Dictionary::embedded().unwrap();
            for cell in &cells {
                let _ = (date(cell, None, &dictionary), days(cell), yes_no(cell, &dictionary), shown(cell));
            }
        }
    }
}
