//! From filled pages to the bytes of a PDF: fonts embedded, text selectable, the same pages always the same bytes.

use super::letters::Letters;
use super::sheet::{Mark, Page, Sheets};
use super::structure::tree;
use crate::report::ReportError;
use jiff::Timestamp;
use krilla::Document;
use krilla::color::rgb;
use krilla::destination::XyzDestination;
use krilla::geom::{PathBuilder, Point, Rect, Size, Transform};
use krilla::metadata::{DateTime, Metadata};
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::tagging::{ArtifactType, ContentTag, Identifier, SpanTag};
use krilla::text::TextDirection;
use krilla_svg::{SurfaceExt as _, SvgSettings};

/// What a PDF says of itself.
pub(super) struct About<'a> {
    pub title: &'a str,
    pub subject: &'a str,
    pub language: &'static str,
    pub version: &'a str,
    pub made: Option<Timestamp>,
}

/// The bytes of the document.
///
/// # Errors
/// [`ReportError::Pdf`] when the writer refuses.
pub(super) fn written(sheets: &Sheets<'_>, letters: &Letters, about: &About<'_>) -> Result<Vec<u8>, ReportError> {
    let refused = |reason: &str| ReportError::Pdf { reason: reason.to_owned() };
    let mut document = Document::new();
    let mut content: Vec<Vec<Identifier>> = vec![Vec::new(); sheets.pieces.len()];
    for page in &sheets.pages {
        let settings = PageSettings::from_wh(page.width, page.height).ok_or_else(|| refused("a page without size"))?;
        let mut sheet = document.start_page_with(settings);
        let mut surface = sheet.surface();
        draw(&mut surface, page, letters, &mut content);
        surface.finish();
        sheet.finish();
    }
    document.set_tag_tree(tree(&sheets.pieces, content, about.language));
    document.set_outline(outline(sheets));
    document.set_metadata(metadata(about));
    document.finish().map_err(|e| ReportError::Pdf { reason: format!("{e:?}") })
}

fn draw(surface: &mut Surface<'_>, page: &Page, letters: &Letters, content: &mut [Vec<Identifier>]) {
    let mut keep = |piece: Option<usize>, id: Identifier| {
        if let Some(own) = piece.and_then(|at| content.get_mut(at)) {
            own.push(id);
        }
    };
    for mark in &page.marks {
        match mark {
            Mark::Text { x, y, size, weight, colour, text, piece } => {
                let tag = match piece {
                    Some(_) => ContentTag::Span(SpanTag::empty()),
                    None => ContentTag::Artifact(ArtifactType::Page),
                };
                let id = surface.start_tagged(tag);
                surface.set_fill(Some(fill(colour)));
                let font = letters.font(*weight);
                surface.draw_text(Point::from_xy(*x, *y), font, *size, text, false, TextDirection::LeftToRight);
                surface.end_tagged();
                keep(*piece, id);
            }
            Mark::Box { x, y, w, h, colour } => {
                let Some(rect) = Rect::from_xywh(*x, *y, *w, *h) else { continue };
                let mut path = PathBuilder::new();
                path.push_rect(rect);
                if let Some(path) = path.finish() {
                    surface.set_fill(Some(fill(colour)));
                    surface.start_tagged(ContentTag::Artifact(ArtifactType::Other));
                    surface.draw_path(&path);
                    surface.end_tagged();
                }
            }
            Mark::Drawing { x, y, w, h, tree, piece } => {
                let Some(size) = Size::from_wh(*w, *h) else { continue };
                let id = surface.start_tagged(ContentTag::Other);
                surface.push_transform(&Transform::from_translate(*x, *y));
                let _ = surface.draw_svg(tree, size, SvgSettings::default());
                surface.pop();
                surface.end_tagged();
                keep(Some(*piece), id);
            }
        }
    }
}

/// A colour of the palette, `#rrggbb` or `#rgb`.
fn fill(colour: &str) -> Fill {
    let digits: Vec<u8> = colour.trim_start_matches('#').chars().map(|c| c.to_digit(16).unwrap_or(0) as u8).collect();
    let (r, g, b) = match digits[..] {
        [a, b, c, d, e, f] => (a * 16 + b, c * 16 + d, e * 16 + f),
        [a, b, c] => (a * 17, b * 17, c * 17),
        _ => (0, 0, 0),
    };
    Fill { paint: rgb::Color::new(r, g, b).into(), ..Fill::default() }
}

fn outline(sheets: &Sheets<'_>) -> Outline {
    let mut outline = Outline::new();
    let node = |entry: &super::sheet::Entry| {
        OutlineNode::new(entry.text.clone(), XyzDestination::new(entry.page, Point::from_xy(0.0, entry.y)))
    };
    let mut open: Option<OutlineNode> = None;
    for entry in &sheets.contents {
        match (&mut open, entry.deep) {
            (Some(parent), true) => parent.push_child(node(entry)),
            _ => {
                if let Some(done) = open.replace(node(entry)) {
                    outline.push_child(done);
                }
            }
        }
    }
    if let Some(done) = open {
        outline.push_child(done);
    }
    outline
}

fn metadata(about: &About<'_>) -> Metadata {
    let metadata = Metadata::new()
        .title(about.title.to_owned())
        .description(about.subject.to_owned())
        .language(about.language.to_owned())
        .creator(format!("brasslink {}", about.version))
        .producer(format!("brasslink {}", about.version));
    let Some(made) = about.made else { return metadata };
    let at = made.to_zoned(jiff::tz::TimeZone::UTC);
    metadata.creation_date(
        DateTime::new(at.year().unsigned_abs())
            .month(at.month().unsigned_abs())
            .day(at.day().unsigned_abs())
            .hour(at.hour().unsigned_abs())
            .minute(at.minute().unsigned_abs())
            .second(at.second().unsigned_abs())
            .utc_offset_hour(0)
            .utc_offset_minute(0),
    )
}
