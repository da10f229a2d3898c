//! Scoring a pair: every field compared, its bits added, its sentence written where somebody will read it.

use super::LinkOptions;
use super::side::Side;
use super::weights::{Step, StepField, Weights};
use crate::language::Language;
use crate::trace::catalogue::Catalogues;
use crate::trace::serial::{self, SerialComparison};
use crate::trace::wording::Wording;
use crate::trace::{FirearmRecord, FirearmType, SerialState, TraceRecord};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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

/// One field's part: what was found and its bits.
#[derive(Clone)]
pub(super) struct Part {
    pub field: StepField,
    pub outcome: &'static str,
    pub bits: f64,
}

/// A scored pair, before the gates.
pub(super) struct Scored {
    pub parts: Vec<Part>,
    /// The sentences of the parts; empty where nobody reads them.
    words: Option<Vec<Wording>>,
    pub bits: f64,
    pub serial: SerialComparison,
    /// The frame's number on one side is the slide's on the other.
    pub slide_for_frame: bool,
    /// A side states a slide with a number of its own.
    pub other_slide: bool,
    pub maker: MakerComparison,
    pub calibre: CalibreComparison,
    pub same_trace: bool,
    pub same_nic: bool,
    /// Same case of the same agency, and the same item.
    pub same_case_item: bool,
    pub other_item: bool,
    pub serial_against_none: bool,
    /// Both sides state characters of a number and they do not fit, though neither is whole enough to contradict.
    pub parts_do_not_fit: bool,
}

impl Scored {
    /// Probability under the weights: a sum of log2 odds turned back, kept away from 0 and 1, which no sum can reach.
    pub fn probability(&self) -> f64 {
        const LEAST: f64 = 1e-12;
        (1.0 / (1.0 + (-self.bits).exp2())).clamp(LEAST, 1.0 - LEAST)
    }

    /// The waterfall.
    pub fn steps(self) -> Vec<Step> {
        let words = self.words.unwrap_or_default().into_iter().map(Some).chain(std::iter::repeat(None));
        self.parts
            .into_iter()
            .zip(words)
            .map(|(part, text)| Step {
                field: part.field,
                outcome: part.outcome.to_owned(),
                bits: part.bits,
                text: text.unwrap_or_default(),
            })
            .collect()
    }
}

/// Records with their values resolved once, and the frequencies of makers and calibres among the traces.
pub(super) struct Bench<'a> {
    pub firearms: Vec<Side<'a>>,
    pub traces: Vec<Side<'a>>,
    pub maker_bits: BTreeMap<String, f64>,
    pub calibre_bits: BTreeMap<String, f64>,
    pub population: usize,
    weights: &'a Weights,
    catalogues: &'a Catalogues,
    prior_bits: f64,
}

/// How many traces there are, and how many of them are of each family of makers and each calibre.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Counts {
    traces: usize,
    pub makers: BTreeMap<String, usize>,
    pub calibres: BTreeMap<String, usize>,
}

impl Counts {
    pub fn add(&mut self, trace: &Side<'_>) {
        self.traces += 1;
        for (counts, value) in self.of_values(trace) {
            let Some(value) = value else { continue };
            match counts.get_mut(value) {
                Some(count) => *count += 1,
                None => drop(counts.insert(value.clone(), 1)),
            }
        }
    }

    /// Takes a trace away that was added.
    pub fn take(&mut self, trace: &Side<'_>) {
        self.traces = self.traces.saturating_sub(1);
        for (counts, value) in self.of_values(trace) {
            let Some((value, count)) = value.and_then(|value| counts.get_mut(value).map(|count| (value, count))) else {
                continue;
            };
            *count = count.saturating_sub(1);
            if *count == 0 {
                counts.remove(value);
            }
        }
    }

