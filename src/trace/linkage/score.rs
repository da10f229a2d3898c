//! Scoring a pair: every field compared, its bits added, its sentence written.

use super::LinkOptions;
use super::weights::{Step, StepField, Weights};
use crate::language::Language;
use crate::trace::catalogue::{Calibre, Catalogues, Maker};
use crate::trace::serial::{self, SerialComparison};
use crate::trace::text::squeeze;
use crate::trace::wording::Wording;
use crate::trace::{FirearmRecord, FirearmType, SerialState, TraceRecord};
use std::collections::HashMap;

/// How the makers compare; the gates ask.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum MakerComparison {
    Same,
    Importer,
    Different,
    Unstated,
}

/// How the calibres compare.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum CalibreComparison {
    Same,
    Interchangeable,
    /// Different, but the catalogue does not know one of them.
    Unsure,
    Incompatible,
    Unstated,
}

/// A scored pair, before the gates.
pub(super) struct Scored {
    pub steps: Vec<Step>,
    pub bits: f64,
    pub serial: SerialComparison,
    pub maker: MakerComparison,
    pub calibre: CalibreComparison,
    pub same_trace: bool,
    pub same_nic: bool,
    /// Same case of the same agency, and the same item.
    pub same_case_item: bool,
    pub other_item: bool,
    pub serial_against_none: bool,
}

impl Scored {
    /// Probability under the weights: a sum of log2 odds turned back, kept away from 0 and 1, which no sum can reach.
    pub fn probability(&self) -> f64 {
        const LEAST: f64 = 1e-12;
        (1.0 / (1.0 + (-self.bits).exp2())).clamp(LEAST, 1.0 - LEAST)
    }
}

/// Records with their makers and calibres resolved once, and the frequencies of both among the traces.
pub(super) struct Bench<'a> {
    firearms: &'a [FirearmRecord],
    traces: &'a [TraceRecord],
    firearm_names: Vec<Resolved>,
    trace_names: Vec<Resolved>,
    maker_bits: HashMap<String, f64>,
    calibre_bits: HashMap<String, f64>,
    weights: &'a Weights,
    prior_bits: f64,
    population: usize,
}

struct Resolved {
    maker: Option<Maker>,
    calibre: Option<Calibre>,
}

impl<'a> Bench<'a> {
    pub fn new(
        firearms: &'a [FirearmRecord],
        traces: &'a [TraceRecord],
        catalogues: &Catalogues,
        options: &'a LinkOptions,
    ) -> Self {
        let resolve = |maker: &Option<String>, calibre: &Option<String>| Resolved {
            maker: maker.as_deref().and_then(|m| catalogues.maker(m)),
            calibre: calibre.as_deref().and_then(|c| catalogues.calibre(c)),
        };
        let firearm_names: Vec<_> = firearms.iter().map(|f| resolve(&f.maker, &f.calibre)).collect();
        let trace_names: Vec<_> = traces.iter().map(|t| resolve(&t.maker, &t.calibre)).collect();
        let population = options.population.unwrap_or(0).max(traces.len()).max(1);
        let makers = trace_names.iter().filter_map(|r| r.maker.as_ref().map(|m| m.family.as_str()));
        let calibres = trace_names.iter().filter_map(|r| r.calibre.as_ref().map(|c| c.code.as_str()));
        Self {
            firearms,
            traces,
            maker_bits: rarity(makers, options.weights.same_maker),
            calibre_bits: rarity(calibres, options.weights.same_calibre),
            firearm_names,
            trace_names,
            weights: &options.weights,
            prior_bits: -(population as f64).log2(),
            population,
        }
    }

