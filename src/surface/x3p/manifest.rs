//! `main.xml`: the four records of ISO 25178-72 / ISO 5436-2, whatever the namespace prefix.

use crate::surface::SurfaceError;
use crate::surface::error::Blame;
use quick_xml::Reader;
use quick_xml::events::Event;
use std::collections::BTreeMap;

/// Deepest nesting of elements; the standard has five.
const DEEPEST: usize = 32;
/// Most elements apart from the points of a list; the standard has some seventy.
const MOST_ELEMENTS: usize = 10_000;
/// Longest text of one element, bytes.
const LONGEST_TEXT: usize = 1 << 20;
/// Path of the points written as text.
const DATUM: &str = "Record3/DataList/Datum";

/// The leaf texts of `main.xml` by path below the root (`Record1/Axes/CX/Increment`), and the point list if there is one.
pub(crate) struct Manifest {
    leaves: BTreeMap<String, Vec<String>>,
    /// Text of each `Record3/DataList/Datum`, in order; `None` where there is no such list.
    pub(crate) data: Option<Vec<String>>,
}

impl Manifest {
    /// Reads the text of `main.xml`; at most `points` entries of a point list.
    pub(crate) fn parse(xml: &str, points: u64, blame: &Blame) -> Result<Self, SurfaceError> {
        let damaged = |at: u64, e: &dyn std::fmt::Display| blame.damaged("main.xml", format!("byte {at}: {e}"));
        let mut reader = Reader::from_str(xml);
        let mut out = Self { leaves: BTreeMap::new(), data: None };
        let mut path: Vec<String> = Vec::new();
        let mut text = String::new();
        let mut elements = 0usize;
        let mut rooted = false;
        loop {
            let at = reader.buffer_position();
            let event = reader.read_event().map_err(|e| damaged(at, &e))?;
            match event {
                Event::Start(ref e) | Event::Empty(ref e) => {
                    let name = String::from_utf8_lossy(e.local_name().as_ref()).into_owned();
                    if path.is_empty() && (rooted || name != "ISO5436_2") {
                        return Err(blame.field("main.xml: root", "one element ISO5436_2", name));
                    }
                    rooted = true;
                    path.push(name);
                    if path.len() > DEEPEST {
                        return Err(blame.limit("main.xml: nesting", DEEPEST, path.len()));
                    }
                    text.clear();
                    if matches!(event, Event::Empty(_)) {
                        out.close(&mut path, "", &mut elements, points, blame)?;
                    }
                }
                Event::End(_) => {
                    out.close(&mut path, &text, &mut elements, points, blame)?;
                    text.clear();
                }
                Event::Text(e) => text.push_str(&e.decode().map_err(|e| damaged(at, &e))?),
                Event::CData(e) => text.push_str(&e.decode().map_err(|e| damaged(at, &e))?),
                Event::GeneralRef(e) => text.push(character(&e).ok_or_else(|| {
                    let name = String::from_utf8_lossy(&e).into_owned();
                    blame.field("main.xml", "only the entities that XML itself defines", format!("&{name};"))
                })?),
                Event::DocType(_) => {
                    return Err(blame.field("main.xml", "no document type declaration", "<!DOCTYPE"));
                }
                Event::Eof => break,
                Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
            }
            if text.len() > LONGEST_TEXT {
                return Err(blame.limit(format!("main.xml: {}", path.join("/")), LONGEST_TEXT, text.len()));
            }
        }
        if !rooted || !path.is_empty() {
            let open = path.last().map_or("no element at all".to_owned(), |name| format!("the end inside {name}"));
            return Err(blame.damaged("main.xml", open));
        }
        Ok(out)
    }

    fn close(
        &mut self,
        path: &mut Vec<String>,
        text: &str,
        elements: &mut usize,
        points: u64,
        blame: &Blame,
    ) -> Result<(), SurfaceError> {
        let key = path.get(1..).unwrap_or_default().join("/");
        path.pop();
        let text = text.trim();
        if key == DATUM {
            let data = self.data.get_or_insert_default();
            if data.len() as u64 >= points {
                return Err(blame.limit(DATUM, format!("{points} points"), "more"));
            }
            data.push(text.to_owned());
            return Ok(());
        }
        *elements += 1;
        if *elements > MOST_ELEMENTS {
            return Err(blame.limit("main.xml: elements", MOST_ELEMENTS, "more"));
        }
        self.leaves.entry(key).or_default().push(text.to_owned());
        Ok(())
    }

    /// Whether the element is there at all.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.leaves.contains_key(path)
    }

    /// The text of an element, `None` where it is missing or blank.
    pub(crate) fn text(&self, path: &str, blame: &Blame) -> Result<Option<&str>, SurfaceError> {
        match self.leaves.get(path).map(Vec::as_slice) {
            None => Ok(None),
            Some([text]) => Ok(Some(text.as_str()).filter(|t| !t.is_empty())),
            Some(many) => Err(blame.field(path, "one element", format!("{} of them", many.len()))),
        }
    }

    /// The first text of an element that is only for people; `None` where it is missing or blank.
    pub(crate) fn words(&self, path: &str) -> Option<String> {
        self.leaves.get(path)?.iter().find(|t| !t.is_empty()).cloned()
    }

    /// A number; `None` where the element is missing or blank.
    pub(crate) fn number(&self, path: &str, blame: &Blame) -> Result<Option<f64>, SurfaceError> {
        let Some(text) = self.text(path, blame)? else { return Ok(None) };
        let number = text.parse::<f64>().ok().filter(|n| n.is_finite());
        number.map(Some).ok_or_else(|| blame.field(path, "a finite number", text))
    }
}

