//! `ocop export`: a list of the suite as a file.
//!
//! The kinds are the methods of the suite's ExportServices (`ExportSupportPackages` is `support-packages`), and the filters the
//! fields of the request of their lists, so that a new list needs nothing here.

use std::io;
use std::path::PathBuf;

use kit::BoxError;
use prost_reflect::{
    DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, MethodDescriptor, ReflectMessage, Value,
};
use proto::google::r#type::Date;
use time::macros::format_description;

use crate::call::Failure;
use crate::client::Client;
use crate::file;

/// What is to be written, and where.
#[derive(clap::Args)]
pub struct Arguments {
    /// The list, such as producers; without it the lists are told.
    kind: Option<String>,
    /// The kind of file.
    #[arg(long, value_parser = ["xlsx", "csv"], default_value = "xlsx")]
    format: String,
    /// Where the file goes: a file, a folder, or - for stdout; without it the file gets the suite's name for it, here.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Only what is in this unit, such as units/54-20180507.
    #[arg(long)]
    unit: Option<String>,
    /// The day of lists that have one, such as 2021-06-30.
    #[arg(long, value_name = "DAY")]
    as_of: Option<String>,
    /// Another field of the list's request, such as year=2021 or state=open; several times for several fields.
    #[arg(long, value_name = "FIELD=VALUE")]
    filter: Vec<String>,
    /// The language of headers and titles.
    #[arg(long, value_parser = ["vi", "en"], default_value = "vi")]
    language: String,
    /// What stands between the fields of a CSV file; Excel in Vietnamese expects the semicolon.
    #[arg(long, value_parser = ["semicolon", "comma"], default_value = "semicolon")]
    separator: String,
    /// The office in the first title row; without it the names of your units.
    #[arg(long)]
    office: Option<String>,
}

/// Every list that can be written, by the name of its kind.
fn kinds() -> Vec<(String, MethodDescriptor)> {
    let services = proto::pool().services().filter(|s| s.name() == "ExportService");
    let methods = services.flat_map(|s| s.methods().collect::<Vec<_>>());
    let mut kinds: Vec<_> = methods.map(|m| (kebab(m.name().trim_start_matches("Export")), m)).collect();
    kinds.sort_by(|a, b| a.0.cmp(&b.0));
    kinds
}

fn kebab(name: &str) -> String {
    let mut kebab = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !kebab.is_empty() {
            kebab.push('-');
        }
        kebab.extend(c.to_lowercase());
    }
    kebab
}

/// The fields that a list can be cut by.
fn filters(list: &MessageDescriptor) -> Vec<FieldDescriptor> {
    list.fields().filter(|field| !matches!(field.name(), "page_size" | "page_token")).collect()
}

/// Writes a list into a file, and says where it is; without a kind says what lists there are.
///
/// # Errors
/// The suite's refusal, or why the file could not be written.
pub async fn export(
    client: &Client,
    arguments: &Arguments,
    say: impl Fn(String) -> io::Result<()>,
) -> Result<(), Failure> {
    let kinds = kinds();
    let Some(kind) = &arguments.kind else {
        for (kind, method) in kinds {
            let list = list_of(&method)?;
            let names: Vec<String> = filters(&list).iter().map(|field| field.name().to_owned()).collect();
            say(format!("{kind:<20} {}", names.join(", ")))?;
        }
        return Ok(());
    };
    let found = kinds.iter().find(|(name, _)| name == kind);
    let all = || kinds.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
    let (_, method) = found.ok_or_else(|| format!("there is no list {kind}; lists are {}", all()))?;
    let message = request(method, arguments)?;
    file::fetch(client, method, &message, arguments.out.as_deref(), say).await
}

fn list_of(method: &MethodDescriptor) -> Result<MessageDescriptor, BoxError> {
    let list = method.input().get_field_by_name("list").and_then(|f| f.kind().as_message().cloned());
    list.ok_or_else(|| format!("{} takes no list", method.full_name()).into())
}

