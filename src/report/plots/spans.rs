//! Spans: one row a cluster or gun over a common time axis, each date drawn as the interval of days it may be.

use crate::date::PartialDate;
use crate::language::Language;
use crate::report::lettering::{text_width, wrapped};
use crate::report::palette::{INK, MUTED, ORANGE, RULE, VERMILLION};
use crate::report::svg::{Anchor, Paint, Svg, Type};
use crate::report::view::Phrase;
use crate::report::{Drawing, ReportError};

/// What happened on a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpanKind {
    /// First retail purchase.
    Purchase,
    /// A shooting over hits alone.
    Shooting,
    /// A shooting that rests on a lead.
    Unconfirmed,
    /// Recovery.
    Recovery,
}

impl SpanKind {
    const ALL: [Self; 4] = [Self::Purchase, Self::Shooting, Self::Unconfirmed, Self::Recovery];

    fn colour(self) -> &'static str {
        match self {
            Self::Purchase => ORANGE,
            Self::Shooting | Self::Unconfirmed => VERMILLION,
            Self::Recovery => INK,
        }
    }

    fn words(self, language: Language) -> &'static str {
        match self {
            Self::Purchase => language.pick("purchase", "compra"),
            Self::Shooting => language.pick("shooting, by hits", "disparo, por hits"),
            Self::Unconfirmed => language.pick("shooting, unconfirmed", "disparo, sin confirmar"),
            Self::Recovery => language.pick("recovery", "aseguramiento"),
        }
    }

    /// The mark of a known day, in the shape that the timeline of a firearm gives it: where two lie on one another the corners
    /// of both are seen.
    fn draw(self, svg: &mut Svg, (x, y): (f64, f64)) {
        let points = |all: &[(f64, f64)]| all.iter().map(|p| (x + p.0, y + p.1)).collect::<Vec<_>>();
        match self {
            Self::Purchase => svg.rect(x - 4.5, y - 4.5, 9.0, 9.0, 0.0, self.paint()),
            Self::Shooting | Self::Unconfirmed => {
                svg.polygon(&points(&[(0.0, -5.5), (5.5, 0.0), (0.0, 5.5), (-5.5, 0.0)]), self.paint());
            }
            Self::Recovery => svg.polygon(&points(&[(-6.5, -5.5), (6.5, -5.5), (0.0, 6.5)]), self.paint()),
        }
    }

    /// A filled mark where it is confirmed, a hollow one where it is not: grey print tells them apart.
    fn paint(self) -> Paint {
        match self {
            Self::Unconfirmed => Paint::stroke(VERMILLION, 1.6).filled("#ffffff"),
            _ => Paint::fill(self.colour()),
        }
    }
}

/// One row.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SpanRow {
    /// Its name.
    pub label: String,
    /// What happened when.
    pub marks: Vec<(SpanKind, PartialDate)>,
}

/// The view model of spans.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SpanPlot {
    /// Heading.
    pub title: Phrase,
    /// Rows from the top.
    pub rows: Vec<SpanRow>,
    /// What stands behind the picture.
    pub caption: Phrase,
}

/// Height of a row, px.
const ROW: f64 = 22.0;
/// Width of the time axis, px.
const AXIS: f64 = 620.0;
/// Rows that are still readable on one sheet.
const MOST: usize = 200;

