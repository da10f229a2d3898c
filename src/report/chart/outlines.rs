//! Outlines of states and countries for the offline map, from data in the public domain; `outlines/SOURCES.md` says from which.
//!
//! The file is made by `outlines/make_outlines.py`: a line `=CODE Name` begins an outline, every line below it is a ring in hundredths of a degree, its
//! first point whole and then differences.

use std::sync::OnceLock;

const TEXT: &str = include_str!("outlines/outlines.txt");

/// One state or country.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Outline {
    /// ISO 3166 code: `US-TX`, `MX-CHH`, or `CA` for a country of which no states are drawn.
    pub code: &'static str,
    /// Its name, in its own language.
    pub name: &'static str,
    /// Closed lines, degrees (longitude, latitude); the last point is not the first again.
    pub rings: Vec<Vec<(f64, f64)>>,
}

impl Outline {
    /// Whether it is a state of the two countries whose states are drawn.
    pub(crate) fn is_state(&self) -> bool {
        self.code.len() > 2
    }
}

/// All outlines, ascending by code; read once.
pub(crate) fn outlines() -> &'static [Outline] {
    static OUTLINES: OnceLock<Vec<Outline>> = OnceLock::new();
    OUTLINES.get_or_init(|| read(TEXT))
}

/// Reads the file; a word that is no pair of numbers ends its ring, which a test excludes.
fn read(text: &'static str) -> Vec<Outline> {
    let mut outlines: Vec<Outline> = Vec::new();
    for line in text.lines() {
        if let Some((code, name)) = line.strip_prefix('=').and_then(|head| head.split_once(' ')) {
            outlines.push(Outline { code, name, rings: Vec::new() });
        } else if let Some(outline) = outlines.last_mut() {
            let (mut x, mut y) = (0i32, 0i32);
            let pairs = line.split(' ').map_while(|word| {
                let (dx, dy) = word.split_once(',')?;
                x += dx.parse::<i32>().ok()?;
                y += dy.parse::<i32>().ok()?;
                Some((f64::from(x) / 100.0, f64::from(y) / 100.0))
            });
            outline.rings.push(pairs.collect());
        }
    }
    outlines
}

/// The code of the state in which a point lies, by the even-odd rule; none at sea, abroad, or in the 3 km along a coast that simplifying may move.
#[must_use]
pub fn state_at(longitude: f64, latitude: f64) -> Option<&'static str> {
    let inside = |ring: &[(f64, f64)]| {
        let mut odd = false;
        for (i, a) in ring.iter().enumerate() {
            let b = ring[(i + 1) % ring.len()];
            if (a.1 > latitude) != (b.1 > latitude) && longitude < (b.0 - a.0) * (latitude - a.1) / (b.1 - a.1) + a.0 {
                odd = !odd;
            }
        }
        odd
    };
    outlines().iter().filter(|o| o.is_state()).find(|o| o.rings.iter().any(|ring| inside(ring))).map(|o| o.code)
}

/// The middle of a state's largest ring, degrees (longitude, latitude): where a place is drawn of which only the state is known.
#[must_use]
pub fn middle_of(code: &str) -> Option<(f64, f64)> {
    let outline = outlines().iter().find(|o| o.code == code)?;
    let size = |ring: &[(f64, f64)]| middle(ring).0;
    let largest = outline.rings.iter().max_by(|a, b| size(a).total_cmp(&size(b)))?;
    Some(middle(largest).1)
}

fn middle(ring: &[(f64, f64)]) -> (f64, (f64, f64)) {
    let (mut area, mut x, mut y) = (0.0, 0.0, 0.0);
    for (i, a) in ring.iter().enumerate() {
        let b = ring[(i + 1) % ring.len()];
        let cross = a.0 * b.1 - b.0 * a.1;
        area += cross / 2.0;
        x += (a.0 + b.0) * cross;
        y += (a.1 + b.1) * cross;
    }
    (area.abs(), (x / (6.0 * area), y / (6.0 * area)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_of_both_countries_is_there_and_every_ring_is_whole() {
        let count = |prefix: &str| outlines().iter().filter(|o| o.code.starts_with(prefix)).count();
        // Fifty states and Puerto Rico; the District of Columbia is smaller than the least ring.
        assert_eq!((count("US-"), count("MX-")), (51, 32));
        let words: usize = TEXT.lines().filter(|l| !l.starts_with(['=', '#'])).map(|l| l.split(' ').count()).sum();
        let points: usize = outlines().iter().flat_map(|o| &o.rings).map(Vec::len).sum();
        assert_eq!(words, points, "a word was no pair of numbers");
        assert!(outlines().iter().flat_map(|o| &o.rings).all(|r| r.len() >= 3));
    }

    #[test]
    fn cities_lie_in_their_states() {
        for (city, longitude, latitude, state) in [
            ("Houston", -95.37, 29.76, "US-TX"),
            ("Tucson", -110.97, 32.22, "US-AZ"),
            ("Denver", -104.99, 39.74, "US-CO"),
            ("Chihuahua", -106.08, 28.64, "MX-CHH"),
            ("Guadalajara", -103.35, 20.67, "MX-JAL"),
            ("Ciudad de México", -99.13, 19.43, "MX-CMX"),
            ("Mérida", -89.62, 20.97, "MX-YUC"),
        ] {
            assert_eq!(state_at(longitude, latitude), Some(state), "{city}");
        }
        assert_eq!(state_at(-140.0, 30.0), None);
        assert_eq!(middle_of("US-TX").and_then(|(x, y)| state_at(x, y)), Some("US-TX"));
    }
}