/// The request, made of the command line.
fn request(method: &MethodDescriptor, arguments: &Arguments) -> Result<DynamicMessage, BoxError> {
    let mut list = DynamicMessage::new(list_of(method)?);
    let own = [("unit", &arguments.unit), ("as_of", &arguments.as_of)];
    let own = own.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?)));
    let more = arguments.filter.iter().map(|text| {
        text.split_once('=')
            .ok_or_else(|| format!("--filter {text}: a filter is written field=value, such as year=2021"))
    });
    for filter in own.map(Ok).chain(more) {
        let (name, typed) = filter?;
        let fields = filters(&list.descriptor());
        let Some(field) = fields.iter().find(|field| field.name() == name.replace('-', "_")) else {
            let all: Vec<&str> = fields.iter().map(FieldDescriptor::name).collect();
            return Err(format!("this list has no filter {name}; it has {}", all.join(", ")).into());
        };
        list.set_field(field, value(field, typed)?);
    }
    let mut request = DynamicMessage::new(method.input());
    request.set_field_by_name("list", Value::Message(list));
    request.set_field_by_name("sheet", Value::Message(options(method, arguments)?));
    Ok(request)
}

fn options(method: &MethodDescriptor, arguments: &Arguments) -> Result<DynamicMessage, BoxError> {
    let sheet = method.input().get_field_by_name("sheet").and_then(|f| f.kind().as_message().cloned());
    let mut options = DynamicMessage::new(sheet.ok_or("the list takes no options of a file")?);
    let language = if arguments.language == "en" { "english" } else { "vietnamese" };
    let told = [("format", arguments.format.as_str()), ("separator", &arguments.separator), ("language", language)];
    for (name, typed) in told {
        let field = options.descriptor().get_field_by_name(name).ok_or("an option is missing")?;
        options.set_field(&field, value(&field, typed)?);
    }
    options.set_field_by_name("office", Value::String(arguments.office.clone().unwrap_or_default()));
    Ok(options)
}

/// A value as people type it: days as 2021-06-30, values of enums by their last words in any case.
fn value(field: &FieldDescriptor, typed: &str) -> Result<Value, BoxError> {
    let wrong = |expected: &str| format!("{}: {typed} is not {expected}", field.name());
    Ok(match field.kind() {
        Kind::String => Value::String(typed.to_owned()),
        Kind::Bool => Value::Bool(typed.parse().map_err(|_| wrong("true or false"))?),
        Kind::Int32 => Value::I32(typed.parse().map_err(|_| wrong("a whole number"))?),
        Kind::Int64 => Value::I64(typed.parse().map_err(|_| wrong("a whole number"))?),
        Kind::Enum(values) => {
            let asked = typed.to_uppercase().replace('-', "_");
            let unset = values.default_value().name().to_owned();
            let start = unset.strip_suffix("UNSPECIFIED").unwrap_or_default();
            let short = |name: &str| name.strip_prefix(start).unwrap_or(name).to_owned();
            let known: Vec<String> = values.values().skip(1).map(|v| short(v.name()).to_lowercase()).collect();
            let found = values.values().find(|v| v.name() == asked || short(v.name()) == asked);
            Value::EnumNumber(found.ok_or_else(|| wrong(&format!("one of {}", known.join(", "))))?.number())
        }
        Kind::Message(kind) if kind.full_name() == "google.type.Date" => {
            let day = time::Date::parse(typed, format_description!("[year]-[month]-[day]"));
            let day: Date = kit::day::pb(day.map_err(|_| wrong("a day such as 2021-06-30"))?);
            let mut message = DynamicMessage::new(kind);
            message.transcode_from(&day)?;
            Value::Message(message)
        }
        _ => return Err(format!("{} is no filter for a command line; use ocop call", field.name()).into()),
    })
}
