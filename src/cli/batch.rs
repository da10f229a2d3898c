//! Batches of searches: their parts, and what they tell: new candidates as a table and as CSV, pairs at each stage, times.

use super::correlate::Correlated;
use super::failure::Failure;
use super::present::{lr_words, picked_words, table};
use super::progress::duration_words;
use crate::casework::{Lead, Origin, Side};
use crate::engine::batch::Totals;
use crate::engine::correlate::Milliseconds;
use crate::engine::review::PROPOSE_FROM_LOG10_LR;
use crate::language::Language;
use std::time::Duration;

/// One of several equal parts of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Which, from 1.
    pub which: usize,
    /// Of how many.
    pub of: usize,
}

impl std::str::FromStr for Part {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let whole = |text: &str| text.trim().parse::<usize>().ok();
        let parts = text.split_once('/').and_then(|(which, of)| Some((whole(which)?, whole(of)?)));
        match parts {
            Some((which, of)) if (1..=of).contains(&which) => Ok(Self { which, of }),
            Some((_, 0)) => Err("expected at least one part, got none".to_owned()),
            Some((which, of)) => Err(format!("expected a part from 1 to {of} of {of}, got {which}")),
            None => Err("expected I/J with two whole numbers, such as 2/4".to_owned()),
        }
    }
}

impl Part {
    /// Its share of a list: the parts together are the list, in order, and differ in length by one at most.
    #[must_use]
    pub fn share<T>(self, list: &[T]) -> &[T] {
        let end = |which: usize| (list.len() as u128 * which as u128 / self.of.max(1) as u128) as usize;
        list.get(end(self.which.saturating_sub(1))..end(self.which)).unwrap_or_default()
    }
}

/// New candidates, what became of the `asked` marks, and the stages.
pub(super) fn batch_words(done: &Correlated, asked: usize, language: Language) -> String {
    let mut text = String::new();
    if !done.batch.proposed.is_empty() {
        text.push_str(&format!("{}\n", lead_table(&done.batch.proposed, language)));
    }
    let (queries, skipped, new) = (done.queries, done.skipped, done.batch.proposed.len());
    text.push_str(&language.pick(
        format!(
            "{queries} marks correlated, {skipped} done before; {new} new candidates for a lead (log10 LR from {PROPOSE_FROM_LOG10_LR})\n"
        ),
        format!(
            "{queries} marcas correlacionadas, {skipped} ya hechas; {new} candidatos nuevos a pista (log10 LR desde {PROPOSE_FROM_LOG10_LR})\n"
        ),
    ));
    text.push_str(&left_out_words(&done.batch.totals, language));
    if queries > 0 {
        text.push_str(&totals_words(&done.batch.totals, Duration::from_secs_f64(done.seconds), language));
    }
    if done.batch.stopped {
        let left = asked.saturating_sub(queries + skipped);
        text.push_str(&language.pick(
            format!("stopped with {left} marks left; the same command goes on there, and no comparison that was made is made again\n"),
            format!("detenida con {left} marcas por hacer; la misma orden sigue ahí y no repite ninguna comparación hecha\n"),
        ));
    }
    text
}

/// Marks that were not asked with because there is nothing to ask with; empty where there were none.
pub(super) fn left_out_words(totals: &Totals, language: Language) -> String {
    match totals.signature_only_queries {
        0 => String::new(),
        n => language.pick(
            format!("{n} marks hold only a signature and were not asked with\n"),
            format!("{n} marcas solo guardan una firma y no se consultó con ellas\n"),
        ),
    }
}

fn lead_table(leads: &[Lead], language: Language) -> comfy_table::Table {
    let mut drawn = table([
        language.pick("new candidate", "candidato nuevo"),
        language.pick("specimens", "especímenes"),
        language.pick("incidents / firearms", "incidentes / armas"),
        language.pick("rank", "rango"),
        "log10 LR [95 %]",
        language.pick("as picked", "al elegirla"),
        language.pick("congruent cells", "celdas congruentes"),
        language.pick("score", "puntuación"),
    ]);
    for lead in leads {
        let ([a, b], basis) = (lead.joins().sides(), lead.basis());
        drawn.add_row([
            lead.id().to_string(),
            format!("{} - {}", a.specimen, b.specimen),
            format!("{} - {}", origin(a), origin(b)),
            basis.rank.to_string(),
            lr_words(basis.log10_lr, basis.log10_lr_interval),
            picked_words(basis.log10_lr_of_search, basis.log10_lr, basis.log10_lr_interval),
            basis.cmc.to_string(),
            format!("{:.2}", basis.score),
        ]);
    }
    drawn
}