    /// Scores firearm `f` against trace `t`, indices into the records given.
    pub fn score(&self, f: usize, t: usize) -> Scored {
        let (firearm, trace, w) = (&self.firearms[f], &self.traces[t], self.weights);
        let mut scored = Scored {
            steps: Vec::with_capacity(StepField::ALL.len()),
            bits: 0.0,
            serial: serial::compare(&firearm.serial, &trace.serial),
            maker: MakerComparison::Unstated,
            calibre: CalibreComparison::Unstated,
            same_trace: false,
            same_nic: false,
            same_case_item: false,
            other_item: false,
            serial_against_none: false,
        };
        let n = self.population;
        scored.add(
            StepField::Prior,
            "prior",
            self.prior_bits,
            format!("one of {n} traces by chance"),
            format!("uno de {n} rastreos al azar"),
        );
        scored.administrative(firearm, trace, w);
        scored.serials(firearm, trace, w);
        scored.makers(&self.firearm_names[f], &self.trace_names[t], &self.maker_bits, firearm, trace, w);
        scored.calibres(&self.firearm_names[f], &self.trace_names[t], &self.calibre_bits, w);
        scored.type_and_model(firearm, trace, w);
        scored.recovery(firearm, trace, w);
        scored.bits = scored.steps.iter().map(|s| s.bits).sum();
        scored
    }
}

/// Bits of agreeing on a value by its share among all values, within the limits; only shares of fifty values or more are
/// believed, below that the middle of the limits stands.
fn rarity<'a>(values: impl Iterator<Item = &'a str>, (least, most): (f64, f64)) -> HashMap<String, f64> {
    const FEWEST: usize = 50;
    let mut counts: HashMap<String, usize> = HashMap::new();
    let mut all = 0usize;
    for value in values {
        *counts.entry(value.to_owned()).or_default() += 1;
        all += 1;
    }
    counts
        .into_iter()
        .map(|(value, n)| {
            let bits = if all < FEWEST { f64::midpoint(least, most) } else { -(n as f64 / all as f64).log2() };
            (value, bits.clamp(least, most))
        })
        .collect()
}

impl Scored {
    fn add(&mut self, field: StepField, outcome: &str, bits: f64, en: impl Into<String>, es: impl Into<String>) {
        self.steps.push(Step { field, outcome: outcome.to_owned(), bits, text: Wording::new(en, es) });
    }

    fn administrative(&mut self, firearm: &FirearmRecord, trace: &TraceRecord, w: &Weights) {
        let same = |a: Option<&str>, b: Option<&str>| match (a.map(squeeze), b.map(squeeze)) {
            (Some(a), Some(b)) if !a.is_empty() && !b.is_empty() => Some(a == b),
            _ => None,
        };
        if same(firearm.trace.as_ref().map(|t| t.as_str()), Some(trace.trace.as_str())) == Some(true) {
            self.same_trace = true;
            let (en, es) = ("the laboratory noted this trace number", "el laboratorio anotó este número de rastreo");
            self.add(StepField::Trace, "same", w.same_trace, en, es);
        }
        if same(firearm.nic_number.as_deref(), trace.nic_number.as_deref()) == Some(true) {
            self.same_nic = true;
            self.add(StepField::Nic, "same", w.same_nic, "the same NIC number", "el mismo número NIC");
        }
        if same(firearm.case_number.as_deref(), trace.case_number.as_deref()) != Some(true) {
            return;
        }
        let agencies = [
            same(firearm.ori.as_deref(), trace.ori.as_deref()),
            same(firearm.agency.as_deref(), trace.agency.as_deref()),
        ];
        let same_agency = agencies[0].or(agencies[1]) == Some(true);
        let item = same(firearm.item.as_deref(), trace.item.as_deref());
        let base = if same_agency { w.same_case } else { w.same_case_other_agency };
        self.same_case_item = same_agency && item == Some(true);
        self.other_item = item == Some(false);
        let (agency_en, agency_es) = if same_agency {
            ("the same agency", "la misma autoridad")
        } else {
            ("agency not shown to be the same", "autoridad no acreditada como la misma")
        };
        let (outcome, bits, en, es) = match item {
            Some(true) => ("case_and_item", base + w.same_item, "the same case and item", "la misma carpeta e indicio"),
            Some(false) => (
                "case_other_item",
                base + w.other_item,
                "the same case, another item",
                "la misma carpeta, otro indicio",
            ),
            None => ("case", base, "the same case", "la misma carpeta"),
        };
        self.add(StepField::Case, outcome, bits, format!("{en}, {agency_en}"), format!("{es}, {agency_es}"));
    }

