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

    /// The Vietnamese and the English text with `{key}` filled from `value`.
    pub(crate) fn texts<'a>(self, value: impl Fn(&str) -> Option<&'a str>) -> (String, String) {
        match TEXTS.get(&(self.domain.to_owned(), self.id.to_owned())) {
            Some((vi, en)) => (fill(vi, &value), fill(en, &value)),
            None => (self.id.to_owned(), self.id.to_owned()),
        }
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

/// Puts values into `{key}`; a key without a value stays as it stands, so that a missing one shows in tests.
fn fill<'a>(text: &str, value: &impl Fn(&str) -> Option<&'a str>) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((key, tail)) = after.split_once('}') else {
            out.push('{');
            rest = after;
            continue;
        };
        match value(key) {
            Some(v) => out.push_str(v),
            None => {
                out.push('{');
                out.push_str(key);
                out.push('}');
            }
        }
        rest = tail;
    }
    out.push_str(rest);
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
        assert_eq!(fill("x {a} y {b} {", &value), "x 1 y {b} {");
    }
}
