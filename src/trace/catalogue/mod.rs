//! Makers with their aliases and importers, and calibres with those that fire in one another's chambers, as editable data.
//!
//! The tables stand in `makers.csv` and `calibres.csv` beside this file, each row with its source; a site hands in its own
//! through [`Catalogues::from_csv`].

mod places;

pub use places::{Places, Region};

use super::TraceError;
use super::text::fold;
use std::collections::{BTreeSet, HashMap};

const MAKERS: &str = include_str!("makers.csv");
const CALIBRES: &str = include_str!("calibres.csv");

/// Makers and calibres.
#[derive(Debug, Clone)]
pub struct Catalogues {
    /// Name key to the family of the maker itself.
    families: HashMap<String, String>,
    /// Name key of a business to the families it has imported or sold.
    imported: HashMap<String, BTreeSet<String>>,
    /// Name key to calibre.
    calibres: HashMap<String, String>,
    /// Calibre to its group of interchangeable ones.
    groups: HashMap<String, String>,
}

/// A maker as far as the catalogue resolves what was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Maker {
    /// Family of the maker; the folded name itself where the catalogue does not know it.
    pub family: String,
    /// Whether the catalogue knows it.
    pub known: bool,
    /// Families this business has imported or sold.
    pub imported: BTreeSet<String>,
}

/// A calibre as far as the catalogue resolves what was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calibre {
    /// Code of the calibre; the folded name itself where the catalogue does not know it.
    pub code: String,
    /// Whether the catalogue knows it.
    pub known: bool,
    /// Group of calibres that fire in one another's chambers.
    pub group: Option<String>,
}

impl Catalogues {
    /// The catalogues that come with the program.
    ///
    /// # Errors
    /// [`TraceError::Catalogue`] if they do not hold together, which a test excludes.
    pub fn embedded() -> Result<Self, TraceError> {
        Self::from_csv(MAKERS, CALIBRES)
    }

    /// Catalogues from two tables: `family,name,relation,source` (relation is alias or importer) and
    /// `calibre,name,interchangeable,source`.
    ///
    /// # Errors
    /// [`TraceError::Catalogue`] names the row that cannot be read, has no source, or gives one name two meanings.
    pub fn from_csv(makers: &str, calibres: &str) -> Result<Self, TraceError> {
        let mut all = Self {
            families: HashMap::new(),
            imported: HashMap::new(),
            calibres: HashMap::new(),
            groups: HashMap::new(),
        };
        for (row, [family, name, relation, _]) in rows("makers", makers)? {
            let key = maker_key(&name);
            let clash = match relation.as_str() {
                "alias" => all.families.insert(key, family.clone()).filter(|other| *other != family),
                "importer" => {
                    all.imported.entry(key).or_default().insert(family.clone());
                    None
                }
                other => Some(format!("relation {other}, neither alias nor importer")),
            };
            if let Some(other) = clash {
                return Err(problem("makers", format!("row {row}: \"{name}\" is {family} and {other}")));
            }
        }
        for (row, [calibre, name, group, _]) in rows("calibres", calibres)? {
            let clash = all.calibres.insert(calibre_key(&name), calibre.clone()).filter(|other| *other != calibre);
            if let Some(other) = clash {
                return Err(problem("calibres", format!("row {row}: \"{name}\" is {calibre} and {other}")));
            }
            if !group.is_empty() {
                all.groups.insert(calibre, group);
            }
        }
        Ok(all)
    }

    /// Resolves a maker as written; `None` for text without letters or digits.
    #[must_use]
    pub fn maker(&self, text: &str) -> Option<Maker> {
        let key = maker_key(text);
        if key.is_empty() {
            return None;
        }
        let imported = self.imported.get(&key).cloned().unwrap_or_default();
        Some(match self.families.get(&key) {
            Some(family) => Maker { family: family.clone(), known: true, imported },
            None => Maker { family: key, known: !imported.is_empty(), imported },
        })
    }

    /// Resolves a calibre as written; `None` for text without letters or digits.
    #[must_use]
    pub fn calibre(&self, text: &str) -> Option<Calibre> {
        let key = calibre_key(text);
        if key.is_empty() {
            return None;
        }
        Some(match self.calibres.get(&key) {
            Some(code) => Calibre { code: code.clone(), known: true, group: self.groups.get(code).cloned() },
            None => Calibre { code: key, known: false, group: None },
        })
    }
}

