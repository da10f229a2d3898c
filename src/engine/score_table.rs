//! Tables of scores with known truth: one row a pair of marks, one table a kind of mark.
//!
//! Several tables are joined on the pair of firearms, whatever its order: published tables list, for each kind of mark, one comparison a pair of
//! firearms (the known match of a firearm compares its two test fires), so that equal firearms mean the same two cartridge cases. A table
//! that lists a pair of firearms twice cannot be joined, because nothing says which of its rows belongs to which of the other table; a pair that one of
//! the tables lacks is left out of the fused model and counted.

use super::error::EngineError;
use crate::compare::counts::Count;
use crate::compare::scores::{Measure, Pair};
use crate::trace::text::fold;
use crate::trace::wording::Wording;
use std::collections::{BTreeMap, BTreeSet};

/// Part of a row in a split of the table's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The model is fitted to it (`t`).
    Train,
    /// The model is measured on it (`v`).
    Validate,
    /// Neither: its firearms lie on both sides (`n`).
    Neither,
}

/// Names of columns that replace the ones looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Columns {
    /// The score; else the first of `score`, `accf`, `ccf`, `similarity`.
    pub score: Option<String>,
    /// The truth; else `hypothesis`, `known_match`, `same`.
    pub hypothesis: Option<String>,
    /// The two firearms; else `weapon1` and `weapon2`, or `firearm1` and `firearm2`.
    pub firearms: Option<(String, String)>,
    /// Congruent cells and cells; else `cmc` and `n` or `cells`, where the table has them.
    pub counts: Option<(String, String)>,
    /// The splits; else every column whose name begins with `split`.
    pub splits: Vec<String>,
}

/// A table as read.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoreTable {
    /// Its name: the file's.
    pub name: String,
    /// Name of the column that the scores came from.
    pub score_column: String,
    /// Whether every row has counts of cells.
    pub counted: bool,
    /// Names of its splits.
    pub splits: Vec<String>,
    /// Its pairs.
    pub pairs: Vec<Pair>,
    /// For each pair the part in each split.
    pub parts: Vec<Vec<Part>>,
}

struct Header {
    names: Vec<String>,
}

impl Header {
    fn find(&self, table: &str, what: (&str, &str), asked: Option<&str>, usual: &[&str]) -> Result<usize, EngineError> {
        let wanted: Vec<String> = asked.map_or_else(|| usual.iter().map(|u| fold(u)).collect(), |a| vec![fold(a)]);
        wanted.iter().find_map(|w| self.names.iter().position(|n| fold(n) == *w)).ok_or_else(|| {
            let quoted = |or: &str, [open, close]: [&str; 2]| {
                let names = asked.map_or_else(|| usual.join(&format!("{close} {or} {open}")), str::to_owned);
                format!("{open}{names}{close}")
            };
            let column = (
                format!("a column {}", quoted("or", ["\"", "\""])),
                format!("una columna {}", quoted("o", ["«", "»"])),
            );
            let what = (format!("{table}: header: {}", what.0), format!("{table}: encabezado: {}", what.1));
            EngineError::Told(Wording::expected(what, column, self.names.join(", ")))
        })
    }
}

fn row_of(row: usize, field: &str) -> Wording {
    let field = if field.is_empty() { String::new() } else { format!(": {field}") };
    Wording::new(format!("row {row}{field}"), format!("fila {row}{field}"))
}

