//! Pages being filled from top to bottom: headings, paragraphs, tables that repeat their heads, figures that stay whole.

use super::letters::{Letters, Weight, clean};
use super::structure::Role;
use crate::report::palette::{INK, MUTED, RULE, SURFACE};
use crate::report::{Drawing, ReportError};

/// US Letter, pt; the format of both countries.
const SHORT: f32 = 612.0;
const LONG: f32 = 792.0;
/// Margins, pt; the header stands above the top one, the footer below the bottom one.
const SIDE: f32 = 54.0;
const TOP: f32 = 66.0;
const BOTTOM: f32 = 58.0;
/// Points a pixel of a drawing below which its smallest letters (11 px) cannot be read: 5.5 pt.
const LEAST_SCALE: f32 = 0.5;
/// Points a pixel of a drawing on a page of its own size: letters of 11 px become 6.6 pt.
const OWN_SCALE: f32 = 0.6;
/// Room that a heading takes above a figure, pt.
const HEADING_ROOM: f32 = 38.0;
/// Size of running text, pt.
const TEXT: f32 = 9.5;
/// Distance of lines over the size of their letters.
const LEADING: f32 = 1.32;

/// Something drawn on a page; y grows downwards. A text without a piece of the structure is a header or a footer.
pub(super) enum Mark {
    Text { x: f32, y: f32, size: f32, weight: Weight, colour: &'static str, text: String, piece: Option<usize> },
    Box { x: f32, y: f32, w: f32, h: f32, colour: &'static str },
    Drawing { x: f32, y: f32, w: f32, h: f32, tree: Box<usvg::Tree>, piece: usize },
}

/// One page.
pub(super) struct Page {
    pub width: f32,
    pub height: f32,
    pub marks: Vec<Mark>,
}

/// An entry of the table of contents that readers show beside the pages.
pub(super) struct Entry {
    pub text: String,
    pub page: usize,
    pub y: f32,
    pub deep: bool,
}

/// One cell of a table.
#[derive(Clone, Default)]
pub(super) struct Cell {
    pub text: String,
    /// A second, smaller line.
    pub sub: String,
    pub mono: bool,
    pub bold: bool,
}

impl Cell {
    pub(super) fn of(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    pub(super) fn mono(text: impl Into<String>) -> Self {
        Self { text: text.into(), mono: true, ..Self::default() }
    }

    pub(super) fn with(text: impl Into<String>, sub: impl Into<String>) -> Self {
        Self { text: text.into(), sub: sub.into(), ..Self::default() }
    }

    pub(super) fn bold(text: impl Into<String>) -> Self {
        Self { text: text.into(), bold: true, ..Self::default() }
    }
}

/// The pages of a document on their way.
pub(super) struct Sheets<'a> {
    letters: &'a Letters,
    pub pages: Vec<Page>,
    pub contents: Vec<Entry>,
    /// The pieces of the document in reading order; texts and drawings belong to them by their places.
    pub pieces: Vec<Role>,
    piece: Option<usize>,
    tables: usize,
    y: f32,
    /// A heading that waits for the page of its first figure.
    waiting: Option<String>,
}

impl<'a> Sheets<'a> {
    pub(super) fn new(letters: &'a Letters) -> Self {
        let mut sheets = Self {
            letters,
            pages: Vec::new(),
            contents: Vec::new(),
            pieces: Vec::new(),
            piece: None,
            tables: 0,
            y: 0.0,
            waiting: None,
        };
        sheets.turn(SHORT, LONG);
        sheets
    }

    fn turn(&mut self, width: f32, height: f32) {
        self.pages.push(Page { width, height, marks: Vec::new() });
        self.y = TOP;
    }

    fn size(&self) -> (f32, f32) {
        self.pages.last().map_or((SHORT, LONG), |page| (page.width, page.height))
    }

    fn room(&self) -> f32 {
        self.size().1 - BOTTOM - self.y
    }

    /// Makes sure of `height` pt on an upright page.
    fn need(&mut self, height: f32) {
        if self.size() != (SHORT, LONG) || self.room() < height {
            self.turn(SHORT, LONG);
        }
    }

    fn mark(&mut self, mark: Mark) {
        if let Some(page) = self.pages.last_mut() {
            page.marks.push(mark);
        }
    }

    /// Begins a piece of the document, to which the texts that follow belong.
    fn begin(&mut self, role: Role) -> usize {
        self.pieces.push(role);
        let at = self.pieces.len() - 1;
        self.piece = Some(at);
        at
    }

    fn text(&mut self, x: f32, size: f32, weight: Weight, colour: &'static str, text: &str) {
        let y = self.y + size;
        let piece = self.piece;
        self.mark(Mark::Text { x, y, size, weight, colour, text: clean(text), piece });
    }

    fn enter(&mut self, text: &str, deep: bool) {
        self.contents.push(Entry { text: clean(text), page: self.pages.len() - 1, y: self.y, deep });
    }

    /// The title of the document with a line below it.
    pub(super) fn title(&mut self, kind: &str, title: &str, subtitle: &str) {
        self.begin(Role::Paragraph);
        self.text(SIDE, 10.0, Weight::Bold, MUTED, kind);
        self.y += 18.0;
        self.begin(Role::Heading(1, clean(title)));
        for line in self.letters.wrapped(title, Weight::Bold, 19.0, SHORT - 2.0 * SIDE) {
            self.text(SIDE, 19.0, Weight::Bold, INK, &line);
            self.y += 24.0;
        }
        self.begin(Role::Paragraph);
        for line in self.letters.wrapped(subtitle, Weight::Regular, 11.0, SHORT - 2.0 * SIDE) {
            self.text(SIDE, 11.0, Weight::Regular, MUTED, &line);
            self.y += 15.0;
        }
        self.y += 6.0;
    }

    /// A heading whose chapter begins with a figure: it is set on the page of that figure.
    pub(super) fn heading_of_figures(&mut self, text: &str) {
        self.waiting = Some(text.to_owned());
    }

    /// Forgets a heading whose chapter had no figure.
    pub(super) fn no_figure_came(&mut self) {
        self.waiting = None;
    }

    /// A heading; it never stands alone at the end of a page.
    pub(super) fn heading(&mut self, text: &str) {
        self.need(110.0);
        self.set_heading(text);
    }

    fn set_heading(&mut self, text: &str) {
        if self.y > TOP {
            self.y += 12.0;
        }
        self.enter(text, false);
        self.begin(Role::Heading(2, clean(text)));
        self.text(SIDE, 13.5, Weight::Bold, INK, text);
        self.y += 17.0;
        let (y, w) = (self.y, self.size().0 - 2.0 * SIDE);
        self.mark(Mark::Box { x: SIDE, y, w, h: 0.8, colour: RULE });
        self.y += 7.0;
    }

    /// A smaller heading.
    pub(super) fn subheading(&mut self, text: &str) {
        self.need(110.0);
        self.y += 5.0;
        self.enter(text, true);
        self.begin(Role::Heading(3, clean(text)));
        for line in self.letters.wrapped(text, Weight::Bold, 10.5, SHORT - 2.0 * SIDE) {
            self.text(SIDE, 10.5, Weight::Bold, INK, &line);
            self.y += 14.0;
        }
        self.y += 2.0;
    }

    /// A paragraph.
    pub(super) fn paragraph(&mut self, text: &str) {
        self.begin(Role::Paragraph);
        self.lines(text, SIDE, Weight::Regular, INK);
        self.y += 4.0;
    }

    /// A paragraph in pale letters.
    pub(super) fn remark(&mut self, text: &str) {
        self.begin(Role::Paragraph);
        self.lines(text, SIDE, Weight::Regular, MUTED);
        self.y += 4.0;
    }

    /// A paragraph on a shaded ground, with its first words in bold.
    pub(super) fn notice(&mut self, strong: &str, text: &str) {
        let room = SHORT - 2.0 * SIDE - 20.0;
        let (head, body) = (
            self.letters.wrapped(strong, Weight::Bold, TEXT, room),
            self.letters.wrapped(text, Weight::Regular, TEXT, room),
        );
        let height = (head.len() + body.len()) as f32 * TEXT * LEADING + 12.0;
        self.need(height.min(400.0));
        let y = self.y;
        self.mark(Mark::Box { x: SIDE, y, w: SHORT - 2.0 * SIDE, h: height, colour: SURFACE });
        self.mark(Mark::Box { x: SIDE, y, w: 2.5, h: height, colour: MUTED });
        self.y += 5.0;
        self.begin(Role::Paragraph);
        for (weight, line) in head.iter().map(|l| (Weight::Bold, l)).chain(body.iter().map(|l| (Weight::Regular, l))) {
            self.text(SIDE + 10.0, TEXT, weight, INK, line);
            self.y += TEXT * LEADING;
        }
        self.y = y + height + 7.0;
    }

    /// Points of a list.
    pub(super) fn points<'t>(&mut self, texts: impl IntoIterator<Item = &'t str>) {
        for text in texts {
            self.need(TEXT * LEADING * 2.0);
            self.begin(Role::Point);
            self.text(SIDE + 2.0, TEXT, Weight::Regular, MUTED, "•");
            self.lines(text, SIDE + 13.0, Weight::Regular, INK);
            self.y += 2.5;
        }
        self.y += 3.0;
    }

    fn lines(&mut self, text: &str, x: f32, weight: Weight, colour: &'static str) {
        for line in self.letters.wrapped(text, weight, TEXT, SHORT - SIDE - x) {
            self.need(TEXT * LEADING);
            self.text(x, TEXT, weight, colour, &line);
            self.y += TEXT * LEADING;
        }
    }

    /// A table: shares of the width, heads, rows. The head stands again on every page; a row stays whole unless it is longer than a page.
    pub(super) fn table(&mut self, shares: &[f32], heads: &[&str], rows: &[Vec<Cell>]) {
        let whole: f32 = shares.iter().sum();
        let widths: Vec<f32> = shares.iter().map(|s| s / whole * (SHORT - 2.0 * SIDE)).collect();
        self.need(60.0);
        self.tables += 1;
        let table = self.tables;
        self.head(&widths, heads, Some(table));
        for (at, row) in rows.iter().enumerate() {
            let mut left: Vec<Vec<Line>> =
                row.iter().zip(&widths).map(|(cell, width)| self.cell(cell, width - 8.0)).collect();
            let own: Vec<usize> = row.iter().map(|_| self.begin(Role::Cell { table, row: at + 1 })).collect();
            let tall = |left: &[Vec<Line>]| left.iter().map(|l| height(l)).fold(0.0, f32::max) + 6.0;
            if tall(&left) > self.room() {
                self.turn(SHORT, LONG);
                self.head(&widths, heads, None);
            }
            while left.iter().any(|lines| !lines.is_empty()) {
                let top = self.y;
                let floor = self.size().1 - BOTTOM - 4.0;
                let mut x = SIDE;
                let mut lowest = top;
                for ((lines, width), piece) in left.iter_mut().zip(&widths).zip(&own) {
                    self.piece = Some(*piece);
                    self.y = top + 3.0;
                    while let Some(line) = lines.first().filter(|l| self.y + l.size * LEADING <= floor) {
                        let line = line.clone();
                        lines.remove(0);
                        self.text(x, line.size, line.weight, line.colour, &line.text);
                        self.y += line.size * LEADING;
                    }
                    lowest = lowest.max(self.y);
                    x += width;
                }
                self.y = lowest + 3.0;
                let y = self.y;
                self.mark(Mark::Box { x: SIDE, y, w: SHORT - 2.0 * SIDE, h: 0.5, colour: RULE });
                if left.iter().any(|lines| !lines.is_empty()) {
                    self.turn(SHORT, LONG);
                    self.head(&widths, heads, None);
                }
            }
        }
        self.y += 9.0;
    }

    /// The head of a table; the first one is part of the structure, those of further pages repeat it.
    fn head(&mut self, widths: &[f32], heads: &[&str], table: Option<usize>) {
        let top = self.y;
        let (mut x, mut lowest) = (SIDE, top);
        for (width, head) in widths.iter().zip(heads) {
            self.y = top;
            self.piece = None;
            if let Some(table) = table {
                self.begin(Role::Cell { table, row: 0 });
            }
            for line in self.letters.wrapped(head, Weight::Bold, 8.0, width - 8.0) {
                self.text(x, 8.0, Weight::Bold, MUTED, &line);
                self.y += 8.0 * LEADING;
            }
            lowest = lowest.max(self.y);
            x += width;
        }
        self.y = lowest + 3.0;
        let y = self.y;
        self.mark(Mark::Box { x: SIDE, y, w: SHORT - 2.0 * SIDE, h: 0.8, colour: MUTED });
        self.y += 1.0;
    }

    fn cell(&self, cell: &Cell, room: f32) -> Vec<Line> {
        let (weight, size) = match (cell.mono, cell.bold) {
            (true, _) => (Weight::Mono, 7.2),
            (_, true) => (Weight::Bold, 8.6),
            _ => (Weight::Regular, 8.6),
        };
        let line = |text, weight, size, colour| Line { text, weight, size, colour };
        let main = self.letters.wrapped(&cell.text, weight, size, room).into_iter();
        let sub = self.letters.wrapped(&cell.sub, Weight::Regular, 7.4, room).into_iter();
        main.map(|text| line(text, weight, size, INK))
            .chain(sub.map(|text| line(text, Weight::Regular, 7.4, MUTED)))
            .collect()
    }

    /// A drawing, whole: upright where its letters stay readable, else on a page laid across, else on a page of its own size.
    ///
    /// # Errors
    /// [`ReportError::Pdf`] for a drawing that cannot be read back.
    pub(super) fn figure(&mut self, heading: &str, drawing: &Drawing, caption: &str) -> Result<(), ReportError> {
        let options = usvg::Options {
            fontdb: self.letters.database.clone(),
            font_family: "Liberation Sans".to_owned(),
            ..usvg::Options::default()
        };
        let tree = usvg::Tree::from_str(drawing.as_str(), &options)
            .map_err(|e| ReportError::Pdf { reason: format!("a drawing: {e}") })?;
        let (w, h) = (tree.size().width(), tree.size().height());
        let waiting = self.waiting.is_some();
        let around = |width: f32| {
            let room = width - 2.0 * SIDE;
            let caption = self.letters.wrapped(caption, Weight::Regular, 8.2, room).len() as f32 * 8.2 * LEADING;
            let above = if waiting { HEADING_ROOM } else { 0.0 };
            (room, above + caption + if heading.is_empty() { 12.0 } else { 34.0 })
        };
        let fits = |width: f32, height: f32| {
            let (room, words) = around(width);
            ((room / w).min(0.75), (height - TOP - BOTTOM - words) / h)
        };
        let (across, high) = fits(SHORT, LONG);
        let upright = across.min(high);
        let (across, high) = fits(LONG, SHORT);
        let lying = across.min(high);
        let (width, height, scale) = if upright >= LEAST_SCALE {
            (SHORT, LONG, upright)
        } else if lying >= LEAST_SCALE {
            (LONG, SHORT, lying)
        } else {
            let width = (w * OWN_SCALE + 2.0 * SIDE).max(LONG);
            (width, h * OWN_SCALE + TOP + BOTTOM + around(width).1, OWN_SCALE)
        };
        let words = around(width).1;
        if self.size() != (width, height) || self.room() < h * scale + words {
            self.turn(width, height);
        }
        if let Some(chapter) = self.waiting.take() {
            self.set_heading(&chapter);
        }
        if !heading.is_empty() {
            self.y += 4.0;
            self.enter(heading, true);
            self.begin(Role::Heading(3, clean(heading)));
            self.text(SIDE, 10.5, Weight::Bold, INK, heading);
            self.y += 18.0;
        }
        let (x, y) = (SIDE, self.y);
        let piece = self.begin(Role::Figure(described(drawing, heading)));
        self.mark(Mark::Drawing { x, y, w: w * scale, h: h * scale, tree: Box::new(tree), piece });
        self.begin(Role::Paragraph);
        self.y += h * scale + 4.0;
        for line in self.letters.wrapped(caption, Weight::Regular, 8.2, width - 2.0 * SIDE) {
            self.text(SIDE, 8.2, Weight::Regular, MUTED, &line);
            self.y += 8.2 * LEADING;
        }
        self.y += 8.0;
        Ok(())
    }

    /// Header and footer on every page, once it is known how many there are.
    pub(super) fn frame(&mut self, header: &str, footer: &str, page: impl Fn(usize, usize) -> String) {
        let all = self.pages.len();
        let letters = self.letters;
        for (at, sheet) in self.pages.iter_mut().enumerate() {
            let (width, height) = (sheet.width, sheet.height);
            let mut text = |x: f32, y: f32, weight: Weight, text: String| {
                sheet.marks.push(Mark::Text { x, y, size: 7.8, weight, colour: MUTED, text, piece: None });
            };
            text(SIDE, 38.0, Weight::Bold, "brasslink".to_owned());
            let header = letters.wrapped(header, Weight::Regular, 7.8, width - 2.0 * SIDE - 60.0).into_iter().next();
            let header = header.unwrap_or_default();
            text(width - SIDE - letters.width(&header, Weight::Regular, 7.8), 38.0, Weight::Regular, header);
            let number = page(at + 1, all);
            let right = letters.width(&number, Weight::Regular, 7.8);
            let lines = letters.wrapped(footer, Weight::Regular, 7.8, width - 2.0 * SIDE - right - 20.0);
            for (i, line) in lines.into_iter().take(2).enumerate() {
                text(SIDE, height - 34.0 + i as f32 * 10.0, Weight::Regular, line);
            }
            text(width - SIDE - right, height - 34.0, Weight::Regular, number);
            for y in [44.0, height - 45.0] {
                sheet.marks.push(Mark::Box { x: SIDE, y, w: width - 2.0 * SIDE, h: 0.5, colour: RULE });
            }
        }
    }
}

/// What a drawing says of itself for those who cannot see it: its title and its description.
fn described(drawing: &Drawing, heading: &str) -> String {
    let between = |tag: &str| {
        let text = drawing.as_str().split_once(&format!("<{tag}>"))?.1.split_once(&format!("</{tag}>"))?.0;
        Some(["&lt;<", "&gt;>", "&quot;\"", "&#39;'", "&amp;&"].iter().fold(text.to_owned(), |text, pair| {
            let (entity, letter) = pair.split_at(pair.len() - 1);
            text.replace(entity, letter)
        }))
    };
    let parts = [between("title"), between("desc")].into_iter().flatten().filter(|p| !p.trim().is_empty());
    let words = parts.collect::<Vec<_>>().join(". ");
    clean(if words.is_empty() { heading } else { &words })
}

#[derive(Clone)]
struct Line {
    text: String,
    weight: Weight,
    size: f32,
    colour: &'static str,
}

fn height(lines: &[Line]) -> f32 {
    lines.iter().map(|l| l.size * LEADING).sum()
}