    fn serials(&mut self, firearm: &FirearmRecord, trace: &TraceRecord, w: &Weights) {
        use SerialComparison as C;
        let (a, b) = (&firearm.serial, &trace.serial);
        // What both state is worth what the one that says less says.
        let information = a.information_bits().min(b.information_bits());
        let none = |s: &SerialState| matches!(s, SerialState::NonePrivatelyMade | SerialState::NonePre1968);
        let (bits, en, es) = match self.serial {
            C::Exact => (information, "the same", "el mismo"),
            C::LookAlike => (
                information + w.look_alike,
                "the same but for look-alike characters",
                "el mismo salvo caracteres parecidos",
            ),
            C::LettersDropped => (
                information + w.letters_dropped,
                "the same but for letters dropped inside the number (NCIC)",
                "el mismo salvo letras omitidas dentro del número (NCIC)",
            ),
            C::Truncated => (information + w.truncated, "one is part of the other", "uno es parte del otro"),
            C::Wildcard => (information, "the characters read agree", "los caracteres leídos coinciden"),
            C::OneEdit => (
                information + w.one_edit,
                "one character differs: a slip, or the neighbouring gun",
                "un carácter distinto: un error, o el arma contigua",
            ),
            C::TwoEdits => (information + w.two_edits, "two characters differ", "dos caracteres distintos"),
            C::Different => (w.serial_differs, "two whole numbers that differ", "dos números completos distintos"),
            C::NotComparable if (none(&a.state) && b.is_whole()) || (none(&b.state) && a.is_whole()) => {
                self.serial_against_none = true;
                (w.serial_against_none, "one firearm never had a number", "un arma nunca tuvo número")
            }
            C::NotComparable => (0.0, "nothing to compare", "nada que comparar"),
        };
        let outcome = serde_json::to_value(self.serial).ok().and_then(|v| v.as_str().map(str::to_owned));
        let shown = |s: &crate::trace::Serial, language| {
            if s.is_number() { s.normal.clone() } else { s.state.name(language).to_owned() }
        };
        self.add(
            StepField::Serial,
            outcome.as_deref().unwrap_or_default(),
            bits,
            format!("{en}: {} and {}", shown(a, Language::En), shown(b, Language::En)),
            format!("{es}: {} y {}", shown(a, Language::Es), shown(b, Language::Es)),
        );
    }

    fn makers(
        &mut self,
        ours: &Resolved,
        theirs: &Resolved,
        rarity: &HashMap<String, f64>,
        firearm: &FirearmRecord,
        trace: &TraceRecord,
        w: &Weights,
    ) {
        let (Some(a), Some(b)) = (&ours.maker, &theirs.maker) else { return };
        let (x, y) = (firearm.maker.as_deref().unwrap_or_default(), trace.maker.as_deref().unwrap_or_default());
        let (outcome, bits, en, es) = if a.family == b.family {
            self.maker = MakerComparison::Same;
            let bits = rarity.get(&a.family).copied().unwrap_or(w.same_maker.1);
            ("same", bits, "the same", "la misma")
        } else if a.imported.contains(&b.family) || b.imported.contains(&a.family) {
            self.maker = MakerComparison::Importer;
            ("importer", w.importer_for_maker, "one has imported for the other", "una ha importado para la otra")
        } else {
            self.maker = MakerComparison::Different;
            let bits = if a.known && b.known { w.other_maker } else { w.unknown_maker };
            ("different", bits, "another", "otra")
        };
        self.add(StepField::Maker, outcome, bits, format!("{en}: {x} and {y}"), format!("{es}: {x} y {y}"));
    }

