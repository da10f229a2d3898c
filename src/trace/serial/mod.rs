//! Serial numbers: what was written, what it normalises to, how two of them compare, and how much one says.

use super::text;
use super::vocabulary::SerialState;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

/// A serial number as a record states it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Serial {
    /// As written.
    pub raw: String,
    /// Upper-case letters, digits and the wildcards `?` (one character) and `*` (any number); empty when there is none.
    pub normal: String,
    /// What is known of it.
    pub state: SerialState,
}

/// Fewest characters that make a serial number; fewer are a state ("NA", "--"), not a number.
const FEWEST_CHARACTERS: usize = 3;
/// Fewest characters of a truncated serial number: three or less are a prefix of too many.
pub(super) const FEWEST_OF_TRUNCATED: usize = 4;
/// Fewest characters for one edit: a five-digit number has forty-five neighbours at one substitution alone.
pub(super) const FEWEST_FOR_ONE_EDIT: usize = 6;
/// Fewest characters for two edits, by the same argument.
pub(super) const FEWEST_FOR_TWO_EDITS: usize = 8;
/// Longest serial number that is compared; longer text is something else and only compared whole.
pub(super) const LONGEST_COMPARED: usize = 24;

impl Serial {
    /// Reads what a clerk wrote. Words such as NONE, S/N, BORRADO, all zeros or two characters are a state, not a number;
    /// a number that a spreadsheet rounded (`1.23E+08`) is no number any more, see [`is_spreadsheet_number`].
    #[must_use]
    pub fn read(text: &str) -> Self {
        let raw = text.trim().to_owned();
        if let Some(state) = state_of_word(&raw) {
            return Self { raw, normal: String::new(), state };
        }
        if is_spreadsheet_number(&raw) {
            return Self { raw, normal: String::new(), state: SerialState::Unknown };
        }
        let normal = normalise(&raw);
        let characters = visible(&normal);
        if characters < FEWEST_CHARACTERS || normal.chars().all(|c| matches!(c, '0' | '?' | '*')) {
            return Self { raw, normal: String::new(), state: SerialState::Unknown };
        }
        let state = if has_wildcard(&normal) { SerialState::Partial } else { SerialState::Full };
        Self { raw, normal, state }
    }

    /// No number, for a stated reason.
    #[must_use]
    pub const fn none(state: SerialState) -> Self {
        Self { raw: String::new(), normal: String::new(), state }
    }

    /// The same number under the state that another column gives. Whatever that column says, two blanks stay blank and
    /// wildcards stay partial unless the number was given by restoration.
    #[must_use]
    pub fn in_state(mut self, state: SerialState) -> Self {
        use SerialState::{Full, Obliterated, Partial, Unknown};
        self.state = match (state, self.normal.is_empty(), has_wildcard(&self.normal)) {
            // "full" beside an empty cell is a clerk's default, not a fact.
            (Full | Partial, true, _) => self.state,
            (Full, false, true) => Partial,
            // An obliterated number of which characters are nevertheless written was read in part.
            (Obliterated, false, _) => Partial,
            (Unknown, false, _) => self.state,
            (stated, _, _) => stated,
        };
        self
    }

    /// Whether there is a number, or part of one, to compare.
    #[must_use]
    pub fn is_number(&self) -> bool {
        !self.normal.is_empty()
    }

    /// Whether the whole number is stated: nothing missing, nothing unreadable. A number given by an agency is whole too.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.is_number()
            && !has_wildcard(&self.normal)
            && !matches!(self.state, SerialState::Partial | SerialState::Obliterated)
    }

    /// Information of the visible characters in bits: `min(18, 2.5 x digits + 1.5 x letters)`.
    ///
    /// A digit of a running number is nearly uniform (3.3 bits, less for the leading ones); letters repeat with model and
    /// year. Capped because makers reuse numbers. A proposal to be replaced by counts over decided pairs.
    #[must_use]
    pub fn information_bits(&self) -> f64 {
        information_bits(&self.normal)
    }
}

impl std::fmt::Display for Serial {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.is_number() { f.pad(&self.normal) } else { f.pad(self.state.code()) }
    }
}

/// How two serial numbers compare, from the closest to the farthest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SerialComparison {
    /// The same characters.
    Exact,
    /// The same after look-alikes fall together.
    LookAlike,
    /// One is the other without the letters inside the number, as the NCIC gun file drops them.
    LettersDropped,
    /// One is the beginning or the end of the other.
    Truncated,
    /// Visible characters agree with a number that has unread ones.
    Wildcard,
    /// One character was mistyped, left out, added or swapped with its neighbour.
    OneEdit,
    /// Two such slips.
    TwoEdits,
    /// Two whole numbers that are not the same.
    Different,
    /// At least one side has no number, or neither is whole enough to contradict the other.
    NotComparable,
}