    /// What is counted, with the trace's value of it.
    fn of_values<'t>(&mut self, trace: &'t Side<'_>) -> [(&mut BTreeMap<String, usize>, Option<&'t String>); 2] {
        [
            (&mut self.makers, trace.maker.as_ref().map(|m| &m.family)),
            (&mut self.calibres, trace.calibre.as_ref().map(|c| &c.code)),
        ]
    }

    /// Traces that the prior counts, rounded.
    pub fn population(&self, options: &LinkOptions) -> usize {
        rounded_population(options.population.unwrap_or(0).max(self.traces))
    }
}

/// Two significant digits, upwards: a handful of new traces then leaves the sums of all other pairs as they were.
pub(super) fn rounded_population(population: usize) -> usize {
    let step = 10usize.pow(population.max(1).ilog10().saturating_sub(1));
    population.max(1).div_ceil(step) * step
}

impl<'a> Bench<'a> {
    pub fn new(
        firearms: &'a [FirearmRecord],
        traces: &'a [TraceRecord],
        catalogues: &'a Catalogues,
        options: &'a LinkOptions,
    ) -> Self {
        let traces: Vec<Side> = traces.par_iter().map(|t| Side::trace(t, catalogues)).collect();
        let mut counts = Counts::default();
        traces.iter().for_each(|side| counts.add(side));
        Self::among(firearms, traces, &counts, catalogues, options)
    }

    /// The same for some traces among many that were counted.
    pub fn among(
        firearms: &'a [FirearmRecord],
        traces: Vec<Side<'a>>,
        counts: &Counts,
        catalogues: &'a Catalogues,
        options: &'a LinkOptions,
    ) -> Self {
        let population = counts.population(options);
        Self {
            maker_bits: rarity(&counts.makers, options.weights.same_maker),
            calibre_bits: rarity(&counts.calibres, options.weights.same_calibre),
            firearms: firearms.par_iter().map(|f| Side::firearm(f, catalogues)).collect(),
            traces,
            weights: &options.weights,
            catalogues,
            prior_bits: -(population as f64).log2(),
            population,
        }
    }

    /// Scores firearm `f` against trace `t`, indices into the records given; with sentences where `words` says so.
    pub fn score(&self, f: usize, t: usize, words: bool) -> Scored {
        let (firearm, trace, w) = (&self.firearms[f], &self.traces[t], self.weights);
        let mut scored = Scored {
            parts: Vec::with_capacity(StepField::ALL.len()),
            words: words.then(Vec::new),
            bits: 0.0,
            serial: serial::compare(firearm.serial, trace.serial),
            slide_for_frame: false,
            other_slide: false,
            maker: MakerComparison::Unstated,
            calibre: CalibreComparison::Unstated,
            same_trace: false,
            same_nic: false,
            same_case_item: false,
            other_item: false,
            serial_against_none: false,
            parts_do_not_fit: false,
        };
        let n = self.population;
        scored.add(StepField::Prior, "prior", self.prior_bits, || {
            (format!("one of about {n} traces by chance"), format!("uno de unos {n} rastreos al azar"))
        });
        scored.administrative(firearm, trace, w);
        scored.serials(firearm, trace, w);
        scored.makers(firearm, trace, &self.maker_bits, w);
        scored.calibres(firearm, trace, &self.calibre_bits, w);
        scored.type_and_model(firearm, trace, self.catalogues, w);
        scored.recovery(firearm, trace, w);
        scored.bits = scored.parts.iter().map(|s| s.bits).sum();
        scored
    }
}

/// Bits of agreeing on a value by its share among all values, within the limits and in quarters of a bit; only shares of
/// fifty values or more are believed, below that the middle of the limits stands.
pub(super) fn rarity(counts: &BTreeMap<String, usize>, (least, most): (f64, f64)) -> BTreeMap<String, f64> {
    const FEWEST: usize = 50;
    const PER_BIT: f64 = 4.0;
    let all: usize = counts.values().sum();
    counts
        .iter()
        .map(|(value, n)| {
            let bits = if all < FEWEST { f64::midpoint(least, most) } else { -(*n as f64 / all as f64).log2() };
            (value.clone(), ((bits * PER_BIT).round() / PER_BIT).clamp(least, most))
        })
        .collect()
}

