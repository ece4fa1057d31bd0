//! What a key takes, and what of it may be shown.

use std::net::SocketAddr;

use toml::{Table, Value};

/// What a key takes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// IP address and port.
    Address,
    /// A whole number.
    Count { least: i64, most: i64 },
    /// A part of one.
    Ratio,
    /// true or false.
    Flag,
    /// Some text.
    Text,
    /// A file or folder.
    Path,
    /// One of a few words.
    Choice(&'static [&'static str]),
    /// A URL with one of these schemes.
    Url(&'static [&'static str]),
}

impl Kind {
    pub(super) fn is_text(self) -> bool {
        !matches!(self, Self::Count { .. } | Self::Ratio | Self::Flag)
    }

    /// What is wrong with a value, if anything; passwords in it are masked.
    pub(super) fn fault(self, value: &Value) -> Option<String> {
        let rule = match (self, value) {
            (Self::Address, Value::String(s)) if s.parse::<SocketAddr>().is_ok() => return None,
            (Self::Count { least, most }, Value::Integer(n)) if (least..=most).contains(n) => return None,
            (Self::Ratio, Value::Float(r)) if (0.0..=1.0).contains(r) => return None,
            (Self::Ratio, Value::Integer(0 | 1)) | (Self::Flag, Value::Boolean(_)) => return None,
            (Self::Text | Self::Path, Value::String(s)) if !s.trim().is_empty() => return None,
            (Self::Choice(words), Value::String(s)) if words.contains(&s.as_str()) => return None,
            (Self::Url(schemes), Value::String(s)) if schemes.iter().any(|scheme| has_scheme(s, scheme)) => {
                return unreadable(s);
            }
            (Self::Address, _) => "must be an IP address and a port, such as 127.0.0.1:8080".to_owned(),
            (Self::Count { least, most }, _) => format!("must be a whole number from {least} to {most}"),
            (Self::Ratio, _) => "must be a number from 0.0 to 1.0".to_owned(),
            (Self::Flag, _) => "must be true or false".to_owned(),
            (Self::Text, _) => "must be a text".to_owned(),
            (Self::Path, _) => "must be a path".to_owned(),
            (Self::Choice(words), _) => format!("must be one of {}", words.join(", ")),
            (Self::Url(schemes), _) => format!("must be a URL that begins with {}:", schemes.join(": or ")),
        };
        Some(format!("{rule}, not {}", masked(value.clone())))
    }
}

/// What is wrong with a PostgreSQL URL that its driver cannot read: said here and without any of it, because the driver's
/// own words repeat the whole URL, and a password may be cut anywhere.
fn unreadable(url: &str) -> Option<String> {
    let wrong = url.starts_with("postgres") && url.parse::<sqlx::postgres::PgConnectOptions>().is_err();
    wrong.then(|| "cannot be read as a URL; a password has # as %23, / as %2F, @ as %40, % as %25".to_owned())
}

fn has_scheme(url: &str, scheme: &str) -> bool {
    url.strip_prefix(scheme).and_then(|rest| rest.strip_prefix(':')).is_some_and(|rest| rest.len() > 2)
}

/// The value of an environment variable: a TOML scalar where the text is one, else the text.
pub(super) fn scalar(text: &str, is_text: bool) -> Value {
    let read: Option<Value> = format!("value = {text}").parse::<Table>().ok().and_then(|mut t| t.remove("value"));
    match read {
        Some(Value::String(s)) => Value::String(s),
        // A ratio may be written as 0 or 1.
        Some(v @ (Value::Integer(_) | Value::Float(_) | Value::Boolean(_))) if !is_text => v,
        _ => Value::String(text.to_owned()),
    }
}

/// The same value with every password hidden.
pub(super) fn masked(value: Value) -> Value {
    match value {
        Value::String(s) => Value::String(mask(&s)),
        Value::Table(table) => Value::Table(table.into_iter().map(|(k, v)| (k, masked(v))).collect()),
        Value::Array(values) => Value::Array(values.into_iter().map(masked).collect()),
        other => other,
    }
}

/// Hides what stands between the user's name and the `@` of a URL, and parameters that are passwords.
fn mask(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    // A password may hold any character, so the last '@' of all ends it: rather too much is hidden than too little.
    let at = rest.rfind('@');
    let rest = match at.and_then(|at| rest.split_at_checked(at)) {
        Some((login, host)) => match login.split_once(':') {
            Some((user, _)) => format!("{user}:***{host}"),
            None => format!("{login}{host}"),
        },
        None => rest.to_owned(),
    };
    let Some((before, query)) = rest.split_once('?') else { return format!("{scheme}://{rest}") };
    let hide = |pair: &str| match pair.split_once('=') {
        Some((key, _)) if key.to_ascii_lowercase().contains("pass") => format!("{key}=***"),
        _ => pair.to_owned(),
    };
    let query: Vec<String> = query.split('&').map(hide).collect();
    format!("{scheme}://{before}?{}", query.join("&"))
}
