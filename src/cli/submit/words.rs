//! What `submit` says of each file: the gate's verdict, its figures, its reasons and its advice.

use super::Submitted;
use crate::cli::present::table;
use crate::engine::submit::{Outcome, Verdict};
use crate::language::Language;
use crate::mark::gate::{GateVerdict, Judgement};

/// The result as text.
#[must_use]
pub fn words(done: &Submitted, language: Language) -> String {
    let mut text = String::new();
    let judged: Vec<(&Outcome, &Judgement)> =
        done.files.iter().filter_map(|f| f.result.gate().map(|gate| (f, gate))).collect();
    if !judged.is_empty() {
        text.push_str(&figures(&judged, language));
    }
    for (file, gate) in &judged {
        text.push_str(&reasons(file, gate, language));
    }
    let noted = done.files.iter().flat_map(|f| {
        f.notes
            .iter()
            .map(move |n| [f.file.clone(), f.specimen.to_string(), language.pick(&n.english, &n.spanish).clone()])
    });
    section(&mut text, language.pick("noticed", "observado"), noted.collect(), language);
    let rows = done.rejected_rows.iter().map(|r| {
        let row = language.pick(format!("row {}", r.row), format!("fila {}", r.row));
        [r.file.clone(), row, r.why.pick(language).to_owned()]
    });
    let failed = done.files.iter().filter_map(|f| match &f.result {
        Verdict::Failed { why, why_spanish } => {
            Some([f.file.clone(), f.specimen.to_string(), language.pick(why, why_spanish).clone()])
        }
        _ => None,
    });
    let not_stored = language.pick("not stored, and why", "no guardado, y por qué");
    section(&mut text, not_stored, rows.chain(failed).collect(), language);
    if !done.unknown_columns.is_empty() {
        text.push_str(&format!(
            "{}: {}\n",
            language.pick("manifest columns not used", "columnas del manifiesto no usadas"),
            done.unknown_columns.join(", ")
        ));
    }
    text.push_str(&counts(done, language));
    text
}

fn section(text: &mut String, title: &str, rows: Vec<[String; 3]>, language: Language) {
    if rows.is_empty() {
        return;
    }
    let mut drawn = table([language.pick("file", "archivo"), language.pick("specimen", "espécimen"), title]);
    rows.into_iter().for_each(|row| {
        drawn.add_row(row);
    });
    text.push_str(&format!("{drawn}\n"));
}

fn figures(judged: &[(&Outcome, &Judgement)], language: Language) -> String {
    let mut drawn = table([
        language.pick("file", "archivo"),
        language.pick("specimen", "espécimen"),
        language.pick("verdict", "dictamen"),
        "mm2",
        language.pick("coverage", "cobertura"),
        language.pick("relief/noise", "relieve/ruido"),
        language.pick("sharpness", "nitidez"),
        language.pick("tilt", "inclinación"),
        language.pick("pitch, um", "paso, um"),
    ]);
    for (file, gate) in judged {
        let [area, coverage, ratio, sharpness, tilt, pitch] = match &gate.figures {
            None => std::array::from_fn(|_| "-".to_owned()),
            Some(f) => [
                format!("{:.2}", f.valid_area_mm2),
                format!("{:.0} %", 100.0 * f.coverage),
                f.signal_to_noise.map_or("-".to_owned(), |ratio| format!("{ratio:.1}")),
                f.sharpness.map_or("-".to_owned(), |share| format!("{share:.2}")),
                format!("{:.1}°", f.tilt_rad.to_degrees()),
                format!("{:.2}", f.pitch_um),
            ],
        };
        let verdict = verdict_words(&file.result, gate, language).to_owned();
        drawn.add_row([
            file.file.clone(),
            file.specimen.to_string(),
            verdict,
            area,
            coverage,
            ratio,
            sharpness,
            tilt,
            pitch,
        ]);
    }
    format!("{drawn}\n")
}

/// What became of a file by the gate, in a person's words.
#[must_use]
pub(in crate::cli) fn verdict_words(result: &Verdict, gate: &Judgement, language: Language) -> &'static str {
    let (english, spanish) = match (gate.verdict, result) {
        (GateVerdict::Accepted, _) => ("accepted", "aceptado"),
        (GateVerdict::Reservations, _) => ("accepted with reservations", "aceptado con reservas"),
        (GateVerdict::Rejected, Verdict::Rejected { .. }) => ("rejected, not stored", "rechazado, no guardado"),
        (GateVerdict::Rejected, _) => ("rejected, stored all the same", "rechazado, guardado de todos modos"),
    };
    language.pick(english, spanish)
}

/// Why a file is not simply accepted, and what to do about it.
fn reasons(file: &Outcome, gate: &Judgement, language: Language) -> String {
    let mut text = String::new();
    for reason in &gate.reasons {
        let why = language.pick(&reason.english, &reason.spanish);
        let advice = language.pick(&reason.advice_english, &reason.advice_spanish);
        text.push_str(&format!("{}: {why}\n    -> {advice}\n", file.file));
    }
    if let Some(forced) = &gate.forced {
        let kept = language.pick("kept all the same", "guardado de todos modos");
        text.push_str(&format!("{}: {kept}: {forced}\n", file.file));
    }
    text
}

fn counts(done: &Submitted, language: Language) -> String {
    let Submitted { accepted, reservations, forced, rejected, unsuitable, already_there, failed, not_begun, .. } = done;
    let mut text = language.pick(
        format!("{accepted} accepted ({reservations} of them with reservations), {rejected} rejected, {already_there} already there, {failed} failed"),
        format!("{accepted} aceptados ({reservations} de ellos con reservas), {rejected} rechazados, {already_there} ya estaban, {failed} fallidos"),
    );
    if *forced > 0 {
        text.push_str(&language.pick(
            format!(", {forced} rejected and kept for a reason ({unsuitable} of them unsuitable for comparison)"),
            format!(", {forced} rechazados y guardados por una razón ({unsuitable} de ellos no aptos para comparar)"),
        ));
    }
    if *not_begun > 0 {
        text.push_str(&language.pick(
            format!(", {not_begun} not begun (run the same command again)"),
            format!(", {not_begun} sin empezar (repita la misma orden)"),
        ));
    }
    text.push('\n');
    text
}
