//! The violations that the annotations of the contract declare, found by reading descriptor and message.
//!
//! What a field must be stands once, in the proto, where callers see it; the parse functions of the rooms get messages
//! that keep it. Checked are `google.api.field_behavior` REQUIRED, the `buf.validate` rules string.{min_len, max_len,
//! pattern, uuid, in}, {int32, int64, uint32, uint64}.{gt, gte, lt, lte}, repeated.{min_items, max_items, items},
//! map.{min_pairs, max_pairs, keys, values} and `ignore`, and without any annotation: unknown enum numbers, days that do
//! not exist, characters in texts that no keyboard writes. OUTPUT_ONLY fields are not looked at.
//!
//! In an Update request (one with an `update_mask`) a REQUIRED field of the resource is demanded only where the mask
//! names it, and all of them but the IMMUTABLE ones where the mask is `*` (AIP-134, AIP-203).
//!
//! Deliberately absent: CEL and every other rule of `buf.validate`. [`unsupported`] names their uses in our packages.

#[cfg(test)]
mod fixture;
mod plan;
#[cfg(test)]
mod tests;

use std::fmt;

use prost_reflect::{DynamicMessage, MapKey, MessageDescriptor, Value};
use proto::common::v1::ErrorReason;
use time::{Date, Month};
use uuid::Uuid;

pub use plan::unsupported;
use plan::{Each, FieldPlan, Form, Plan, Rule, Shape, Span, Text, integer};

/// Takes a violation: the field's path, the reason, and the values for the reason's texts.
pub type Add<'f> = dyn FnMut(String, ErrorReason, &[(&'static str, &str)]) + 'f;

/// After this many violations the rest is not looked for.
const MOST: usize = 1000;

/// Adds every violation of the annotations of `message`, which is a message of `descriptor`.
pub fn check(descriptor: &MessageDescriptor, message: &DynamicMessage, add: &mut Add<'_>) {
    Walk { add, left: MOST }.message(&Plan::of(descriptor), message, None, &Demand::All);
}

/// Which REQUIRED fields are demanded.
enum Demand<'m> {
    /// All of them.
    All,
    /// All that an update can change.
    Changeable,
    /// Those that an update mask names.
    Only(Vec<&'m str>),
}

impl<'m> Demand<'m> {
    fn of(mask: &'m Value) -> Self {
        let paths = mask.as_message().and_then(|m| m.fields().next()).and_then(|(_, paths)| paths.as_list());
        let paths: Vec<&str> = paths.unwrap_or_default().iter().filter_map(Value::as_str).collect();
        if paths.contains(&"*") { Self::Changeable } else { Self::Only(paths) }
    }

    /// Whether a field is demanded, and what is demanded below it.
    fn at(&self, field: &FieldPlan) -> (bool, Demand<'m>) {
        let paths = match self {
            Self::All => return (true, Self::All),
            Self::Changeable => return (!field.immutable, Self::Changeable),
            Self::Only(paths) => paths,
        };
        let field = field.name.as_str();
        if paths.contains(&field) {
            return (true, Self::All);
        }
        let inner = |path: &&'m str| path.strip_prefix(field)?.strip_prefix('.');
        (false, Self::Only(paths.iter().filter_map(inner).collect()))
    }
}

/// Where a value stands. It is written out only for a violation.
struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    step: Step<'a>,
}

enum Step<'a> {
    Field(&'a str),
    Index(usize),
    Key(&'a MapKey),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(f)?;
        }
        match self.step {
            Step::Field(name) if self.parent.is_some() => write!(f, ".{name}"),
            Step::Field(name) => f.write_str(name),
            Step::Index(index) => write!(f, "[{index}]"),
            // The caller's own text: shown without what could not be read.
            Step::Key(MapKey::String(key)) => {
                write!(f, "[\"{}\"]", key.chars().take(60).collect::<String>().escape_debug())
            }
            Step::Key(MapKey::Bool(key)) => write!(f, "[{key}]"),
            Step::Key(MapKey::I32(key)) => write!(f, "[{key}]"),
            Step::Key(MapKey::I64(key)) => write!(f, "[{key}]"),
            Step::Key(MapKey::U32(key)) => write!(f, "[{key}]"),
            Step::Key(MapKey::U64(key)) => write!(f, "[{key}]"),
        }
    }
}

struct Walk<'f, 'a> {
    add: &'f mut Add<'a>,
    left: usize,
}

