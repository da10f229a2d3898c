//! The fonts of the PDF, and how wide a text is in them.

use crate::report::ReportError;
use krilla::text::Font;
use std::sync::Arc;
use ttf_parser::Face;

const REGULAR: &[u8] = include_bytes!("fonts/LiberationSans-Regular.ttf");
const BOLD: &[u8] = include_bytes!("fonts/LiberationSans-Bold.ttf");
const MONO: &[u8] = include_bytes!("fonts/LiberationMono-Regular.ttf");

/// Which of the three fonts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    /// Running text.
    Regular,
    /// Headings.
    Bold,
    /// Hashes and identifiers.
    Mono,
}

/// The three fonts, read once a document.
pub(crate) struct Letters {
    fonts: [Font; 3],
    faces: [Face<'static>; 3],
    /// The same fonts for the text of drawings.
    pub database: Arc<usvg::fontdb::Database>,
}

impl Letters {
    /// Reads the fonts that come with the program.
    ///
    /// # Errors
    /// [`ReportError::Pdf`] if one cannot be read, which a test excludes.
    pub(crate) fn embedded() -> Result<Self, ReportError> {
        let bad = || ReportError::Pdf { reason: "a font of the program cannot be read".to_owned() };
        let font = |bytes: &'static [u8]| Font::new(bytes.to_vec().into(), 0).ok_or_else(bad);
        let face = |bytes: &'static [u8]| Face::parse(bytes, 0).map_err(|_| bad());
        let mut database = usvg::fontdb::Database::new();
        for bytes in [REGULAR, BOLD, MONO] {
            database.load_font_data(bytes.to_vec());
        }
        database.set_sans_serif_family("Liberation Sans");
        database.set_monospace_family("Liberation Mono");
        Ok(Self {
            fonts: [font(REGULAR)?, font(BOLD)?, font(MONO)?],
            faces: [face(REGULAR)?, face(BOLD)?, face(MONO)?],
            database: Arc::new(database),
        })
    }

    /// The font of a weight.
    pub(super) fn font(&self, weight: Weight) -> Font {
        self.fonts[weight as usize].clone()
    }

    /// Width of a text, pt.
    pub(super) fn width(&self, text: &str, weight: Weight, size: f32) -> f32 {
        let face = &self.faces[weight as usize];
        let units: u32 = text
            .chars()
            .map(|c| u32::from(face.glyph_hor_advance(face.glyph_index(c).unwrap_or_default()).unwrap_or(0)))
            .sum();
        units as f32 * size / f32::from(face.units_per_em())
    }

    /// The text broken at blanks into lines of at most `room` pt; a word longer than a line is cut where it must be.
    pub(super) fn wrapped(&self, text: &str, weight: Weight, size: f32, room: f32) -> Vec<String> {
        let text = clean(text);
        let mut lines = Vec::new();
        let mut line = String::new();
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            let joined = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
            if self.width(&joined, weight, size) <= room {
                line = joined;
                continue;
            }
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            for c in word.chars() {
                line.push(c);
                if self.width(&line, weight, size) > room && line.chars().count() > 1 {
                    line.pop();
                    lines.push(std::mem::replace(&mut line, c.to_string()));
                }
            }
        }
        if !line.is_empty() {
            lines.push(line);
        }
        lines
    }
}

/// The text without controls and without the marks that turn the direction of writing, which could make one exhibit number read as another.
pub(super) fn clean(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\t' | '\n' | '\r' | '\u{a0}' => ' ',
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
            c if c.is_control() => '\u{fffd}',
            c => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit_their_room_and_lose_no_letter() {
        let letters = Letters::embedded().unwrap();
        let text =
            "El rastreo termina sin comprador: b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9 áéíóúñ";
        for room in [60.0, 120.0, 300.0] {
            let lines = letters.wrapped(text, Weight::Regular, 9.0, room);
            assert!(lines.iter().all(|l| letters.width(l, Weight::Regular, 9.0) <= room));
            let bare = |text: &str| text.chars().filter(|c| *c != ' ').collect::<String>();
            assert_eq!(bare(&lines.concat()), bare(text));
        }
    }
}
