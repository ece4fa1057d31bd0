//! Vietnamese text: one spelling in storage (NFC), one key to search by, one key to sort by.
//!
//! Keys are computed here and stored by the services, so that SQLite and PostgreSQL agree without collations
//! of their own; columns that hold them compare bytes (`COLLATE "C"` on PostgreSQL, the default on SQLite).
//!
//! Deliberately absent: the folding of legal forms, abbreviations and y/i that matching of producers needs; it
//! stands in [`crate::names`].

use unicode_normalization::char::is_combining_mark;
use unicode_normalization::{UnicodeNormalization, is_nfc};

/// Why a text is refused as typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextFault {
    /// A control character (line ends included) at this byte.
    #[error("control character U+{code:04X} at byte {at}")]
    Control {
        /// The character's code point.
        code: u32,
        /// Offset in bytes from the start.
        at: usize,
    },
    /// A character that changes reading direction or cannot be seen, so that two texts may look alike.
    #[error("invisible or direction-changing character U+{code:04X} at byte {at}")]
    Invisible {
        /// The character's code point.
        code: u32,
        /// Offset in bytes from the start.
        at: usize,
    },
    /// Clean, but not in NFC: [`nfc`] makes it so.
    #[error("text is not in Unicode normal form C")]
    NotNfc,
}

/// The composed form in which every text is stored.
#[must_use]
pub fn nfc(text: &str) -> String {
    text.nfc().collect()
}

/// Accepts one line of text without control, direction-changing or invisible characters, in NFC. Characters are
/// judged first, so [`TextFault::NotNfc`] means that normalising is all that is needed.
///
/// # Errors
/// The first [`TextFault`].
pub fn is_clean(text: &str) -> Result<(), TextFault> {
    check_characters(text, |_| false)?;
    if is_nfc(text) { Ok(()) } else { Err(TextFault::NotNfc) }
}

/// As [`is_clean`], for texts of several lines: line feeds are allowed as well.
///
/// # Errors
/// The first [`TextFault`].
pub fn is_clean_lines(text: &str) -> Result<(), TextFault> {
    check_characters(text, |c| c == '\n')?;
    if is_nfc(text) { Ok(()) } else { Err(TextFault::NotNfc) }
}

fn check_characters(text: &str, allowed: impl Fn(char) -> bool) -> Result<(), TextFault> {
    for (at, c) in text.char_indices().filter(|(_, c)| !allowed(*c)) {
        let code = u32::from(c);
        if c.is_control() || matches!(code, 0x2028 | 0x2029) {
            return Err(TextFault::Control { code, at });
        }
        if is_invisible(code) {
            return Err(TextFault::Invisible { code, at });
        }
    }
    Ok(())
}

fn is_invisible(code: u32) -> bool {
    matches!(
        code,
        0x00AD
            | 0x061C
            | 0x180E
            | 0x200B..=0x200F
            | 0x202A..=0x202E
            | 0x2060..=0x2064
            | 0x2066..=0x206F
            | 0xFEFF
            | 0xFFF9..=0xFFFB
            | 0xE0000..=0xE007F
    )
}

/// The key to search by: lower case, no diacritics, đ as d, runs of white space as one blank, none at the ends.
/// y and i stay apart.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut key = String::with_capacity(text.len());
    let mut gap = false;
    for c in text.nfkd().flat_map(char::to_lowercase).filter(|c| !is_combining_mark(*c)) {
        if c.is_whitespace() {
            gap = !key.is_empty();
            continue;
        }
        if gap {
            key.push(' ');
            gap = false;
        }
        key.push(if c == 'đ' { 'd' } else { c });
    }
    key
}

/// [`fold`] without blanks: equal for spellings that differ in case, tone placement and word breaks only.
#[must_use]
pub fn fold_tight(text: &str) -> String {
    fold(text).replace(' ', "")
}