    fn calibres(&mut self, ours: &Resolved, theirs: &Resolved, rarity: &HashMap<String, f64>, w: &Weights) {
        let (Some(a), Some(b)) = (&ours.calibre, &theirs.calibre) else { return };
        let (comparison, outcome, bits, en, es) = if a.code == b.code {
            let bits = rarity.get(&a.code).copied().unwrap_or(w.same_calibre.1);
            (CalibreComparison::Same, "same", bits, "the same", "el mismo")
        } else if a.group.is_some() && a.group == b.group {
            (
                CalibreComparison::Interchangeable,
                "interchangeable",
                w.interchangeable_calibre,
                "interchangeable",
                "intercambiable",
            )
        } else if a.known && b.known {
            (CalibreComparison::Incompatible, "incompatible", w.other_calibre, "incompatible", "incompatible")
        } else {
            (
                CalibreComparison::Unsure,
                "unknown",
                w.unknown_calibre,
                "different, one not catalogued",
                "distinto, uno sin catalogar",
            )
        };
        self.calibre = comparison;
        self.add(
            StepField::Calibre,
            outcome,
            bits,
            format!("{en}: {} and {}", a.code, b.code),
            format!("{es}: {} y {}", a.code, b.code),
        );
    }

    fn type_and_model(&mut self, firearm: &FirearmRecord, trace: &TraceRecord, w: &Weights) {
        if let (Some(a), Some(b)) = (&firearm.firearm_type, &trace.firearm_type) {
            let vague = |t: &FirearmType| matches!(t, FirearmType::Other(_) | FirearmType::Receiver);
            if a == b {
                self.add(StepField::FirearmType, "same", w.same_type, "the same", "el mismo");
            } else if !vague(a) && !vague(b) {
                let (en, es) = (
                    format!("{} and {}", a.name(Language::En), b.name(Language::En)),
                    format!("{} y {}", a.name(Language::Es), b.name(Language::Es)),
                );
                self.add(StepField::FirearmType, "different", w.other_type, en, es);
            }
        }
        if let (Some(a), Some(b)) = (&firearm.model, &trace.model) {
            let (x, y) = (squeeze(a), squeeze(b));
            if x.is_empty() || y.is_empty() {
                return;
            }
            let (outcome, bits) = if x == y {
                ("same", w.same_model)
            } else if x.contains(&y) || y.contains(&x) {
                ("within", w.model_within)
            } else {
                ("different", w.other_model)
            };
            self.add(StepField::Model, outcome, bits, format!("{a} and {b}"), format!("{a} y {b}"));
        }
    }

    fn recovery(&mut self, firearm: &FirearmRecord, trace: &TraceRecord, w: &Weights) {
        if let (Some(a), Some(b)) = (firearm.recovered_on, trace.recovered_on) {
            const NEAR_DAYS: i64 = 7;
            let apart = a.days_until(b);
            let (outcome, bits) = if a.is_day() && a == b {
                ("same", w.same_day)
            } else if a.may_equal(b) || (apart.least.abs().min(apart.most.abs()) <= NEAR_DAYS) {
                ("near", w.near_day)
            } else {
                ("different", w.other_day)
            };
            self.add(StepField::RecoveredOn, outcome, bits, format!("{a} and {b}"), format!("{a} y {b}"));
        }
        let (a, b) = (&firearm.recovered_at, &trace.recovered_at);
        if let (Some(x), Some(y)) = (&a.state, &b.state) {
            let same_city = matches!((&a.city, &b.city), (Some(x), Some(y)) if squeeze(x) == squeeze(y));
            let (outcome, bits) = match (squeeze(x) == squeeze(y), same_city) {
                (true, true) => ("city", w.same_city),
                (true, false) => ("state", w.same_state),
                (false, _) => ("different", w.other_state),
            };
            self.add(StepField::RecoveredAt, outcome, bits, format!("{a} and {b}"), format!("{a} y {b}"));
        }
    }
}
