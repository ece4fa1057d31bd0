//! What the annotations of a message ask for, read from its descriptor once and kept for the process's life.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, OnceLock, PoisonError, RwLock};

use prost_reflect::{
    DescriptorPool, DynamicMessage, EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor, ReflectMessage as _,
    Value,
};
use regex::Regex;

/// Values of `google.api.FieldBehavior`.
const REQUIRED: i32 = 2;
const OUTPUT_ONLY: i32 = 3;
const IMMUTABLE: i32 = 5;
/// Values of `buf.validate.Ignore`.
const IF_ZERO_VALUE: i32 = 1;
const ALWAYS: i32 = 3;
/// Texts that may be longer than this may have lines.
const ONE_LINE: u64 = 300;

static PLANS: LazyLock<RwLock<HashMap<String, Arc<Plan>>>> = LazyLock::new(RwLock::default);

/// What is checked of one message.
pub(super) struct Plan {
    descriptor: MessageDescriptor,
    /// The fields with something to check, in the order of the proto.
    pub(super) fields: Vec<FieldPlan>,
    /// The `update_mask` of an Update request.
    pub(super) mask: Option<FieldDescriptor>,
}

/// What is checked of one field.
pub(super) struct FieldPlan {
    pub(super) descriptor: FieldDescriptor,
    pub(super) name: String,
    /// Annotated REQUIRED, and of a type whose zero means that nothing was said.
    pub(super) required: bool,
    /// Annotated IMMUTABLE: an update cannot change it.
    pub(super) immutable: bool,
    /// Where it is absent, an empty list or a number's zero is checked instead.
    pub(super) zero_counts: bool,
    pub(super) shape: Shape,
}

/// One value or many.
pub(super) enum Shape {
    One(Each),
    List(Span, Each),
    Map(Span, Each, Each),
}

/// What is checked of each value.
pub(super) struct Each {
    pub(super) rule: Rule,
    /// A zero is not checked.
    pub(super) ignore_zero: bool,
}

/// What is checked of a value, by its type.
pub(super) enum Rule {
    Text(Text),
    Number(Span),
    Enum(EnumDescriptor),
    Date,
    Message(Child),
    /// Only presence is asked for.
    Free,
}

/// A message in a message: its plan is made when it is first met, for messages may contain themselves.
pub(super) struct Child {
    descriptor: MessageDescriptor,
    plan: OnceLock<Arc<Plan>>,
}

impl Child {
    pub(super) fn plan(&self) -> &Plan {
        self.plan.get_or_init(|| Plan::of(&self.descriptor))
    }
}

/// What is checked of a text.
#[derive(Default)]
pub(super) struct Text {
    /// Length in characters.
    pub(super) length: Span,
    pub(super) forms: Vec<Form>,
    /// Tabs and line feeds are text too.
    pub(super) lines: bool,
    /// It is a request id, whose fault has a reason of its own.
    pub(super) request_id: bool,
}

/// A form that a text must have.
pub(super) enum Form {
    Pattern(Regex),
    Uuid,
    OneOf(Vec<String>),
    /// The proto asks for what cannot be checked: nothing passes, and the descriptor tests name it.
    Never(String),
}

/// An interval of numbers with both ends in it, and how it is told to the caller.
#[derive(Clone)]
pub(super) struct Span {
    pub(super) low: i128,
    pub(super) high: i128,
    pub(super) expected: String,
}

impl Default for Span {
    fn default() -> Self {
        Self { low: i128::MIN, high: i128::MAX, expected: String::new() }
    }
}

impl Span {
    pub(super) fn holds(&self, number: i128) -> bool {
        (self.low..=self.high).contains(&number)
    }

    fn is_open(&self) -> bool {
        self.low == i128::MIN && self.high == i128::MAX
    }

