//! The chain of sale: from maker to recovery, box by box, with gaps shown as gaps.

use crate::language::Language;
use crate::report::lettering::{fitted, wrapped};
use crate::report::palette::{BLUE, GREEN, INK, MUTED, ORANGE, PAPER, PURPLE, RULE, SKY, SURFACE, VERMILLION};
use crate::report::svg::{Anchor, Paint, Svg, Type};
use crate::report::view::{Disclosure, Name, Phrase, When};
use crate::report::{Drawing, ReportError};

/// Who had the firearm, or what befell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StepKind {
    /// The maker.
    Manufacturer,
    /// The importer.
    Importer,
    /// A wholesaler.
    Wholesaler,
    /// A retail dealer.
    Retailer,
    /// A pawnbroker.
    Pawnbroker,
    /// A government or military body.
    Government,
    /// The first purchaser.
    FirstPurchaser,
    /// A later purchaser.
    LaterPurchaser,
    /// Stolen or lost.
    Theft,
    /// Who had it when it was recovered.
    Possessor,
    /// Recovered by an agency.
    Recovery,
    /// Test-fired by a laboratory.
    TestFire,
}

impl StepKind {
    /// The kind in words.
    #[must_use]
    pub fn words(self, language: Language) -> &'static str {
        match self {
            StepKind::Manufacturer => language.pick("Manufacturer", "Fabricante"),
            StepKind::Importer => language.pick("Importer", "Importador"),
            StepKind::Wholesaler => language.pick("Wholesaler", "Mayorista"),
            StepKind::Retailer => language.pick("Retailer", "Armería"),
            StepKind::Pawnbroker => language.pick("Pawnbroker", "Casa de empeño"),
            StepKind::Government => language.pick("Government", "Gobierno"),
            StepKind::FirstPurchaser => language.pick("First purchaser", "Primer comprador"),
            StepKind::LaterPurchaser => language.pick("Later purchaser", "Comprador posterior"),
            StepKind::Theft => language.pick("Theft or loss", "Robo o extravío"),
            StepKind::Possessor => language.pick("Possessor", "Poseedor"),
            StepKind::Recovery => language.pick("Recovery", "Aseguramiento"),
            StepKind::TestFire => language.pick("Test fire", "Disparo de prueba"),
        }
    }

    fn colour(self) -> &'static str {
        match self {
            StepKind::Manufacturer | StepKind::Importer | StepKind::Wholesaler => SKY,
            StepKind::Retailer | StepKind::Pawnbroker | StepKind::Government => BLUE,
            StepKind::FirstPurchaser | StepKind::LaterPurchaser => ORANGE,
            StepKind::Theft => PURPLE,
            StepKind::Possessor => VERMILLION,
            StepKind::Recovery => INK,
            StepKind::TestFire => GREEN,
        }
    }
}

/// One holder of the firearm.
#[derive(Debug, Clone, PartialEq)]
pub struct SaleStep {
    /// Who.
    pub kind: StepKind,
    /// Name of a business or a person.
    pub name: Name,
    /// When it came to them, as far as known.
    pub when: Option<When>,
    /// Where.
    pub place: String,
    /// Anything to add: licence number, multiple sale, another purchaser in a second trace.
    pub note: Phrase,
    /// The record that says so.
    pub source: String,
}

/// A step, or the lack of one.
#[derive(Debug, Clone, PartialEq)]
pub enum ChainItem {
    /// A holder on record.
    Step(SaleStep),
    /// No record: why, and for how long where the neighbours' dates tell.
    Gap {
        /// Why the chain breaks here, such as `sold privately, no record`.
        reason: Phrase,
        /// The stretch without record.
        when: Option<When>,
    },
}

/// The view model of a chain of sale, from the maker on.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ChainOfSale {
    /// Heading.
    pub title: Phrase,
    /// Steps and gaps in order.
    pub items: Vec<ChainItem>,
}

/// Most items of one chain.
pub const ITEM_LIMIT: usize = 200;

const WIDTH: f64 = 1160.0;
const COLUMNS: usize = 5;
const BOX_W: f64 = 196.0;
const BOX_H: f64 = 116.0;
const GAP_X: f64 = 42.0;
const GAP_Y: f64 = 40.0;
const MARGIN: f64 = 6.0;

/// Draws the chain, 1,160 px wide, five boxes a row.
///
/// # Errors
/// More than `ITEM_LIMIT` items. A chain without items is drawn empty, and says so.
pub fn chain_of_sale(view: &ChainOfSale, disclosure: &Disclosure, language: Language) -> Result<Drawing, ReportError> {
    if view.items.len() > ITEM_LIMIT {
        let (limit, got) = (ITEM_LIMIT, view.items.len());
        return Err(ReportError::TooLarge { what: "chain of sale, items".into(), limit, got });
    }
    let rows = view.items.len().div_ceil(COLUMNS).max(1);
    let height = rows as f64 * (BOX_H + GAP_Y) - GAP_Y + 2.0 * MARGIN;
    let mut svg = Svg::new(WIDTH, height, view.title.pick(language), &in_words(view, disclosure, language));
    if view.items.is_empty() {
        let words = language.pick("no sale on record", "sin ventas registradas");
        svg.text(WIDTH / 2.0, 40.0, words, Type::of(13.0).colour(MUTED).anchor(Anchor::Middle));
    }
    let corner = |i: usize| {
        let (row, column) = (i / COLUMNS, i % COLUMNS);
        (MARGIN + column as f64 * (BOX_W + GAP_X), MARGIN + row as f64 * (BOX_H + GAP_Y))
    };
    for (i, item) in view.items.iter().enumerate() {
        let (x, y) = corner(i);
        if i > 0 {
            let broken = matches!(item, ChainItem::Gap { .. }) || matches!(view.items[i - 1], ChainItem::Gap { .. });
            connect(&mut svg, corner(i - 1), (x, y), broken);
        }
        match item {
            ChainItem::Step(step) => draw_step(&mut svg, step, x, y, disclosure, language),
            ChainItem::Gap { reason, when } => draw_gap(&mut svg, reason, *when, x, y, language),
        }
    }
    Ok(svg.finish())
}

