//! The texts of reasons, read from the contract: every value of an `ErrorReason` carries Vietnamese and English.

use std::collections::HashMap;
use std::sync::LazyLock;

use proto::Reason;

/// A reason without its enum type: what an error carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ReasonId {
    pub(crate) domain: &'static str,
    pub(crate) id: &'static str,
}

impl ReasonId {
    pub(crate) fn of(reason: impl Reason) -> Self {
        Self { domain: reason.domain(), id: reason.id() }
    }

    /// The Vietnamese and the English text, filled from `value` as [`fill`] says.
    pub(crate) fn texts<'a>(self, value: impl Fn(&str) -> Option<&'a str>) -> (String, String) {
        match TEXTS.get(&(self.domain.to_owned(), self.id.to_owned())) {
            Some((vi, en)) => (fill(vi, '.', &value), fill(en, ',', &value)),
            None => (self.id.to_owned(), self.id.to_owned()),
        }
    }
}

/// A reason with its texts, for answers that carry reasons themselves: verdicts on the rows of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The machine reason, such as `TAX_CODE_TAKEN`.
    pub id: &'static str,
    /// In Vietnamese.
    pub vi: String,
    /// In English.
    pub en: String,
}

impl Told {
    /// Fills the texts of a reason.
    #[must_use]
    pub fn of(reason: impl Reason, metadata: &[(&str, &str)]) -> Self {
        let reason = ReasonId::of(reason);
        let (vi, en) = reason.texts(|key| metadata.iter().find(|(k, _)| *k == key).map(|(_, v)| *v));
        Self { id: reason.id, vi, en }
    }
}

type Texts = HashMap<(String, String), (String, String)>;

static TEXTS: LazyLock<Texts> = LazyLock::new(|| {
    let pool = proto::pool();
    let Some(option) = pool.get_extension_by_name("ocop.common.v1.text") else { return Texts::new() };
    let mut texts = Texts::new();
    for reasons in pool.all_enums().filter(|e| e.name() == "ErrorReason") {
        for value in reasons.values().filter(|v| v.number() != 0) {
            let options = value.options();
            let text = options.get_extension(&option);
            let part = |name: &str| {
                let message = text.as_message()?;
                message.get_field_by_name(name)?.as_str().map(str::to_owned)
            };
            let id = value.name().strip_prefix("ERROR_REASON_").unwrap_or(value.name()).to_owned();
            texts.insert(
                (reasons.package_name().to_owned(), id),
                (part("vi").unwrap_or_default(), part("en").unwrap_or_default()),
            );
        }
    }
    texts
});

/// Every reason as (`package/ID`, Vietnamese, English), sorted.
pub(crate) fn table() -> Vec<(String, String, String)> {
    let mut rows: Vec<_> =
        TEXTS.iter().map(|((d, i), (vi, en))| (format!("{d}/{i}"), vi.clone(), en.clone())).collect();
    rows.sort();
    rows
}

/// Puts values into `{key}`, and into `{key:n}` a number with `thousands` between its groups; a key without a value stays
/// as it stands, so that a missing one shows in tests. What stands in `[…]` is left out where a key in it has no value.
fn fill<'a>(text: &str, thousands: char, value: &impl Fn(&str) -> Option<&'a str>) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some((before, (part, after))) =
        rest.split_once('[').and_then(|(before, tail)| Some((before, tail.split_once(']')?)))
    {
        out.push_str(&filled(before, thousands, value).0);
        if let (part, true) = filled(part, thousands, value) {
            out.push_str(&part);
        }
        rest = after;
    }
    out.push_str(&filled(rest, thousands, value).0);
    out
}

/// A text without optional parts, and whether every key in it had a value.
fn filled<'a>(text: &str, thousands: char, value: &impl Fn(&str) -> Option<&'a str>) -> (String, bool) {
    let (mut out, mut whole, mut rest) = (String::new(), true, text);
    while let Some((before, (key, after))) =
        rest.split_once('{').and_then(|(before, tail)| Some((before, tail.split_once('}')?)))
    {
        out.push_str(before);
        let number = key.strip_suffix(":n");
        match (value(number.unwrap_or(key)), number) {
            (Some(digits), Some(_)) => out.push_str(&grouped(digits, thousands)),
            (Some(text), None) => out.push_str(text),
            (None, _) => {
                out.push('{');
                out.push_str(key);
                out.push('}');
                whole = false;
            }
        }
        rest = after;
    }
    out.push_str(rest);
    (out, whole)
}

/// A whole number with `thousands` between its groups of three digits; anything else as it is.
fn grouped(number: &str, thousands: char) -> String {
    let digits = number.strip_prefix('-').unwrap_or(number);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return number.to_owned();
    }
    let mut out = if digits.len() < number.len() { "-".to_owned() } else { String::new() };
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(thousands);
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_of_every_package_has_both_texts() {
        let table = table();
        assert!(table.len() > 40, "the common reasons alone are more than forty");
        for (name, vi, en) in table {
            assert!(!vi.is_empty() && !en.is_empty(), "{name} lacks a text");
        }
    }

    #[test]
    fn placeholders_are_filled_and_unknown_ones_stay_visible() {
        let value = |k: &str| (k == "a").then_some("1");
        assert_eq!(fill("x {a} y {b} {", '.', &value), "x 1 y {b} {");
    }

    #[test]
    fn an_optional_part_is_left_out_where_its_value_is_missing() {
        let value = |k: &str| (k == "a").then_some("1");
        assert_eq!(fill("x[ on {a}], y[ on {b}].", '.', &value), "x on 1, y.");
        assert_eq!(fill("open [ {a}", '.', &value), "open [ 1");
    }

    #[test]
    fn amounts_have_the_separators_of_their_language() {
        for (number, vi, en) in [
            ("0", "0", "0"),
            ("999", "999", "999"),
            ("80000000", "80.000.000", "80,000,000"),
            ("-1000", "-1.000", "-1,000"),
            ("none", "none", "none"),
        ] {
            let value = |k: &str| (k == "a").then_some(number);
            assert_eq!((fill("{a:n}", '.', &value).as_str(), fill("{a:n}", ',', &value).as_str()), (vi, en));
        }
    }
}