    /// Sets one end: `>`, `>=`, `<` or `<=` a number.
    fn bound(&mut self, sign: &str, number: i128) {
        match sign {
            ">" => self.low = number.saturating_add(1),
            ">=" => self.low = number,
            "<" => self.high = number.saturating_sub(1),
            _ => self.high = number,
        }
        self.expected = if self.low != i128::MIN && self.high != i128::MAX {
            format!("{}..{}", self.low, self.high)
        } else {
            format!("{sign} {number}")
        };
    }
}

impl Plan {
    /// The plan of a message. Plans are kept by name; one of another pool (in tests) takes the place of the one before.
    pub(super) fn of(descriptor: &MessageDescriptor) -> Arc<Self> {
        let kept = PLANS.read().unwrap_or_else(PoisonError::into_inner).get(descriptor.full_name()).cloned();
        if let Some(plan) = kept.filter(|plan| plan.descriptor == *descriptor) {
            return plan;
        }
        let plan = Arc::new(Self::read(descriptor, &mut Vec::new()));
        let mut plans = PLANS.write().unwrap_or_else(PoisonError::into_inner);
        plans.insert(descriptor.full_name().to_owned(), plan.clone());
        plan
    }

    fn read(descriptor: &MessageDescriptor, faults: &mut Vec<String>) -> Self {
        let is_mask = |f: &FieldDescriptor| {
            f.name() == "update_mask"
                && matches!(f.kind(), Kind::Message(m) if m.full_name() == "google.protobuf.FieldMask")
        };
        Self {
            descriptor: descriptor.clone(),
            fields: descriptor.fields().filter_map(|f| FieldPlan::read(f, faults)).collect(),
            mask: descriptor.fields().find(is_mask),
        }
    }
}

impl FieldPlan {
    fn read(descriptor: FieldDescriptor, faults: &mut Vec<String>) -> Option<Self> {
        let behaviors = behaviors(&descriptor);
        if behaviors.contains(&OUTPUT_ONLY) {
            return None;
        }
        let rules = extension(&descriptor.options(), descriptor.parent_pool(), "buf.validate.field");
        let mut reader = Reader { at: descriptor.full_name().to_owned(), faults };
        let shape = reader.shape(&descriptor, rules.as_ref());
        let kind = descriptor.kind();
        let plain = matches!(shape, Shape::One(_)) && !matches!(kind, Kind::String | Kind::Bytes | Kind::Enum(_));
        let mute = plain && !descriptor.supports_presence();
        let required = behaviors.contains(&REQUIRED) && !mute;
        let immutable = behaviors.contains(&IMMUTABLE);
        let zero_counts = !descriptor.supports_presence() && ignore(rules.as_ref()) != IF_ZERO_VALUE;
        let nothing = matches!(&shape, Shape::One(Each { rule: Rule::Free, .. }))
            || matches!(&shape, Shape::List(span, Each { rule: Rule::Free, .. }) if span.is_open());
        if nothing && !required {
            return None;
        }
        Some(Self { name: descriptor.name().to_owned(), required, immutable, zero_counts, shape, descriptor })
    }
}

/// Reads the rules of one field and notes those that nobody would check.
struct Reader<'f> {
    at: String,
    faults: &'f mut Vec<String>,
}

