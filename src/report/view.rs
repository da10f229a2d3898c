//! View models shared by pictures and pages: phrases in two languages, names of persons, partial dates, states, provenance.

use crate::ids::Digest;
use crate::language::Language;
use jiff::civil::Date;

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Phrase {
    /// In English.
    pub english: String,
    /// In Spanish.
    pub spanish: String,
}

impl Phrase {
    /// A phrase from its two forms.
    pub fn new(english: impl Into<String>, spanish: impl Into<String>) -> Self {
        Self { english: english.into(), spanish: spanish.into() }
    }

    /// A text that reads the same in both languages: a number, an identifier, words quoted from a record.
    pub fn same(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { english: text.clone(), spanish: text }
    }

    /// The form of one language.
    #[must_use]
    pub fn pick(&self, language: Language) -> &str {
        language.pick(&self.english, &self.spanish)
    }

    /// Whether there is nothing to say.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.english.is_empty() && self.spanish.is_empty()
    }
}

impl From<&str> for Phrase {
    fn from(text: &str) -> Self {
        Self::same(text)
    }
}

impl From<String> for Phrase {
    fn from(text: String) -> Self {
        Self::same(text)
    }
}

/// A name on a chart or in a table; names of persons stay hidden unless a [`Disclosure`] shows them.
#[derive(Clone, PartialEq, Eq)]
pub enum Name {
    /// Not personal: an exhibit, a firearm, a dealer, a laboratory.
    Open(String),
    /// A person: purchaser, possessor, associate.
    Personal {
        /// The name, shown only when revealed.
        name: String,
        /// What stands for the person otherwise, the same throughout a report, such as `Purchaser A`; may be empty.
        alias: Phrase,
    },
}

impl Name {
    /// What may be shown under a disclosure.
    #[must_use]
    pub fn shown(&self, disclosure: &Disclosure, language: Language) -> String {
        match self {
            Name::Open(text) => text.clone(),
            Name::Personal { name, .. } if disclosure.reveals() => name.clone(),
            Name::Personal { alias, .. } if alias.is_empty() => {
                language.pick("name withheld", "nombre reservado").to_owned()
            }
            Name::Personal { alias, .. } => alias.pick(language).to_owned(),
        }
    }

    /// Whether a person stands behind it.
    #[must_use]
    pub fn is_personal(&self) -> bool {
        matches!(self, Name::Personal { .. })
    }
}

impl From<&str> for Name {
    fn from(text: &str) -> Self {
        Name::Open(text.to_owned())
    }
}

impl std::fmt::Debug for Name {
    /// Never writes the name of a person, so that none reaches a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Name::Open(text) => f.debug_tuple("Open").field(text).finish(),
            Name::Personal { alias, .. } => f.debug_tuple("Personal").field(&alias.english).finish(),
        }
    }
}

/// Whether names of persons are shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Disclosure {
    /// Hidden, the default.
    #[default]
    Masked,
    /// Shown, with the reason on the page. A blank purpose or case number keeps the names hidden.
    Revealed {
        /// Why the names are needed.
        purpose: String,
        /// The case for which they are needed.
        case_number: String,
        /// Who asked for them.
        person: String,
    },
}

impl Disclosure {
    /// Whether names are shown: only with a purpose and a case number.
    #[must_use]
    pub fn reveals(&self) -> bool {
        match self {
            Disclosure::Masked => false,
            Disclosure::Revealed { purpose, case_number, .. } => {
                !purpose.trim().is_empty() && !case_number.trim().is_empty()
            }
        }
    }
}

/// A day, or the stretch of days within which something happened when the record says no more than a month or a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct When {
    first: Date,
    last: Date,
}

impl When {
    /// A known day.
    #[must_use]
    pub fn day(date: Date) -> Self {
        Self { first: date, last: date }
    }

    /// Some day of the month that contains `date`.
    #[must_use]
    pub fn month(date: Date) -> Self {
        Self { first: date.first_of_month(), last: date.last_of_month() }
    }

    /// Some day of the year that contains `date`.
    #[must_use]
    pub fn year(date: Date) -> Self {
        Self { first: date.first_of_year(), last: date.last_of_year() }
    }

    /// Some day between two, both included, in either order.
    #[must_use]
    pub fn between(a: Date, b: Date) -> Self {
        Self { first: a.min(b), last: a.max(b) }
    }

