//! The one writer of SVG: every text passes through its escape, every number through its format.

use super::palette::{INK, PAPER};
use base64::Engine as _;
use std::fmt::Write as _;

/// Families with the widths of Helvetica on every common system, so that estimated text widths hold.
pub(crate) const FONT: &str = "Helvetica Neue, Helvetica, Arial, Liberation Sans, sans-serif";

/// Text safe inside XML and HTML, between tags or in a quoted attribute.
///
/// Characters that XML 1.0 forbids and the controls that turn the direction of writing (they can make one exhibit number
/// read as another) become U+FFFD.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' | '\r' => out.push(' '),
            c if c < ' ' || ('\u{7f}'..='\u{9f}').contains(&c) || c == '\u{fffe}' || c == '\u{ffff}' => {
                out.push('\u{fffd}');
            }
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// A coordinate: two decimals, no trailing zeros, never "-0" or NaN.
pub(crate) fn number(value: f64) -> String {
    if !value.is_finite() {
        return "0".to_owned();
    }
    let mut text = format!("{value:.2}");
    while text.ends_with('0') {
        text.pop();
    }
    if text.ends_with('.') {
        text.pop();
    }
    if text == "-0" { "0".to_owned() } else { text }
}

/// How a shape is painted. Colours are constants of the program, so no text of a record can reach an attribute.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paint {
    pub fill: &'static str,
    pub stroke: &'static str,
    pub width: f64,
    pub dash: &'static str,
    pub opacity: f64,
}

impl Paint {
    pub(crate) const fn fill(colour: &'static str) -> Self {
        Self { fill: colour, stroke: "none", width: 0.0, dash: "", opacity: 1.0 }
    }

    pub(crate) const fn stroke(colour: &'static str, width: f64) -> Self {
        Self { fill: "none", stroke: colour, width, dash: "", opacity: 1.0 }
    }

    pub(crate) const fn filled(self, colour: &'static str) -> Self {
        Self { fill: colour, ..self }
    }

    pub(crate) const fn dashed(self, dash: &'static str) -> Self {
        Self { dash, ..self }
    }

    pub(crate) const fn faded(self, opacity: f64) -> Self {
        Self { opacity, ..self }
    }

    fn attributes(&self) -> String {
        let mut out = format!(" fill=\"{}\"", self.fill);
        if self.stroke != "none" {
            let _ = write!(out, " stroke=\"{}\" stroke-width=\"{}\"", self.stroke, number(self.width));
        }
        if !self.dash.is_empty() {
            let _ = write!(out, " stroke-dasharray=\"{}\"", self.dash);
        }
        if self.opacity < 1.0 {
            let _ = write!(out, " opacity=\"{}\"", number(self.opacity));
        }
        out
    }
}

/// Where a text hangs on its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// How a text is set.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Type {
    pub size: f64,
    pub colour: &'static str,
    pub anchor: Anchor,
    pub bold: bool,
    /// A pale outline that keeps the text readable on a picture.
    pub halo: bool,
    /// Turned a quarter against the clock, for y axes.
    pub upright: bool,
}

impl Type {
    pub(crate) const fn of(size: f64) -> Self {
        Self { size, colour: INK, anchor: Anchor::Start, bold: false, halo: false, upright: false }
    }

    pub(crate) const fn colour(self, colour: &'static str) -> Self {
        Self { colour, ..self }
    }

    pub(crate) const fn anchor(self, anchor: Anchor) -> Self {
        Self { anchor, ..self }
    }

    pub(crate) const fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    pub(crate) const fn halo(self) -> Self {
        Self { halo: true, ..self }
    }

    pub(crate) const fn upright(self) -> Self {
        Self { upright: true, ..self }
    }
}

/// A finished SVG. Only this room's writer makes one, so a page may embed it without escaping it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawing(String);

impl Drawing {
    /// The SVG document.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The SVG document, to be written to a file.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

impl std::fmt::Display for Drawing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::ops::Deref for Drawing {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

/// A picture being written.
pub(crate) struct Svg {
    width: f64,
    height: f64,
    title: String,
    description: String,
    body: String,
}

impl Svg {
    /// An empty white picture; title and description are read aloud by screen readers.
    pub(crate) fn new(width: f64, height: f64, title: &str, description: &str) -> Self {
        Self { width, height, title: title.to_owned(), description: description.to_owned(), body: String::new() }
    }

    pub(crate) fn rect(&mut self, x: f64, y: f64, w: f64, h: f64, radius: f64, paint: Paint) {
        let _ = write!(
            self.body,
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"",
            number(x),
            number(y),
            number(w.max(0.0)),
            number(h.max(0.0))
        );
        if radius > 0.0 {
            let _ = write!(self.body, " rx=\"{}\"", number(radius));
        }
        let _ = writeln!(self.body, "{}/>", paint.attributes());
    }

    pub(crate) fn line(&mut self, from: (f64, f64), to: (f64, f64), paint: Paint) {
        let _ = writeln!(
            self.body,
            "<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"{}/>",
            number(from.0),
            number(from.1),
            number(to.0),
            number(to.1),
            paint.attributes()
        );
    }

    pub(crate) fn circle(&mut self, centre: (f64, f64), radius: f64, paint: Paint) {
        let _ = writeln!(
            self.body,
            "<circle cx=\"{}\" cy=\"{}\" r=\"{}\"{}/>",
            number(centre.0),
            number(centre.1),
            number(radius),
            paint.attributes()
        );
    }

