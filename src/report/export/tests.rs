//! Every format from one hand-made document with hostile text, read back by other readers.

use super::*;
use quick_xml::events::Event;
use std::collections::BTreeMap;

const HOSTILE: &str = "<&>\"' \u{1} \u{202e}=SUM(A1)";

fn node(id: &str, kind: &str, label: &str) -> NodeOut {
    NodeOut { id: id.into(), kind: kind.into(), label: label.into(), ..NodeOut::default() }
}

fn document() -> Document {
    let edge = |id: &str, from: &str, to: &str, confidence| EdgeOut {
        id: id.into(),
        kind: "record_link".into(),
        from: from.into(),
        to: to.into(),
        status: "under_review".into(),
        confidence,
        author: Some(HOSTILE.into()),
        at: None,
        first_day: Some("2024-03-01".into()),
        last_day: Some("2024-03-31".into()),
        evidence: vec!["-1+1".into(), HOSTILE.into()],
    };
    Document {
        format: document::FORMAT.into(),
        origin: Origin::default(),
        caveat: "leads are not identifications".into(),
        names_shown: false,
        nodes: vec![
            NodeOut {
                latitude: Some(27.506_123_456_789),
                longitude: Some(-99.507),
                first_day: Some("2024-02-11".into()),
                last_day: Some("2024-02-11".into()),
                place: "Laredo, TX".into(),
                cluster: Some(1),
                ..node("incident:I-1", "incident", HOSTILE)
            },
            node("firearm:FA-1", "firearm", "=cmd|' /C calc'!A0"),
            NodeOut { person: true, ..node("party:person 1", "party", "person 1") },
        ],
        edges: vec![
            edge("e0", "incident:I-1", "firearm:FA-1", ConfidenceOut::LikelihoodRatio { log10: -1.25 }),
            edge("e1", "firearm:FA-1", "party:person 1", ConfidenceOut::Linkage { bits: 17.3, probability: 0.1 + 0.2 }),
        ],
        clusters: Vec::new(),
        conflicts: Vec::new(),
        indicators: Vec::new(),
    }
}

#[test]
fn graphml_reads_back_with_every_node_edge_and_attribute() {
    let text = graphml(&document());
    let mut reader = quick_xml::Reader::from_str(&text);
    let (mut nodes, mut ends, mut data, mut keys) = (Vec::new(), Vec::new(), BTreeMap::new(), Vec::new());
    let (mut of, mut key) = (String::new(), String::new());
    let mut value = String::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Start(e) | Event::Empty(e) => {
                let attribute = |name: &str| {
                    let found = e.attributes().map(Result::unwrap).find(|a| a.key.as_ref() == name.as_bytes());
                    found.map(|a| a.unescape_value().unwrap().into_owned()).unwrap_or_default()
                };
                match e.name().as_ref() {
                    b"key" => keys.push(attribute("id")),
                    b"node" => {
                        of = attribute("id");
                        nodes.push(of.clone());
                    }
                    b"edge" => {
                        of = attribute("id");
                        ends.push((attribute("source"), attribute("target")));
                    }
                    b"data" => {
                        key = attribute("key");
                        value.clear();
                    }
                    _ => {}
                }
            }
            Event::Text(t) => value.push_str(&t.decode().unwrap()),
            Event::GeneralRef(r) => {
                let name = r.decode().unwrap();
                let entity = match r.resolve_char_ref().unwrap() {
                    Some(c) => c.to_string(),
                    None => quick_xml::escape::resolve_predefined_entity(&name).unwrap().to_owned(),
                };
                value.push_str(&entity);
            }
            Event::End(e) if e.name().as_ref() == b"data" => {
                data.insert((of.clone(), key.clone()), value.clone());
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(nodes, ["incident:I-1", "firearm:FA-1", "party:person 1"]);
    assert!(ends.iter().all(|(a, b)| nodes.contains(a) && nodes.contains(b)));
    assert!(data.keys().all(|(_, key)| keys.contains(key)), "every attribute is declared");
    let said = |of: &str, key: &str| data.get(&(of.to_owned(), key.to_owned())).cloned().unwrap_or_default();
    assert_eq!(said("incident:I-1", "node_latitude"), "27.506123456789");
    assert!(said("incident:I-1", "node_label").starts_with("<&>\"'"), "{}", said("incident:I-1", "node_label"));
    assert!(!text.contains('\u{202e}') && !text.contains('\u{1}'));
    assert_eq!(said("e1", "edge_probability").parse::<f64>().unwrap().to_bits(), (0.1f64 + 0.2).to_bits());
}

#[test]
fn tables_have_a_row_for_every_node_and_edge_and_no_formula() {
    let read = |text: &str| {
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let head = reader.headers().unwrap().clone();
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        (head, rows)
    };
    let (head, nodes) = read(&nodes_csv(&document()).unwrap());
    assert_eq!((nodes.len(), head.len()), (3, 10));
    assert_eq!(&nodes[1][2], "'=cmd|' /C calc'!A0");
    assert_eq!(nodes[0][7].parse::<f64>().unwrap(), -99.507, "a number stays a number");
    let (head, edges) = read(&edges_csv(&document()).unwrap());
    let column = |name: &str| head.iter().position(|h| h == name).unwrap();
    assert_eq!(edges.len(), 2);
    assert_eq!(&edges[0][column("log10_lr")], "-1.25");
    assert!(edges[0][column("evidence")].starts_with("'-1+1; "));
}

#[test]
fn json_keeps_to_its_schema_and_comes_back() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let value = serde_json::to_value(document()).unwrap();
    assert!(
        validator.is_valid(&value),
        "{:?}",
        validator.iter_errors(&value).map(|e| e.to_string()).collect::<Vec<_>>()
    );
    let mut broken = value.clone();
    broken["edges"][0]["confidence"] = serde_json::json!({ "kind": "percent", "value": 90 });
    assert!(!validator.is_valid(&broken), "one blended percentage is no confidence");
    let mut broken = value.clone();
    broken.as_object_mut().unwrap().remove("caveat");
    assert!(!validator.is_valid(&broken), "the caveat travels with the data");
    assert_eq!(serde_json::from_value::<Document>(value).unwrap(), document());
}