/// Reads a table: CSV with a header; columns that nothing asks for are left aside.
///
/// # Errors
/// [`EngineError::Told`] names file, row (the header is row 1) and field, what was expected and what was got: a missing column, a score that is
/// no number, a truth other than 0 or 1 or against the firearms, counts that are none, an unknown part of a split, no rows.
pub fn read(name: &str, bytes: &[u8], columns: &Columns) -> Result<ScoreTable, EngineError> {
    let fault = |what: Wording, expected: Wording, got: Wording| {
        let what = Wording::new(format!("{name}: {}", what.en), format!("{name}: {}", what.es));
        EngineError::Told(Wording::expected(what, expected, got))
    };
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
    let header = reader.headers().map_err(|e| {
        fault(("header", "encabezado").into(), ("a CSV table", "una tabla CSV").into(), Wording::otherwise(&e))
    })?;
    let header = Header { names: header.iter().map(|h| h.trim_start_matches('\u{feff}').to_owned()).collect() };
    let find = |what: (&str, &str), asked: Option<&str>, usual: &[&str]| header.find(name, what, asked, usual);
    let pair = |asked: &Option<(String, String)>| match asked {
        Some((a, b)) => (Some(a.clone()), Some(b.clone())),
        None => (None, None),
    };
    let firearms = pair(&columns.firearms);
    let firearms = [
        find(("first firearm", "primera arma"), firearms.0.as_deref(), &["weapon1", "firearm1"])?,
        find(("second firearm", "segunda arma"), firearms.1.as_deref(), &["weapon2", "firearm2"])?,
    ];
    let truth = find(("truth", "verdad"), columns.hypothesis.as_deref(), &["hypothesis", "known_match", "same"])?;
    let score = find(("score", "puntuación"), columns.score.as_deref(), &["score", "accf", "ccf", "similarity"])?;
    let counted = pair(&columns.counts);
    let counts = match (
        find(("congruent cells", "celdas congruentes"), counted.0.as_deref(), &["cmc"]),
        find(("cells", "celdas"), counted.1.as_deref(), &["n", "cells"]),
    ) {
        (Ok(cmc), Ok(cells)) => Some([cmc, cells]),
        // Counts are optional unless they were asked for by name.
        (Err(error), _) | (_, Err(error)) if columns.counts.is_some() => return Err(error),
        _ => None,
    };
    let split_names: Vec<String> = if columns.splits.is_empty() {
        header.names.iter().filter(|n| fold(n).starts_with("split")).cloned().collect()
    } else {
        columns.splits.clone()
    };
    let splits: Vec<usize> =
        split_names.iter().map(|s| find(("split", "partición"), Some(s.as_str()), &[])).collect::<Result<_, _>>()?;
    let column = |place: usize| header.names.get(place).map_or("", String::as_str);

    let (mut pairs, mut parts) = (Vec::new(), Vec::new());
    for (at, record) in reader.records().enumerate() {
        let row = at + 2;
        let record =
            record.map_err(|e| fault(row_of(row, ""), ("a CSV row", "una fila CSV").into(), Wording::otherwise(&e)))?;
        let text = |place: usize| record.get(place).unwrap_or("");
        let wrong = |place: usize, expected: Wording| {
            fault(row_of(row, column(place)), expected, Wording::written(text(place)))
        };
        let firearm = |which: usize| {
            let name = text(which);
            if name.is_empty() {
                Err(wrong(which, ("the name of a firearm", "el nombre de un arma").into()))
            } else {
                Ok(name.to_owned())
            }
        };
        let names = (firearm(firearms[0])?, firearm(firearms[1])?);
        let same = match text(truth) {
            "1" => true,
            "0" => false,
            _ => {
                let expected = ("1 (same firearm) or 0 (different firearms)", "1 (misma arma) o 0 (armas distintas)");
                return Err(wrong(truth, expected.into()));
            }
        };
        if same != (names.0 == names.1) {
            let expected = if names.0 == names.1 {
                ("1: both firearms are one", "1: ambas armas son una")
            } else {
                ("0: the firearms differ", "0: las armas son distintas")
            };
            return Err(wrong(truth, expected.into()));
        }
        // "NaN" and "inf", which spreadsheets write for a missing score, parse as numbers and must not count as evidence.
        let value: Option<f64> = text(score).parse().ok().filter(|v: &f64| v.is_finite());
        let value = value.ok_or_else(|| wrong(score, ("a finite number", "un número finito").into()))?;
        let count = match counts {
            None => None,
            Some([cmc, cells]) => {
                let whole = |place: usize| {
                    let whole = ("a whole number", "un número entero");
                    text(place).parse::<u32>().map_err(|_| wrong(place, whole.into()))
                };
                let count = Count { cmc: whole(cmc)?, cells: whole(cells)? };
                if count.cells > MOST_CELLS {
                    return Err(wrong(
                        cells,
                        (format!("at most {MOST_CELLS}"), format!("{MOST_CELLS} como máximo")).into(),
                    ));
                }
                if count.cmc > count.cells {
                    let n = count.cells;
                    let most =
                        (format!("at most the {n} cells of the row"), format!("las {n} celdas de la fila como máximo"));
                    return Err(wrong(cmc, most.into()));
                }
                Some(count)
            }
        };
        let part = |place: &usize| match text(*place) {
            "t" => Ok(Part::Train),
            "v" => Ok(Part::Validate),
            "n" => Ok(Part::Neither),
            _ => {
                let parts = ("t (train), v (validate) or n (neither)", "t (ajuste), v (validación) o n (ninguna)");
                Err(wrong(*place, parts.into()))
            }
        };
        parts.push(splits.iter().map(part).collect::<Result<Vec<_>, _>>()?);
        pairs.push(Pair { firearms: names, kinds: vec![Measure { score: value, count }] });
    }
    if pairs.is_empty() {
        return Err(fault(
            ("rows", "filas").into(),
            ("at least one", "al menos una").into(),
            ("none", "ninguna").into(),
        ));
    }
    Ok(ScoreTable {
        name: name.to_owned(),
        score_column: column(score).to_owned(),
        counted: counts.is_some(),
        splits: split_names,
        pairs,
        parts,
    })
}

