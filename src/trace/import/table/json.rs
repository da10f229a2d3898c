//! JSON: an array of objects, or one object a line. Objects within a record become columns named by both keys; an array of
//! objects becomes one row for each, as a chain of sale does in a table.

use super::text::Decoded;
use super::{MOST_COLUMNS, Refusal, Table, TableRow, Typed, within_limits};
use crate::trace::TraceError;
use crate::trace::wording::Wording;
use serde::Deserializer as _;
use serde::de::{Deserialize, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use std::collections::HashMap;

/// One record as written: keys in their order.
struct Pairs(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Pairs;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object for each record")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

/// A cell of a row that is there: its column, its text, and what it was typed as.
type Filled = (usize, String, Option<Typed>);

/// The rows as they grow, with the columns found so far.
struct Growing<'a> {
    refuse: Refusal<'a>,
    columns: HashMap<String, usize>,
    names: Vec<String>,
    rows: Vec<(u64, Vec<Filled>)>,
    failed: Option<TraceError>,
}

/// Reads a table of JSON. Records are counted from 2, as if their keys stood in a header above them.
pub(super) fn read(refuse: Refusal<'_>, decoded: &Decoded) -> Result<Table, TraceError> {
    let text = decoded.text.as_str();
    let mut growing = Growing { refuse, columns: HashMap::new(), names: Vec::new(), rows: Vec::new(), failed: None };
    let bad = |e: serde_json::Error| {
        refuse.of(
            ("cannot be read as JSON", "no se puede leer como JSON"),
            ("an array of objects, or one object a line", "un arreglo de objetos, o un objeto por línea"),
            place_of(&e),
        )
    };
    let array = text.trim_start().starts_with('[');
    if array {
        let mut reader = serde_json::Deserializer::from_str(text);
        let read = reader.deserialize_seq(&mut growing).and_then(|()| reader.end());
        if let Some(error) = growing.failed.take() {
            return Err(error);
        }
        read.map_err(bad)?;
    } else {
        for record in serde_json::Deserializer::from_str(text).into_iter::<Pairs>() {
            growing.record(record.map_err(bad)?)?;
        }
    }
    let width = growing.names.len();
    let mut rows = vec![TableRow { number: 1, cells: growing.names.iter().collect(), typed: Vec::new() }];
    for (number, cells) in growing.rows {
        let mut whole = vec![String::new(); width];
        let mut typed = Vec::new();
        for (at, text, kind) in cells {
            whole[at] = text;
            typed.extend(kind.zip(u16::try_from(at).ok()).map(|(kind, at)| (at, kind)));
        }
        typed.sort_by_key(|(at, _)| *at);
        rows.push(TableRow { number, cells: whole.iter().collect(), typed });
    }
    let read_as = if array {
        Wording::new("JSON, an array of records", "JSON, un arreglo de registros")
    } else {
        Wording::new("JSON, one record a line", "JSON, un registro por línea")
    };
    Ok(Table { sheet: None, rows, read_as, notes: Vec::new() })
}

/// Where JSON went wrong, without what stood there.
fn place_of(error: &serde_json::Error) -> Wording {
    let (en, es) = match error.classify() {
        serde_json::error::Category::Eof => ("the end of the file", "el fin del archivo"),
        serde_json::error::Category::Data => ("something else", "otra cosa"),
        _ => ("bad syntax", "sintaxis incorrecta"),
    };
    let (line, column) = (error.line(), error.column());
    Wording::new(format!("{en}, line {line}, column {column}"), format!("{es}, línea {line}, columna {column}"))
}

impl<'de> Visitor<'de> for &mut Growing<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an array of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(record) = seq.next_element::<Pairs>()? {
            if let Err(error) = self.record(record) {
                self.failed = Some(error);
                return Err(serde::de::Error::custom("a limit"));
            }
        }
        Ok(())
    }
}

impl Growing<'_> {
    /// One record into one row, or one row for each object of its arrays.
    fn record(&mut self, Pairs(pairs): Pairs) -> Result<(), TraceError> {
        let number = self.rows.len() as u64 + 2;
        let mut common = Vec::new();
        let mut lists: Vec<(String, Vec<Value>)> = Vec::new();
        for (key, value) in pairs {
            match value {
                Value::Array(items) if items.iter().any(Value::is_object) => lists.push((key, items)),
                value => self.put(number, &key, &value, &mut common)?,
            }
        }
        let longest = lists.iter().map(|(_, items)| items.len()).max().unwrap_or(0).max(1);
        for at in 0..longest {
            let number = self.rows.len() as u64 + 2;
            let mut cells = common.clone();
            for (key, items) in &lists {
                if let Some(item) = items.get(at) {
                    // "dispositions" holds one disposition each.
                    let single = key.strip_suffix("es").filter(|_| key.ends_with("ciones")).unwrap_or(key);
                    self.put(number, single.strip_suffix('s').unwrap_or(single), item, &mut cells)?;
                }
            }
            within_limits(self.refuse, self.rows.len(), number, self.names.len(), 0)?;
            self.rows.push((number, cells));
        }
        Ok(())
    }

    fn put(
        &mut self,
        number: u64,
        key: &str,
        value: &Value,
        cells: &mut Vec<(usize, String, Option<Typed>)>,
    ) -> Result<(), TraceError> {
        let (text, typed) = match value {
            Value::Null => return Ok(()),
            Value::Object(inner) => {
                return inner.iter().try_for_each(|(k, v)| self.put(number, &format!("{key} {k}"), v, cells));
            }
            Value::Array(items) => {
                let texts: Vec<String> = items.iter().map(plain).collect();
                (texts.join("; "), None)
            }
            Value::Number(_) => (plain(value), Some(Typed::Number)),
            other => (plain(other), None),
        };
        within_limits(self.refuse, 0, number, self.names.len().min(MOST_COLUMNS), text.len())?;
        let next = self.names.len();
        let at = *self.columns.entry(key.to_owned()).or_insert(next);
        if at == next {
            self.names.push(key.to_owned());
            within_limits(self.refuse, 0, number, self.names.len(), 0)?;
        }
        match cells.iter_mut().find(|(c, _, _)| *c == at) {
            // The same key twice in one object: both are kept, and read as one cell that says two things.
            Some(cell) if cell.1 != text => cell.1 = format!("{} | {text}", cell.1),
            Some(_) => {}
            None => cells.push((at, text, typed)),
        }
        Ok(())
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Null => String::new(),
        Value::Number(number) if !number.is_i64() && !number.is_u64() => {
            number.as_f64().map_or_else(String::new, super::float_text)
        }
        other => other.to_string(),
    }
}