impl Walk<'_, '_> {
    fn found(&mut self, path: &Path<'_>, reason: ErrorReason, metadata: &[(&'static str, &str)]) {
        if self.left > 0 {
            self.left -= 1;
            (self.add)(path.to_string(), reason, metadata);
        }
    }

    fn message(&mut self, plan: &Plan, message: &DynamicMessage, path: Option<&Path<'_>>, demand: &Demand<'_>) {
        let mask = plan.mask.as_ref().map(|mask| message.get_field(mask));
        let below = mask.as_ref().map(|mask| Demand::of(mask));
        for field in &plan.fields {
            if self.left == 0 {
                return;
            }
            self.field(field, message, path, demand, below.as_ref());
        }
    }

    /// Checks a field of a message. `below` is what is demanded in it, where that does not follow from `demand`.
    fn field(
        &mut self,
        field: &FieldPlan,
        message: &DynamicMessage,
        parent: Option<&Path<'_>>,
        demand: &Demand<'_>,
        below: Option<&Demand<'_>>,
    ) {
        let path = &Path { parent, step: Step::Field(&field.name) };
        let (demanded, inner) = demand.at(field);
        let required = field.required && demanded;
        if !message.has_field(&field.descriptor) {
            return self.absent(field, path, required);
        }
        let inner = below.unwrap_or(&inner);
        let value = message.get_field(&field.descriptor);
        match (&field.shape, value.as_ref()) {
            (Shape::One(each), value) if !is_empty(&each.rule, value) => self.value(each, value, path, inner),
            (Shape::One(_), _) if required => self.found(path, ErrorReason::FieldRequired, &[]),
            (Shape::List(count, each), Value::List(items)) => {
                self.number(count, items.len(), path);
                for (index, item) in items.iter().enumerate() {
                    if self.left == 0 {
                        return;
                    }
                    self.value(each, item, &Path { parent: Some(path), step: Step::Index(index) }, inner);
                }
            }
            (Shape::Map(count, key_rule, value_rule), Value::Map(entries)) => {
                self.number(count, entries.len(), path);
                // A map has no order; violations must come in one.
                let mut entries: Vec<_> = entries.iter().collect();
                entries.sort_by_key(|(key, _)| *key);
                for (key, value) in entries {
                    let at = &Path { parent: Some(path), step: Step::Key(key) };
                    self.value(key_rule, &Value::from(key.clone()), at, inner);
                    self.value(value_rule, value, at, inner);
                }
            }
            _ => {}
        }
    }

    fn absent(&mut self, field: &FieldPlan, path: &Path<'_>, required: bool) {
        match &field.shape {
            _ if required => self.found(path, ErrorReason::FieldRequired, &[]),
            Shape::One(Each { rule: Rule::Number(span), .. }) | Shape::List(span, _) | Shape::Map(span, ..)
                if field.zero_counts =>
            {
                self.number(span, 0, path);
            }
            _ => {}
        }
    }

    fn value(&mut self, each: &Each, value: &Value, path: &Path<'_>, below: &Demand<'_>) {
        if each.ignore_zero && (is_empty(&each.rule, value) || integer(value) == Some(0)) {
            return;
        }
        match (&each.rule, value) {
            (Rule::Text(rule), Value::String(text)) => self.text(rule, text, path),
            (Rule::Enum(values), Value::EnumNumber(number)) if values.get_value(*number).is_none() => {
                self.found(path, ErrorReason::EnumUnknown, &[("value", &number.to_string())]);
            }
            (Rule::Date, Value::Message(date)) if !is_empty(&each.rule, value) && day(date).is_none() => {
                self.found(path, ErrorReason::DateInvalid, &[]);
            }
            (Rule::Message(child), Value::Message(message)) => self.message(child.plan(), message, Some(path), below),
            (Rule::Number(span), number) if integer(number).is_some_and(|n| !span.holds(n)) => {
                self.found(path, ErrorReason::FieldRange, &[("expected", &span.expected)]);
            }
            _ => {}
        }
    }

    fn number(&mut self, span: &Span, count: usize, path: &Path<'_>) {
        if i128::try_from(count).is_ok_and(|n| !span.holds(n)) {
            self.found(path, ErrorReason::FieldRange, &[("expected", &span.expected)]);
        }
    }

    fn text(&mut self, rule: &Text, text: &str, path: &Path<'_>) {
        if !is_clean(text, rule.lines) {
            self.found(path, ErrorReason::TextUnclean, &[]);
        }
        // Bytes are never fewer than characters: most texts need no counting.
        let bytes = i128::try_from(text.len()).unwrap_or(i128::MAX);
        if bytes > rule.length.high || rule.length.low > 0 {
            let length = i128::try_from(text.chars().count()).unwrap_or(i128::MAX);
            if !rule.length.holds(length) {
                self.found(path, ErrorReason::FieldLength, &[("expected", &rule.length.expected)]);
            }
        }
        for form in &rule.forms {
            let expected = match form {
                Form::Pattern(regex) if !regex.is_match(text) => regex.as_str().to_owned(),
                Form::Uuid if !(text.len() == 36 && Uuid::try_parse(text).is_ok()) => "UUID".to_owned(),
                Form::OneOf(values) if !values.iter().any(|v| v == text) => values.join(" | "),
                Form::Never(pattern) => pattern.clone(),
                _ => continue,
            };
            if rule.request_id {
                self.found(path, ErrorReason::RequestIdMalformed, &[]);
            } else {
                self.found(path, ErrorReason::FieldFormat, &[("expected", &expected)]);
            }
        }
    }
}

/// True for the value that says nothing. A message says something by being there, but a day of zeros does not; a number
/// that is there says zero.
fn is_empty(rule: &Rule, value: &Value) -> bool {
    match (rule, value) {
        (_, Value::String(text)) => text.is_empty(),
        (_, Value::Bytes(bytes)) => bytes.is_empty(),
        (_, Value::EnumNumber(number)) => *number == 0,
        (Rule::Date, Value::Message(date)) => date.fields().next().is_none(),
        _ => false,
    }
}

/// The day that a `google.type.Date` names. Years and months alone are no days.
fn day(date: &DynamicMessage) -> Option<Date> {
    let part = |number| date.get_field_by_number(number).and_then(|v| v.as_i32());
    let (year, month, day) = (part(1)?, u8::try_from(part(2)?).ok()?, u8::try_from(part(3)?).ok()?);
    let date = Date::from_calendar_date(year, Month::try_from(month).ok()?, day).ok()?;
    (1..=9999).contains(&year).then_some(date)
}

/// False for texts with control characters (long texts may have tabs and line feeds) or with characters that change the
/// direction of writing, by which a text can show itself as another one.
fn is_clean(text: &str, lines: bool) -> bool {
    let direction =
        |c: char| matches!(c, '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    let written = |c: char| lines && matches!(c, '\t' | '\n');
    if text.is_ascii() {
        return text.bytes().all(|b| (b' '..=b'~').contains(&b) || written(char::from(b)));
    }
    text.chars().all(|c| !direction(c) && (!c.is_control() || written(c)))
}