impl SerialComparison {
    /// The code under which it is stored and shown to programs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::LookAlike => "look_alike",
            Self::LettersDropped => "letters_dropped",
            Self::Truncated => "truncated",
            Self::Wildcard => "wildcard",
            Self::OneEdit => "one_edit",
            Self::TwoEdits => "two_edits",
            Self::Different => "different",
            Self::NotComparable => "not_comparable",
        }
    }
}

/// Compares two serial numbers. Blanks are never the same as anything.
#[must_use]
pub fn compare(a: &Serial, b: &Serial) -> SerialComparison {
    use SerialComparison as C;
    if !a.is_number() || !b.is_number() {
        return C::NotComparable;
    }
    let (x, y) = (a.normal.as_str(), b.normal.as_str());
    match (has_wildcard(x), has_wildcard(y)) {
        (true, true) => return if x == y { C::Wildcard } else { C::NotComparable },
        (true, false) => return wildcard(x, y),
        (false, true) => return wildcard(y, x),
        (false, false) => {}
    }
    if x == y {
        return C::Exact;
    }
    if fold_look_alikes(x) == fold_look_alikes(y) {
        return C::LookAlike;
    }
    if drop_inner_letters(x) == y || drop_inner_letters(y) == x {
        return C::LettersDropped;
    }
    let (short, long) = if x.len() <= y.len() { (x, y) } else { (y, x) };
    if short.len() >= FEWEST_OF_TRUNCATED && (long.starts_with(short) || long.ends_with(short)) {
        return C::Truncated;
    }
    if long.len() <= LONGEST_COMPARED {
        match edits_up_to_two(short, long) {
            Some(1) if short.len() >= FEWEST_FOR_ONE_EDIT => return C::OneEdit,
            Some(1 | 2) if short.len() >= FEWEST_FOR_TWO_EDITS => return C::TwoEdits,
            _ => {}
        }
    }
    if a.is_whole() && b.is_whole() { C::Different } else { C::NotComparable }
}

fn wildcard(pattern: &str, text: &str) -> SerialComparison {
    if glob(pattern.as_bytes(), text.as_bytes()) {
        SerialComparison::Wildcard
    } else {
        // The visible characters themselves may be misread, so that a pattern that does not fit contradicts nothing.
        SerialComparison::NotComparable
    }
}

/// Bits of the visible characters of a normal form.
pub(super) fn information_bits(normal: &str) -> f64 {
    const MOST_BITS: f64 = 18.0;
    const BITS_PER_DIGIT: f64 = 2.5;
    const BITS_PER_LETTER: f64 = 1.5;
    let bits: f64 = normal
        .chars()
        .map(|c| match c {
            '0'..='9' => BITS_PER_DIGIT,
            '?' | '*' => 0.0,
            _ => BITS_PER_LETTER,
        })
        .sum();
    bits.min(MOST_BITS)
}

/// Whether a spreadsheet turned a long number into a rounded one (`1.23E+08`): its digits are lost. `1E10`, without a
/// sign, is how makers write serial numbers and stays text.
#[must_use]
pub fn is_spreadsheet_number(text: &str) -> bool {
    let text = text.trim().to_ascii_uppercase();
    let Some((mantissa, exponent)) = text.split_once("E+") else { return false };
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let (whole, part) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, "0"));
    digits(exponent) && digits(part) && digits(whole) && whole.len() == 1
}

/// The state that a word in the place of a serial number stands for.
fn state_of_word(text: &str) -> Option<SerialState> {
    use SerialState as S;
    Some(match text::squeeze(text).as_str() {
        "" | "none" | "na" | "sn" | "unk" | "unknown" | "noserial" | "noserialnumber" | "noserie" | "notvisible"
        | "unreadable" | "illegible" | "sinserie" | "sinnumero" | "sinnumerodeserie" | "ninguno" | "ninguna"
        | "desconocido" | "desconocida" | "sedesconoce" | "novisible" | "ilegible" | "nd" | "null" | "sindato"
        | "sindatos" | "noaplica" | "notapplicable" | "x" | "xx" | "xxx" | "xxxx" => S::Unknown,
        "oblit" | "obl" | "obliterated" | "removed" | "defaced" | "erased" | "filed" | "groundoff" | "ground"
        | "scratched" | "borrado" | "borrada" | "limado" | "limada" | "serieborrada" | "serielimada"
        | "numeroborrado" | "numerolimado" | "devastado" | "devastada" | "esmerilado" | "esmerilada" | "removido"
        | "removida" => S::Obliterated,
        "pmf" | "privatelymade" | "ghostgun" | "ghost" | "homemade" | "hechiza" | "hechizo" | "artesanal"
        | "fabricacionprivada" | "armafantasma" => S::NonePrivatelyMade,
        "pre1968" | "pre68" | "prior1968" | "anterior1968" => S::NonePre1968,
        _ => return None,
    })
}