/// Draws spans. A date of which only the month or year is known is a bar as long as it, a known day a mark.
///
/// # Errors
/// [`ReportError::BadValue`] where no row has a date; [`ReportError::TooLarge`].
pub fn span_plot(view: &SpanPlot, language: Language) -> Result<Drawing, ReportError> {
    let dates = || view.rows.iter().flat_map(|r| r.marks.iter().map(|m| m.1));
    let (Some(low), Some(high)) = (dates().map(PartialDate::first).min(), dates().map(PartialDate::last).max()) else {
        return Err(ReportError::BadValue {
            what: format!("spans \"{}\"", view.title.english),
            expected: "at least one row with a date".to_owned(),
            got: format!("{} rows without", view.rows.len()),
        });
    };
    if view.rows.len() > MOST {
        return Err(ReportError::TooLarge { what: "spans".to_owned(), limit: MOST, got: view.rows.len() });
    }
    let days = |date: jiff::civil::Date| low.duration_until(date).as_hours() as f64 / 24.0;
    let all = days(high).max(1.0);
    let left = 28.0 + view.rows.iter().map(|r| text_width(&r.label, 12.0)).fold(60.0, f64::max);
    let width = left + AXIS + 24.0;
    let at = |date: jiff::civil::Date| left + days(date) / all * AXIS;
    let title = wrapped(view.title.pick(language), 15.0, width - 24.0);
    let caption = wrapped(view.caption.pick(language), 11.5, width - 24.0);
    let head = 12.0 + title.len() as f64 * 20.0;
    let top = head + 34.0;
    let bottom = top + ROW * view.rows.len() as f64;
    let height = bottom + 40.0 + caption.len() as f64 * 16.0;
    let description =
        language.pick("Dates of each row on one time axis.", "Fechas de cada fila en un mismo eje de tiempo.");
    let said = format!("{description} {}", view.caption.pick(language));
    let mut svg = Svg::new(width, height, view.title.pick(language), &said);
    for (i, line) in title.iter().enumerate() {
        svg.text(12.0, 22.0 + i as f64 * 20.0, line, Type::of(15.0).bold());
    }
    let mut x = left;
    for kind in SpanKind::ALL.into_iter().filter(|k| view.rows.iter().any(|r| r.marks.iter().any(|m| m.0 == *k))) {
        kind.draw(&mut svg, (x + 5.0, head + 10.0));
        svg.text(x + 15.0, head + 14.0, kind.words(language), Type::of(12.0));
        x += 35.0 + text_width(kind.words(language), 12.0);
    }
    // Years are ruled; where they are many, every second, fifth or tenth.
    let years = i32::from(high.year()) - i32::from(low.year());
    let every = [1, 2, 5, 10, 20, 50].into_iter().find(|n| years / n <= 12).unwrap_or(100);
    for year in low.year()..=high.year() {
        let Ok(first) = jiff::civil::Date::new(year, 1, 1) else { continue };
        if i32::from(year) % every != 0 || first < low {
            continue;
        }
        svg.line((at(first), top), (at(first), bottom), Paint::stroke(RULE, 1.0));
        svg.text(at(first), bottom + 16.0, &year.to_string(), Type::of(12.0).colour(MUTED).anchor(Anchor::Middle));
    }
    svg.line((left, bottom), (left + AXIS, bottom), Paint::stroke(INK, 1.2));
    for (i, row) in view.rows.iter().enumerate() {
        let y = top + ROW * (i as f64 + 0.5);
        svg.text(left - 10.0, y + 4.0, &row.label, Type::of(12.0).anchor(Anchor::End));
        let ends = (row.marks.iter().map(|m| m.1.first()).min(), row.marks.iter().map(|m| m.1.last()).max());
        if let (Some(from), Some(to)) = ends {
            svg.line((at(from), y), (at(to), y), Paint::stroke(RULE, 2.0));
        }
        // Shootings lie above a recovery a few days later.
        let mut marks: Vec<&(SpanKind, PartialDate)> = row.marks.iter().collect();
        marks.sort_by_key(|(kind, _)| *kind != SpanKind::Recovery);
        for (kind, date) in marks {
            if date.is_day() {
                kind.draw(&mut svg, (at(date.first()), y));
            } else {
                let (a, b) = (at(date.first()), at(date.last()));
                svg.rect(a, y - 4.0, b - a, 8.0, 2.0, kind.paint().faded(0.55));
            }
        }
    }
    for (i, line) in caption.iter().enumerate() {
        svg.text(12.0, bottom + 38.0 + i as f64 * 16.0, line, Type::of(11.5).colour(MUTED));
    }
    Ok(svg.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_is_drawn_as_a_bar_and_a_day_as_a_mark() {
        let mut view = SpanPlot {
            title: Phrase::new("Clusters", "Grupos"),
            rows: vec![SpanRow {
                label: "C1 <b>".to_owned(),
                marks: vec![
                    (SpanKind::Shooting, "2020-03-01".parse().unwrap()),
                    (SpanKind::Unconfirmed, "2021".parse().unwrap()),
                ],
            }],
            caption: Phrase::new("n = 1", "n = 1"),
        };
        let drawn = span_plot(&view, Language::Es).unwrap().into_string();
        assert!(drawn.contains("disparo, sin confirmar") && !drawn.contains("<b>"));
        assert_eq!(drawn.matches("height=\"8\"").count(), 1, "{drawn}");
        view.rows[0].marks.clear();
        assert!(span_plot(&view, Language::En).is_err());
    }
}
