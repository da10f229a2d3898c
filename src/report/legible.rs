//! Whether a drawing can be read: its texts and lines as a reader of SVG sets them in the fonts of the program.

use super::Drawing;
use super::pdf::letters::Letters;

/// A box, px: left, top, right, bottom.
type Bounds = [f64; 4];

/// A text as it stands on the page.
pub struct Set {
    pub text: String,
    pub bounds: Bounds,
}

/// A drawing read back.
pub struct Page {
    pub width: f64,
    pub height: f64,
    pub texts: Vec<Set>,
    /// Points along every open line that is drawn, px.
    pub lines: Vec<Vec<(f64, f64)>>,
}

/// Reads a drawing.
pub fn read(drawing: &Drawing) -> Page {
    let letters = Letters::embedded().unwrap();
    let options = usvg::Options {
        fontdb: letters.database.clone(),
        font_family: "Liberation Sans".to_owned(),
        ..usvg::Options::default()
    };
    let tree = usvg::Tree::from_str(drawing.as_str(), &options).unwrap();
    let size = tree.size();
    let mut page =
        Page { width: size.width().into(), height: size.height().into(), texts: Vec::new(), lines: Vec::new() };
    walk(tree.root(), &mut page);
    page
}

fn walk(group: &usvg::Group, page: &mut Page) {
    for node in group.children() {
        match node {
            usvg::Node::Group(group) => walk(group, page),
            usvg::Node::Text(text) => {
                let said: String = text.chunks().iter().map(|c| c.text()).collect();
                let b = text.abs_bounding_box();
                if !said.trim().is_empty() {
                    let bounds = [b.left(), b.top(), b.right(), b.bottom()].map(f64::from);
                    page.texts.push(Set { text: said, bounds });
                }
            }
            usvg::Node::Path(path) if path.stroke().is_some() && path.fill().is_none() => {
                let points = along(path.data());
                if let Some(points) = points {
                    page.lines.push(points);
                }
            }
            _ => {}
        }
    }
}

/// Points along an open path; none for a closed one (a frame).
fn along(path: &usvg::tiny_skia_path::Path) -> Option<Vec<(f64, f64)>> {
    use usvg::tiny_skia_path::PathSegment as S;
    let mut points: Vec<(f64, f64)> = Vec::new();
    let to = |p: usvg::tiny_skia_path::Point| (f64::from(p.x), f64::from(p.y));
    for segment in path.segments() {
        let from = points.last().copied().unwrap_or_default();
        let steps = 1..=160;
        match segment {
            S::MoveTo(p) => points.push(to(p)),
            S::LineTo(p) => {
                let p = to(p);
                points.extend(steps.map(|i| {
                    let t = f64::from(i) / 160.0;
                    (from.0 + (p.0 - from.0) * t, from.1 + (p.1 - from.1) * t)
                }));
            }
            S::CubicTo(b, c, d) => {
                let (b, c, d) = (to(b), to(c), to(d));
                points.extend(steps.map(|i| {
                    let t = f64::from(i) / 160.0;
                    let s = 1.0 - t;
                    let mix = |a: f64, b: f64, c: f64, d: f64| {
                        s * s * s * a + 3.0 * s * s * t * b + 3.0 * s * t * t * c + t * t * t * d
                    };
                    (mix(from.0, b.0, c.0, d.0), mix(from.1, b.1, c.1, d.1))
                }));
            }
            S::QuadTo(..) => {}
            S::Close => return None,
        }
    }
    Some(points)
}

impl Page {
    /// Pairs of texts that share area.
    pub fn overlapping_texts(&self) -> Vec<String> {
        let mut found = Vec::new();
        for (i, a) in self.texts.iter().enumerate() {
            for b in &self.texts[..i] {
                let (p, q) = (a.bounds, b.bounds);
                if p[0] < q[2] - 0.5 && q[0] < p[2] - 0.5 && p[1] < q[3] - 0.5 && q[1] < p[3] - 0.5 {
                    found.push(format!("{} / {}", a.text, b.text));
                }
            }
        }
        found
    }

    /// Texts that reach over the edge of the page.
    pub fn texts_off_the_page(&self) -> Vec<String> {
        let off = |b: &Bounds| b[0] < 0.0 || b[1] < 0.0 || b[2] > self.width || b[3] > self.height;
        self.texts.iter().filter(|t| off(&t.bounds)).map(|t| t.text.clone()).collect()
    }

    /// Texts, of those that count, through which a line runs.
    pub fn lines_through_texts(&self, counts: impl Fn(&str) -> bool) -> Vec<String> {
        let through = |b: &Bounds| {
            let inside = |p: &(f64, f64)| p.0 > b[0] && p.0 < b[2] && p.1 > b[1] + 1.0 && p.1 < b[3] - 1.0;
            self.lines.iter().any(|line| line.iter().any(inside))
        };
        self.texts.iter().filter(|t| counts(&t.text) && through(&t.bounds)).map(|t| t.text.clone()).collect()
    }
}
