//! The people who use a gallery and what they may do.

use super::CaseworkError;
use serde::{Deserialize, Serialize};

/// What a person of the laboratory is entrusted with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Enters acquisitions and judges candidates on screen.
    Technician,
    /// Firearm examiner: also concludes on the physical specimens.
    Examiner,
    /// Crime-gun intelligence analyst: judges candidates, follows leads to firearms and traces.
    Analyst,
    /// Quality manager: reads everything, changes nothing.
    Auditor,
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Role::Technician => "technician",
            Role::Examiner => "examiner",
            Role::Analyst => "analyst",
            Role::Auditor => "auditor",
        })
    }
}

impl std::str::FromStr for Role {
    type Err = CaseworkError;

    /// Reads the English and the Spanish words.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.trim().to_lowercase().as_str() {
            "technician" | "técnico" | "técnica" | "tecnico" | "tecnica" => Ok(Role::Technician),
            "examiner" | "perito" | "perita" => Ok(Role::Examiner),
            "analyst" | "analista" => Ok(Role::Analyst),
            "auditor" | "auditora" => Ok(Role::Auditor),
            other => Err(CaseworkError::BadValue {
                field: "role",
                expected: "technician, examiner, analyst or auditor".into(),
                got: other.to_owned(),
            }),
        }
    }
}

/// A person who acts. Software is never one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Words")]
pub struct Person {
    name: String,
    role: Role,
}

#[derive(Deserialize)]
struct Words {
    name: String,
    role: Role,
}

impl TryFrom<Words> for Person {
    type Error = CaseworkError;

    fn try_from(words: Words) -> Result<Self, Self::Error> {
        Person::new(words.name, words.role)
    }
}

impl Person {
    /// A person under the name by which the laboratory knows them.
    ///
    /// # Errors
    /// When the name is blank.
    pub fn new(name: impl AsRef<str>, role: Role) -> Result<Self, CaseworkError> {
        let name = said("name", name.as_ref())?;
        Ok(Self { name, role })
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the person is entrusted with.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }

    /// Whether two records speak of one person: same name, whatever the role and however spelled in capitals.
    #[must_use]
    pub fn is(&self, other: &Person) -> bool {
        self.name.to_lowercase() == other.name.to_lowercase()
    }
}

impl std::fmt::Display for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.name, self.role)
    }
}

/// The text trimmed, or the complaint that nothing was said.
pub(super) fn said(field: &'static str, text: &str) -> Result<String, CaseworkError> {
    let text = text.trim();
    if text.is_empty() { Err(CaseworkError::Blank { field }) } else { Ok(text.to_owned()) }
}
