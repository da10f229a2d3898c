//! The timeline: what happened when, one lane a kind of event; partial dates are bars as long as the doubt.

use super::Frame;
use crate::language::Language;
use crate::report::lettering::{fitted, text_width};
use crate::report::palette::{BLUE, GREEN, INK, MUTED, ORANGE, PAPER, PURPLE, RULE, SKY, SURFACE, VERMILLION};
use crate::report::svg::{Anchor, Paint, Svg, Type};
use crate::report::view::{Disclosure, EdgeStatus, Name, Phrase, When};
use crate::report::{Drawing, ReportError};
use jiff::civil::{Date, date};

/// What happened; the order is the order of the lanes from above.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EventKind {
    /// Made, imported, sold between dealers.
    Trade,
    /// Sold to a person.
    Purchase,
    /// Stolen or reported lost.
    Theft,
    /// A shooting.
    Incident,
    /// The firearm came into custody.
    Recovery,
    /// It went from hand to hand in custody.
    Transfer,
    /// A laboratory fired it.
    TestFire,
    /// A person judged an association.
    Decision,
}

impl EventKind {
    const ALL: [EventKind; 8] = [
        Self::Trade,
        Self::Purchase,
        Self::Theft,
        Self::Incident,
        Self::Recovery,
        Self::Transfer,
        Self::TestFire,
        Self::Decision,
    ];

    /// The name of the lane.
    #[must_use]
    pub fn words(self, language: Language) -> &'static str {
        match self {
            EventKind::Trade => language.pick("Trade", "Comercio"),
            EventKind::Purchase => language.pick("Purchases", "Compras"),
            EventKind::Theft => language.pick("Thefts", "Robos"),
            EventKind::Incident => language.pick("Incidents", "Incidentes"),
            EventKind::Recovery => language.pick("Recoveries", "Aseguramientos"),
            EventKind::Transfer => language.pick("Custody", "Custodia"),
            EventKind::TestFire => language.pick("Test fires", "Disparos de prueba"),
            EventKind::Decision => language.pick("Decisions", "Decisiones"),
        }
    }

    fn colour(self) -> &'static str {
        match self {
            EventKind::Trade => SKY,
            EventKind::Purchase => ORANGE,
            EventKind::Theft => PURPLE,
            EventKind::Incident => VERMILLION,
            EventKind::Recovery => INK,
            EventKind::Transfer => MUTED,
            EventKind::TestFire => GREEN,
            EventKind::Decision => BLUE,
        }
    }
}

/// One event.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// When, as far as known.
    pub when: When,
    /// In which lane.
    pub kind: EventKind,
    /// What the chart says beside the symbol.
    pub label: Name,
    /// Whether it is a fact about the firearm, or reached through an unconfirmed association.
    pub status: EdgeStatus,
}

/// A stretch between two events that has a name, such as time-to-crime.
#[derive(Debug, Clone, PartialEq)]
pub struct Interval {
    /// Where it begins.
    pub from: Date,
    /// Where it ends; before `from` for a negative interval, which is drawn as such.
    pub to: Date,
    /// Its name and length.
    pub label: Phrase,
    /// Whether it rests on facts or on an unconfirmed association.
    pub status: EdgeStatus,
}

/// The view model of a timeline.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Timeline {
    /// Heading.
    pub title: Phrase,
    /// Events, in any order.
    pub events: Vec<Event>,
    /// Named intervals.
    pub intervals: Vec<Interval>,
}

/// Most events on one timeline.
pub const EVENT_LIMIT: usize = 1_000;

const WIDTH: f64 = 1160.0;
const LEFT: f64 = 148.0;
const RIGHT: f64 = 24.0;
const ROW: f64 = 22.0;
const LABEL: f64 = 11.5;

pub(super) struct Plan {
    pub labels: Vec<Frame>,
    marks: Vec<(f64, f64, f64)>,
    texts: Vec<String>,
    flipped: Vec<bool>,
    lanes: Vec<(EventKind, f64, f64)>,
    axis: Axis,
    bottom: f64,
}

#[derive(Clone, Copy)]
struct Axis {
    first: i64,
    days: f64,
}

impl Axis {
    fn x(&self, day: i64) -> f64 {
        LEFT + 12.0 + (day - self.first) as f64 / self.days * (WIDTH - LEFT - RIGHT - 24.0)
    }
}

fn day_number(day: Date) -> i64 {
    day.duration_since(date(1970, 1, 1)).as_hours() / 24
}