    pub(crate) fn polygon(&mut self, points: &[(f64, f64)], paint: Paint) {
        self.points("polygon", points, paint);
    }

    pub(crate) fn polyline(&mut self, points: &[(f64, f64)], paint: Paint) {
        self.points("polyline", points, paint);
    }

    fn points(&mut self, element: &str, points: &[(f64, f64)], paint: Paint) {
        let _ = write!(self.body, "<{element} points=\"");
        for (i, p) in points.iter().enumerate() {
            let _ = write!(self.body, "{}{},{}", if i == 0 { "" } else { " " }, number(p.0), number(p.1));
        }
        let join = if element == "polyline" { " stroke-linejoin=\"round\"" } else { "" };
        let _ = writeln!(self.body, "\"{join}{}/>", paint.attributes());
    }

    /// A cubic curve from `a` over the handles `b`, `c` to `d`.
    pub(crate) fn curve(&mut self, a: (f64, f64), b: (f64, f64), c: (f64, f64), d: (f64, f64), paint: Paint) {
        let n = number;
        let _ = writeln!(
            self.body,
            "<path d=\"M{} {} C{} {} {} {} {} {}\"{}/>",
            n(a.0),
            n(a.1),
            n(b.0),
            n(b.1),
            n(c.0),
            n(c.1),
            n(d.0),
            n(d.1),
            paint.attributes()
        );
    }

    pub(crate) fn text(&mut self, x: f64, y: f64, text: &str, set: Type) {
        self.text_with_title(x, y, text, None, set);
    }

    /// A text whose full form appears on hovering, for cut labels.
    pub(crate) fn text_with_title(&mut self, x: f64, y: f64, text: &str, full: Option<&str>, set: Type) {
        let _ = write!(
            self.body,
            "<text x=\"{}\" y=\"{}\" font-size=\"{}\" fill=\"{}\"",
            number(x),
            number(y),
            number(set.size),
            set.colour
        );
        match set.anchor {
            Anchor::Start => {}
            Anchor::Middle => self.body.push_str(" text-anchor=\"middle\""),
            Anchor::End => self.body.push_str(" text-anchor=\"end\""),
        }
        if set.bold {
            self.body.push_str(" font-weight=\"600\"");
        }
        if set.halo {
            let _ = write!(
                self.body,
                " stroke=\"{PAPER}\" stroke-width=\"3\" stroke-linejoin=\"round\" paint-order=\"stroke\""
            );
        }
        if set.upright {
            let _ = write!(self.body, " transform=\"rotate(-90 {} {})\"", number(x), number(y));
        }
        self.body.push('>');
        self.body.push_str(&escaped(text));
        if let Some(full) = full {
            let _ = write!(self.body, "<title>{}</title>", escaped(full));
        }
        self.body.push_str("</text>\n");
    }

    /// A PNG embedded as base64.
    pub(crate) fn image(&mut self, x: f64, y: f64, w: f64, h: f64, png: &[u8]) {
        let _ = write!(
            self.body,
            "<image x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" preserveAspectRatio=\"none\" href=\"data:image/png;base64,",
            number(x),
            number(y),
            number(w),
            number(h)
        );
        base64::engine::general_purpose::STANDARD.encode_string(png, &mut self.body);
        self.body.push_str("\"/>\n");
    }

    /// Opens a window: what follows until [`Svg::close`] keeps its coordinates and is cut at the window's edge.
    pub(crate) fn window(&mut self, x: f64, y: f64, w: f64, h: f64) {
        let (x, y, w, h) = (number(x), number(y), number(w), number(h));
        let _ = writeln!(
            self.body,
            "<svg x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" viewBox=\"{x} {y} {w} {h}\" overflow=\"hidden\">"
        );
    }

    /// Closes the last window.
    pub(crate) fn close(&mut self) {
        self.body.push_str("</svg>\n");
    }

    /// The finished picture.
    pub(crate) fn finish(self) -> Drawing {
        let (w, h) = (number(self.width), number(self.height));
        Drawing(format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {w} {h}\" width=\"{w}\" height=\"{h}\" role=\"img\" \
             aria-label=\"{}\" font-family=\"{FONT}\">\n<title>{}</title>\n<desc>{}</desc>\n\
             <rect width=\"{w}\" height=\"{h}\" fill=\"{PAPER}\"/>\n{}</svg>\n",
            escaped(&self.title),
            escaped(&self.title),
            escaped(&self.description),
            self.body
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_are_short_and_never_odd() {
        assert_eq!(number(1.0), "1");
        assert_eq!(number(-0.001), "0");
        assert_eq!(number(10.504), "10.5");
        assert_eq!(number(100.0), "100");
        assert_eq!(number(f64::NAN), "0");
    }

    #[test]
    fn hostile_text_is_escaped_in_every_place() {
        let mut svg = Svg::new(10.0, 10.0, "<script>\"t\"", "</desc><script>");
        svg.text_with_title(1.0, 2.0, "<script>alert('x')</script>", Some("\"><script>"), Type::of(10.0));
        let out = svg.finish();
        assert!(!out.contains("<script"), "{out}");
        assert_eq!(escaped("a\u{0}\u{202e}b\nc"), "a\u{fffd}\u{fffd}b c");
    }

    proptest! {
        #[test]
        fn escaped_text_has_no_markup(text in any::<String>()) {
            let out = escaped(&text);
            prop_assert!(!out.contains(['<', '>', '"', '\'']));
        }
    }
}