/// The incident or the firearm of a side.
fn origin(side: &Side) -> &str {
    match &side.origin {
        Origin::Evidence { incident } => incident.as_str(),
        Origin::TestFire { firearm } => firearm.as_str(),
    }
}

fn totals_words(totals: &Totals, took: Duration, language: Language) -> String {
    let Totals { eligible, visited, quick, coded, compared, known, milliseconds, .. } = *totals;
    let Milliseconds { vectors, quick: quick_ms, codes, comparisons, .. } = milliseconds;
    // Nothing is said of them in galleries that have none.
    let passed_over = match totals.signature_only {
        0 => String::new(),
        n => language
            .pick(format!(", passed over {n} (only a signature)"), format!(", pasados por alto {n} (solo firma)")),
    };
    let each_s = totals.queries as f64 / took.as_secs_f64().max(1e-3);
    let time = |ms: u64| duration_words(Duration::from_millis(ms));
    let (vectors, quick_ms, codes, comparisons) = (time(vectors), time(quick_ms), time(codes), time(comparisons));
    let took = duration_words(took);
    language.pick(
        format!(
            "pairs: eligible {eligible}, vectors visited {visited}, codes looked at {quick}, searched {coded}{passed_over}, compared {compared} ({known} known)\n\
             time: {took}, {each_s:.1} marks/s; vectors {vectors}, quick looks {quick_ms}, codes {codes}, comparisons {comparisons}\n"
        ),
        format!(
            "pares: elegibles {eligible}, vectores vistos {visited}, códigos ojeados {quick}, buscados {coded}{passed_over}, comparados {compared} ({known} ya conocidos)\n\
             tiempo: {took}, {each_s:.1} marcas/s; vectores {vectors}, ojeadas {quick_ms}, códigos {codes}, comparaciones {comparisons}\n"
        ),
    )
}

/// New candidates as a CSV table.
///
/// # Errors
/// Never in practice: the table is written to memory.
pub(super) fn leads_csv(leads: &[Lead]) -> Result<String, Failure> {
    let text = |value: Option<f64>| value.map(|v| v.to_string()).unwrap_or_default();
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer
        .write_record([
            "lead",
            "first_specimen",
            "first_exhibit",
            "first_incident_or_firearm",
            "second_specimen",
            "second_exhibit",
            "second_incident_or_firearm",
            "query_mark",
            "found_mark",
            "rank",
            "score",
            "log10_lr",
            "log10_lr_low",
            "log10_lr_high",
            "log10_lr_of_search",
            "cmc",
        ])
        .map_err(csv_fault)?;
    for lead in leads {
        let ([a, b], basis) = (lead.joins().sides(), lead.basis());
        writer
            .write_record([
                lead.id().as_str(),
                a.specimen.as_str(),
                a.exhibit.as_str(),
                origin(a),
                b.specimen.as_str(),
                b.exhibit.as_str(),
                origin(b),
                basis.query.as_str(),
                basis.found.as_str(),
                &basis.rank.to_string(),
                &basis.score.to_string(),
                &text(basis.log10_lr),
                &text(basis.log10_lr_interval.map(|i| i.0)),
                &text(basis.log10_lr_interval.map(|i| i.1)),
                &text(basis.log10_lr_of_search),
                &basis.cmc.to_string(),
            ])
            .map_err(csv_fault)?;
    }
    finished(writer)
}

/// A failure to write a table.
pub(super) fn csv_fault(error: csv::Error) -> Failure {
    Failure::Io { place: "CSV table".to_owned(), doing: "write", source: std::io::Error::other(error) }
}

/// The text of a table.
pub(super) fn finished(writer: csv::Writer<Vec<u8>>) -> Result<String, Failure> {
    let bytes = writer.into_inner().map_err(|e| csv_fault(e.into_error().into()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_list_make_the_list_and_are_equal_but_for_one() {
        for length in [0usize, 1, 7, 64, 100] {
            let list: Vec<usize> = (0..length).collect();
            for of in [1usize, 2, 3, 8, 200] {
                let parts: Vec<&[usize]> = (1..=of).map(|which| Part { which, of }.share(&list)).collect();
                assert_eq!(parts.concat(), list);
                assert!(parts.iter().all(|p| (length / of..=length.div_ceil(of)).contains(&p.len())), "{length}/{of}");
            }
        }
    }
}