/// Draws the timeline, 1,160 px wide.
///
/// # Errors
/// More than `EVENT_LIMIT` events. A timeline without events is drawn empty, and says so.
pub fn timeline(view: &Timeline, disclosure: &Disclosure, language: Language) -> Result<Drawing, ReportError> {
    let count = view.events.len() + view.intervals.len();
    if count > EVENT_LIMIT {
        return Err(ReportError::TooLarge { what: "timeline, events".into(), limit: EVENT_LIMIT, got: count });
    }
    let plan = plan(view, disclosure, language);
    let height = plan.bottom + view.intervals.len() as f64 * ROW + 68.0;
    let description = language.pick(
        format!("{} events; hollow symbols are unconfirmed, bars are dates known only in part.", view.events.len()),
        format!(
            "{} eventos; los símbolos huecos no están confirmados, las barras son fechas parciales.",
            view.events.len()
        ),
    );
    let mut svg = Svg::new(WIDTH, height, view.title.pick(language), &description);
    if count == 0 {
        let words = language.pick("no dated events", "sin eventos fechados");
        svg.text(WIDTH / 2.0, 30.0, words, Type::of(13.0).colour(MUTED).anchor(Anchor::Middle));
        return Ok(svg.finish());
    }
    let floor = plan.bottom + view.intervals.len() as f64 * ROW;
    for (i, (kind, top, bottom)) in plan.lanes.iter().enumerate() {
        if i % 2 == 0 {
            svg.rect(0.0, *top, WIDTH, bottom - top, 0.0, Paint::fill(SURFACE));
        }
        svg.text(12.0, top + 19.0, kind.words(language), Type::of(12.0).bold().colour(MUTED));
    }
    for (day, label) in ticks(plan.axis) {
        let x = plan.axis.x(day);
        svg.line((x, 8.0), (x, floor + 10.0), Paint::stroke(RULE, 1.0));
        svg.text(x, floor + 26.0, &label, Type::of(11.0).colour(MUTED).anchor(Anchor::Middle));
    }
    for (i, event) in view.events.iter().enumerate() {
        let (x0, x1, y) = plan.marks[i];
        symbol(&mut svg, event, x0, x1, y);
        let label = plan.labels[i];
        let full = event.label.shown(disclosure, language);
        let anchor = if plan.flipped[i] { Anchor::End } else { Anchor::Start };
        let x = if plan.flipped[i] { label.x + label.w } else { label.x };
        svg.text_with_title(x, y + 4.0, &plan.texts[i], Some(&full), Type::of(LABEL).anchor(anchor).halo());
    }
    for (i, interval) in view.intervals.iter().enumerate() {
        let y = plan.bottom + i as f64 * ROW + 14.0;
        draw_interval(&mut svg, interval, plan.axis, y, language);
    }
    legend(&mut svg, floor + 52.0, language);
    Ok(svg.finish())
}

pub(super) fn plan(view: &Timeline, disclosure: &Disclosure, language: Language) -> Plan {
    let ends: Vec<i64> = view
        .events
        .iter()
        .flat_map(|e| [e.when.first(), e.when.last()])
        .chain(view.intervals.iter().flat_map(|i| [i.from, i.to]))
        .map(day_number)
        .collect();
    let (first, last) = (ends.iter().min().copied().unwrap_or(0), ends.iter().max().copied().unwrap_or(0));
    let padding = ((last - first) / 40).max(3);
    let axis = Axis { first: first - padding, days: (last - first + 2 * padding) as f64 };
    let mut plan = Plan {
        labels: vec![Frame { x: 0.0, y: 0.0, w: 0.0, h: 0.0 }; view.events.len()],
        marks: vec![(0.0, 0.0, 0.0); view.events.len()],
        texts: vec![String::new(); view.events.len()],
        flipped: vec![false; view.events.len()],
        lanes: Vec::new(),
        axis,
        bottom: 8.0,
    };
    for kind in EventKind::ALL {
        let mut members: Vec<usize> = (0..view.events.len()).filter(|&i| view.events[i].kind == kind).collect();
        if members.is_empty() {
            continue;
        }
        members.sort_by_key(|&i| (view.events[i].when, i));
        // Rows of the lane: what each row already holds.
        let mut rows: Vec<Vec<(f64, f64)>> = Vec::new();
        let top = plan.bottom;
        for i in members {
            let event = &view.events[i];
            let (x0, x1) = (axis.x(day_number(event.when.first())), axis.x(day_number(event.when.last())));
            let text = fitted(&event.label.shown(disclosure, language), LABEL, 260.0);
            let wide = text_width(&text, LABEL);
            let right = x1 + 10.0 + wide <= WIDTH - 6.0;
            let flipped = !right && x0 - 10.0 - wide >= 4.0;
            // A bar that leaves room on neither side is longer than any label: the label lies on it.
            let x = match (right, flipped) {
                (true, _) => x1 + 10.0,
                (_, true) => x0 - 10.0 - wide,
                _ => x0 + 6.0,
            };
            let (from, to) = ((x0 - 7.0).min(x), (x1 + 7.0).max(x + wide));
            let free = rows.iter().position(|row| row.iter().all(|&(a, b)| to + 6.0 < a || b + 6.0 < from));
            let row = free.unwrap_or(rows.len());
            if row == rows.len() {
                rows.push(Vec::new());
            }
            rows[row].push((from, to));
            let y = top + 15.0 + row as f64 * ROW;
            plan.marks[i] = (x0, x1, y);
            plan.labels[i] = Frame { x, y: y - 8.0, w: wide, h: 16.0 };
            plan.texts[i] = text;
            plan.flipped[i] = flipped;
        }
        plan.bottom = top + rows.len() as f64 * ROW + 8.0;
        plan.lanes.push((kind, top, plan.bottom));
    }
    plan
}

