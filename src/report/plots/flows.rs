//! Flows as a matrix: rows are places of first sale, columns places of recovery, the area of a square the guns.

use crate::language::Language;
use crate::report::lettering::{text_width, wrapped};
use crate::report::palette::{BLUE, INK, MUTED, RULE, VERMILLION};
use crate::report::svg::{Anchor, Paint, Svg, Type};
use crate::report::view::Phrase;
use crate::report::{Drawing, ReportError};
use crate::trace::analysis::Count;

/// The view model of a matrix of flows.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FlowPlot {
    /// Heading.
    pub title: Phrase,
    /// Places of first sale; blank for not known.
    pub origins: Vec<String>,
    /// Places of recovery; blank for not known.
    pub recoveries: Vec<String>,
    /// Guns by origin and recovery, without totals.
    pub guns: Vec<Vec<Count>>,
    /// What stands behind the picture, and why counts are withheld.
    pub caption: Phrase,
}

/// Height of a cell, and its least width, px.
const CELL: f64 = 46.0;
/// Rows or columns that are still readable.
const MOST: usize = 60;

/// Draws a matrix of flows. A withheld count is a hollow square with a star, of one size whatever the count; of a range the
/// least is drawn, hollow.
///
/// # Errors
/// [`ReportError::BadValue`] for a matrix that has no cell or not the size of its places; [`ReportError::TooLarge`].
pub fn flow_plot(view: &FlowPlot, language: Language) -> Result<Drawing, ReportError> {
    let (rows, columns) = (view.origins.len(), view.recoveries.len());
    if rows == 0 || columns == 0 || view.guns.len() != rows || view.guns.iter().any(|row| row.len() != columns) {
        return Err(ReportError::BadValue {
            what: format!("flows \"{}\"", view.title.english),
            expected: "a matrix of origins by recoveries with at least one cell".to_owned(),
            got: format!("{} rows for {rows} origins and {columns} recoveries", view.guns.len()),
        });
    }
    if rows.max(columns) > MOST {
        return Err(ReportError::TooLarge { what: "flows".to_owned(), limit: MOST, got: rows.max(columns) });
    }
    let unknown = language.pick("not known", "se desconoce");
    let name = |text: &String| if text.is_empty() { unknown.to_owned() } else { text.clone() };
    let widest = view.origins.iter().map(|o| text_width(&name(o), 12.0)).fold(60.0, f64::max);
    let tallest = view.recoveries.iter().map(|r| text_width(&name(r), 12.0)).fold(40.0, f64::max);
    // A range needs more room than a number.
    let counts = view.guns.iter().flatten().map(|n| text_width(&n.to_string(), 11.5) + 12.0);
    let wide = counts.fold(CELL, f64::max);
    let left = 44.0 + widest;
    let width = (left + wide * columns as f64 + 24.0).max(480.0);
    let title = wrapped(view.title.pick(language), 15.0, width - 24.0);
    let key = language.pick(
        "The area of a square is the number of guns: blue where they were recovered where they were sold, orange elsewhere.",
        "El área de un cuadro es el número de armas: azul donde se aseguraron donde se vendieron, naranja en otra parte.",
    );
    let caption = wrapped(&format!("{key} {}", view.caption.pick(language)), 11.5, width - 24.0);
    let top = 30.0 + title.len() as f64 * 20.0 + tallest + 12.0;
    let bottom = top + CELL * rows as f64;
    let height = bottom + 26.0 + caption.len() as f64 * 16.0;
    let description = language.pick(
        "A matrix of guns by place of first sale and place of recovery.",
        "Una matriz de armas por lugar de primera venta y lugar de aseguramiento.",
    );
    let said = format!("{description} {}", view.caption.pick(language));
    let mut svg = Svg::new(width, height, view.title.pick(language), &said);
    for (i, line) in title.iter().enumerate() {
        svg.text(12.0, 22.0 + i as f64 * 20.0, line, Type::of(15.0).bold());
    }
    let head = 22.0 + title.len() as f64 * 20.0;
    let quiet = Type::of(11.5).colour(MUTED);
    svg.text(left, head, language.pick("recovered in", "asegurada en"), quiet);
    svg.text(
        16.0,
        top + CELL * rows as f64 / 2.0,
        language.pick("sold in", "vendida en"),
        quiet.anchor(Anchor::Middle).upright(),
    );
    for (j, recovery) in view.recoveries.iter().enumerate() {
        let x = left + wide * (j as f64 + 0.5);
        svg.text(x + 4.0, top - 8.0, &name(recovery), Type::of(12.0).upright());
    }
    let most = view.guns.iter().flatten().map(|n| n.least()).max().unwrap_or(1).max(1);
    for (i, row) in view.guns.iter().enumerate() {
        let y = top + CELL * i as f64;
        svg.line((left, y), (left + wide * columns as f64, y), Paint::stroke(RULE, 1.0));
        svg.text(left - 8.0, y + CELL / 2.0 + 4.0, &name(&view.origins[i]), Type::of(12.0).anchor(Anchor::End));
        for (j, guns) in row.iter().enumerate() {
            let (cx, cy) = (left + wide * (j as f64 + 0.5), y + CELL / 2.0);
            let middle = Type::of(11.5).anchor(Anchor::Middle).halo();
            let side = |n: u64| ((n as f64 / most as f64).sqrt() * (CELL - 8.0)).max(3.0);
            // What stays within its place is quiet; what travels is told by colour.
            let colour = if view.origins[i] == view.recoveries[j] { BLUE } else { VERMILLION };
            match guns {
                Count::Shown(0) => svg.circle((cx, cy), 1.5, Paint::fill(RULE)),
                Count::Shown(n) => {
                    let side = side(*n);
                    svg.rect(cx - side / 2.0, cy - side / 2.0, side, side, 0.0, Paint::fill(colour).faded(0.75));
                    svg.text(cx, cy + 4.0, &n.to_string(), middle);
                }
                Count::Between { least, .. } => {
                    let side = side(*least);
                    let paint = Paint::stroke(colour, 1.4).dashed("3 2");
                    svg.rect(cx - side / 2.0, cy - side / 2.0, side, side, 0.0, paint);
                    svg.text(cx, cy + 4.0, &guns.to_string(), middle);
                }
                Count::Withheld => {
                    svg.rect(cx - 9.0, cy - 9.0, 18.0, 18.0, 0.0, Paint::stroke(MUTED, 1.2).dashed("2 2"));
                    svg.text(cx, cy + 6.0, "*", middle);
                }
            }
        }
    }
    for j in 0..=columns {
        let x = left + wide * j as f64;
        svg.line((x, top), (x, bottom), Paint::stroke(RULE, 1.0));
    }
    svg.line((left, bottom), (left + wide * columns as f64, bottom), Paint::stroke(RULE, 1.0));
    svg.line((left, top), (left, bottom), Paint::stroke(INK, 1.2));
    for (i, line) in caption.iter().enumerate() {
        svg.text(12.0, bottom + 24.0 + i as f64 * 16.0, line, Type::of(11.5).colour(MUTED));
    }
    Ok(svg.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_withheld_count_is_drawn_without_its_size_and_hostile_names_are_escaped() {
        let mut view = FlowPlot {
            title: Phrase::new("Flows", "Flujos"),
            origins: vec!["US-TX".to_owned(), String::new()],
            recoveries: vec!["MX-SON".to_owned(), "<b>".to_owned()],
            guns: vec![
                vec![Count::Shown(40), Count::Withheld],
                vec![Count::Shown(0), Count::Between { least: 7, most: Some(12) }],
            ],
            caption: Phrase::new("59 guns", "59 armas"),
        };
        let drawn = flow_plot(&view, Language::Es).unwrap().into_string();
        assert!(drawn.contains("se desconoce") && drawn.contains("vendida en") && !drawn.contains("<b>"));
        assert_eq!(drawn.matches(">*<").count(), 1, "{drawn}");
        assert!(drawn.contains("7–12"), "{drawn}");
        view.guns.pop();
        assert!(flow_plot(&view, Language::En).is_err());
        assert!(flow_plot(&FlowPlot::default(), Language::En).is_err());
    }
}