/// The chain as one sentence, for readers who cannot see it.
fn in_words(view: &ChainOfSale, disclosure: &Disclosure, language: Language) -> String {
    let items: Vec<String> = view
        .items
        .iter()
        .map(|item| match item {
            ChainItem::Step(step) => {
                let date =
                    step.when.map_or_else(|| language.pick("undated", "sin fecha").to_owned(), |w| w.to_string());
                format!("{} {} ({date})", step.kind.words(language), step.name.shown(disclosure, language))
            }
            ChainItem::Gap { reason, .. } => format!("{}: {}", language.pick("gap", "hueco"), reason.pick(language)),
        })
        .collect();
    items.join("; ")
}

fn connect(svg: &mut Svg, from: (f64, f64), to: (f64, f64), broken: bool) {
    let paint = Paint::stroke(MUTED, 1.6).dashed(if broken { "3 4" } else { "" });
    let tip = if (from.1 - to.1).abs() < 1.0 {
        let y = from.1 + BOX_H / 2.0;
        svg.line((from.0 + BOX_W, y), (to.0 - 7.0, y), paint);
        (to.0, y)
    } else {
        // To the next row: down, back to the left and into the first box from above.
        let (x, turn) = (from.0 + BOX_W / 2.0, from.1 + BOX_H + GAP_Y / 2.0);
        let down = to.0 + BOX_W / 2.0;
        svg.polyline(&[(x, from.1 + BOX_H), (x, turn), (down, turn), (down, to.1 - 7.0)], paint);
        let (x, y) = (down, to.1);
        svg.polygon(&[(x, y), (x - 4.5, y - 8.0), (x + 4.5, y - 8.0)], Paint::fill(MUTED));
        return;
    };
    svg.polygon(&[tip, (tip.0 - 8.0, tip.1 - 4.5), (tip.0 - 8.0, tip.1 + 4.5)], Paint::fill(MUTED));
}

fn draw_step(svg: &mut Svg, step: &SaleStep, x: f64, y: f64, disclosure: &Disclosure, language: Language) {
    svg.rect(x, y, BOX_W, BOX_H, 5.0, Paint::stroke(RULE, 1.2).filled(PAPER));
    svg.rect(x, y, BOX_W, 4.0, 2.0, Paint::fill(step.kind.colour()));
    let room = BOX_W - 22.0;
    svg.text(x + 11.0, y + 22.0, step.kind.words(language), Type::of(11.0).colour(MUTED).bold());
    let name = step.name.shown(disclosure, language);
    svg.text_with_title(x + 11.0, y + 40.0, &fitted(&name, 13.5, room * 0.96), Some(&name), Type::of(13.5).bold());
    let date =
        step.when.map_or_else(|| language.pick("date unknown", "fecha desconocida").to_owned(), |w| w.to_string());
    svg.text(x + 11.0, y + 57.0, &fitted(&date, 12.0, room), Type::of(12.0));
    svg.text_with_title(
        x + 11.0,
        y + 72.0,
        &fitted(&step.place, 11.0, room),
        Some(&step.place),
        Type::of(11.0).colour(MUTED),
    );
    let note = step.note.pick(language);
    let extra = if note.is_empty() { step.source.as_str() } else { note };
    for (i, line) in wrapped(extra, 10.5, room).iter().take(2).enumerate() {
        svg.text_with_title(x + 11.0, y + 90.0 + i as f64 * 13.0, line, Some(extra), Type::of(10.5).colour(MUTED));
    }
}

fn draw_gap(svg: &mut Svg, reason: &Phrase, when: Option<When>, x: f64, y: f64, language: Language) {
    svg.rect(x, y, BOX_W, BOX_H, 5.0, Paint::stroke(VERMILLION, 1.4).filled(SURFACE).dashed("6 5"));
    let middle = x + BOX_W / 2.0;
    let centred = Type::of(12.0).anchor(Anchor::Middle);
    svg.text(middle, y + 26.0, language.pick("NO RECORD", "SIN REGISTRO"), centred.bold());
    let lines = wrapped(reason.pick(language), 11.5, BOX_W - 24.0);
    for (i, line) in lines.iter().take(4).enumerate() {
        svg.text(middle, y + 46.0 + i as f64 * 14.5, line, Type::of(11.5).anchor(Anchor::Middle).colour(MUTED));
    }
    if let Some(when) = when {
        svg.text(
            middle,
            y + BOX_H - 10.0,
            &fitted(&when.to_string(), 11.5, BOX_W - 16.0),
            Type::of(11.5).anchor(Anchor::Middle),
        );
    }
}