    /// The first day possible.
    #[must_use]
    pub fn first(&self) -> Date {
        self.first
    }

    /// The last day possible.
    #[must_use]
    pub fn last(&self) -> Date {
        self.last
    }

    /// Whether the day is known.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.first == self.last
    }
}

impl std::fmt::Display for When {
    /// ISO 8601, which both languages read alike: `2024-03-05`, `2024-03`, `2024`, or two days with a dash between.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = if self.is_exact() {
            self.first.to_string()
        } else if *self == When::month(self.first) {
            format!("{:04}-{:02}", self.first.year(), self.first.month())
        } else if *self == When::year(self.first) {
            format!("{:04}", self.first.year())
        } else {
            format!("{} – {}", self.first, self.last)
        };
        f.pad(&text)
    }
}

/// Where an association between two specimens stands; only people move it beyond a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LeadState {
    /// A rank in a list; nobody has judged it.
    Candidate,
    /// Judged on screen by a person, unconfirmed.
    Lead,
    /// An examiner has the specimens.
    UnderExamination,
    /// Confirmed by an examiner on the physical specimens.
    Hit,
    /// The examiner could not decide.
    Inconclusive,
    /// The examiner excluded it.
    Excluded,
    /// Taken back.
    Withdrawn,
}

impl LeadState {
    /// The state in words.
    #[must_use]
    pub fn words(self, language: Language) -> &'static str {
        match self {
            LeadState::Candidate => language.pick("candidate", "candidato"),
            LeadState::Lead => language.pick("lead, unconfirmed", "pista, sin confirmar"),
            LeadState::UnderExamination => language.pick("under examination", "en examen"),
            LeadState::Hit => language.pick("hit, confirmed by an examiner", "hit, confirmado por un perito"),
            LeadState::Inconclusive => language.pick("inconclusive", "no concluyente"),
            LeadState::Excluded => language.pick("excluded", "excluido"),
            LeadState::Withdrawn => language.pick("withdrawn", "retirado"),
        }
    }
}

/// How far an edge of the link graph is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EdgeStatus {
    /// Recorded fact or confirmed by a person; drawn solid.
    Confirmed,
    /// Joined by a program within its gates; drawn in long strokes.
    Automatic,
    /// Proposed, judged on screen or inherited; drawn dashed.
    Unconfirmed,
    /// Contradicted or ambiguous, waiting for a person; drawn dotted.
    Review,
    /// Excluded, rejected or taken back: it carries nothing and stays on view; drawn thin, in dots and strokes.
    Withdrawn,
}

impl EdgeStatus {
    /// All, in the order of a legend.
    pub const ALL: [EdgeStatus; 5] = [
        EdgeStatus::Confirmed,
        EdgeStatus::Automatic,
        EdgeStatus::Unconfirmed,
        EdgeStatus::Review,
        EdgeStatus::Withdrawn,
    ];

    /// How its line is broken: lengths of strokes and gaps, px; empty for a whole line.
    #[must_use]
    pub(crate) const fn dash(self) -> &'static str {
        match self {
            EdgeStatus::Confirmed => "",
            EdgeStatus::Automatic => "16 4",
            EdgeStatus::Unconfirmed => "8 5",
            EdgeStatus::Review => "1.5 4",
            EdgeStatus::Withdrawn => "2 4 9 4",
        }
    }

    /// The status in words.
    #[must_use]
    pub fn words(self, language: Language) -> &'static str {
        match self {
            EdgeStatus::Confirmed => language.pick("confirmed", "confirmado"),
            EdgeStatus::Automatic => language.pick("joined by rule", "unido por regla"),
            EdgeStatus::Unconfirmed => language.pick("unconfirmed", "sin confirmar"),
            EdgeStatus::Review => language.pick("needs review", "por revisar"),
            EdgeStatus::Withdrawn => language.pick("withdrawn", "retirado"),
        }
    }
}

/// Ground truth about a pair; exists only for simulated or labelled data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Truth {
    /// Fired by one firearm.
    SameFirearm,
    /// Fired by two.
    DifferentFirearms,
}

impl Truth {
    /// The truth in words.
    #[must_use]
    pub fn words(self, language: Language) -> &'static str {
        match self {
            Truth::SameFirearm => language.pick("same firearm", "misma arma"),
            Truth::DifferentFirearms => language.pick("different firearms", "armas distintas"),
        }
    }
}