/// Upper-case ASCII letters and digits and the wildcards; a leading `S/N` goes, other characters are decoration.
fn normalise(raw: &str) -> String {
    let upper: String = raw.nfkd().flat_map(char::to_uppercase).collect();
    let trimmed = upper.trim_start();
    let rest = ["S/N", "N/S", "S/N:", "SN:", "SER:", "SERIAL:", "SERIE:"]
        .into_iter()
        .filter_map(|prefix| trimmed.strip_prefix(prefix))
        .min_by_key(|rest| rest.len())
        .unwrap_or(trimmed);
    rest.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '?' | '*')).collect()
}

pub(super) fn has_wildcard(normal: &str) -> bool {
    normal.contains(['?', '*'])
}

fn visible(normal: &str) -> usize {
    normal.chars().filter(|c| !matches!(c, '?' | '*')).count()
}

/// Look-alikes fall together: O 0 Q D, I 1 L, S 5, Z 2, B 8, G 6.
pub(super) fn fold_look_alikes(normal: &str) -> String {
    normal
        .chars()
        .map(|c| match c {
            'O' | 'Q' | 'D' => '0',
            'I' | 'L' => '1',
            'S' => '5',
            'Z' => '2',
            'B' => '8',
            'G' => '6',
            other => other,
        })
        .collect()
}

/// The key under which a store finds a serial number: look-alikes fall together, so that a misread letter still finds it.
#[must_use]
pub fn search_key(serial: &Serial) -> String {
    fold_look_alikes(&serial.normal)
}

/// Whether the serial number behind a [`search_key`] may be this one: equal, with letters dropped, truncated, fitting its
/// wildcards, or up to two slips away. A sieve: what passes is compared in earnest.
#[must_use]
pub fn could_be(serial: &Serial, key: &str) -> bool {
    let mine = search_key(serial);
    if mine.is_empty() || key.is_empty() {
        return false;
    }
    if has_wildcard(&mine) || has_wildcard(key) {
        return glob(mine.as_bytes(), key.as_bytes()) || glob(key.as_bytes(), mine.as_bytes());
    }
    let (short, long) = if mine.len() <= key.len() { (mine.as_str(), key) } else { (key, mine.as_str()) };
    mine == key
        // Folding turns letters into digits, so that dropped letters are looked for in the number as written.
        || fold_look_alikes(&drop_inner_letters(&serial.normal)) == key
        || fold_look_alikes(&drop_inner_letters(key)) == mine
        || (short.len() >= FEWEST_OF_TRUNCATED && (long.starts_with(short) || long.ends_with(short)))
        || (short.len() >= FEWEST_FOR_ONE_EDIT
            && long.len() <= LONGEST_COMPARED
            && edits_up_to_two(short, long).is_some())
}

/// Leaves out the letters that stand between digits, as NCIC gun file practice does (369J257 becomes 369257).
pub(super) fn drop_inner_letters(normal: &str) -> String {
    let is_digit = |c: char| c.is_ascii_digit();
    let (Some(first), Some(last)) = (normal.find(is_digit), normal.rfind(is_digit)) else { return normal.to_owned() };
    normal
        .char_indices()
        .filter(|(at, c)| *at < first || *at > last || !c.is_ascii_alphabetic())
        .map(|(_, c)| c)
        .collect()
}

/// Whether `text` fits `pattern`, `?` for one character and `*` for any number of them.
pub(super) fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                back = Some((p, t));
                p += 1;
            }
            Some(c) if *c == b'?' || *c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match back {
                Some((star, from)) => {
                    back = Some((star, from + 1));
                    p = star + 1;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == b'*')
}

/// Edits (substitution, insertion, deletion, swap of neighbours) between two serial numbers, when they are at most two.
///
/// Optimal string alignment on three rows; `short` is the shorter of the two.
pub(super) fn edits_up_to_two(short: &str, long: &str) -> Option<usize> {
    const MOST: usize = 2;
    let (a, b) = (short.as_bytes(), long.as_bytes());
    if b.len() > LONGEST_COMPARED || b.len().abs_diff(a.len()) > MOST {
        return None;
    }
    let mut before = [0usize; LONGEST_COMPARED + 1];
    let mut above = [0usize; LONGEST_COMPARED + 1];
    for (j, cell) in above.iter_mut().enumerate() {
        *cell = j;
    }
    for i in 1..=a.len() {
        let mut row = [0usize; LONGEST_COMPARED + 1];
        row[0] = i;
        let mut least = i;
        for j in 1..=b.len() {
            let substitute = above[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = substitute.min(above[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(before[j - 2] + 1);
            }
            row[j] = best;
            least = least.min(best);
        }
        if least > MOST {
            return None;
        }
        before = above;
        above = row;
    }
    Some(above[b.len()]).filter(|edits| *edits <= MOST)
}

#[cfg(test)]
mod tests;
