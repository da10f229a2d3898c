//! How wide a text will be, and how to cut or break it so that it fits.

/// Width of a text in px at a font size: Helvetica's widths by class of character, rounded up a little.
pub(crate) fn text_width(text: &str, size: f64) -> f64 {
    let em: f64 = text
        .chars()
        .map(|c| match c {
            'i' | 'j' | 'l' | '\'' | '|' | 'í' | 'ì' => 0.24,
            'f' | 't' | 'I' | '.' | ',' | ':' | ';' | '!' | '/' | '\\' | ' ' | '[' | ']' | '·' | '¡' => 0.30,
            'r' | '(' | ')' | '-' | '"' | '*' | '°' => 0.36,
            'm' | 'M' | 'W' | '@' | '%' | '…' | '—' => 1.0,
            'w' | 'C' | 'D' | 'G' | 'H' | 'N' | 'O' | 'Q' | 'R' | 'U' | 'Ñ' | 'Ó' | 'Ú' => 0.76,
            'A' | 'B' | 'E' | 'K' | 'P' | 'S' | 'V' | 'X' | 'Y' | 'Á' | 'É' | '&' => 0.68,
            'c' | 'k' | 's' | 'v' | 'x' | 'y' | 'z' | 'J' => 0.52,
            c if c.is_ascii() || c < '\u{250}' => 0.58,
            '\u{300}'..='\u{36f}' => 0.0,
            '\u{2000}'..='\u{2bff}' => 0.62,
            _ => 1.05,
        })
        .sum();
    em * size * 1.03
}

/// The text, cut with an ellipsis so that it fits `width` px.
pub(crate) fn fitted(text: &str, size: f64, width: f64) -> String {
    if text_width(text, size) <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    for c in text.chars() {
        kept.push(c);
        if text_width(&kept, size) + text_width("…", size) > width {
            kept.pop();
            break;
        }
    }
    format!("{}…", kept.trim_end())
}

/// The text broken at blanks into lines of at most `width` px; a word longer than a line is cut where it must be.
pub(crate) fn wrapped(text: &str, size: f64, width: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let joined = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        if text_width(&joined, size) <= width {
            line = joined;
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        for c in word.chars() {
            line.push(c);
            if text_width(&line, size) > width && line.chars().count() > 1 {
                line.pop();
                lines.push(std::mem::replace(&mut line, c.to_string()));
            }
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn fitted_text_fits_and_wrapped_lines_fit(text in "[ -~áéíóúñ]{0,80}", width in 30.0..300.0f64) {
            prop_assert!(text_width(&fitted(&text, 12.0, width), 12.0) <= width + 1e-9);
            for line in wrapped(&text, 12.0, width) {
                prop_assert!(text_width(&line, 12.0) <= width + 1e-9);
            }
            let joined: String = wrapped(&text, 12.0, width).concat();
            let kept = joined.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            let given = text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(kept, given);
        }
    }
}
