//! Folding of text so that accents, case and punctuation do not keep equal words apart.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Lower case, compatibility-decomposed without combining marks, everything but letters and digits turned into one blank.
///
/// Compatibility decomposition (NFKD, Unicode annex 15) makes composed and decomposed accents, full-width letters and
/// ligatures fall together; `ñ` becomes `n`, so that a file typed without it still matches.
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
        if c.is_alphanumeric() {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with(' ') && c != '\u{ad}' && c != '\u{feff}' {
            out.push(' ');
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// [`fold`] without any blanks.
pub(super) fn squeeze(text: &str) -> String {
    let mut folded = fold(text);
    folded.retain(|c| c != ' ');
    folded
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn composed_and_decomposed_letters_fold_alike() {
        assert_eq!(fold("  N\u{fa}mero de SERIE: "), "numero de serie");
        assert_eq!(fold("Nu\u{301}mero_de-serie"), "numero de serie");
        assert_eq!(squeeze("Trace No."), "traceno");
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in "\\PC{0,30}") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }
    }
}