/// Whether a cartridge case comes from a scene or from a laboratory's own shot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SpecimenKind {
    /// Found at a scene.
    Evidence,
    /// Fired by a laboratory from a known firearm.
    TestFire,
}

impl SpecimenKind {
    /// The kind in words.
    #[must_use]
    pub fn words(self, language: Language) -> &'static str {
        match self {
            SpecimenKind::Evidence => language.pick("evidence", "evidencia"),
            SpecimenKind::TestFire => language.pick("test fire", "disparo de prueba"),
        }
    }
}

/// What made a document, and from what.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Provenance {
    /// Version of brasslink.
    pub version: String,
    /// Hash of all parameters of the run.
    pub parameters_hash: String,
    /// When the document was made, as the caller states it; empty keeps the document free of a clock.
    pub generated: String,
    /// The gallery, as the caller names it.
    pub gallery: String,
    /// Everything that was read.
    pub sources: Vec<SourceFile>,
    /// Further facts: seed of the simulation, calibration in use, head of the audit chain.
    pub facts: Vec<(Phrase, String)>,
}

/// A file that was read, and the digest of its bytes as received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Its name.
    pub name: String,
    /// SHA-256 of its bytes.
    pub sha256: Digest,
}

/// Something that was given and could not be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Which file, row or exhibit.
    pub item: String,
    /// At which stage.
    pub stage: Phrase,
    /// Why, and what to do about it.
    pub reason: Phrase,
}

/// A whole number with commas between the thousands, as the United States and Mexico write it.
#[must_use]
pub fn grouped(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// A number with `decimals` places and a true minus sign; a dash where it is not finite.
#[must_use]
pub fn decimal(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(rest) if rest.chars().all(|c| c == '0' || c == '.') => rest.to_owned(),
        Some(rest) => format!("\u{2212}{rest}"),
        None => text,
    }
}

/// A probability with four decimals; one that would be written as certain is written as a bound, for nothing here is.
#[must_use]
pub fn probability(value: f64) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    match value {
        v if v > 0.9999 => "> 0.9999".to_owned(),
        v if v < 0.0001 => "< 0.0001".to_owned(),
        v => format!("{v:.4}"),
    }
}

/// A share as a percentage with one decimal.
#[must_use]
pub fn percent(share: f64) -> String {
    if share.is_finite() { format!("{} %", decimal(share * 100.0, 1)) } else { "–".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn partial_dates_are_written_as_far_as_they_are_known() {
        let d = date(2024, 2, 5);
        assert_eq!(When::day(d).to_string(), "2024-02-05");
        assert_eq!(When::month(d).to_string(), "2024-02");
        assert_eq!(When::month(d).last(), date(2024, 2, 29));
        assert_eq!(When::year(d).to_string(), "2024");
        assert_eq!(When::between(date(2024, 3, 1), d).to_string(), "2024-02-05 – 2024-03-01");
    }

    #[test]
    fn names_of_persons_need_a_purpose_and_a_case_number() {
        let name = Name::Personal { name: "Invented Person".into(), alias: Phrase::new("Purchaser A", "Comprador A") };
        let revealed = |purpose: &str, case: &str| Disclosure::Revealed {
            purpose: purpose.into(),
            case_number: case.into(),
            person: "analyst".into(),
        };
        assert_eq!(name.shown(&Disclosure::Masked, Language::Es), "Comprador A");
        assert_eq!(name.shown(&revealed(" ", "C-1"), Language::En), "Purchaser A");
        assert_eq!(name.shown(&revealed("charge", ""), Language::En), "Purchaser A");
        assert_eq!(name.shown(&revealed("charge", "C-1"), Language::En), "Invented Person");
        assert!(!format!("{name:?}").contains("Invented"));
    }

    #[test]
    fn numbers_read_well() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(12_353), "12,353");
        assert_eq!(grouped(7_000_000), "7,000,000");
        assert_eq!(decimal(-1.25, 1), "\u{2212}1.2");
        assert_eq!(decimal(-0.001, 1), "0.0");
        assert_eq!(decimal(f64::NAN, 1), "–");
        assert_eq!(percent(0.9876), "98.8 %");
    }
}
