//! What the registers say of an item, as stations of its chain of custody and as events of its timeline; breaks stay gaps.

use super::dossier::{party, person, step_kind};
use super::links::alias;
use super::when;
use crate::engine::story::Story;
use crate::ids::{FirearmId, SpecimenId};
use crate::language::Language;
use crate::report::chart::{Event, EventKind};
use crate::report::html::Custody;
use crate::report::view::{EdgeStatus, Name, Phrase};
use crate::trace::graph::{Edge, EdgeKind, custody_breaks, custody_in_order, rows_of};
use crate::trace::{CustodyRecord, DispositionKind, PartialDate, Purpose, Source, TestFireRecord};

/// The way of a firearm and of cartridge cases through the registers of custody and test fires, in the order of time.
#[must_use]
pub fn custody(
    story: &Story,
    firearm: Option<&FirearmId>,
    specimens: &[&SpecimenId],
    purpose: Option<&Purpose>,
) -> Vec<Custody> {
    let of_gun = |f: &FirearmId| firearm == Some(f);
    let of_case = |s: &str| specimens.iter().any(|own| own.as_str() == s);
    let concerns = |r: &&CustodyRecord| match &r.firearm {
        Some(firearm) => of_gun(firearm),
        None => r.item.as_deref().is_some_and(of_case),
    };
    let mut stations: Vec<(PartialDate, Custody)> = Vec::new();
    let mut before: Option<&CustodyRecord> = None;
    for record in custody_in_order(story.custody.iter().filter(concerns)) {
        let same_item =
            |b: &&CustodyRecord| b.firearm == record.firearm && (b.firearm.is_some() || b.item == record.item);
        if let Some(last) = before.filter(same_item)
            && custody_breaks(last, record) != Some(false)
        {
            stations.push((record.date, gap(last, record)));
        }
        stations.push((record.date, transfer(story, record, purpose)));
        before = Some(record);
    }
    for test in story.test_fires.iter().filter(|t| of_gun(&t.firearm) || of_case(t.specimen.as_str())) {
        if let Some(date) = test.fired_on {
            stations.push((date, fired(story, test, date, purpose)));
        }
    }
    if let Some(record) = firearm.and_then(|f| story.firearms.get(f))
        && let Some(date) = record.recovered_on
    {
        let station = Custody {
            when: Some(when(date)),
            item: record.firearm.to_string(),
            action: Phrase::new("recovered", "asegurada"),
            holder: Name::Open(String::new()),
            record: rows(&record.source),
            gap: false,
        };
        stations.push((date, station));
    }
    // Stable: what stands before another on one day stays there.
    stations.sort_by_key(|(date, _)| (date.first(), date.last()));
    stations.into_iter().map(|(_, station)| station).collect()
}

fn item(record: &CustodyRecord) -> String {
    record.firearm.as_ref().map(ToString::to_string).or_else(|| record.item.clone()).unwrap_or_default()
}

/// What stands for the person who took an item: the number of its node in the graph, so that a reader sees the same hands
/// again without a name.
fn taker(story: &Story, record: &CustodyRecord) -> Phrase {
    let rows = rows_of(&record.source);
    let own = |e: &&Edge| {
        let items = [record.firearm.as_ref().map(FirearmId::as_str), record.item.as_deref()];
        e.kind == EdgeKind::CustodyTaken
            && e.date == Some(record.date)
            && items.contains(&Some(e.from.key.as_str()))
            && e.evidence.starts_with(&rows)
    };
    let number = story.graph.edges.iter().find(own).and_then(|e| e.to.key.strip_prefix("person "));
    number.map_or_else(|| Phrase::new("person in charge", "persona responsable"), alias)
}

fn transfer(story: &Story, record: &CustodyRecord, purpose: Option<&Purpose>) -> Custody {
    let time = record.time.as_deref().map(|t| format!(" {t}")).unwrap_or_default();
    let reason = record.reason.as_deref().map(|r| format!(": {r}")).unwrap_or_default();
    Custody {
        when: Some(when(record.date)),
        item: item(record),
        action: Phrase::new(format!("handed over{time}{reason}"), format!("entrega{time}{reason}")),
        holder: person(&record.to, purpose, taker(story, record)),
        record: rows(&record.source),
        gap: false,
    }
}

fn gap(before: &CustodyRecord, after: &CustodyRecord) -> Custody {
    let action = match custody_breaks(before, after) {
        Some(_) => Phrase::new(
            format!("another person hands it over than took it on {}", before.date),
            format!("la entrega otra persona que la que lo recibió el {}", before.date),
        ),
        None => Phrase::new(
            format!("not recorded who handed it over after {}", before.date),
            format!("no consta quién lo entregó después del {}", before.date),
        ),
    };
    let between = crate::report::view::When::between(before.date.first(), after.date.last());
    Custody {
        when: Some(between),
        item: item(after),
        action,
        holder: Name::Open(String::new()),
        record: rows(&after.source),
        gap: true,
    }
}

fn fired(story: &Story, test: &TestFireRecord, date: PartialDate, purpose: Option<&Purpose>) -> Custody {
    let own = |e: &&Edge| e.kind == EdgeKind::TestFireCustody && e.from.key == test.specimen.as_str();
    let author = story.graph.edges.iter().find(own).and_then(|e| e.author.as_deref());
    let number = author.and_then(|by| by.strip_prefix("person "));
    let by = number.map_or_else(|| Phrase::new("laboratory", "laboratorio"), alias);
    Custody {
        when: Some(when(date)),
        item: test.specimen.to_string(),
        action: Phrase::new(
            format!("test-fired from {}", test.firearm),
            format!("disparo de prueba de {}", test.firearm),
        ),
        holder: test.fired_by.as_ref().map_or_else(|| Name::Open(String::new()), |p| person(p, purpose, by)),
        record: rows(&test.source),
        gap: false,
    }
}

fn rows(source: &Option<Source>) -> String {
    let Some(source) = source else { return String::new() };
    let file = source.file.rsplit(['/', '\\']).next().unwrap_or(&source.file);
    let rows = source.rows.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
    format!("{file} {rows}")
}

/// Test fires, transfers and transactions of a firearm on its timeline.
pub(super) fn events(story: &Story, firearm: &FirearmId, purpose: Option<&Purpose>) -> Vec<Event> {
    let sure = EdgeStatus::Confirmed;
    let mut events = Vec::new();
    for test in story.test_fires.iter().filter(|t| t.firearm == *firearm) {
        if let Some(date) = test.fired_on {
            let label = Name::Open(test.specimen.to_string());
            events.push(Event { when: when(date), kind: EventKind::TestFire, label, status: sure });
        }
    }
    for record in custody_in_order(story.custody.iter().filter(|r| r.firearm.as_ref() == Some(firearm))) {
        let label = person(&record.to, purpose, taker(story, record));
        events.push(Event { when: when(record.date), kind: EventKind::Transfer, label, status: sure });
    }
    for one in story.transactions.iter().filter(|t| t.firearm == *firearm) {
        let kind = step_kind(&one.record.to_kind);
        let alias = Phrase::new(kind.words(Language::En), kind.words(Language::Es));
        let private = matches!(one.record.to_kind, DispositionKind::FirstPurchaser | DispositionKind::LaterPurchaser);
        events.push(Event {
            when: when(one.record.date),
            kind: if private { EventKind::Purchase } else { EventKind::Trade },
            label: party(Some(&one.record.to), purpose, alias),
            status: if one.sure { EdgeStatus::Automatic } else { EdgeStatus::Review },
        });
    }
    events
}