impl Reader<'_> {
    fn fault(&mut self, what: impl std::fmt::Display) {
        self.faults.push(format!("{}: {what}", self.at));
    }

    fn shape(&mut self, field: &FieldDescriptor, rules: Option<&DynamicMessage>) -> Shape {
        if let Some(entry) = field.kind().as_message().filter(|_| field.is_map()) {
            let (span, keys, values) = self.many(rules, "map", ["min_pairs", "max_pairs"], ["keys", "values"]);
            let key = self.each(&entry.map_entry_key_field(), keys.as_ref());
            let value = self.each(&entry.map_entry_value_field(), values.as_ref());
            Shape::Map(span, key, value)
        } else if field.is_list() {
            let (span, items, _) = self.many(rules, "repeated", ["min_items", "max_items"], ["items", ""]);
            Shape::List(span, self.each(field, items.as_ref()))
        } else {
            Shape::One(self.each(field, rules))
        }
    }

    /// The rules of a list or map: how many, and the rules of its parts.
    fn many(
        &mut self,
        rules: Option<&DynamicMessage>,
        kind: &str,
        counts: [&str; 2],
        parts: [&str; 2],
    ) -> (Span, Option<DynamicMessage>, Option<DynamicMessage>) {
        let (mut span, mut found) = (Span::default(), [None, None]);
        for (name, value) in self.typed(rules, kind) {
            match (name.as_str(), number(&value), &value) {
                (name, Some(count), _) if name == counts[0] => span.bound(">=", count),
                (name, Some(count), _) if name == counts[1] => span.bound("<=", count),
                (name, _, Value::Message(part)) if name == parts[0] => found[0] = Some(part.clone()),
                (name, _, Value::Message(part)) if name == parts[1] => found[1] = Some(part.clone()),
                _ => self.fault(format_args!("{kind}.{name}")),
            }
        }
        if ignore(rules) == ALWAYS {
            span = Span::default();
        }
        let [first, second] = found;
        (span, first, second)
    }

    fn each(&mut self, field: &FieldDescriptor, rules: Option<&DynamicMessage>) -> Each {
        let off = ignore(rules) == ALWAYS;
        let rule = match field.kind() {
            Kind::String => Rule::Text(self.text(field, rules, off)),
            Kind::Enum(values) => {
                for (name, _) in self.typed(rules, "enum").into_iter().filter(|(name, _)| name != "defined_only") {
                    self.fault(format_args!("enum.{name}"));
                }
                Rule::Enum(values)
            }
            Kind::Message(message) => {
                self.typed(rules, "");
                if message.full_name() == "google.type.Date" {
                    Rule::Date
                } else {
                    Rule::Message(Child { descriptor: message, plan: OnceLock::new() })
                }
            }
            kind => {
                let span = self.number(&kind, rules);
                if span.is_open() || off { Rule::Free } else { Rule::Number(span) }
            }
        };
        Each { rule, ignore_zero: ignore(rules) == IF_ZERO_VALUE }
    }

    fn text(&mut self, field: &FieldDescriptor, rules: Option<&DynamicMessage>, off: bool) -> Text {
        let mut text = Text { request_id: field.name() == "request_id", ..Text::default() };
        for (name, value) in self.typed(rules, "string") {
            match (name.as_str(), &value) {
                ("min_len", Value::U64(n)) => text.length.bound(">=", i128::from(*n)),
                ("max_len", Value::U64(n)) => {
                    text.length.bound("<=", i128::from(*n));
                    text.lines = *n > ONE_LINE;
                }
                ("pattern", Value::String(pattern)) => text.forms.push(match Regex::new(pattern) {
                    Ok(regex) => Form::Pattern(regex),
                    Err(_) => {
                        self.fault("string.pattern that is no regular expression");
                        Form::Never(pattern.clone())
                    }
                }),
                ("uuid", Value::Bool(asked)) => text.forms.extend(asked.then_some(Form::Uuid)),
                ("in", Value::List(values)) => {
                    text.forms.push(Form::OneOf(values.iter().filter_map(Value::as_str).map(str::to_owned).collect()));
                }
                ("example", _) => {}
                (other, _) => self.fault(format_args!("string.{other}")),
            }
        }
        if off {
            (text.length, text.forms) = (Span::default(), Vec::new());
        }
        text
    }

    fn number(&mut self, kind: &Kind, rules: Option<&DynamicMessage>) -> Span {
        let kind = match kind {
            Kind::Int32 => "int32",
            Kind::Int64 => "int64",
            Kind::Uint32 => "uint32",
            Kind::Uint64 => "uint64",
            _ => "",
        };
        let mut span = Span::default();
        for (name, value) in self.typed(rules, kind) {
            match (name.as_str(), number(&value)) {
                ("gt", Some(n)) => span.bound(">", n),
                ("gte", Some(n)) => span.bound(">=", n),
                ("lt", Some(n)) => span.bound("<", n),
                ("lte", Some(n)) => span.bound("<=", n),
                ("example", _) => {}
                (other, _) => self.fault(format_args!("{kind}.{other}")),
            }
        }
        // protovalidate reads a lower end above the upper one as "outside of"; nobody means that.
        if span.low > span.high {
            self.fault(format_args!("{kind} of an empty range"));
        }
        span
    }

    /// The rules of the field's own type, by name; every other rule is a fault.
    fn typed(&mut self, rules: Option<&DynamicMessage>, kind: &str) -> Vec<(String, Value)> {
        let mut found = Vec::new();
        for (field, value) in rules.into_iter().flat_map(DynamicMessage::fields) {
            match (field.name(), value) {
                ("ignore", _) => {}
                (name, Value::Message(typed)) if name == kind => {
                    found.extend(typed.fields().map(|(f, v)| (f.name().to_owned(), v.clone())));
                    self.foreign(typed);
                }
                (name, _) => self.fault(name),
            }
        }
        if let Some(rules) = rules {
            self.foreign(rules);
        }
        found
    }

    /// Rules of rules that the vendored validate.proto does not know.
    fn foreign(&mut self, rules: &DynamicMessage) {
        let extensions: Vec<String> = rules.extensions().map(|(e, _)| e.full_name().to_owned()).collect();
        for name in extensions {
            self.fault(name);
        }
        if rules.unknown_fields().next().is_some() {
            self.fault("a rule that validate.proto does not have");
        }
    }
}