fn symbol(svg: &mut Svg, event: &Event, x0: f64, x1: f64, y: f64) {
    let colour = event.kind.colour();
    let paint = if event.status == EdgeStatus::Confirmed {
        Paint::stroke(colour, 1.6).filled(colour)
    } else {
        Paint::stroke(colour, 1.6).filled(PAPER)
    };
    if x1 - x0 > 0.01 || !event.when.is_exact() {
        let dash = if event.status == EdgeStatus::Confirmed { "" } else { "3 2" };
        svg.rect(
            x0 - 2.0,
            y - 4.0,
            (x1 - x0).max(4.0) + 4.0,
            8.0,
            3.0,
            Paint::stroke(colour, 1.4).filled(PAPER).dashed(dash),
        );
        return;
    }
    let star = |points: &[(f64, f64)]| points.iter().map(|p| (x0 + p.0, y + p.1)).collect::<Vec<_>>();
    match event.kind {
        EventKind::Incident => svg.polygon(&star(&[(0.0, -6.5), (6.5, 0.0), (0.0, 6.5), (-6.5, 0.0)]), paint),
        EventKind::Purchase => svg.rect(x0 - 5.0, y - 5.0, 10.0, 10.0, 0.0, paint),
        EventKind::Recovery => svg.polygon(&star(&[(-6.0, -5.0), (6.0, -5.0), (0.0, 6.0)]), paint),
        EventKind::TestFire => svg.polygon(&star(&[(-6.0, 5.0), (6.0, 5.0), (0.0, -6.0)]), paint),
        EventKind::Theft => {
            svg.polygon(&star(&[(-5.5, -3.0), (0.0, -6.5), (5.5, -3.0), (5.5, 3.0), (0.0, 6.5), (-5.5, 3.0)]), paint);
        }
        EventKind::Transfer => svg.rect(x0 - 2.5, y - 6.0, 5.0, 12.0, 0.0, paint),
        EventKind::Trade | EventKind::Decision => svg.circle((x0, y), 5.2, paint),
    }
}

fn draw_interval(svg: &mut Svg, interval: &Interval, axis: Axis, y: f64, language: Language) {
    let (a, b) = (axis.x(day_number(interval.from)), axis.x(day_number(interval.to)));
    let (left, right) = (a.min(b), a.max(b));
    let dash = if interval.status == EdgeStatus::Confirmed { "" } else { "6 4" };
    let paint = Paint::stroke(if b < a { VERMILLION } else { INK }, 1.4);
    svg.line((left, y), (right, y), paint.dashed(dash));
    for x in [left, right] {
        svg.line((x, y - 5.0), (x, y + 5.0), paint);
    }
    let text = interval.label.pick(language);
    let wide = text_width(text, LABEL);
    let set = Type::of(LABEL).halo();
    if right + 8.0 + wide < WIDTH {
        svg.text(right + 8.0, y + 4.0, text, set);
    } else if left - 8.0 - wide > 0.0 {
        svg.text(left - 8.0, y + 4.0, text, set.anchor(Anchor::End));
    } else {
        let cut = fitted(text, LABEL, WIDTH - 40.0);
        let x = ((left + right) / 2.0).clamp(20.0 + wide / 2.0, (WIDTH - 20.0 - wide / 2.0).max(20.0 + wide / 2.0));
        svg.text_with_title(x, y + 4.0, &cut, Some(text), set.anchor(Anchor::Middle));
    }
}

