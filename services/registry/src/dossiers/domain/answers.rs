//! Answers of forms, read into their canonical form: the same answer is the same text in whichever order it was sent.

use reference::calendar::{format_iso, parse_iso};
use reference::forms::{Field, FieldKind, Form};
use reference::regimes::DossierKind;
use reference::text::nfc;

use super::{Answer, SelfMark, Sheet};

/// What is wrong with an answer; positions are those of what was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnswerFault {
    /// The form has no such field for the kind of dossier, or it stands twice.
    FieldUnknown(usize),
    /// The value does not fit; this is what would.
    Misfit(usize, String),
    /// The form takes no points.
    NoMarks,
    /// The criterion stands twice.
    MarkTwice(usize),
}

fn one(values: &[String]) -> Option<String> {
    match values {
        [value] => Some(nfc(value.trim())).filter(|value| !value.is_empty()),
        _ => None,
    }
}

fn ids(field: &Field) -> String {
    field.choices.iter().map(|choice| choice.id.as_str()).collect::<Vec<_>>().join(" | ")
}

/// The values of a field in canonical form.
fn read(field: &Field, values: &[String], is_person: impl Fn(&str) -> bool) -> Result<Vec<String>, String> {
    let expect = |value: Option<String>, expected: &str| value.map(|v| vec![v]).ok_or_else(|| expected.to_owned());
    let value = one(values);
    let chosen = |id: &str| field.choices.iter().any(|choice| choice.id == id);
    match field.kind {
        FieldKind::Text => expect(value, "1 × text"),
        FieldKind::Number => {
            let number = value.and_then(|v| v.parse::<i64>().ok()).map(|n| n.to_string());
            expect(number, "1 × int64")
        }
        FieldKind::Date => expect(value.and_then(|v| parse_iso(&v)).map(format_iso), "yyyy-mm-dd"),
        FieldKind::Flag => expect(value.filter(|v| matches!(v.as_str(), "true" | "false")), "true | false"),
        FieldKind::Choice => expect(value.filter(|v| chosen(v)), &ids(field)),
        FieldKind::Choices => {
            let all = values.iter().all(|v| chosen(v));
            let mut sorted: Vec<String> = values.to_vec();
            sorted.sort();
            sorted.dedup();
            if all && sorted.len() == values.len() && !sorted.is_empty() { Ok(sorted) } else { Err(ids(field)) }
        }
        FieldKind::Person => expect(value.filter(|v| is_person(v)), "persons/<uuid>"),
        FieldKind::Marks => Err("self_marks".to_owned()),
    }
}

/// Reads the answers of a form. `is_person` tells whether a text is the name of a person.
///
/// # Errors
/// Everything that is wrong.
pub fn sheet(
    form: &Form,
    kind: DossierKind,
    answers: &[(String, Vec<String>)],
    marks: Vec<SelfMark>,
    is_person: impl Fn(&str) -> bool,
) -> Result<Sheet, Vec<AnswerFault>> {
    let mut faults = Vec::new();
    let mut given: Vec<Answer> = Vec::with_capacity(answers.len());
    for (at, (id, values)) in answers.iter().enumerate() {
        let field = form.field(id).filter(|field| field.is_for(kind));
        let Some(field) = field.filter(|_| given.iter().all(|answer| answer.field != *id)) else {
            faults.push(AnswerFault::FieldUnknown(at));
            continue;
        };
        match read(field, values, &is_person) {
            Ok(values) => given.push(Answer { field: id.clone(), values }),
            Err(expected) => faults.push(AnswerFault::Misfit(at, expected)),
        }
    }
    if !marks.is_empty() && form.fields.iter().all(|field| field.kind != FieldKind::Marks) {
        faults.push(AnswerFault::NoMarks);
    }
    for (at, mark) in marks.iter().enumerate() {
        if marks.iter().take(at).any(|before| before.criterion == mark.criterion) {
            faults.push(AnswerFault::MarkTwice(at));
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let place = |id: &str| form.fields.iter().position(|field| field.id == id);
    given.sort_by_key(|answer| place(&answer.field));
    let mut marks = marks;
    marks.sort_by(|a, b| a.criterion.cmp(&b.criterion));
    Ok(Sheet { form: form.id.clone(), answers: given, marks })
}

/// The people that a sheet names.
#[must_use]
pub fn people(form: &Form, answers: &[Answer]) -> Vec<String> {
    let person = |answer: &&Answer| form.field(&answer.field).is_some_and(|field| field.kind == FieldKind::Person);
    answers.iter().filter(person).flat_map(|answer| answer.values.clone()).collect()
}
