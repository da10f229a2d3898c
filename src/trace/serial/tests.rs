//! Tests of serial numbers: what is one, how two compare, and the fast comparisons against plain twins.

use super::*;
use proptest::prelude::*;

fn compared(a: &str, b: &str) -> SerialComparison {
    let (a, b) = (Serial::read(a), Serial::read(b));
    assert_eq!(compare(&a, &b), compare(&b, &a), "comparison must not depend on the side");
    compare(&a, &b)
}

#[test]
fn words_zeros_and_two_characters_are_a_state() {
    for (word, state) in [
        ("NONE", SerialState::Unknown),
        ("n/a", SerialState::Unknown),
        ("S/N", SerialState::Unknown),
        ("Sin Serie", SerialState::Unknown),
        ("UNK", SerialState::Unknown),
        ("0000000", SerialState::Unknown),
        ("7", SerialState::Unknown),
        ("A1", SerialState::Unknown),
        ("----", SerialState::Unknown),
        ("BORRADO", SerialState::Obliterated),
        ("Limada", SerialState::Obliterated),
        ("OBLIT.", SerialState::Obliterated),
        ("PMF", SerialState::NonePrivatelyMade),
        ("pre-1968", SerialState::NonePre1968),
    ] {
        let serial = Serial::read(word);
        assert_eq!((serial.normal.as_str(), serial.state), ("", state), "{word}");
        assert_eq!(serial.raw, word);
    }
}

#[test]
fn serials_are_text() {
    assert_eq!(Serial::read("1E10").normal, "1E10");
    assert_eq!(Serial::read("000123456").normal, "000123456");
    assert_eq!(Serial::read(" ab-123 456 ").normal, "AB123456");
    assert_eq!(Serial::read("S/N: AB1234").normal, "AB1234");
    assert!(is_spreadsheet_number("1.23E+08") && is_spreadsheet_number("1,2345e+11"));
    assert!(!is_spreadsheet_number("1E10") && !is_spreadsheet_number("12E+4") && !is_spreadsheet_number("E+"));
    assert!(!Serial::read("1.23E+08").is_number());
}

#[test]
fn an_unread_character_makes_it_partial() {
    assert_eq!(Serial::read("AB?12*").state, SerialState::Partial);
    assert_eq!(Serial::read("AB123").in_state(SerialState::Restored).state, SerialState::Restored);
    assert_eq!(Serial::read("AB123").in_state(SerialState::Obliterated).state, SerialState::Partial);
    assert_eq!(Serial::read("").in_state(SerialState::Full).state, SerialState::Unknown);
    assert_eq!(Serial::read("").in_state(SerialState::Obliterated).state, SerialState::Obliterated);
}

#[test]
fn each_kind_of_agreement_is_told_apart() {
    use SerialComparison as C;
    assert_eq!(compared("abc-123", "ABC 123"), C::Exact);
    assert_eq!(compared("0B1234S", "OB12345"), C::LookAlike);
    assert_eq!(compared("369J257", "369257"), C::LettersDropped);
    assert_eq!(compared("ABC12345", "12345"), C::Truncated);
    assert_eq!(compared("ABC12345", "ABC123"), C::Truncated);
    assert_eq!(compared("ABC12346", "ABC12347"), C::OneEdit);
    assert_eq!(compared("ABC12346", "ABC12436"), C::OneEdit, "a swap of neighbours is one slip");
    assert_eq!(compared("ABC12346", "ABC77346"), C::TwoEdits);
    assert_eq!(compared("12346", "12347"), C::Different, "short numbers have too many neighbours");
    assert_eq!(compared("AB?123", "AB9123"), C::Wildcard);
    assert_eq!(compared("*9123", "AB9123"), C::Wildcard);
    assert_eq!(compared("AB?123", "AB9124"), C::NotComparable);
    assert_eq!(compared("ABC123", "XYZ789"), C::Different);
    assert_eq!(compared("NONE", "NONE"), C::NotComparable, "two blanks are not the same");
    assert_eq!(compared("OBLIT", "ABC123"), C::NotComparable);
}

#[test]
fn information_is_capped_and_counts_visible_characters() {
    assert!((Serial::read("ABC1234").information_bits() - 14.5).abs() < 1e-12);
    assert!((Serial::read("AB?12").information_bits() - 8.0).abs() < 1e-12);
    assert!((Serial::read("123456789012").information_bits() - 18.0).abs() < 1e-12);
}

/// The textbook matrix of optimal string alignment.
fn naive_edits(a: &[u8], b: &[u8]) -> usize {
    let mut d = vec![vec![0; b.len() + 1]; a.len() + 1];
    for (i, row) in d.iter_mut().enumerate() {
        row[0] = i;
    }
    for (j, cell) in d[0].iter_mut().enumerate() {
        *cell = j;
    }
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let mut best = d[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            best = best.min(d[i - 1][j] + 1).min(d[i][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(d[i - 2][j - 2] + 1);
            }
            d[i][j] = best;
        }
    }
    d[a.len()][b.len()]
}

/// Whether a pattern fits, by trying every length of every star.
fn naive_glob(p: &[u8], t: &[u8]) -> bool {
    match p.split_first() {
        None => t.is_empty(),
        Some((b'*', rest)) => (0..=t.len()).any(|n| naive_glob(rest, &t[n..])),
        Some((b'?', rest)) => !t.is_empty() && naive_glob(rest, &t[1..]),
        Some((c, rest)) => t.first() == Some(c) && naive_glob(rest, &t[1..]),
    }
}

proptest! {
    #[test]
    fn edits_equal_the_textbook(a in "[AB12]{0,9}", b in "[AB12]{0,9}") {
        let (short, long) = if a.len() <= b.len() { (&a, &b) } else { (&b, &a) };
        let expected = Some(naive_edits(a.as_bytes(), b.as_bytes())).filter(|n| *n <= 2);
        prop_assert_eq!(edits_up_to_two(short, long), expected);
    }

    #[test]
    fn the_sieve_of_a_search_lets_every_near_serial_number_pass(a in "[A1S0?]{3,9}", b in "[A1S0O]{3,9}") {
        use SerialComparison as C;
        let (a, b) = (Serial::read(&a), Serial::read(&b));
        let near = matches!(
            compare(&a, &b),
            C::Exact | C::LookAlike | C::Truncated | C::Wildcard | C::OneEdit | C::TwoEdits
        );
        if near {
            prop_assert!(could_be(&a, &search_key(&b)), "{a} {b} {:?}", compare(&a, &b));
        }
    }

    #[test]
    fn wildcards_equal_the_plain_recursion(p in "[A1?*]{0,7}", t in "[A1]{0,8}") {
        prop_assert_eq!(glob(p.as_bytes(), t.as_bytes()), naive_glob(p.as_bytes(), t.as_bytes()));
    }

    #[test]
    fn reading_never_panics_and_its_normal_form_reads_the_same(text in "\\PC{0,40}") {
        let serial = Serial::read(&text);
        prop_assert!(serial.normal.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'?' || b == b'*'));
        if serial.is_number() && !is_spreadsheet_number(&serial.normal) && state_of_word(&serial.normal).is_none() {
            prop_assert_eq!(Serial::read(&serial.normal).normal, serial.normal);
        }
    }
}
