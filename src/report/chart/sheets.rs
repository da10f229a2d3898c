//! The drawing of a link chart: its sections below one another, on one sheet or on several, with the legend of what is there.

use super::Frame;
use super::folded::{Counts, Why, at_groups, at_nodes, chip, in_words, list};
use super::link::{EdgeKind, LinkChart, Node, NodeKind};
use super::plan::{MARGIN, Panel, Plan, TAG_H};
use crate::language::Language;
use crate::report::Drawing;
use crate::report::lettering::{fitted, text_width, wrapped};
use crate::report::palette::{INK, MUTED, PAPER, RULE, SURFACE};
use crate::report::svg::{Anchor, Paint, Svg, Type};
use crate::report::view::{Disclosure, EdgeStatus};

/// Height of the names of the layers, px.
const HEAD: f64 = 34.0;
/// Height of a section's name, px.
const NAME: f64 = 26.0;
/// Room below a section, px.
const BELOW: f64 = 20.0;
/// Height of the sections of one sheet, px.
const SHEET_H: f64 = 680.0;
/// Height of a line of the legend or the list, px.
const LINE: f64 = 18.0;

/// A chart about to be drawn.
pub(super) struct Sheets<'a> {
    pub chart: &'a LinkChart,
    pub plan: &'a Plan,
    pub disclosure: &'a Disclosure,
    pub language: Language,
}

/// What one sheet holds.
#[derive(Default)]
struct Sheet<'a> {
    panels: Vec<&'a Panel>,
    list: Vec<String>,
}

