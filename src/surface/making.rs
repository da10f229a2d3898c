//! What a file says of its making, in the words of a laboratory: instrument, objective, light.

use super::Metadata;

/// What instruments write where they know nothing.
const NOTHING: [&str; 9] =
    ["", "not available", "n/a", "na", "none", "unknown", "not specified", "no disponible", "desconocido"];

/// Keys of a comment (`key: value; key: value`) that speak of the light. ISO 25178-72 has no element for it.
const LIGHT: [&str; 6] = ["light", "lighting", "illumination", "luz", "iluminación", "iluminacion"];

/// The key under which a comment states the numerical aperture.
const APERTURE: [&str; 2] = ["na", "numerical aperture"];

impl Metadata {
    /// The instrument: maker, model and serial number as far as stated; none where nothing is.
    #[must_use]
    pub fn instrument(&self) -> Option<String> {
        let parts = [&self.instrument_maker, &self.instrument_model, &self.instrument_serial];
        let said: Vec<&str> = parts.into_iter().filter_map(|part| said(part.as_deref()?)).collect();
        (!said.is_empty()).then(|| said.join(" "))
    }

    /// Objective or stylus, with the numerical aperture where the comment states it.
    #[must_use]
    pub fn objective(&self) -> Option<String> {
        let lens = self.probing_identification.as_deref().and_then(said);
        let aperture = self.commented(&APERTURE).map(|value| format!("NA {value}"));
        match (lens, aperture) {
            (Some(lens), Some(aperture)) => Some(format!("{lens}, {aperture}")),
            (lens, aperture) => lens.map(str::to_owned).or(aperture),
        }
    }

    /// The light, where the comment states it.
    #[must_use]
    pub fn light(&self) -> Option<String> {
        self.commented(&LIGHT).map(str::to_owned)
    }

    /// The value of the first of these keys in the comment.
    fn commented(&self, keys: &[&str]) -> Option<&str> {
        let parts = self.comment.as_deref()?.split([';', '\n']);
        parts.filter_map(|part| part.split_once([':', '='])).find_map(|(key, value)| {
            let key = key.trim().to_lowercase();
            keys.contains(&key.as_str()).then(|| said(value)).flatten()
        })
    }
}

/// The text trimmed, unless it says nothing.
fn said(text: &str) -> Option<&str> {
    let text = text.trim();
    (!NOTHING.contains(&text.to_lowercase().as_str())).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_becomes_instrument_objective_and_light() {
        let words = |text: &str| Some(text.to_owned());
        let metadata = Metadata {
            instrument_maker: words("NanoFocus"),
            instrument_model: words(" usurf "),
            instrument_serial: words("not available"),
            probing_identification: words("10x"),
            comment: words("unprocessed scan; NA: 0.30; Luz: anular"),
            ..Metadata::default()
        };
        assert_eq!(metadata.instrument().as_deref(), Some("NanoFocus usurf"));
        assert_eq!(metadata.objective().as_deref(), Some("10x, NA 0.30"));
        assert_eq!(metadata.light().as_deref(), Some("anular"));
        let nothing = Metadata { instrument_model: words("N/A"), comment: words("NA"), ..Metadata::default() };
        assert_eq!((nothing.instrument(), nothing.objective(), nothing.light()), (None, None, None));
    }
}
