//! The composition of an explained pair on one sheet.

use super::facts::facts;
use super::frame::{Panels, Window};
use super::{PairView, likelihood_words};
use crate::compare::{Cell, CellState};
use crate::geometry::Point;
use crate::language::Language;
use crate::mark::Modality;
use crate::report::lettering::{fitted, wrapped};
use crate::report::palette::{BLUE, ColourMap, INK, MUTED, ORANGE, RULE, SKY, SURFACE, VERMILLION};
use crate::report::shade::{Picture, colour_bar, scale_bar};
use crate::report::svg::{Anchor, Paint, Svg, Type};
use crate::report::{Drawing, ReportError};

const SIDE: f64 = 372.0;
const GAP: f64 = 24.0;
const LEFT: f64 = 8.0;
const HEAD: f64 = 44.0;
const WIDTH: f64 = LEFT * 2.0 + SIDE * 3.0 + GAP * 2.0;
/// Room right of a panel for its colour bar; panels with a bar are that much smaller.
const BAR: f64 = 58.0;

/// Room that the list of figures needs below the panels beside it.
const FIGURES: f64 = 96.0;

/// A square panel on the sheet.
#[derive(Clone, Copy)]
struct Panel {
    x: f64,
    y: f64,
    side: f64,
}

impl Panel {
    /// Where a point of the reference frame lies on the sheet.
    fn at(&self, window: &Window, p: Point) -> (f64, f64) {
        let scale = self.side / window.side_um;
        (
            self.x + self.side / 2.0 + (p.x_um - window.centre.x_um) * scale,
            self.y + self.side / 2.0 + (p.y_um - window.centre.y_um) * scale,
        )
    }
}

pub(super) fn compose(view: &PairView<'_>, panels: &Panels, language: Language) -> Result<Drawing, ReportError> {
    let second = HEAD + SIDE + 54.0;
    let small = SIDE - BAR;
    let title = format!("{} – {}", view.reference_name, view.comparison_name);
    let facts = facts(view.found, language);
    let description = facts.iter().map(|f| format!("{}: {}", f.name, f.value)).collect::<Vec<_>>().join("; ");
    let mut svg = Svg::new(WIDTH, second + 30.0 + small + 14.0 + FIGURES, &title, &description);
    let column = |i: usize| LEFT + i as f64 * (SIDE + GAP);

    let first = Panel { x: column(0), y: HEAD, side: SIDE };
    let name = language.pick("Reference", "Referencia");
    head(&mut svg, first, &format!("A  {name}"), view.reference_name);
    picture(&mut svg, first, Some(&panels.reference), language);
    svg.window(first.x, first.y, SIDE, SIDE);
    for (i, cell) in view.found.cells.iter().enumerate() {
        outline(&mut svg, first, panels, cell, i + 1, false);
    }
    svg.close();
    scale(&mut svg, first, panels);

    let other = Panel { x: column(1), y: HEAD, side: SIDE };
    let name = language.pick("Comparison, turned onto the reference", "Comparación, girada sobre la referencia");
    head(&mut svg, other, &format!("B  {name}"), view.comparison_name);
    picture(&mut svg, other, Some(&panels.comparison), language);
    svg.window(other.x, other.y, SIDE, SIDE);
    for (i, cell) in view.found.cells.iter().enumerate() {
        outline(&mut svg, other, panels, cell, i + 1, true);
    }
    svg.close();
    scale(&mut svg, other, panels);

    let halves = Panel { x: column(2), y: HEAD, side: SIDE };
    let name = language.pick("Side by side", "Lado a lado");
    let note = if panels.divide.upright {
        language.pick("left of the line A, right of it B", "a la izquierda de la línea A, a la derecha B")
    } else {
        language.pick("above the line A, below it B", "sobre la línea A, debajo B")
    };
    head(&mut svg, halves, name, note);
    picture(&mut svg, halves, Some(&panels.split), language);
    divide(&mut svg, halves, panels);
    scale(&mut svg, halves, panels);

    legend(&mut svg, view, HEAD + SIDE + 20.0, language);

    let gap = Panel { x: column(0), y: second + 30.0, side: small };
    let unit = match view.modality {
        Modality::Heights => "µm",
        Modality::Reflectance => language.pick("reflect.", "reflect."),
    };
    let name = language.pick("Difference A − B", "Diferencia A − B");
    head(&mut svg, gap, name, language.pick("white: equal heights", "blanco: alturas iguales"));
    picture(&mut svg, gap, panels.difference.as_ref(), language);
    colour_bar(
        &mut svg,
        (gap.x + small + 10.0, gap.y + 6.0, small - 34.0),
        ColourMap::Diverging,
        panels.difference_ends,
        unit,
    );

    let local = Panel { x: column(1), y: second + 30.0, side: small };
    let name = language.pick("Local correlation", "Correlación local");
    head(&mut svg, local, name, language.pick("yellow: surfaces agree", "amarillo: las superficies concuerdan"));
    picture(&mut svg, local, panels.correlation.as_ref(), language);
    let ends = (-1.0, 1.0);
    colour_bar(&mut svg, (local.x + small + 10.0, local.y + 6.0, small - 34.0), ColourMap::Sequential, ends, "ccf");

    figures(&mut svg, view, column(2), second + 8.0, language);
    Ok(svg.finish())
}

