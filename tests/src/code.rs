//! Rust code as rules look at it: comments, texts and character literals blanked out, everything else where it was, so
//! that offsets and lines stay those of the file.
//!
//! Deliberately absent: a parser. Tokens and brackets answer every question of the repository's rules, and what the
//! compiler already refuses needs no rule.

use std::ops::Range;

/// The code with comments, texts and characters replaced by blanks. Same length in bytes, same lines.
#[must_use]
pub fn bare(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = opaque(bytes, at);
        if end > at {
            blank(&mut out, at..end);
            at = end;
        } else if is_word(bytes[at]) {
            // A whole word at once, so that the `r` of `for"` or a lifetime's name begins nothing.
            while at < bytes.len() && is_word(bytes[at]) {
                at += 1;
            }
        } else {
            at += 1;
        }
    }
    String::from_utf8(out).expect("blanks replace whole characters")
}

/// The end of the comment, text or character that begins at `at`; `at` itself where none does.
fn opaque(bytes: &[u8], at: usize) -> usize {
    let rest = &bytes[at..];
    if rest.starts_with(b"//") {
        return at + rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
    }
    if rest.starts_with(b"/*") {
        return at + block_comment(rest);
    }
    let marks = rest.iter().take_while(|b| matches!(b, b'b' | b'r' | b'c')).count().min(2);
    let (prefix, body) = rest.split_at(marks);
    if prefix.contains(&b'r')
        && let Some(length) = raw_text(body)
    {
        return at + marks + length;
    }
    match body.first() {
        Some(b'"') if !prefix.contains(&b'r') => at + marks + quoted(body, b'"'),
        Some(b'\'') if !prefix.contains(&b'r') && is_character(body) => at + marks + quoted(body, b'\''),
        _ => at,
    }
}

fn block_comment(rest: &[u8]) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        match &rest[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

/// The length of `#"…"#`, without the `r` before it.
fn raw_text(body: &[u8]) -> Option<usize> {
    let hashes = body.iter().take_while(|b| **b == b'#').count();
    if body.get(hashes) != Some(&b'"') {
        return None;
    }
    let close: Vec<u8> = std::iter::once(b'"').chain(std::iter::repeat_n(b'#', hashes)).collect();
    let inner = &body[hashes + 1..];
    let end = inner.windows(close.len()).position(|w| w == close).unwrap_or(inner.len());
    Some((hashes + 1 + end + close.len()).min(body.len()))
}

fn quoted(body: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while at < body.len() {
        match body[at] {
            b'\\' => at += 2,
            b if b == quote => return at + 1,
            _ => at += 1,
        }
    }
    body.len()
}

/// True for `'x'` and `'\n'`, false for a lifetime.
fn is_character(body: &[u8]) -> bool {
    match body.get(1) {
        Some(b'\\') => true,
        Some(first) if first.is_ascii() => body.get(2) == Some(&b'\''),
        Some(_) => body[1..].iter().take(5).any(|b| *b == b'\''),
        None => false,
    }
}

fn blank(out: &mut [u8], range: Range<usize>) {
    for byte in &mut out[range] {
        if *byte != b'\n' {
            *byte = b' ';
        }
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

/// Where a word or path (such as `sea_orm` or `SystemTime::now`) stands in bare code, never as part of a longer word.
pub fn places<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let bytes = code.as_bytes();
    let free = move |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_none_or(|b| !is_word(*b));
    let edges = move |at: &usize| free(at.checked_sub(1)) && free(at.checked_add(word.len()));
    code.match_indices(word).map(|(at, _)| at).filter(edges)
}

/// True where a word or path stands in bare code.
#[must_use]
pub fn names(code: &str, word: &str) -> bool {
    places(code, word).next().is_some()
}

/// The line, counted from 1, of an offset.
#[must_use]
pub fn line(text: &str, at: usize) -> usize {
    text.as_bytes().iter().take(at).filter(|b| **b == b'\n').count() + 1
}

/// The word that begins at an offset; empty where none does.
#[must_use]
pub fn word_at(code: &str, at: usize) -> &str {
    let rest = code.get(at..).unwrap_or_default();
    let end = rest.bytes().position(|b| !is_word(b)).unwrap_or(rest.len());
    &rest[..end]
}

/// A function with a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// From `fn` to the closing brace.
    pub range: Range<usize>,
    /// True where `#[test]` or an attribute that ends in `::test` stands before it.
    pub test: bool,
}

/// All functions with a body, in the order of the file.
#[must_use]
pub fn functions(code: &str) -> Vec<Function> {
    let mut found = Vec::new();
    for at in places(code, "fn") {
        let name = word_at(code, at + 2 + blanks(&code[at + 2..]));
        // `fn(u8)` is a type; a declaration ends in `;`.
        if name.is_empty() {
            continue;
        }
        let Some(open) = body(code, at) else { continue };
        let end = matching(code, open);
        found.push(Function { name: name.to_owned(), range: at..end, test: is_test(&code[..at]) });
    }
    found
}

fn blanks(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_whitespace).count()
}

