//! What casework refuses.

use super::{Conclusion, InconclusiveGrade, LeadState, Role};
use crate::language::Language;

/// Why two sides cannot be joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unjoinable {
    /// Both come from one incident.
    OneIncident(String),
    /// Both are test fires, of these firearms.
    TestFires(String, String),
    /// The two are one.
    OneSpecimen,
}

impl Unjoinable {
    /// The reason in a person's language.
    #[must_use]
    pub fn message(&self, language: Language) -> String {
        match self {
            Self::OneIncident(incident) => language.pick(
                format!("both come from incident {incident}; a lead joins two incidents, or an incident and a test-fired firearm"),
                format!("ambos provienen del hecho {incident}; una pista une dos hechos, o un hecho y un arma con disparos de prueba"),
            ),
            Self::TestFires(a, b) => language.pick(
                format!("both are test fires (of {a} and {b}); a lead joins two incidents, or an incident and a test-fired firearm"),
                format!("ambos son disparos de prueba (de {a} y {b}); una pista une dos hechos, o un hecho y un arma con disparos de prueba"),
            ),
            Self::OneSpecimen => language.pick("the two are one specimen", "los dos son un mismo espécimen").to_owned(),
        }
    }
}

impl std::fmt::Display for Unjoinable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&self.message(Language::En))
    }
}

/// A rule of casework that was about to be broken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CaseworkError {
    /// The lead is in a state from which the step does not lead on.
    #[error("lead {lead}: cannot {step} while it is {state}")]
    IllegalStep {
        /// The lead.
        lead: String,
        /// The step that was tried.
        step: &'static str,
        /// Where the lead stands.
        state: LeadState,
    },
    /// The person may not do this.
    #[error("{person}: expected {expected} to {step}, got {got}")]
    WrongRole {
        /// The person.
        person: String,
        /// What the person tried.
        step: &'static str,
        /// Who may.
        expected: &'static str,
        /// The person's role.
        got: Role,
    },
    /// The second person is the first one.
    #[error("lead {lead}: the review needs a second person, got {person}, who concluded")]
    SamePerson {
        /// The lead.
        lead: String,
        /// The person.
        person: String,
    },
    /// A reason, name or identifier is blank.
    #[error("{field}: expected text, got nothing")]
    Blank {
        /// Which field.
        field: &'static str,
    },
    /// A step lies before the one it follows.
    #[error("lead {lead}: expected a time not before {earliest}, got {got}")]
    TimeBackwards {
        /// The lead.
        lead: String,
        /// The time of the step before.
        earliest: jiff::Timestamp,
        /// The time given.
        got: jiff::Timestamp,
    },
    /// The two sides cannot be joined.
    #[error("{first} and {second}: {why}")]
    NotJoinable {
        /// One specimen.
        first: String,
        /// The other.
        second: String,
        /// Why not.
        why: Unjoinable,
    },
    /// The examiner's record speaks of other specimens than the lead.
    #[error("lead {lead}: expected a conclusion on {expected}, got one on {got}")]
    OtherSpecimens {
        /// The lead.
        lead: String,
        /// The specimens of the lead.
        expected: String,
        /// The specimens of the record.
        got: String,
    },
    /// A history that the state machine cannot have written.
    #[error("lead {lead}: damaged history at step {index}: {why}")]
    DamagedHistory {
        /// The lead.
        lead: String,
        /// Which step, counted from 0.
        index: usize,
        /// What is wrong with it.
        why: String,
    },
    /// A value that cannot be.
    #[error("{field}: expected {expected}, got {got}")]
    BadValue {
        /// Which field.
        field: &'static str,
        /// What it should be.
        expected: String,
        /// What it is.
        got: String,
    },
}

/// Steps, people and fields that errors name, in English and Spanish.
const SPANISH: &[(&str, &str)] = &[
    ("make a lead of it", "convertirla en pista"),
    ("open the examination", "abrir el examen"),
    ("conclude on it", "concluir sobre ella"),
    ("review it", "revisarla"),
    ("withdraw it", "retirarla"),
    ("judge a candidate", "juzgar un candidato"),
    ("withdraw a lead", "retirar una pista"),
    ("open an examination", "abrir un examen"),
    ("conclude on the physical specimens", "concluir sobre los indicios físicos"),
    ("review a conclusion", "revisar una conclusión"),
    ("correct an outline", "corregir un contorno"),
    ("enter a check standard", "registrar un patrón de control"),
    ("submit a check standard", "enviar un patrón de control"),
    ("lift a control flag", "levantar un aviso de control"),
    ("expunge a specimen", "eliminar un espécimen"),
    ("keep a rejected file", "conservar un archivo rechazado"),
    ("change the weights of linkage", "cambiar los pesos de la vinculación"),
    ("decide a record link", "decidir un vínculo de registros"),
    ("see names of persons", "ver nombres de personas"),
    ("a technician, examiner or analyst", "un técnico, perito o analista"),
    ("an examiner", "un perito"),
    ("an analyst or examiner", "un analista o perito"),
    ("an analyst or an examiner", "un analista o un perito"),
    ("actor", "autor"),
    ("action", "acción"),
    ("subject", "asunto"),
    ("reason", "motivo"),
    ("name", "nombre"),
    ("exhibit", "indicio"),
    ("incident", "hecho"),
    ("firearm", "arma"),
    ("specimen", "espécimen"),
    ("role", "función"),
    ("country", "país"),
    ("latitude and longitude", "latitud y longitud"),
    ("firing pin shape", "forma del percutor"),
    ("time of the conclusion", "hora de la conclusión"),
    ("technician, examiner, analyst or auditor", "técnico, perito, analista o auditor"),
    ("circular, elliptical, rectangular or other", "circular, elíptica, rectangular u otra"),
    ("two capital letters (ISO 3166-1), such as US or MX", "dos letras mayúsculas (ISO 3166-1), como US o MX"),
    ("both, -90 to 90 and -180 to 180 degrees, or neither", "ambas, de -90 a 90 y de -180 a 180 grados, o ninguna"),
];

