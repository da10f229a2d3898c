//! Places of the simulated casework: real cities on both sides of one border, with laboratories that do not exist.

/// United States or Mexico.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Country {
    /// United States.
    UnitedStates,
    /// Mexico.
    Mexico,
}

impl Country {
    /// ISO 3166 code, as the manifest and the register write it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Country::UnitedStates => "US",
            Country::Mexico => "MX",
        }
    }
}

/// A city.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct City {
    /// Prefix of its incident numbers.
    pub code: &'static str,
    /// Name, in the language of the country.
    pub name: &'static str,
    /// State.
    pub state: &'static str,
    /// Country.
    pub country: Country,
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
}

impl City {
    /// The laboratory that serves the city; none of them exists.
    #[must_use]
    pub fn agency(&self) -> String {
        match self.country {
            Country::UnitedStates => format!("{} Simulated Police Laboratory", self.name),
            Country::Mexico => format!("Laboratorio Pericial Simulado de {}", self.state),
        }
    }
}

const fn us(code: &'static str, name: &'static str, state: &'static str, latitude: f64, longitude: f64) -> City {
    City { code, name, state, country: Country::UnitedStates, latitude, longitude }
}

const fn mx(code: &'static str, name: &'static str, state: &'static str, latitude: f64, longitude: f64) -> City {
    City { code, name, state, country: Country::Mexico, latitude, longitude }
}

/// Cities of the United States; each has its neighbour at the same place in [`MEXICAN`].
pub(super) const AMERICAN: [City; 8] = [
    us("ELP", "El Paso", "TX", 31.7619, -106.4850),
    us("SDC", "San Diego", "CA", 32.7157, -117.1611),
    us("SAT", "San Antonio", "TX", 29.4241, -98.4936),
    us("BRO", "Brownsville", "TX", 25.9017, -97.4975),
    us("PHX", "Phoenix", "AZ", 33.4484, -112.0740),
    us("ABQ", "Albuquerque", "NM", 35.0844, -106.6504),
    us("LRD", "Laredo", "TX", 27.5064, -99.5075),
    us("TUS", "Tucson", "AZ", 32.2226, -110.9747),
];

/// Cities of Mexico.
pub(super) const MEXICAN: [City; 8] = [
    mx("CJZ", "Ciudad Juárez", "Chihuahua", 31.6904, -106.4245),
    mx("TIJ", "Tijuana", "Baja California", 32.5149, -117.0382),
    mx("MTY", "Monterrey", "Nuevo León", 25.6866, -100.3161),
    mx("REY", "Reynosa", "Tamaulipas", 26.0508, -98.2979),
    mx("HMO", "Hermosillo", "Sonora", 29.0729, -110.9559),
    mx("CUL", "Culiacán", "Sinaloa", 24.8091, -107.3940),
    mx("TRC", "Torreón", "Coahuila", 25.5428, -103.4068),
    mx("NOG", "Nogales", "Sonora", 31.3086, -110.9422),
];