/// The `{` of the body of the function whose `fn` stands at `at`.
fn body(code: &str, at: usize) -> Option<usize> {
    let mut depth = 0;
    for (offset, byte) in code.bytes().enumerate().skip(at) {
        match byte {
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth -= 1,
            b'{' if depth == 0 => return Some(offset),
            b';' if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

/// Just behind the bracket that closes the one at `open`.
#[must_use]
pub fn matching(code: &str, open: usize) -> usize {
    let mut depth = 0;
    for (offset, byte) in code.bytes().enumerate().skip(open) {
        match byte {
            b'{' | b'(' | b'[' => depth += 1,
            b'}' | b')' | b']' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return offset + 1;
        }
    }
    code.len()
}

/// Looks at the attributes and the qualifiers just before a `fn`.
fn is_test(before: &str) -> bool {
    let from = before.rfind([';', '{', '}']).map_or(0, |at| at + 1);
    let head: String = before[from..].split_whitespace().collect();
    head.contains("#[test]") || head.contains("::test]") || head.contains("::test(")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_texts_and_characters_are_blanked_and_lifetimes_are_not() {
        let text = "let a: &'x str = \"fn // {\"; // fn y() {\nlet c = ('{', '\\'', b'\"', 'đ');";
        let code = bare(text);
        assert_eq!(code.len(), text.len());
        assert_eq!(line(&code, code.len()), 2);
        assert!(code.contains("&'x str") && !code.contains('{') && !code.contains("fn") && !code.contains('"'));
        assert!(!bare("r#\"a \" fn b\"# + br\"fn\" /* fn /* fn */ fn */").contains("fn"));
        assert_eq!(bare("for<'a> Fn(&'a u8)"), "for<'a> Fn(&'a u8)");
    }

    #[test]
    fn a_word_is_never_found_inside_a_longer_one() {
        let code = bare("use sea_orm_migration::x; use sea_orm::y; sea_orm_z");
        assert_eq!(places(&code, "sea_orm").count(), 1);
        assert!(names("a::b::c", "b::c") && !names("a::bb::c", "b::c"));
    }

    #[test]
    fn functions_are_found_with_their_bodies_and_types_and_declarations_are_not() {
        let code = bare(
            "trait T { fn a(&self); }\nstruct S { f: fn(u8) -> u8 }\n#[test]\nfn b(x: [u8; 2]) -> bool {\n  if true { }\n}\n#[tokio::test]\nasync fn c() { }",
        );
        let found = functions(&code);
        let told: Vec<_> = found.iter().map(|f| (f.name.as_str(), f.test)).collect();
        assert_eq!(told, [("b", true), ("c", true)]);
        assert_eq!(line(&code, found[0].range.end) - line(&code, found[0].range.start), 2);
    }
}