/// Most cells that a mark may have: a grid of a hundred by a hundred, far beyond any in use; bounds the work a row can ask for.
const MOST_CELLS: u32 = 10_000;

/// Several tables as one.
#[derive(Debug, Clone, PartialEq)]
pub struct Joined {
    /// The pairs that all tables have, one measure a table.
    pub table: ScoreTable,
    /// For each table how many of its rows found no partner.
    pub left_out: Vec<usize>,
    /// Whether the tables have splits of their own that disagree on some pair, so that they cannot be used together.
    pub splits_disagree: bool,
}

/// Joins tables on the pair of firearms.
///
/// # Errors
/// [`EngineError::Told`]: a table lists a pair of firearms twice, or no pair is in all tables.
pub fn join(tables: &[ScoreTable]) -> Result<Joined, EngineError> {
    let mut places: Vec<BTreeMap<(&str, &str), usize>> = Vec::new();
    for table in tables {
        let mut at = BTreeMap::new();
        for (row, pair) in table.pairs.iter().enumerate() {
            if let Some(before) = at.insert(pair.key(), row) {
                let (row, before, (a, b)) = (row + 2, before + 2, pair.key());
                let name = &table.name;
                return Err(EngineError::Told(Wording::expected(
                    (format!("{name}: row {row}: firearms"), format!("{name}: fila {row}: armas")),
                    (
                        "each pair of firearms once, as tables are joined on it",
                        "cada par de armas una sola vez, pues las tablas se unen por él",
                    ),
                    (
                        format!("\"{a}\" and \"{b}\" again, after row {before}"),
                        format!("«{a}» y «{b}» otra vez, tras la fila {before}"),
                    ),
                )));
            }
        }
        places.push(at);
    }
    let names = tables.iter().map(|t| t.name.as_str()).collect::<Vec<_>>().join(" + ");
    let mut common: BTreeSet<(&str, &str)> = places.first().map_or_else(BTreeSet::new, |p| p.keys().copied().collect());
    common.retain(|key| places.iter().all(|p| p.contains_key(key)));
    if common.is_empty() {
        return Err(EngineError::Told(Wording::expected(
            names,
            ("pairs of firearms that all tables have", "pares de armas que estén en todas las tablas"),
            ("none: the tables name different firearms", "ninguno: las tablas nombran armas distintas"),
        )));
    }
    let splits = tables.first().map_or_else(Vec::new, |t| t.splits.clone());
    let mut agree = tables.iter().all(|t| t.splits == splits);
    let (mut pairs, mut parts) = (Vec::new(), Vec::new());
    for key in &common {
        let rows: Vec<(&Pair, &Vec<Part>)> = tables
            .iter()
            .zip(&places)
            .filter_map(|(t, p)| p.get(key).and_then(|at| Some((t.pairs.get(*at)?, t.parts.get(*at)?))))
            .collect();
        let own = rows.first().map_or_else(Vec::new, |r| r.1.clone());
        agree &= rows.iter().all(|r| *r.1 == own);
        parts.push(own);
        pairs.push(Pair {
            firearms: (key.0.to_owned(), key.1.to_owned()),
            kinds: rows.iter().flat_map(|r| r.0.kinds.clone()).collect(),
        });
    }
    if !agree {
        parts.iter_mut().for_each(Vec::clear);
    }
    Ok(Joined {
        left_out: tables.iter().map(|t| t.pairs.len() - pairs.len()).collect(),
        splits_disagree: !agree,
        table: ScoreTable {
            name: names,
            score_column: tables.iter().map(|t| t.score_column.as_str()).collect::<Vec<_>>().join(" + "),
            counted: tables.iter().all(|t| t.counted),
            splits: if agree { splits } else { Vec::new() },
            pairs,
            parts,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "weapon1,weapon2,hypothesis,accf,cmc,n,split1\n7,7,1,60.5,20,31,t\n7,8,0,12.25,1,30,n\n";

    fn refused(text: &str, columns: &Columns) -> String {
        read("s.csv", text.as_bytes(), columns).unwrap_err().to_string()
    }

    #[test]
    fn columns_are_known_by_name_or_named() {
        let table = read("s.csv", GOOD.as_bytes(), &Columns::default()).unwrap();
        assert_eq!((table.score_column.as_str(), table.counted, table.splits.len()), ("accf", true, 1));
        assert_eq!(table.pairs[0].kinds[0], Measure { score: 60.5, count: Some(Count { cmc: 20, cells: 31 }) });
        assert!(table.pairs[0].is_km() && !table.pairs[1].is_km());
        assert_eq!(table.parts, [[Part::Train], [Part::Neither]]);
        let other = "a,x\n1,2\n";
        assert!(
            refused(other, &Columns::default()).contains("expected a column \"weapon1\" or \"firearm1\", got a, x")
        );
        let named = Columns {
            score: Some("Z".to_owned()),
            hypothesis: Some("truth".to_owned()),
            firearms: Some(("g1".to_owned(), "g2".to_owned())),
            counts: Some(("k".to_owned(), "m".to_owned())),
            splits: vec!["fold".to_owned()],
        };
        let text = "\u{feff}g1,g2,truth,z,k,m,fold,accf\na,a,1,0.5,3,4,v,junk\n";
        let table = read("s.csv", text.as_bytes(), &named).unwrap();
        assert_eq!((table.pairs[0].kinds[0].score, table.parts[0][0]), (0.5, Part::Validate));
        let plain = read("s.csv", b"firearm1,firearm2,same,score\na,b,0,1\n", &Columns::default()).unwrap();
        assert!(!plain.counted && plain.parts[0].is_empty());
    }

    #[test]
    fn hostile_tables_are_refused_with_file_row_field_expected_and_got() {
        let spoiled = |from: &str, to: &str| refused(&GOOD.replacen(from, to, 1), &Columns::default());
        for (from, to, says) in [
            ("hypothesis", "h", "s.csv: header: truth: expected a column \"hypothesis\""),
            ("accf", "x", "s.csv: header: score: expected a column \"score\" or \"accf\""),
            ("12.25", "twelve", "s.csv: row 3: accf: expected a finite number, got \"twelve\""),
            ("12.25", "NaN", "s.csv: row 3: accf: expected a finite number, got \"NaN\""),
            ("12.25", "1e999", "row 3: accf: expected a finite number"),
            ("12.25", "", "s.csv: row 3: accf: expected a finite number, got nothing"),
            (
                "7,7,1",
                "7,7,yes",
                "s.csv: row 2: hypothesis: expected 1 (same firearm) or 0 (different firearms), got \"yes\"",
            ),
            ("7,7,1", "7,7,0", "row 2: hypothesis: expected 1: both firearms are one, got \"0\""),
            ("7,8,0", "7,8,1", "row 3: hypothesis: expected 0: the firearms differ"),
            ("7,8,0", ",8,0", "row 3: weapon1: expected the name of a firearm, got nothing"),
            ("20,31", "32,31", "row 2: cmc: expected at most the 31 cells of the row, got \"32\""),
            ("20,31", "-1,31", "row 2: cmc: expected a whole number"),
            ("20,31", "20,4000000000", "row 2: n: expected at most 10000"),
            ("31,t", "31,x", "row 2: split1: expected t (train), v (validate) or n (neither), got \"x\""),
            (",n\n", "\n", "row 3"),
        ] {
            let got = spoiled(from, to);
            assert!(got.contains(says), "{says}: {got}");
        }
        assert!(
            refused("weapon1,weapon2,hypothesis,ccf\n", &Columns::default()).contains("rows: expected at least one")
        );
        let asked = Columns { counts: Some(("cells".to_owned(), "n".to_owned())), ..Columns::default() };
        assert!(refused(GOOD, &asked).contains("congruent cells: expected a column \"cells\""));
        assert!(refused("\u{0}\u{1}", &Columns::default()).contains("header"));
    }

    #[test]
    fn tables_are_joined_on_firearms_in_either_order() {
        let one = read("1.csv", GOOD.as_bytes(), &Columns::default()).unwrap();
        let text = "weapon1,weapon2,hypothesis,ccf,split1\n8,7,0,0.1,n\n7,7,1,0.9,t\n9,9,1,0.8,t\n";
        let two = read("2.csv", text.as_bytes(), &Columns::default()).unwrap();
        let joined = join(&[one.clone(), two.clone()]).unwrap();
        assert_eq!((joined.left_out.clone(), joined.splits_disagree, joined.table.counted), (vec![0, 1], false, false));
        let scores: Vec<Vec<f64>> =
            joined.table.pairs.iter().map(|p| p.kinds.iter().map(|m| m.score).collect()).collect();
        assert_eq!(scores, [[60.5, 0.9], [12.25, 0.1]]);
        let mut moved = two.clone();
        moved.parts[0][0] = Part::Train;
        let joined = join(&[one.clone(), moved]).unwrap();
        assert!(joined.splits_disagree && joined.table.splits.is_empty());
        let mut twice = two;
        twice.pairs.push(twice.pairs[0].clone());
        twice.parts.push(twice.parts[0].clone());
        let refused = join(&[one.clone(), twice]).unwrap_err().to_string();
        assert!(refused.contains("2.csv: row 5: firearms: expected each pair of firearms once"), "{refused}");
        let strange = read("3.csv", b"weapon1,weapon2,hypothesis,ccf\nx,x,1,0.1\n", &Columns::default()).unwrap();
        assert!(join(&[one, strange]).unwrap_err().to_string().contains("the tables name different firearms"));
    }
}
