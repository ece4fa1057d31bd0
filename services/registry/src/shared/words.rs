//! The words that a name is found by, and the words of a search.
//!
//! A word is a run of letters and digits of the folded name: without case, diacritics and tone placement, đ as d. What is
//! written in digits and dashes (`54-555-22018`, `1-2`) is a word as a whole too, so that codes are found as they are written.

use std::collections::BTreeSet;

use reference::text::fold;

/// Most characters of a word: what is longer is found by its beginning, so that every word fits into an index.
const LONGEST: usize = 64;

/// The words of a name.
#[must_use]
pub fn of_name(name: &str) -> BTreeSet<String> {
    fold(name).split(' ').flat_map(|token| numbers(token).chain(runs(token))).collect()
}

/// The words of a code: as written and without its dashes.
#[must_use]
pub fn of_code(code: &str) -> BTreeSet<String> {
    [cut(code), cut(&code.replace('-', ""))].into()
}

/// The beginnings of words that a search asks for, the longest first; one that another begins with is left out, because
/// every word that the other finds begins with it too. None where nothing was typed; empty where something was typed
/// that no word can begin with.
#[must_use]
pub fn sought(query: &str) -> Option<Vec<String>> {
    let query = fold(query);
    if query.is_empty() {
        return None;
    }
    let words = |token| {
        let whole = Some(plain(token)).filter(|t| t.chars().all(is_of_number)).and_then(|t| number(&t));
        whole.map_or_else(|| runs(token).collect(), |number| vec![number])
    };
    let all: BTreeSet<String> = query.split(' ').flat_map(words).collect();
    // In the order of bytes a word stands right before those that begin with it.
    let longer = all.iter().skip(1).map(Some).chain([None]);
    let kept = all.iter().zip(longer).filter(|(word, next)| next.is_none_or(|n| !n.starts_with(word.as_str())));
    let mut kept: Vec<String> = kept.map(|(word, _)| word.clone()).collect();
    kept.sort_by_key(|word| std::cmp::Reverse(word.len()));
    Some(kept)
}

fn runs(token: &str) -> impl Iterator<Item = String> {
    token.split(|c: char| !c.is_alphanumeric()).filter(|run| !run.is_empty()).map(cut)
}

/// What a token has in digits and dashes: `1-2` of `1-2a`.
fn numbers(token: &str) -> impl Iterator<Item = String> {
    plain(token).split(|c| !is_of_number(c)).filter_map(number).collect::<Vec<_>>().into_iter()
}

/// A run of digits with dashes between them.
fn number(run: &str) -> Option<String> {
    let run = run.trim_start_matches('-');
    run.trim_end_matches('-').contains('-').then(|| cut(run))
}

fn is_of_number(c: char) -> bool {
    c == '-' || c.is_ascii_digit()
}

/// Every dash as the one on keyboards.
fn plain(token: &str) -> String {
    token.chars().map(|c| if matches!(c, '\u{2010}'..='\u{2015}' | '\u{2212}') { '-' } else { c }).collect()
}

fn cut(word: &str) -> String {
    word.chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_name_is_made_of_runs_of_letters_and_digits_and_numbers_with_dashes_stay_whole_too() {
        for (name, words) in [
            ("Nước mắm  ĐẶC-BIỆT (500ml)", &["500ml", "biet", "dac", "mam", "nuoc"][..]),
            ("Hoà Hòa hoa", &["hoa"]),
            ("Rượu 1-2 3–4a 5-", &["1", "1-2", "2", "3", "3-4", "4a", "5", "ruou"]),
            ("an_b 100%", &["100", "an", "b"]),
            ("–", &[]),
            ("", &[]),
        ] {
            assert_eq!(of_name(name).into_iter().collect::<Vec<_>>(), words, "{name}");
        }
        assert_eq!(of_code("66-22015-1-2025"), ["66-22015-1-2025".to_owned(), "662201512025".to_owned()].into());
    }

    #[test]
    fn a_search_asks_for_each_word_once_the_longest_first() {
        for (query, words) in [
            ("", None),
            (" \u{A0} ", None),
            ("%", Some(&[][..])),
            ("--", Some(&[])),
            ("mắm NƯỚC", Some(&["nuoc", "mam"])),
            ("n nu nước nuoc", Some(&["nuoc"])),
            ("1-", Some(&["1"])),
            ("54-555-", Some(&["54-555-"])),
            ("54\u{2011}555 54", Some(&["54-555"])),
            ("Hòa-Bình", Some(&["binh", "hoa"])),
        ] {
            let words = words.map(|w| w.iter().map(ToString::to_string).collect());
            assert_eq!(sought(query), words, "{query:?}");
        }
    }

    proptest! {
        #[test]
        fn a_name_is_found_by_itself_and_by_every_beginning_of_it(name in "(\\PC|[0-9 -]){1,40}", at in 0_usize..40) {
            let has = of_name(&name);
            let typed: String = name.chars().take(at).collect();
            for query in [&name, &typed] {
                for word in sought(query).unwrap_or_default() {
                    prop_assert!(has.iter().any(|w| w.starts_with(&word)), "{word:?} of {query:?} in {has:?}");
                }
            }
        }

        #[test]
        fn words_are_short_and_made_of_letters_digits_and_dashes(name in "\\PC{0,200}") {
            for word in of_name(&name) {
                prop_assert!(!word.is_empty() && word.chars().count() <= LONGEST);
                prop_assert!(word.chars().all(|c| c.is_alphanumeric() || c == '-'));
            }
        }
    }
}