impl Scored {
    fn add<E: Into<String>, S: Into<String>>(
        &mut self,
        field: StepField,
        outcome: &'static str,
        bits: f64,
        text: impl FnOnce() -> (E, S),
    ) {
        self.parts.push(Part { field, outcome, bits });
        if let Some(words) = &mut self.words {
            let (en, es) = text();
            words.push(Wording::new(en, es));
        }
    }

    fn administrative(&mut self, firearm: &Side<'_>, trace: &Side<'_>, w: &Weights) {
        let same = |a: &Option<String>, b: &Option<String>| match (a, b) {
            (Some(a), Some(b)) => Some(a == b),
            _ => None,
        };
        if same(&firearm.trace, &trace.trace) == Some(true) {
            self.same_trace = true;
            self.add(StepField::Trace, "same", w.same_trace, || {
                ("the laboratory noted this trace number", "el laboratorio anotó este número de rastreo")
            });
        }
        if same(&firearm.nic, &trace.nic) == Some(true) {
            self.same_nic = true;
            self.add(StepField::Nic, "same", w.same_nic, || ("the same NIC number", "el mismo número NIC"));
        }
        if same(&firearm.case, &trace.case) != Some(true) {
            return;
        }
        let same_agency = same(&firearm.ori, &trace.ori).or(same(&firearm.agency, &trace.agency)) == Some(true);
        let item = same(&firearm.item, &trace.item);
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
        self.add(StepField::Case, outcome, bits, || (format!("{en}, {agency_en}"), format!("{es}, {agency_es}")));
    }