/// Ticks of the axis: years, quarters or months, never more than a dozen or so.
fn ticks(axis: Axis) -> Vec<(i64, String)> {
    let months = axis.days / 30.44;
    let step = [1i64, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200]
        .into_iter()
        .find(|step| months / *step as f64 <= 12.0)
        .unwrap_or(2400);
    let start = date(1970, 1, 1).checked_add(jiff::Span::new().days(axis.first)).unwrap_or(date(1970, 1, 1));
    let mut month = (i64::from(start.year()) * 12 + i64::from(start.month()) - 1).div_euclid(step) * step;
    let mut out = Vec::new();
    loop {
        let (year, of_year) = (month.div_euclid(12), month.rem_euclid(12) + 1);
        let Ok(day) = Date::new(year as i16, of_year as i8, 1) else { break };
        let number = day_number(day);
        if number as f64 > axis.first as f64 + axis.days {
            break;
        }
        if number >= axis.first {
            let label = if step % 12 == 0 { format!("{year:04}") } else { format!("{year:04}-{of_year:02}") };
            out.push((number, label));
        }
        month += step;
    }
    out
}

fn legend(svg: &mut Svg, y: f64, language: Language) {
    let set = Type::of(11.0).colour(MUTED);
    let mut x = LEFT;
    let mut entry = |svg: &mut Svg, draw: &dyn Fn(&mut Svg, f64), words: &str| {
        draw(svg, x);
        svg.text(x + 26.0, y + 4.0, words, set);
        x += 26.0 + text_width(words, 11.0) + 22.0;
    };
    entry(
        svg,
        &|s, x| s.circle((x + 12.0, y), 5.0, Paint::fill(MUTED)),
        language.pick("recorded or confirmed", "registrado o confirmado"),
    );
    entry(
        svg,
        &|s, x| s.circle((x + 12.0, y), 5.0, Paint::stroke(MUTED, 1.6).filled(PAPER)),
        language.pick("through an unconfirmed link", "por un enlace sin confirmar"),
    );
    entry(
        svg,
        &|s, x| s.rect(x, y - 4.0, 22.0, 8.0, 3.0, Paint::stroke(MUTED, 1.4).filled(PAPER)),
        language.pick("date known in part", "fecha parcial"),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn event(day: i64, span: i64, kind: EventKind, label: &str) -> Event {
        let from = date(2015, 1, 1).checked_add(jiff::Span::new().days(day)).unwrap();
        let to = from.checked_add(jiff::Span::new().days(span)).unwrap();
        Event { when: When::between(from, to), kind, label: label.into(), status: EdgeStatus::Confirmed }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn labels_never_overlap_and_stay_on_the_page(
            picks in proptest::collection::vec((0i64..4000, 0i64..400, 0usize..7, "[A-Za-z0-9 -]{1,40}"), 1..40),
        ) {
            let events: Vec<Event> = picks.iter().map(|(d, s, k, l)| event(*d, *s, EventKind::ALL[*k], l)).collect();
            let view = Timeline { title: "t".into(), events, intervals: Vec::new() };
            let plan = plan(&view, &Disclosure::Masked, Language::En);
            for (i, a) in plan.labels.iter().enumerate() {
                prop_assert!(a.x + a.w <= WIDTH && a.x >= 0.0, "{a:?}");
                for b in &plan.labels[..i] {
                    prop_assert!(!a.overlaps(b), "{a:?} {b:?}");
                }
            }
            prop_assert!(timeline(&view, &Disclosure::Masked, Language::Es).unwrap().ends_with("</svg>\n"));
        }
    }

    #[test]
    fn a_negative_interval_is_drawn_and_ticks_are_few() {
        let interval = Interval {
            from: date(2020, 5, 1),
            to: date(2019, 5, 1),
            label: "time-to-crime −366 d".into(),
            status: EdgeStatus::Review,
        };
        let view = Timeline { title: "t".into(), events: Vec::new(), intervals: vec![interval] };
        assert!(timeline(&view, &Disclosure::Masked, Language::En).unwrap().contains("time-to-crime −366 d"));
        for days in [10.0, 100.0, 1000.0, 10_000.0, 40_000.0] {
            let ticks = ticks(Axis { first: 15_000, days });
            assert!(ticks.len() <= 14, "{days} days: {} ticks", ticks.len());
        }
    }
}