/// The character of one of the five entities of XML or of a character reference.
fn character(reference: &quick_xml::events::BytesRef<'_>) -> Option<char> {
    if let Ok(Some(c)) = reference.resolve_char_ref() {
        return Some(c);
    }
    match &**reference {
        b"lt" => Some('<'),
        b"gt" => Some('>'),
        b"amp" => Some('&'),
        b"apos" => Some('\''),
        b"quot" => Some('"'),
        _ => None,
    }
}

/// The text of an XML file in its encoding: by byte-order mark, else as declared, else UTF-8; bytes that are no UTF-8 are
/// read as Windows-1252, which is what an instrument that declares UTF-8 and writes a bare micro sign means.
/// The second value is the encoding's name where it was not plain UTF-8.
pub(crate) fn xml_text(bytes: &[u8]) -> (std::borrow::Cow<'_, str>, Option<&'static str>) {
    let declared = || {
        let head = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]).into_owned();
        let rest = head.split_once("encoding")?.1.split_once('=')?.1.trim_start().to_owned();
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let label = rest.get(1..)?.split_once(quote)?.0.to_owned();
        encoding_rs::Encoding::for_label(label.as_bytes())
    };
    let marked = encoding_rs::Encoding::for_bom(bytes).map(|(encoding, _)| encoding);
    let encoding = marked.or_else(declared).unwrap_or(encoding_rs::UTF_8);
    let (text, used, broken) = encoding.decode(bytes);
    if broken && used == encoding_rs::UTF_8 {
        let (text, used, _) = encoding_rs::WINDOWS_1252.decode(bytes);
        return (text, Some(used.name()));
    }
    (text, (used != encoding_rs::UTF_8).then(|| used.name()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(xml: &str) -> Result<Manifest, SurfaceError> {
        Manifest::parse(xml, 4, &Blame::new("t.x3p"))
    }

    #[test]
    fn any_prefix_or_none() {
        for xml in [
            "<p:ISO5436_2 xmlns:p='u'><Record1><Revision> r </Revision></Record1></p:ISO5436_2>",
            "<ISO5436_2 xmlns='u'><Record1><Revision>r</Revision></Record1></ISO5436_2>",
            "<?xml version='1.0'?><!-- c --><n0:ISO5436_2><n0:Record1><n0:Revision><![CDATA[r]]></n0:Revision></n0:Record1></n0:ISO5436_2>",
        ] {
            let manifest = parse(xml).unwrap();
            assert_eq!(manifest.text("Record1/Revision", &Blame::new("t")).unwrap(), Some("r"), "{xml}");
        }
    }

    #[test]
    fn entities_of_xml_are_read_and_others_refused() {
        let manifest = parse("<ISO5436_2><A>a &amp; &#x3bc;&lt;</A></ISO5436_2>").unwrap();
        assert_eq!(manifest.words("A").unwrap(), "a & μ<");
        assert!(parse("<ISO5436_2><A>&lol;</A></ISO5436_2>").is_err());
        let bomb = "<!DOCTYPE b [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><ISO5436_2><A>&b;</A></ISO5436_2>";
        assert!(parse(bomb).err().unwrap().to_string().contains("DOCTYPE"));
    }

    #[test]
    fn broken_texts_are_errors() {
        for xml in
            ["", "  ", "plain", "<ISO5436_2>", "<ISO5436_2><A></ISO5436_2>", "<A></A>", "<ISO5436_2/><ISO5436_2/>"]
        {
            assert!(parse(xml).is_err(), "{xml}");
        }
        assert!(parse(&format!("<ISO5436_2>{}", "<a>".repeat(100))).is_err());
    }

    #[test]
    fn an_element_twice_is_an_error_when_asked_for() {
        let manifest = parse("<ISO5436_2><A>1</A><A>2</A></ISO5436_2>").unwrap();
        assert!(manifest.text("A", &Blame::new("t")).is_err());
    }

    #[test]
    fn point_lists_are_bounded() {
        let list = |n: usize| {
            format!("<ISO5436_2><Record3><DataList>{}</DataList></Record3></ISO5436_2>", "<Datum>1</Datum>".repeat(n))
        };
        assert_eq!(parse(&list(4)).unwrap().data.unwrap().len(), 4);
        assert!(matches!(parse(&list(5)), Err(SurfaceError::Limit { .. })));
    }

    #[test]
    fn latin_1_is_read_declared_or_not() {
        let declared = b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>\xb5surf</a>";
        assert!(xml_text(declared).0.contains("µsurf"));
        assert!(xml_text(b"<a>\xb5surf</a>").0.contains("µsurf"));
        assert_eq!(xml_text("<a>µ</a>".as_bytes()).1, None);
        assert!(xml_text(b"\xef\xbb\xbf<a/>").0.starts_with('<'));
    }
}
