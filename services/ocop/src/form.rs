//! `ocop form`: a paper of the budget as a file.
//!
//! The forms are the methods of the suite's FormServices, and which of them is meant follows from the name of what is to be
//! printed: `estimates/…` is DownloadEstimateForm. So a new form needs nothing here.

use std::io;
use std::path::PathBuf;

use prost_reflect::{DynamicMessage, Kind, MethodDescriptor, Value};

use crate::call::Failure;
use crate::client::Client;
use crate::file;

/// What is to be printed, and where it goes.
#[derive(clap::Args)]
pub struct Arguments {
    /// The resource, such as estimates/0192f0c4-…; without it the forms are told.
    name: Option<String>,
    /// The kind of file.
    #[arg(long, value_parser = ["xlsx", "pdf"], default_value = "xlsx")]
    format: String,
    /// Where the file goes: a file, a folder, or - for stdout; without it the file gets the suite's name for it, here.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Every form, by the collection of what it is made of.
fn forms() -> Vec<(String, MethodDescriptor)> {
    let services = proto::pool().services().filter(|service| service.name() == "FormService");
    let methods = services.flat_map(|service| service.methods().collect::<Vec<_>>());
    let mut forms: Vec<_> = methods.filter_map(|method| Some((collection(method.name())?, method))).collect();
    forms.sort_by(|a, b| a.0.cmp(&b.0));
    forms
}

/// `estimates` of `DownloadEstimateForm`.
fn collection(method: &str) -> Option<String> {
    let of = method.strip_prefix("Download")?;
    let of = ["Form", "Annex", "Report"].into_iter().find_map(|what| of.strip_suffix(what))?;
    Some(format!("{}s", of.to_lowercase()))
}

/// Writes a form into a file, and says where it is; without a name says what forms there are.
///
/// # Errors
/// The suite's refusal, or why the file could not be written.
pub async fn form(
    client: &Client,
    arguments: &Arguments,
    say: impl Fn(String) -> io::Result<()>,
) -> Result<(), Failure> {
    let forms = forms();
    let Some(name) = &arguments.name else {
        return forms.iter().try_for_each(|(of, _)| say(format!("{of}/…"))).map_err(Failure::from);
    };
    let of = name.split('/').next().unwrap_or_default();
    let found = forms.iter().find(|(collection, _)| collection == of);
    let all = || forms.iter().map(|(of, _)| format!("{of}/…")).collect::<Vec<_>>().join(", ");
    let (_, method) = found.ok_or_else(|| format!("there is no form of {name}; there are forms of {}", all()))?;
    let mut request = DynamicMessage::new(method.input());
    request.set_field_by_name("name", Value::String(name.clone()));
    let format = method.input().get_field_by_name("format").ok_or("the form is written in one way only")?;
    let Kind::Enum(formats) = format.kind() else { return Err("the form's format is no choice".into()) };
    let wanted = format!("_{}", arguments.format.to_uppercase());
    let wanted = formats.values().find(|value| value.name().ends_with(&wanted));
    let number = wanted.ok_or_else(|| format!("no form is written as {}", arguments.format))?.number();
    request.set_field(&format, Value::EnumNumber(number));
    file::fetch(client, method, &request, arguments.out.as_deref(), say).await
}