/// Order of the letters; f, j, w and z stand where the Latin alphabet has them. Compared by position.
const ALPHABET: [char; 33] = [
    'a', 'ă', 'â', 'b', 'c', 'd', 'đ', 'e', 'ê', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'ô', 'ơ', 'p', 'q',
    'r', 's', 't', 'u', 'ư', 'v', 'w', 'x', 'y', 'z',
];

/// Ends the letters of a key. It is below every other byte of a key, so a name sorts before its continuations.
const END: char = ' ';
/// A break between words.
const BREAK: char = '!';
/// Comes before letters of other alphabets, which sort behind z by code point.
const FOREIGN: char = '~';

/// The key to sort by: its plain byte order is the Vietnamese alphabetical order. Words are compared letter by
/// letter first (a ă â b c d đ …, digits before letters, punctuation as a break); only where all letters agree do
/// the tones decide, word by word in the order ngang, huyền, hỏi, ngã, sắc, nặng. Tones count once per word, so
/// Hoà and Hòa sort as one. The key says nothing of case: add the stored id for a total order. It has at most
/// [`LONGEST_KEY`] bytes, so that indexes and page tokens can hold it: what differs only behind them sorts as one.
#[must_use]
pub fn sort_key(text: &str) -> String {
    let mut key = whole_sort_key(text);
    let end = (0..=LONGEST_KEY).rev().find(|at| key.is_char_boundary(*at)).unwrap_or(0);
    key.truncate(end);
    key
}

/// Most bytes of a [`sort_key`]: more than any Vietnamese name of 300 characters has (a letter or break a character, and
/// a tone for every second one); longer ones come from alphabets whose letters take several bytes each.
const LONGEST_KEY: usize = 600;

fn whole_sort_key(text: &str) -> String {
    let mut letters = String::with_capacity(text.len() + 8);
    let mut tones = String::new();
    let (mut tone, mut gap, mut in_word) = ('0', false, false);
    let mut marks: Vec<char> = Vec::new();
    let mut rest = text.nfd().flat_map(char::to_lowercase).peekable();
    while let Some(base) = rest.next() {
        marks.clear();
        while let Some(mark) = rest.next_if(|c| is_combining_mark(*c)) {
            marks.push(mark);
        }
        if !base.is_alphanumeric() {
            gap = true;
            if in_word {
                tones.push(tone);
                (tone, in_word) = ('0', false);
            }
            continue;
        }
        if gap && !letters.is_empty() {
            letters.push(BREAK);
        }
        (gap, in_word) = (false, true);
        push_letter(&mut letters, shaped(base, &marks));
        tone = marks.iter().filter_map(|mark| tone_of(*mark)).fold(tone, Ord::max);
    }
    if in_word {
        tones.push(tone);
    }
    letters.push(END);
    letters.push_str(&tones);
    letters
}

fn push_letter(letters: &mut String, letter: char) {
    match ALPHABET.iter().position(|known| *known == letter).and_then(|at| u8::try_from(at).ok()) {
        // 'A' to 'a': 33 bytes in ASCII order, above the digits
        Some(at) => letters.push(char::from(b'A' + at)),
        None if letter.is_ascii_digit() => letters.push(letter),
        None => letters.extend([FOREIGN, letter]),
    }
}

/// The letter that a base and its marks make, tones left out.
fn shaped(base: char, marks: &[char]) -> char {
    let has = |mark: char| marks.contains(&mark);
    match base {
        'a' if has('\u{306}') => 'ă',
        'a' if has('\u{302}') => 'â',
        'e' if has('\u{302}') => 'ê',
        'o' if has('\u{302}') => 'ô',
        'o' if has('\u{31B}') => 'ơ',
        'u' if has('\u{31B}') => 'ư',
        other => other,
    }
}