fn problem(catalogue: &str, problem: String) -> TraceError {
    TraceError::Catalogue { catalogue: catalogue.to_owned(), problem }
}

fn rows(name: &str, text: &str) -> Result<Vec<(u64, [String; 4])>, TraceError> {
    let mut rows = Vec::new();
    for record in csv::Reader::from_reader(text.as_bytes()).records() {
        let record = record.map_err(|e| problem(name, e.to_string()))?;
        let row = record.position().map_or(0, csv::Position::line);
        let cells: [String; 4] = std::array::from_fn(|at| record.get(at).unwrap_or_default().trim().to_owned());
        if cells[0].is_empty() || cells[1].is_empty() || cells[3].is_empty() {
            return Err(problem(name, format!("row {row}: expected a code, a name and a source")));
        }
        rows.push((row, cells));
    }
    Ok(rows)
}

/// A maker's name without corporate words, accents and punctuation.
fn maker_key(name: &str) -> String {
    const CORPORATE: [&str; 23] = [
        "inc",
        "co",
        "corp",
        "corporation",
        "company",
        "ltd",
        "llc",
        "lp",
        "gmbh",
        "ag",
        "sa",
        "spa",
        "srl",
        "cv",
        "usa",
        "us",
        "mfg",
        "manufacturing",
        "firearms",
        "and",
        "y",
        "the",
        "de",
    ];
    let folded = fold(name);
    let words: Vec<&str> = folded.split(' ').filter(|w| !w.is_empty()).collect();
    let core: String = words.iter().filter(|w| !CORPORATE.contains(w)).copied().collect();
    if core.is_empty() { words.concat() } else { core }
}

/// A calibre's name without blanks and points, `x` for every sign of multiplication, millimetres left out unless needed.
fn calibre_key(name: &str) -> String {
    let folded = fold(&name.replace(['×', '*'], "x").replace('&', ""));
    let words: Vec<&str> = folded.split(' ').filter(|w| !matches!(*w, "cal" | "caliber" | "calibre")).collect();
    words.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn makers_meet_under_all_their_names() {
        let all = Catalogues::embedded().unwrap();
        for (name, family) in [
            ("S&W", "smith_wesson"),
            ("SMITH & WESSON", "smith_wesson"),
            ("Smith y Wesson", "smith_wesson"),
            ("Glock GmbH", "glock"),
            ("GLOCK INC.", "glock"),
            ("Colt's Manufacturing Co.", "colt"),
            ("Česká zbrojovka", "cz"),
            ("Fabrique Nationale", "fn"),
        ] {
            let maker = all.maker(name).unwrap();
            assert!(maker.known && maker.family == family, "{name}: {maker:?}");
        }
        assert!(all.maker("Century Arms, Inc.").unwrap().imported.contains("romarm"));
        assert!(!all.maker("Nobody Knows").unwrap().known);
        assert!(all.maker(" - ").is_none());
    }

    #[test]
    fn calibres_meet_under_all_their_names() {
        let all = Catalogues::embedded().unwrap();
        for (name, code) in [
            ("9mm", "9mm_luger"),
            ("9 mm", "9mm_luger"),
            ("9 × 19", "9mm_luger"),
            ("9x19 mm", "9mm_luger"),
            (".380 ACP", "380_auto"),
            ("cal. .38", "38_special"),
            ("7.62 x 39", "762x39"),
            (".40 S&W", "40_sw"),
        ] {
            let calibre = all.calibre(name).unwrap();
            assert!(calibre.known && calibre.code == code, "{name}: {calibre:?}");
        }
        assert_eq!(all.calibre(".38").unwrap().group, all.calibre(".357").unwrap().group);
        assert_ne!(all.calibre("9mm").unwrap().code, all.calibre(".380").unwrap().code);
    }

    #[test]
    fn a_row_without_a_source_or_with_two_meanings_is_refused() {
        let header = "family,name,relation,source\n";
        let calibres = "calibre,name,interchangeable,source\n";
        assert!(Catalogues::from_csv(&format!("{header}a,x,alias,\n"), calibres).is_err());
        assert!(Catalogues::from_csv(&format!("{header}a,x,alias,s\nb,X,alias,s\n"), calibres).is_err());
        assert!(Catalogues::from_csv(header, &format!("{calibres}a,1,,s\nb,1,,s\n")).is_err());
    }
}