/// The dividing line with the letters of its sides.
fn divide(svg: &mut Svg, panel: Panel, panels: &Panels) {
    let along = panels.divide.share * panel.side;
    let (from, to) = if panels.divide.upright {
        ((panel.x + along, panel.y), (panel.x + along, panel.y + panel.side))
    } else {
        ((panel.x, panel.y + along), (panel.x + panel.side, panel.y + along))
    };
    svg.line(from, to, Paint::stroke("#ffffff", 2.6));
    svg.line(from, to, Paint::stroke(VERMILLION, 1.3));
    let set = Type::of(13.0).bold().halo();
    if panels.divide.upright {
        svg.text(from.0 - 10.0, from.1 + 18.0, "A", set.anchor(Anchor::End));
        svg.text(from.0 + 10.0, from.1 + 18.0, "B", set);
    } else {
        svg.text(to.0 - 10.0, to.1 - 8.0, "A", set.anchor(Anchor::End));
        svg.text(to.0 - 10.0, to.1 + 18.0, "B", set.anchor(Anchor::End));
    }
}

fn head(svg: &mut Svg, panel: Panel, title: &str, subtitle: &str) {
    svg.text_with_title(panel.x, panel.y - 25.0, &fitted(title, 14.5, SIDE), Some(title), Type::of(14.5).bold());
    let set = Type::of(12.5).colour(MUTED);
    svg.text_with_title(panel.x, panel.y - 9.0, &fitted(subtitle, 12.5, SIDE), Some(subtitle), set);
}

fn picture(svg: &mut Svg, panel: Panel, picture: Option<&Picture>, language: Language) {
    svg.rect(panel.x, panel.y, panel.side, panel.side, 0.0, Paint::fill(SURFACE));
    match picture {
        Some(picture) => svg.image(panel.x, panel.y, panel.side, panel.side, &picture.png),
        None => {
            let (x, y) = (panel.x + panel.side / 2.0, panel.y + panel.side / 2.0);
            let words = language.pick("the marks do not overlap", "las marcas no se traslapan");
            svg.text(x, y, words, Type::of(13.0).colour(MUTED).anchor(Anchor::Middle));
        }
    }
    svg.rect(panel.x, panel.y, panel.side, panel.side, 0.0, Paint::stroke(RULE, 1.0));
}

fn scale(svg: &mut Svg, panel: Panel, panels: &Panels) {
    scale_bar(svg, (panel.x, panel.y, panel.side, panel.side), panels.window.side_um / panel.side);
}

/// How each verdict is drawn; solid and numbered means congruent, everything else is broken.
fn paint(state: CellState) -> Paint {
    match state {
        CellState::Congruent => Paint::stroke(BLUE, 2.0),
        CellState::Displaced => Paint::stroke(ORANGE, 1.7).dashed("7 4"),
        CellState::Uncorrelated => Paint::stroke(VERMILLION, 1.5).dashed("2 4"),
        CellState::NoOverlap => Paint::stroke(MUTED, 1.0).dashed("1 4"),
    }
}

/// A cell: on the reference where it was cut, on the comparison where it was found. A cell that was found nowhere
/// has no place on the comparison.
fn outline(svg: &mut Svg, panel: Panel, panels: &Panels, cell: &Cell, number: usize, found: bool) {
    let located = matches!(cell.state, CellState::Congruent | CellState::Displaced);
    if found && !located {
        return;
    }
    let (centre, turn) = if found {
        let place = Point::new(cell.centre.x_um + cell.residual.x_um, cell.centre.y_um + cell.residual.y_um);
        (place, cell.residual_rad)
    } else {
        (cell.centre, 0.0)
    };
    // Drawn a little smaller than cut, so that the outlines of neighbours stay apart.
    let half = cell.side_um * 0.5 * 0.93;
    let (s, c) = turn.sin_cos();
    let corners = [(-half, -half), (half, -half), (half, half), (-half, half)]
        .map(|(x, y)| panel.at(&panels.window, Point::new(centre.x_um + c * x - s * y, centre.y_um + s * x + c * y)));
    let paint = paint(cell.state);
    if cell.state == CellState::Congruent {
        svg.polygon(&corners, Paint::stroke("#ffffff", 3.6).faded(0.75));
        svg.polygon(&corners, Paint::stroke("#ffffff", 0.0).filled(SKY).faded(0.14));
    }
    svg.polygon(&corners, paint);
    if located {
        let at = (corners[0].0 + 4.0, corners[0].1 + 12.5);
        svg.text(at.0, at.1, &number.to_string(), Type::of(10.5).bold().halo());
    }
}