fn tone_of(mark: char) -> Option<char> {
    match mark {
        '\u{300}' => Some('1'),
        '\u{309}' => Some('2'),
        '\u{303}' => Some('3'),
        '\u{301}' => Some('4'),
        '\u{323}' => Some('5'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn control_and_invisible_characters_are_refused_before_the_form_is_judged() {
        assert_eq!(is_clean("Nước mắm Gành Đỏ"), Ok(()));
        assert_eq!(is_clean("Hòa\n"), Err(TextFault::Control { code: 10, at: 4 }));
        assert_eq!(is_clean_lines("Hòa\nHiệp"), Ok(()));
        assert_eq!(is_clean("a\u{202E}b"), Err(TextFault::Invisible { code: 0x202E, at: 1 }));
        assert_eq!(is_clean("\u{FEFF}a"), Err(TextFault::Invisible { code: 0xFEFF, at: 0 }));
        assert_eq!(is_clean("Ho\u{61}\u{300}"), Err(TextFault::NotNfc));
        assert_eq!(nfc("Ho\u{61}\u{300}"), "Hoà");
    }

    #[test]
    fn folding_forgets_case_diacritics_and_spacing() {
        assert_eq!(fold("  Phường   Yên Hoà "), "phuong yen hoa");
        assert_eq!(fold("Đức\u{A0}Bình Đông"), "duc binh dong");
        assert_eq!(fold("Xã Liêm Thuỷ"), fold("Xã Liêm Thủy"));
        assert_eq!(fold_tight("Xã EaTrol"), fold_tight("Xã Ea Trol"));
        assert_ne!(fold("Lý"), fold("Li"));
    }

    #[test]
    fn names_sort_as_a_vietnamese_reader_expects() {
        let sorted = [
            "An Chấn",
            "An Cư",
            "An Hòa Hải",
            "Ăn Thọ",
            "Ân Hảo",
            "Ba Vì",
            "Củng Sơn",
            "Di Linh",
            "Đa Lộc",
            "Đồng Xuân",
            "Ea Bá",
            "Ea Ly",
            "Hòa",
            "Hòa An",
            "Hòa Bình 1",
            "Hòa Bình 2",
            "Hoằng Đạo",
            "La Hai",
            "O",
            "Ô Loan",
            "Ơ",
            "Phường 1",
            "Phường 2",
            "Tuy An",
            "Uy",
            "Ư",
            "Vân Hòa",
            "Xuân Đài",
            "Ya",
            "Z",
            "Ω",
        ];
        for pair in sorted.windows(2) {
            assert!(sort_key(pair[0]) < sort_key(pair[1]), "{} before {}", pair[0], pair[1]);
        }
    }

    #[test]
    fn tones_decide_only_where_all_letters_agree() {
        let sorted = ["ma", "mà", "mả", "mã", "má", "mạ", "mà a", "mab"];
        for pair in sorted.windows(2) {
            assert!(sort_key(pair[0]) < sort_key(pair[1]), "{} before {}", pair[0], pair[1]);
        }
        assert_eq!(sort_key("Phường Yên Hoà"), sort_key("phường yên hòa"));
        assert_eq!(sort_key("Hòa-Bình"), sort_key(" Hòa  Bình"));
    }

    #[test]
    fn a_sort_key_has_a_bound_that_no_vietnamese_name_reaches() {
        let longest = "ộ ".repeat(150);
        assert_eq!(sort_key(&longest), whole_sort_key(&longest), "300 characters, each word with a tone");
        for foreign in ["각", "中", "𠀀"] {
            let key = sort_key(&foreign.repeat(300));
            assert!(key.len() <= LONGEST_KEY && whole_sort_key(&foreign.repeat(300)).starts_with(&key), "{foreign}");
        }
    }

    proptest! {
        #[test]
        fn keys_do_not_depend_on_the_normal_form(text in "\\PC{0,24}") {
            let decomposed: String = text.nfd().collect();
            prop_assert_eq!(sort_key(&decomposed), sort_key(&nfc(&text)));
            prop_assert_eq!(fold(&decomposed), fold(&nfc(&text)));
            prop_assert_eq!(fold(&fold(&text)), fold(&text));
        }
    }
}
