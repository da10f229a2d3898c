//! The annotation layer that some files carry beside the heights.

use ndarray::Array2;

/// A picture of the same grid in which a person coloured regions, such as the breech-face impression.
///
/// It is no part of ISO 25178-72 but a habit of the cartridge-case and bullet community: a `bindata/mask.png` of SizeX x
/// SizeY pixels in which one *background* colour (bronze `#cd7f32` where `Record3/Mask/Background` says so) means "not
/// annotated" and any other colour is an annotation. It is never applied while decoding, because nothing in the file says
/// what an annotation means (region of interest, or region to leave out); ask [`MaskLayer::annotated`] and decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaskLayer {
    /// Colour of each point, red, green, blue, opacity, same shape and orientation as the heights.
    pub colours: Array2<[u8; 4]>,
    /// The background colour, red, green, blue, where the file states one.
    pub background: Option<[u8; 3]>,
}

impl MaskLayer {
    /// The background colour, red, green, blue: the stated one, else the colour of most of the points along the border
    /// (annotated regions lie inside the scan).
    #[must_use]
    pub fn background_colour(&self) -> [u8; 3] {
        if let Some(stated) = self.background {
            return stated;
        }
        let (rows, columns) = self.colours.dim();
        let mut tally: std::collections::BTreeMap<[u8; 3], usize> = std::collections::BTreeMap::new();
        for ((r, c), colour) in self.colours.indexed_iter() {
            if r == 0 || c == 0 || r + 1 == rows || c + 1 == columns {
                *tally.entry(rgb(colour)).or_default() += 1;
            }
        }
        tally.into_iter().max_by_key(|&(_, count)| count).map_or([0; 3], |(colour, _)| colour)
    }

    /// Which points carry an annotation: a colour other than the background that is not fully transparent.
    #[must_use]
    pub fn annotated(&self) -> Array2<bool> {
        let background = self.background_colour();
        self.colours.mapv(|colour| colour[3] > 0 && rgb(&colour) != background)
    }
}

fn rgb(colour: &[u8; 4]) -> [u8; 3] {
    [colour[0], colour[1], colour[2]]
}

/// Reads `#rrggbb` or `#rrggbbaa`; the opacity is dropped.
pub(crate) fn parse_colour(text: &str) -> Option<[u8; 3]> {
    let digits = text.trim().strip_prefix('#')?;
    let bytes = hex::decode(digits).ok().filter(|b| b.len() == 3 || b.len() == 4)?;
    Some([bytes[0], bytes[1], bytes[2]])
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLACK: [u8; 4] = [0, 0, 0, 255];
    const WHITE: [u8; 4] = [255; 4];

    #[test]
    fn colours_are_read_and_nonsense_is_not() {
        assert_eq!(parse_colour(" #cd7f32 "), Some([0xcd, 0x7f, 0x32]));
        assert_eq!(parse_colour("#CD7F32FF"), Some([0xcd, 0x7f, 0x32]));
        for bad in ["", "#", "cd7f32", "#cd7f3", "bronze"] {
            assert_eq!(parse_colour(bad), None, "{bad}");
        }
    }

    #[test]
    fn without_a_stated_background_the_border_tells() {
        let colours = Array2::from_shape_fn((6, 6), |(r, c)| if (1..5).contains(&r) && c > 0 { WHITE } else { BLACK });
        let mask = MaskLayer { colours, background: None };
        assert_eq!(mask.background_colour(), [0, 0, 0]);
        assert_eq!(mask.annotated().iter().filter(|a| **a).count(), 20);
    }

    #[test]
    fn a_stated_background_wins_and_transparent_points_are_not_annotated() {
        let mut colours = Array2::from_elem((3, 3), WHITE);
        colours[(1, 1)] = BLACK;
        colours[(0, 0)] = [9, 9, 9, 0];
        let mask = MaskLayer { colours, background: Some([255; 3]) };
        assert_eq!(mask.annotated().iter().filter(|a| **a).count(), 1);
    }
}