impl Sheets<'_> {
    /// Everything on one sheet, however high.
    pub(super) fn whole(&self) -> Drawing {
        let sheet = Sheet { panels: self.plan.panels.iter().collect(), list: self.list() };
        self.draw(&sheet, (0, 1))
    }

    /// The sections on as many sheets as they need.
    pub(super) fn sheets(&self) -> Vec<Drawing> {
        let mut sheets: Vec<Sheet<'_>> = vec![Sheet::default()];
        let mut used = 0.0;
        for panel in &self.plan.panels {
            let high = self.high(panel);
            if used > 0.0 && used + high > SHEET_H {
                sheets.push(Sheet::default());
                used = 0.0;
            }
            used += high;
            if let Some(sheet) = sheets.last_mut() {
                sheet.panels.push(panel);
            }
        }
        let list = self.list();
        // A list that begins on the sheet of the last group ends there too.
        let mut turn = used + (list.len() as f64 + 1.0) * LINE > SHEET_H;
        for line in list {
            if used > 0.0 && (std::mem::take(&mut turn) || used + 2.0 * LINE > SHEET_H) {
                sheets.push(Sheet::default());
                used = 0.0;
            }
            if let Some(sheet) = sheets.last_mut() {
                used += if sheet.list.is_empty() { 2.0 * LINE + 10.0 } else { LINE };
                sheet.list.push(line);
            }
        }
        let count = sheets.len();
        sheets.iter().enumerate().map(|(at, sheet)| self.draw(sheet, (at, count))).collect()
    }

    fn named(&self) -> bool {
        self.plan.panels.len() > 1
    }

    fn high(&self, panel: &Panel) -> f64 {
        panel.height + BELOW + if self.named() { NAME } else { 8.0 }
    }

    /// The lines of the list, broken to the width.
    fn list(&self) -> Vec<String> {
        list(self.chart, self.plan, self.disclosure, self.language)
            .iter()
            .flat_map(|line| wrapped(line, 11.5, self.plan.width - 2.0 * MARGIN - 12.0))
            .collect()
    }

    fn draw(&self, sheet: &Sheet<'_>, (at, count): (usize, usize)) -> Drawing {
        let language = self.language;
        let body: f64 = sheet.panels.iter().map(|p| self.high(p)).sum();
        let body = if sheet.panels.is_empty() { 0.0 } else { HEAD + body };
        let listed = if sheet.list.is_empty() { 0.0 } else { (sheet.list.len() as f64 + 1.0) * LINE + 14.0 };
        let legend = self.legend(sheet);
        let height = body + listed + legend.len() as f64 * LINE + 22.0;
        let mut title = self.chart.title.pick(language).to_owned();
        if count > 1 {
            title.push_str(&language.pick(format!(", {} of {count}", at + 1), format!(", {} de {count}", at + 1)));
        }
        let mut svg = Svg::new(self.plan.width, height, &title, &self.described());
        if !sheet.panels.is_empty() {
            self.columns(&mut svg, body);
        }
        let mut y = HEAD;
        for panel in &sheet.panels {
            y += if self.named() { NAME } else { 8.0 };
            self.panel(&mut svg, panel, y);
            y += panel.height + BELOW;
        }
        if !sheet.list.is_empty() {
            let head = language.pick(
                "Between groups; numbers of links that are not drawn",
                "Entre grupos; números de los enlaces que no se dibujan",
            );
            svg.text(MARGIN, body + 18.0, head, Type::of(12.0).bold());
            for (i, line) in sheet.list.iter().enumerate() {
                svg.text(MARGIN + 6.0, body + 18.0 + (i as f64 + 1.0) * LINE, line, Type::of(11.5));
            }
        }
        for (i, row) in legend.into_iter().enumerate() {
            let base = body + listed + (i as f64 + 1.0) * LINE;
            for (x, sign, words) in row {
                match sign {
                    Sign::Line(paint) => svg.line((x, base - 4.0), (x + 28.0, base - 4.0), paint),
                    Sign::Chip(text) => chip_at(&mut svg, x + 28.0, base - 4.0, &text),
                }
                svg.text(x + 34.0, base, &words, Type::of(11.5).colour(MUTED));
            }
        }
        svg.finish()
    }

    fn described(&self) -> String {
        let (nodes, links, folded) = (self.chart.nodes.len(), self.chart.edges.len(), self.plan.sections.folded.len());
        self.language.pick(
            format!("{nodes} nodes and {links} links, {folded} of them not drawn; the table of links says the same in words."),
            format!("{nodes} nodos y {links} enlaces, {folded} sin dibujar; la tabla de enlaces dice lo mismo en palabras."),
        )
    }

    fn columns(&self, svg: &mut Svg, body: f64) {
        let box_w = self.plan.box_w;
        for (kind, x) in &self.plan.columns {
            svg.rect(*x - 10.0, 6.0, box_w + 20.0, body - 12.0, 6.0, Paint::fill(SURFACE));
            let set = Type::of(12.0).colour(MUTED).bold().anchor(Anchor::Middle);
            svg.text(x + box_w / 2.0, 24.0, kind.words(self.language), set);
        }
    }

    fn panel(&self, svg: &mut Svg, panel: &Panel, top: f64) {
        let shifted = |f: &Frame| Frame { y: f.y + top, ..*f };
        if self.named() {
            let (x, y) = (MARGIN - 8.0, top - 22.0);
            let loose = self.plan.sections.groups.loose == Some(panel.section.group);
            let outline = Paint::stroke(MUTED, 0.9).dashed(if loose { "3 3" } else { "" });
            svg.rect(x, y, self.plan.width - 2.0 * x, panel.height + 30.0, 8.0, outline);
            let words = fitted(&self.name(panel), 12.0, (self.plan.width - 40.0) / 1.08);
            svg.text(MARGIN, top - 8.0, &words, Type::of(12.0).bold());
        }
        let down = |p: (f64, f64)| (p.0, p.1 + top);
        // What stands is drawn above what does not.
        let mut lines: Vec<_> = panel.lines.iter().collect();
        lines.sort_by_key(|(e, _)| (std::cmp::Reverse(self.chart.edges[*e].status), *e));
        for (e, segments) in lines {
            let edge = &self.chart.edges[*e];
            for s in segments {
                svg.curve(down(s.a), down(s.b), down(s.c), down(s.d), stroke(edge.kind, edge.status));
            }
        }
        let counts = at_nodes(self.chart, self.plan);
        for (node, frame) in &panel.boxes {
            let repeated = panel.section.repeated.contains(node);
            self.node(svg, *node, &shifted(frame), &counts[*node], repeated);
        }
        for (e, tag) in &panel.tags {
            let tag = shifted(tag);
            let outline = Paint::stroke(self.chart.edges[*e].kind.colour(), 1.0).filled(PAPER);
            svg.rect(tag.x, tag.y, tag.w, tag.h, TAG_H / 2.0, outline);
            let middle = Type::of(10.5).anchor(Anchor::Middle);
            svg.text(tag.x + tag.w / 2.0, tag.y + 11.2, &(e + 1).to_string(), middle);
        }
    }

    /// What a section is called, with what of it is not drawn.
    fn name(&self, panel: &Panel) -> String {
        let (section, language) = (&panel.section, self.language);
        let number = section.group + 1;
        let firearms: Vec<String> = section
            .nodes
            .iter()
            .filter(|n| self.chart.nodes[**n].kind == NodeKind::Firearm)
            .map(|n| self.chart.nodes[*n].label.shown(self.disclosure, language))
            .collect();
        let what = if self.plan.sections.groups.loose == Some(section.group) {
            language
                .pick("claimed by several groups, or by none", "pretendidos por varios grupos, o por ninguno")
                .into()
        } else if firearms.is_empty() {
            language.pick("no firearm", "sin arma").to_owned()
        } else {
            firearms.join(", ")
        };
        let mut words = language.pick(format!("Group {number}: {what}"), format!("Grupo {number}: {what}"));
        if section.parts > 1 {
            let (part, parts) = (section.part + 1, section.parts);
            words.push_str(&language.pick(format!(", part {part} of {parts}"), format!(", parte {part} de {parts}")));
        }
        let nodes = section.nodes.len();
        words.push_str(&match nodes {
            1 => language.pick(" · 1 node", " · 1 nodo").to_owned(),
            _ => language.pick(format!(" · {nodes} nodes"), format!(" · {nodes} nodos")),
        });
        let counts = at_groups(self.chart, self.plan).swap_remove(section.group);
        if !counts.is_empty() {
            let said = in_words(&counts, language);
            words.push_str(&language.pick(format!(" · not drawn: {said}"), format!(" · sin dibujar: {said}")));
        }
        words
    }

    fn node(&self, svg: &mut Svg, at: usize, frame: &Frame, counts: &Counts, repeated: bool) {
        let node = &self.chart.nodes[at];
        let outline = Paint::stroke(if repeated { MUTED } else { RULE }, 1.0).filled(PAPER);
        svg.rect(frame.x, frame.y, frame.w, frame.h, 4.0, outline.dashed(if repeated { "4 2" } else { "" }));
        svg.rect(frame.x, frame.y + 4.0, 3.5, frame.h - 8.0, 1.5, Paint::fill(node.kind.colour()));
        let mut room = frame.w - 18.0;
        if !counts.is_empty() {
            let text = chip(counts);
            room -= text_width(&text, 10.0) + 14.0;
            let y = if self.plan.low { frame.y + frame.h / 2.0 } else { frame.y + 13.0 };
            chip_at(svg, frame.x + frame.w - 6.0, y, &text);
        }
        self.label(svg, node, frame, room);
    }

    fn label(&self, svg: &mut Svg, node: &Node, frame: &Frame, room: f64) {
        let label = node.label.shown(self.disclosure, self.language);
        let detail = node.detail.pick(self.language);
        if self.plan.low {
            let line = frame.y + frame.h / 2.0 + 4.2;
            let cut = fitted(&label, 11.5, room / 1.06);
            svg.text_with_title(frame.x + 10.0, line, &cut, Some(&label), Type::of(11.5).bold());
            let used = text_width(&cut, 11.5) * 1.06 + 6.0;
            // Half a date says less than none.
            if !detail.is_empty() && used + text_width(detail, 10.0) <= room {
                svg.text(frame.x + 10.0 + used, line, detail, Type::of(10.0).colour(MUTED));
            }
            return;
        }
        let line = if detail.is_empty() { frame.y + 26.5 } else { frame.y + 18.5 };
        let cut = fitted(&label, 13.0, room / 1.06);
        svg.text_with_title(frame.x + 11.0, line, &cut, Some(&label), Type::of(13.0).bold());
        if !detail.is_empty() {
            let set = Type::of(11.5).colour(MUTED);
            let cut = fitted(detail, 11.5, frame.w - 18.0);
            svg.text_with_title(frame.x + 11.0, frame.y + 34.5, &cut, Some(detail), set);
        }
    }

    /// The legend of what this sheet shows, in lines.
    fn legend(&self, sheet: &Sheet<'_>) -> Vec<Vec<(f64, Sign, String)>> {
        let language = self.language;
        let edges = || sheet.panels.iter().flat_map(|p| &p.lines).map(|(e, _)| &self.chart.edges[*e]);
        let mut entries: Vec<(Sign, String)> = Vec::new();
        for status in EdgeStatus::ALL {
            if edges().any(|edge| edge.status == status) {
                let neutral = Paint { stroke: INK, ..stroke(EdgeKind::FoundAt, status) };
                entries.push((Sign::Line(neutral), status.words(language).to_owned()));
            }
        }
        for kind in EdgeKind::ALL {
            if edges().any(|edge| edge.kind == kind) {
                let paint = stroke(kind, EdgeStatus::Confirmed);
                entries.push((Sign::Line(paint), kind.words(language).to_owned()));
            }
        }
        let counts = at_nodes(self.chart, self.plan);
        let here = |why: Why| {
            sheet.panels.iter().flat_map(|p| &p.boxes).filter_map(|(n, _)| counts[*n].get(&why).copied()).max()
        };
        for why in Why::ALL {
            let Some(most) = here(why) else { continue };
            let words = match why {
                Why::Undecided => language.pick(
                    "links to other groups that a person has still to decide, not drawn",
                    "enlaces con otros grupos que una persona ha de decidir, sin dibujar",
                ),
                Why::Withdrawn => language.pick("links taken back, not drawn", "enlaces retirados, sin dibujar"),
                Why::TooMany => language.pick("more links than can be drawn", "más enlaces de los que caben"),
            };
            entries.push((Sign::Chip(format!("{}{most}", why.sign())), words.to_owned()));
        }
        if sheet.panels.iter().any(|p| !p.section.repeated.is_empty()) {
            let dashed = Paint::stroke(MUTED, 1.0).dashed("4 2");
            let words =
                language.pick("dashed box: stands in several sections", "recuadro a trazos: está en varias secciones");
            entries.push((Sign::Line(dashed), words.to_owned()));
        }
        let mut rows: Vec<Vec<(f64, Sign, String)>> = Vec::new();
        let mut x = f64::INFINITY;
        for (sign, words) in entries {
            let wide = 34.0 + text_width(&words, 11.5) + 18.0;
            if x + wide > self.plan.width - MARGIN {
                rows.push(Vec::new());
                x = MARGIN;
            }
            if let Some(row) = rows.last_mut() {
                row.push((x, sign, words));
            }
            x += wide;
        }
        rows
    }
}

/// What an entry of the legend shows.
enum Sign {
    Line(Paint),
    Chip(String),
}

/// A count at the right end of a box.
fn chip_at(svg: &mut Svg, right: f64, middle: f64, text: &str) {
    let w = text_width(text, 10.0) + 8.0;
    svg.rect(right - w, middle - 7.0, w, 14.0, 3.0, Paint::stroke(MUTED, 0.8).filled(SURFACE).dashed("1.5 2"));
    svg.text(right - w / 2.0, middle + 3.6, text, Type::of(10.0).anchor(Anchor::Middle));
}

fn stroke(kind: EdgeKind, status: EdgeStatus) -> Paint {
    let width = if kind == EdgeKind::Ballistic { 2.4 } else { 1.7 };
    let width = if status == EdgeStatus::Withdrawn { 1.1 } else { width };
    Paint::stroke(kind.colour(), width).dashed(status.dash())
}
