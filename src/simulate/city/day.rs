//! Days of the simulated calendar, counted so that they can be added and compared.

/// A day, counted from 1 March of the year 0 of the proleptic Gregorian calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i64);

/// Spanish abbreviations of the months.
const MESES: [&str; 12] = ["ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"];

impl Day {
    /// The day of a date of the calendar.
    #[must_use]
    pub fn new(year: i64, month: i64, day: i64) -> Self {
        // Years begin in March so that the leap day comes last; 153 days for every five months (Hinnant 2013).
        let year = if month <= 2 { year - 1 } else { year };
        let shifted = (month + 9) % 12;
        Self(
            365 * year + year.div_euclid(4) - year.div_euclid(100)
                + year.div_euclid(400)
                + (153 * shifted + 2) / 5
                + day
                - 1,
        )
    }

    /// So many days later.
    #[must_use]
    pub fn plus(self, days: i64) -> Self {
        Self(self.0 + days)
    }

    /// Days from another day to this one.
    #[must_use]
    pub fn since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }

    /// Year, month and day.
    #[must_use]
    pub fn civil(self) -> (i64, i64, i64) {
        let era = self.0.div_euclid(146_097);
        let of_era = self.0.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * of_year + 2) / 153;
        let day = of_year - (153 * shifted + 2) / 5 + 1;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        (year_of_era + era * 400 + i64::from(month <= 2), month, day)
    }

    /// `2021-03-09`.
    #[must_use]
    pub fn iso(self) -> String {
        let (year, month, day) = self.civil();
        format!("{year:04}-{month:02}-{day:02}")
    }

    /// `09/03/2021`.
    #[must_use]
    pub fn day_first(self) -> String {
        let (year, month, day) = self.civil();
        format!("{day:02}/{month:02}/{year:04}")
    }

    /// `9-mar-2021`.
    #[must_use]
    pub fn spanish(self) -> String {
        let (year, month, day) = self.civil();
        format!("{day}-{}-{year:04}", MESES[(month - 1).clamp(0, 11) as usize])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_two_centuries_agrees_with_a_calendar() {
        let mut date = jiff::civil::date(1900, 1, 1);
        let mut day = Day::new(1900, 1, 1);
        for _ in 0..73_000 {
            assert_eq!(day.iso(), date.to_string());
            let (y, m, d) = day.civil();
            assert_eq!(Day::new(y, m, d), day);
            date = date.tomorrow().unwrap();
            day = day.plus(1);
        }
        assert_eq!(Day::new(2021, 3, 9).spanish(), "9-mar-2021");
        assert_eq!(Day::new(2021, 3, 9).day_first(), "09/03/2021");
        assert_eq!(Day::new(2021, 3, 9).since(Day::new(2020, 3, 9)), 365);
    }
}