fn legend(svg: &mut Svg, view: &PairView<'_>, y: f64, language: Language) {
    let set = Type::of(12.5).colour(MUTED);
    let mut x = LEFT;
    for (state, words) in [
        (CellState::Congruent, language.pick("congruent", "congruente")),
        (CellState::Displaced, language.pick("similar, but elsewhere", "similar, pero en otro lugar")),
        (CellState::Uncorrelated, language.pick("no similar place", "sin lugar similar")),
        (CellState::NoOverlap, language.pick("no overlap", "sin traslape")),
    ] {
        let count = view.found.cells.iter().filter(|cell| cell.state == state).count();
        let words = format!("{words}: {count}");
        svg.rect(x, y - 11.0, 22.0, 14.0, 0.0, paint(state));
        svg.text(x + 30.0, y, &words, set);
        x += 30.0 + crate::report::lettering::text_width(&words, 12.5) + 26.0;
    }
    let words = language.pick(
        "One number, one cell on A and B; one virtual light.",
        "Un número, una celda en A y B; una misma luz virtual.",
    );
    svg.text(WIDTH - LEFT, y, &fitted(words, 12.5, WIDTH - x - 10.0), set.anchor(Anchor::End));
}

/// A value of more characters gets lines of its own.
const LONG_VALUE: usize = 30;

/// The figures in words, in the lower right.
fn figures(svg: &mut Svg, view: &PairView<'_>, x: f64, y: f64, language: Language) {
    let mut at = y + 14.0;
    let room = SIDE;
    let facts = facts(view.found, language);
    if let Some(first) = facts.first() {
        svg.text(x, at, &first.name, Type::of(13.0).colour(MUTED));
        let (large, rest) = split_ratio(view, language);
        svg.text(x, at + 30.0, &large, Type::of(if large.len() > 12 { 17.0 } else { 25.0 }).bold());
        at += 50.0;
        for line in wrapped(&rest, 12.5, room).iter().take(3) {
            svg.text(x, at, line, Type::of(12.5).colour(MUTED));
            at += 16.0;
        }
    }
    at += 8.0;
    for fact in facts.iter().skip(1) {
        svg.line((x, at), (x + room, at), Paint::stroke(RULE, 1.0));
        svg.text(x, at + 16.0, &fact.name, Type::of(13.0).colour(MUTED));
        if fact.value.chars().count() <= LONG_VALUE {
            svg.text(x + room, at + 16.0, &fact.value, Type::of(12.5).bold().anchor(Anchor::End));
            at += 23.0;
            continue;
        }
        at += 20.0;
        for line in wrapped(&fact.value, 12.5, room).iter().take(3) {
            svg.text(x + room, at + 13.0, line, Type::of(12.5).bold().anchor(Anchor::End));
            at += 16.0;
        }
        at += 4.0;
    }
    svg.line((x, at), (x + room, at), Paint::stroke(RULE, 1.0));
    let words = language.pick(
        "A candidate for people to judge. Only an examiner, on the physical specimens, confirms or excludes a common source.",
        "Un candidato para que lo juzguen personas. Solo un perito, con los casquillos físicos, confirma o excluye un origen común.",
    );
    for (i, line) in wrapped(words, 12.5, room).iter().enumerate() {
        svg.text(x, at + 20.0 + i as f64 * 16.0, line, Type::of(12.5).colour(INK));
    }
}

/// The likelihood ratio as a large number and the words that belong to it.
fn split_ratio(view: &PairView<'_>, language: Language) -> (String, String) {
    let words = likelihood_words(&view.found.likelihood_ratio, language);
    if view.found.likelihood_ratio.log10().is_some() {
        let (number, rest) = words.split_once(" [").map_or((words.as_str(), ""), |(a, b)| (a, b));
        (number.to_owned(), format!("{} [{rest}", language.pick("95 % interval", "intervalo del 95 %")))
    } else {
        let (head, rest) = words.split_once(": ").map_or((words.as_str(), ""), |(a, b)| (a, b));
        (head.to_owned(), rest.to_owned())
    }
}
