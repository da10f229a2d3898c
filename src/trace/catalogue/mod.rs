//! Makers with their aliases and importers, and calibres with those that fire in one another's chambers, as editable data.
//!
//! The tables stand in `makers.csv`, `calibres.csv`, `types.csv` and `places.csv` beside this file, each row with its source;
//! a site lays its own over them through [`Catalogues::layered`].

mod places;
mod table;

pub use places::{Places, Region};
pub use table::{Entry, Problem, Table, TableKind, check};

use super::text::{fold, squeeze};
use super::wording::Wording;
use super::{FirearmType, TraceError};
use crate::ids::Digest;
use std::collections::{BTreeSet, HashMap};
use table::{read, rows};

const MAKERS: &str = include_str!("makers.csv");
const CALIBRES: &str = include_str!("calibres.csv");
const TYPES: &str = include_str!("types.csv");
const PLACES: &str = include_str!("places.csv");
/// The tables that come with the program.
const OWN: [(TableKind, &str); 4] = [
    (TableKind::Makers, MAKERS),
    (TableKind::Calibres, CALIBRES),
    (TableKind::Types, TYPES),
    (TableKind::Places, PLACES),
];

/// Makers, calibres, types and places.
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
    /// Name key to type.
    types: HashMap<String, FirearmType>,
    /// Pairs of types that clerks take for one another.
    confusable: BTreeSet<(String, String)>,
    places: Places,
    entries: Vec<Entry>,
    tables: Vec<Table>,
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
        Self::layered(&[])
    }

    /// The catalogues that come with the program, with a site's own tables over them: a name in a later table takes the
    /// meaning it has there, importers are added.
    ///
    /// # Errors
    /// [`TraceError::Catalogue`] names file, row, field, what was expected and what stands there.
    pub fn layered(own: &[Table]) -> Result<Self, TraceError> {
        let mut tables: Vec<Table> =
            OWN.map(|(kind, text)| Table { file: String::new(), kind, text: text.to_owned() }).into();
        tables.extend_from_slice(own);
        Self::of_tables(&tables)
    }

    /// Catalogues of these tables and no others, such as [`Catalogues::tables`] of another time gave them.
    ///
    /// # Errors
    /// As [`Catalogues::layered`].
    pub fn of_tables(tables: &[Table]) -> Result<Self, TraceError> {
        let mut all = Self::empty();
        for table in tables {
            all.add(&table.file, table.kind, &table.text)?;
        }
        all.tables = tables.to_vec();
        Ok(all)
    }

    /// All tables, those of the program first; theirs have no file.
    #[must_use]
    pub fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// Catalogues from two tables alone: `family,name,relation,source` (relation is alias, brand or importer) and
    /// `calibre,name,interchangeable,source`.
    ///
    /// # Errors
    /// [`TraceError::Catalogue`] names the row that cannot be read, has no source, or gives one name two meanings.
    pub fn from_csv(makers: &str, calibres: &str) -> Result<Self, TraceError> {
        let table = |file: &str, kind, text: &str| Table { file: file.to_owned(), kind, text: text.to_owned() };
        Self::of_tables(&[
            table("makers", TableKind::Makers, makers),
            table("calibres", TableKind::Calibres, calibres),
            table("types", TableKind::Types, TYPES),
            table("places", TableKind::Places, PLACES),
        ])
    }

    fn empty() -> Self {
        Self {
            families: HashMap::new(),
            imported: HashMap::new(),
            calibres: HashMap::new(),
            groups: HashMap::new(),
            types: HashMap::new(),
            confusable: BTreeSet::new(),
            places: Places::default(),
            entries: Vec::new(),
            tables: Vec::new(),
        }
    }

    fn add(&mut self, file: &str, kind: TableKind, text: &str) -> Result<(), TraceError> {
        let named = if file.is_empty() { kind.name() } else { file };
        let (rows, problems) = read(kind, text);
        if let Some(first) = problems.first() {
            return Err(problem(named, first.said()));
        }
        for (_, [code, name, relation, source]) in rows {
            match (kind, relation.as_str()) {
                (TableKind::Makers, "importer") => {
                    self.imported.entry(maker_key(&name)).or_default().insert(code.clone());
                }
                (TableKind::Makers, _) => {
                    self.families.insert(maker_key(&name), code.clone());
                }
                (TableKind::Calibres, group) => {
                    self.calibres.insert(calibre_key(&name), code.clone());
                    if group.is_empty() {
                        self.groups.remove(&code);
                    } else {
                        self.groups.insert(code.clone(), group.to_owned());
                    }
                }
                (TableKind::Types, "confusable") => {
                    self.confusable.insert(ordered(&code, &name));
                }
                (TableKind::Types, _) => {
                    if let Some(known) = FirearmType::from_code(&code) {
                        self.types.insert(squeeze(&name), known);
                    }
                }
                (TableKind::Places, _) => self.places.insert(relation.clone(), code.clone(), &name),
            }
            self.entries.push(Entry { file: file.to_owned(), table: kind, code, name, relation, source });
        }
        Ok(())
    }

    /// Every row, in the order in which later rows take precedence; those of the program have no file.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// SHA-256 of all rows: what a link was resolved with.
    #[must_use]
    pub fn hash(&self) -> Digest {
        let mut text = String::new();
        for entry in &self.entries {
            for part in [entry.table.name(), &entry.code, &entry.name, &entry.relation] {
                text.push_str(part);
                text.push('\u{1f}');
            }
        }
        Digest::of(text.as_bytes())
    }

    /// States and countries under their names.
    #[must_use]
    pub fn places(&self) -> &Places {
        &self.places
    }

    /// The type, where a text that the import did not know is a name of one.
    #[must_use]
    pub fn firearm_type(&self, stated: &FirearmType) -> FirearmType {
        match stated {
            FirearmType::Other(text) => self.types.get(&squeeze(text)).cloned().unwrap_or_else(|| stated.clone()),
            known => known.clone(),
        }
    }

    /// Whether clerks take one type for the other.
    #[must_use]
    pub fn confusable(&self, a: &FirearmType, b: &FirearmType) -> bool {
        self.confusable.contains(&ordered(a.code(), b.code()))
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

    /// The maker's name that a text is nearly, where the catalogue does not know the text: one slip away, two in a long name.
    #[must_use]
    pub fn nearly_maker(&self, text: &str) -> Option<&str> {
        const FEWEST_FOR_ONE: usize = 4;
        const FEWEST_FOR_TWO: usize = 8;
        if self.maker(text).is_none_or(|m| m.known) {
            return None;
        }
        let key = maker_key(text);
        let length = key.chars().count();
        let most = usize::from(length >= FEWEST_FOR_ONE) + usize::from(length >= FEWEST_FOR_TWO);
        let names = self.entries.iter().filter(|e| e.table == TableKind::Makers && e.relation != "importer");
        let near = names.map(|e| (slips(&key, &maker_key(&e.name), most), e.name.as_str()));
        near.filter(|(apart, _)| (1..=most).contains(apart)).min().map(|(_, name)| name)
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

fn problem(catalogue: &str, problem: Wording) -> TraceError {
    TraceError::Catalogue { catalogue: catalogue.to_owned(), problem }
}

fn ordered(a: &str, b: &str) -> (String, String) {
    if a <= b { (a.to_owned(), b.to_owned()) } else { (b.to_owned(), a.to_owned()) }
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

/// Letters to be changed, added, left out or swapped with a neighbour to make one name of the other (restricted Damerau-Levenshtein);
/// one more than `most` where it is farther.
fn slips(a: &str, b: &str, most: usize) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > most {
        return most + 1;
    }
    let mut rows: [Vec<usize>; 3] = [Vec::new(), (0..=b.len()).collect(), Vec::new()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let mut least =
                (rows[1][j] + 1).min(row[j - 1] + 1).min(rows[1][j - 1] + usize::from(a[i - 1] != b[j - 1]));
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[0][j - 2] + 1);
            }
            row.push(least);
        }
        rows[2] = row;
        rows.rotate_left(1);
    }
    rows[1].last().copied().unwrap_or(most + 1).min(most + 1)
}

/// A calibre's name without blanks and points, `x` for every sign of multiplication, millimetres left out unless needed.
fn calibre_key(name: &str) -> String {
    let folded = fold(&name.replace(['×', '*'], "x").replace('&', ""));
    let words: Vec<&str> = folded.split(' ').filter(|w| !matches!(*w, "cal" | "caliber" | "calibre")).collect();
    words.concat()
}

#[cfg(test)]
mod tests;