    fn serials(&mut self, firearm: &Side<'_>, trace: &Side<'_>, w: &Weights) {
        use SerialComparison as C;
        let (a, b) = (firearm.serial, trace.serial);
        let own = |side: &Side<'_>| side.slide_serial.is_some_and(|s| s.normal != side.serial.normal);
        self.other_slide = own(firearm) || own(trace);
        // What both state is worth what the one that says less says.
        let worth = |x: &crate::trace::Serial, y: &crate::trace::Serial| x.information_bits().min(y.information_bits());
        let near = |x: &crate::trace::Serial, y: &crate::trace::Serial| {
            matches!(serial::compare(x, y), C::Exact | C::LookAlike)
        };
        if !matches!(self.serial, C::Exact | C::LookAlike) {
            let crossed = [firearm.slide_serial.map(|s| (s, b)), trace.slide_serial.map(|s| (a, s))];
            if let Some((x, y)) = crossed.into_iter().flatten().find(|(x, y)| near(x, y)) {
                self.slide_for_frame = true;
                self.add(StepField::Serial, "slide", worth(x, y) + w.slide, || {
                    (
                        format!("the number of one's slide is the number of the other: {x} and {y}"),
                        format!("el número de la corredera de una es el número de la otra: {x} y {y}"),
                    )
                });
                return;
            }
        }
        let information = worth(a, b);
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
            C::NotComparable if a.is_number() && b.is_number() => {
                self.parts_do_not_fit = true;
                (0.0, "the characters read do not fit", "los caracteres leídos no concuerdan")
            }
            C::NotComparable => (0.0, "nothing to compare", "nada que comparar"),
        };
        let outcome = if self.serial_against_none { "against_none" } else { self.serial.code() };
        let shown = |s: &crate::trace::Serial, language| {
            if s.is_number() { s.normal.clone() } else { s.state.name(language).to_owned() }
        };
        self.add(StepField::Serial, outcome, bits, || {
            (
                format!("{en}: {} and {}", shown(a, Language::En), shown(b, Language::En)),
                format!("{es}: {} y {}", shown(a, Language::Es), shown(b, Language::Es)),
            )
        });
    }

    fn makers(&mut self, firearm: &Side<'_>, trace: &Side<'_>, rarity: &BTreeMap<String, f64>, w: &Weights) {
        let (Some(a), Some(b)) = (&firearm.maker, &trace.maker) else { return };
        let (x, y) = (firearm.written.maker.unwrap_or_default(), trace.written.maker.unwrap_or_default());
        let (outcome, bits, en, es) = if a.family == b.family {
            self.maker = MakerComparison::Same;
            let bits = rarity.get(&a.family).copied().unwrap_or(w.same_maker.1);
            ("same", bits, "the same", "la misma")
        } else if a.imported.contains(&b.family) || b.imported.contains(&a.family) {
            self.maker = MakerComparison::Importer;
            ("importer", w.importer_for_maker, "one has imported for the other", "una ha importado para la otra")
        } else {
            self.maker = MakerComparison::Different;
            let (outcome, bits) =
                if a.known && b.known { ("different", w.other_maker) } else { ("unknown", w.unknown_maker) };
            (outcome, bits, "another", "otra")
        };
        self.add(StepField::Maker, outcome, bits, || (format!("{en}: {x} and {y}"), format!("{es}: {x} y {y}")));
    }

    fn calibres(&mut self, firearm: &Side<'_>, trace: &Side<'_>, rarity: &BTreeMap<String, f64>, w: &Weights) {
        let (Some(a), Some(b)) = (&firearm.calibre, &trace.calibre) else { return };
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
        self.add(StepField::Calibre, outcome, bits, || {
            (format!("{en}: {} and {}", a.code, b.code), format!("{es}: {} y {}", a.code, b.code))
        });
    }

    fn type_and_model(&mut self, firearm: &Side<'_>, trace: &Side<'_>, catalogues: &Catalogues, w: &Weights) {
        if let (Some(a), Some(b)) = (&firearm.firearm_type, &trace.firearm_type) {
            let vague = |t: &FirearmType| matches!(t, FirearmType::Other(_) | FirearmType::Receiver);
            if a == b {
                self.add(StepField::FirearmType, "same", w.same_type, || ("the same", "el mismo"));
            } else if !vague(a) && !vague(b) && !catalogues.confusable(a, b) {
                self.add(StepField::FirearmType, "different", w.other_type, || {
                    (
                        format!("{} and {}", a.name(Language::En), b.name(Language::En)),
                        format!("{} y {}", a.name(Language::Es), b.name(Language::Es)),
                    )
                });
            }
        }
        if let (Some(x), Some(y)) = (&firearm.model, &trace.model) {
            let (outcome, bits) = if x == y {
                ("same", w.same_model)
            } else if x.contains(y.as_str()) || y.contains(x.as_str()) {
                ("within", w.model_within)
            } else {
                ("different", w.other_model)
            };
            let (a, b) = (firearm.written.model.unwrap_or_default(), trace.written.model.unwrap_or_default());
            self.add(StepField::Model, outcome, bits, || (format!("{a} and {b}"), format!("{a} y {b}")));
        }
    }

    fn recovery(&mut self, firearm: &Side<'_>, trace: &Side<'_>, w: &Weights) {
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
            self.add(StepField::RecoveredOn, outcome, bits, || (format!("{a} and {b}"), format!("{a} y {b}")));
        }
        if let (Some(x), Some(y)) = (&firearm.region.state, &trace.region.state) {
            let same_city = matches!((&firearm.city, &trace.city), (Some(x), Some(y)) if x == y);
            let (outcome, bits) = match (x == y, same_city) {
                (true, true) => ("city", w.same_city),
                (true, false) => ("state", w.same_state),
                (false, _) => ("different", w.other_state),
            };
            let (a, b) = (firearm.written.place, trace.written.place);
            self.add(StepField::RecoveredAt, outcome, bits, || (format!("{a} and {b}"), format!("{a} y {b}")));
        }
    }
}