/// An English word of an error in Spanish; what is a value stays as it is.
fn spanish(english: &str) -> &str {
    SPANISH.iter().find(|(word, _)| *word == english).map_or(english, |(_, spanish)| spanish)
}

fn role_in_spanish(role: Role) -> &'static str {
    match role {
        Role::Technician => "técnico",
        Role::Examiner => "perito",
        Role::Analyst => "analista",
        Role::Auditor => "auditor",
    }
}

fn conclusion_in_spanish(conclusion: Conclusion) -> &'static str {
    match conclusion {
        Conclusion::Identification => "identificación",
        Conclusion::Inconclusive(InconclusiveGrade::A) => "no concluyente A",
        Conclusion::Inconclusive(InconclusiveGrade::B) => "no concluyente B",
        Conclusion::Inconclusive(InconclusiveGrade::C) => "no concluyente C",
        Conclusion::Elimination => "eliminación",
        Conclusion::Unsuitable => "no apta",
    }
}

fn state_in_spanish(state: LeadState) -> String {
    match state {
        LeadState::Candidate => "candidato".to_owned(),
        LeadState::Lead => "pista".to_owned(),
        LeadState::UnderExamination => "en examen".to_owned(),
        LeadState::UnderReview { conclusion } => format!("en revisión ({})", conclusion_in_spanish(conclusion)),
        LeadState::Hit => "coincidencia confirmada".to_owned(),
        LeadState::Inconclusive { grade } => format!("no concluyente {grade:?}"),
        LeadState::Excluded => "excluida".to_owned(),
        LeadState::Withdrawn => "retirada".to_owned(),
    }
}

impl CaseworkError {
    /// The message in a person's language. Of a damaged history the rule that was broken stays in English: it is for whoever mends the gallery.
    #[must_use]
    pub fn message(&self, language: Language) -> String {
        if language == Language::En {
            return self.to_string();
        }
        match self {
            Self::IllegalStep { lead, step, state } => {
                format!("pista {lead}: no se puede {} mientras está así: {}", spanish(step), state_in_spanish(*state))
            }
            Self::WrongRole { person, step, expected, got } => {
                let (expected, step, got) = (spanish(expected), spanish(step), role_in_spanish(*got));
                format!("{person}: se esperaba {expected} para {step}, se recibió {got}")
            }
            Self::SamePerson { lead, person } => {
                format!("pista {lead}: la revisión exige una segunda persona, se recibió {person}, quien concluyó")
            }
            Self::Blank { field } => format!("{}: se esperaba texto, no se recibió nada", spanish(field)),
            Self::TimeBackwards { lead, earliest, got } => {
                format!("pista {lead}: se esperaba una hora no anterior a {earliest}, se recibió {got}")
            }
            Self::NotJoinable { first, second, why } => format!("{first} y {second}: {}", why.message(language)),
            Self::OtherSpecimens { lead, expected, got } => {
                format!("pista {lead}: se esperaba una conclusión sobre {expected}, se recibió una sobre {got}")
            }
            Self::DamagedHistory { lead, index, why } => {
                format!("pista {lead}: historial dañado en el paso {index}: {why}")
            }
            Self::BadValue { field, expected, got } => {
                format!("{}: se esperaba {}, se recibió {got}", spanish(field), spanish(expected))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every text in quotation marks that follows one of these openings somewhere in the sources, tests left out.
    fn named(openings: &[&str]) -> Vec<(String, String)> {
        let mut found = Vec::new();
        let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let name = path.display().to_string();
                if !name.ends_with(".rs") || name.contains("tests") || name.ends_with("casework/error.rs") {
                    continue;
                }
                let text = std::fs::read_to_string(&path).unwrap();
                for opening in openings {
                    for after in text.split(opening).skip(1) {
                        let line = after.split([';', '\n']).next().unwrap_or_default();
                        if let Some(quoted) = line.split('"').nth(1) {
                            found.push((name.clone(), quoted.to_owned()));
                        }
                    }
                }
            }
        }
        found
    }

    #[test]
    fn what_is_refused_is_told_in_spanish_too() {
        let steps = named(&["must_not_be_auditor(", "must_be_examiner(", "CaseworkError::Blank {", " step: "]);
        assert!(steps.len() >= 10, "{steps:?}");
        for (file, step) in steps {
            assert!(SPANISH.iter().any(|(english, _)| *english == step), "{file}: \"{step}\" has no Spanish");
        }
        let error = CaseworkError::WrongRole {
            person: "A. Lara".to_owned(),
            step: "see names of persons",
            expected: "an analyst or an examiner",
            got: Role::Technician,
        };
        assert_eq!(
            error.message(Language::Es),
            "A. Lara: se esperaba un analista o un perito para ver nombres de personas, se recibió técnico"
        );
        let state = LeadState::UnderReview { conclusion: Conclusion::Inconclusive(InconclusiveGrade::B) };
        let error = CaseworkError::IllegalStep { lead: "L-1".to_owned(), step: "withdraw it", state };
        assert_eq!(error.message(Language::En), error.to_string());
        assert_eq!(
            error.message(Language::Es),
            "pista L-1: no se puede retirarla mientras está así: en revisión (no concluyente B)"
        );
    }
}