/// Every `buf.validate` rule of the `ocop.*` packages that [`super::check`] does not check, as `message.field: rule`.
/// The descriptor tests want it empty, so that no annotation is silently ignored.
#[must_use]
pub fn unsupported(pool: &DescriptorPool) -> Vec<String> {
    let mut faults = Vec::new();
    let ours = |m: &MessageDescriptor| m.package_name().starts_with("ocop.") && !m.is_map_entry();
    for message in pool.all_messages().filter(ours) {
        Plan::read(&message, &mut faults);
        if extension(&message.options(), pool, "buf.validate.message").is_some() {
            faults.push(format!("{}: buf.validate.message", message.full_name()));
        }
        for oneof in message.oneofs().filter(|o| extension(&o.options(), pool, "buf.validate.oneof").is_some()) {
            faults.push(format!("{}: buf.validate.oneof", oneof.full_name()));
        }
    }
    faults
}

fn behaviors(field: &FieldDescriptor) -> Vec<i32> {
    let Some(extension) = field.parent_pool().get_extension_by_name("google.api.field_behavior") else {
        return Vec::new();
    };
    let options = field.options();
    let value = options.get_extension(&extension);
    value.as_list().unwrap_or_default().iter().filter_map(Value::as_enum_number).collect()
}

fn extension(options: &DynamicMessage, pool: &DescriptorPool, name: &str) -> Option<DynamicMessage> {
    // Options carry the extensions of the pool that they were decoded with.
    debug_assert_eq!(options.descriptor().parent_pool(), pool);
    let extension = pool.get_extension_by_name(name)?;
    if !options.has_extension(&extension) {
        return None;
    }
    options.get_extension(&extension).as_message().cloned()
}

fn ignore(rules: Option<&DynamicMessage>) -> i32 {
    rules.and_then(|r| r.get_field_by_name("ignore")).and_then(|v| v.as_enum_number()).unwrap_or(0)
}

fn number(value: &Value) -> Option<i128> {
    Some(match value {
        Value::I32(n) => i128::from(*n),
        Value::I64(n) => i128::from(*n),
        Value::U32(n) => i128::from(*n),
        Value::U64(n) => i128::from(*n),
        _ => return None,
    })
}

/// The number in an integer value.
pub(super) fn integer(value: &Value) -> Option<i128> {
    number(value)
}
