//! Lists of participants between the wire and the domain.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;
use std::ops::ControlFlow;

use kit::{Error, Result, Told, Violations, day, name};
use proto::common::v1::ErrorReason as Common;
use proto::registry::v1::{self as registry, ErrorReason as RegistryReason, ImportVerdict};
use proto::training::v1::{self as pb, ErrorReason};
use reference::units::{self, Unit};
use reference::wire::clean;
use sheet::take::columns::{Column, HeaderFault, Mapping};
use sheet::take::places::{Names, PlaceFault};
use sheet::take::{self, Row, SheetFault, faults};
use time::Date;
use uuid::Uuid;

use super::domain::{Fault, Line, List, MOST, MOST_BYTES, Problem, Said, Who, read};
use crate::attendance::domain::Attended;
use crate::attendance::wire::attended;
use crate::registrations::wire::name_of as registration_name;
use crate::sessions::wire::person_name;
use crate::shared::peer::Known;
use crate::shared::wire::unit_of_report;

/// Why no row of a file is looked at.
#[derive(Debug)]
pub(crate) enum Unfit {
    /// It is too large.
    Large,
    /// It is no sheet.
    Sheet(SheetFault),
    /// Its header is wrong.
    Header(Vec<HeaderFault>),
    /// It has no rows.
    Empty,
    /// It has too many.
    TooManyRows,
}

/// The rows of a file and which of its columns is which.
pub(crate) struct Sheet {
    mapping: Mapping,
    rows: Vec<Row>,
}

/// Reads a file, on the thread that it is called on.
///
/// # Errors
/// Why no row of it is looked at.
pub(crate) fn sheet(content: &[u8], list: List) -> Result<Sheet, Unfit> {
    if content.len() > MOST_BYTES {
        return Err(Unfit::Large);
    }
    let mut file = Cursor::new(content);
    take::survey(&mut file).map_err(Unfit::Sheet)?;
    let (mut mapping, mut rows) = (None, Vec::new());
    take::rows(&mut file, &mut |row| {
        match &mapping {
            None => mapping = Some(Mapping::of(list.columns(), &row.cells)),
            Some(Ok(_)) => rows.push(row),
            Some(Err(_)) => return ControlFlow::Break(()),
        }
        if rows.len() > MOST { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })
    .map_err(Unfit::Sheet)?;
    match mapping {
        Some(Ok(_)) if rows.len() > MOST => Err(Unfit::TooManyRows),
        Some(Ok(mapping)) if !rows.is_empty() => Ok(Sheet { mapping, rows }),
        Some(Err(faults)) => Err(Unfit::Header(faults)),
        _ => Err(Unfit::Empty),
    }
}

fn unfit(v: &mut Violations, list: List, unfit: &Unfit) {
    match unfit {
        Unfit::Large => v.add("content", Common::FieldLength, &[("expected", &format!("<= {MOST_BYTES}"))]),
        Unfit::Sheet(fault) => faults::of_sheet(v, "content", fault.clone()),
        Unfit::Empty => v.add("content", RegistryReason::SheetEmpty, &[]),
        Unfit::TooManyRows => v.add("content", RegistryReason::SheetTooManyRows, &[("most", &MOST.to_string())]),
        Unfit::Header(found) => faults::of_header(v, list.columns(), found),
    }
}

/// What the rows of a file say of a session that begins on a day.
pub(crate) fn lines(sheet: &Sheet, list: List, on: Date, with_results: bool) -> Vec<Line> {
    let names = Names::default();
    sheet.rows.iter().map(|row| read(list, (&sheet.mapping, &names), row, on, with_results)).collect()
}

/// How a list is stored.
#[derive(Clone, Copy)]
pub(crate) struct Mode {
    pub(crate) partial: bool,
    pub(crate) validate_only: bool,
}

/// A list of papers to be taken in: the unit that records them.
pub(crate) struct Papers {
    pub(crate) unit: &'static Unit,
    pub(crate) mode: Mode,
}

/// A list to be taken in.
pub(crate) struct Want {
    pub(crate) session: Uuid,
    /// The unit that sends persons; empty for the session's own.
    pub(crate) unit: String,
    pub(crate) reason: String,
    pub(crate) mode: Mode,
}

/// Reads a request, given what became of its file.
pub(crate) fn registrations(
    req: &pb::ImportRegistrationsRequest,
    v: &mut Violations,
    file: &Result<Sheet, Unfit>,
) -> Option<Want> {
    let session = v.name("session", &req.session, "sessions");
    if let Err(fault) = file {
        unfit(v, List::Registrations, fault);
    }
    let mode = Mode { partial: req.partial, validate_only: req.validate_only };
    Some(Want { session: session?, unit: req.unit.clone(), reason: String::new(), mode })
}

/// Reads a request, given what became of its file.
pub(crate) fn completions(
    req: &pb::ImportCompletionsRequest,
    v: &mut Violations,
    file: &Result<Sheet, Unfit>,
) -> Option<Papers> {
    let today = v.today();
    let unit = unit_of_report(v, "unit", &req.unit, ("unit", Some(today)));
    if let Err(fault) = file {
        unfit(v, List::Completions, fault);
    }
    Some(Papers { unit: unit?, mode: Mode { partial: req.partial, validate_only: req.validate_only } })
}

/// The unit that records papers, where there is such a unit.
pub(crate) fn recorder(req: &pb::ImportCompletionsRequest, today: Date) -> Option<&'static Unit> {
    units::by_name(&req.unit).or_else(|| units::resolve(&req.unit, today).ok())
}

/// Reads a request, given what became of its file.
pub(crate) fn attendance(
    req: &pb::ImportAttendanceRequest,
    v: &mut Violations,
    file: &Result<Sheet, Unfit>,
) -> Option<Want> {
    let session = v.name("session", &req.session, "sessions");
    if let Err(fault) = file {
        unfit(v, List::Attendance, fault);
    }
    let mode = Mode { partial: req.partial, validate_only: req.validate_only };
    Some(Want { session: session?, unit: String::new(), reason: clean(&req.correction_reason), mode })
}

/// A list with the template's format; none for an unknown list.
pub(crate) fn get_template(
    req: &pb::GetImportTemplateRequest,
    _: &mut Violations,
) -> Option<(Option<List>, String, bool)> {
    let word = req.name.strip_prefix("participantTemplates/").unwrap_or_default();
    let list = List::ALL.into_iter().find(|list| list.word() == word);
    Some((list, req.name.clone(), req.format() == registry::SheetFormat::Csv))
}

pub(crate) fn template(list: List, csv: bool, content: Vec<u8>) -> registry::ImportTemplate {
    let (ending, media_type) = match csv {
        true => ("csv", "text/csv; charset=utf-8"),
        false => ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    };
    let column = |c: &Column| {
        let [vi, en] = c.notes;
        registry::ImportColumn {
            name: c.name.to_owned(),
            name_vi: c.name_vi.to_owned(),
            required: c.required,
            note_vi: vi.to_owned(),
            note_en: en.to_owned(),
        }
    };
    registry::ImportTemplate {
        name: format!("participantTemplates/{}", list.word()),
        file_name: format!("ocop-{}.{ending}", list.word()),
        media_type: media_type.to_owned(),
        content: content.into(),
        columns: list.columns().iter().map(column).collect(),
    }
}

/// The verdicts of a list while it is judged.
#[derive(Default)]
pub(crate) struct Verdicts {
    rows: Vec<registry::ImportedRow>,
    seen: BTreeSet<Uuid>,
    /// A person may stand in several rows.
    several: bool,
}

/// A list with whom its rows mean.
#[derive(Default)]
pub(crate) struct Taken {
    pub(crate) lines: Vec<Line>,
    /// By the row's number.
    pub(crate) who: BTreeMap<u32, Who>,
    /// What the registry says of those who are meant.
    pub(crate) known: Known,
    /// Where persons without a unit of their own are looked for.
    pub(crate) within: String,
}

fn reason(told: Told, column: &str) -> registry::ImportReason {
    registry::ImportReason {
        reason: told.id.to_owned(),
        column: column.to_owned(),
        message_vi: told.vi,
        message_en: told.en,
    }
}

fn problem(problem: &Problem) -> Told {
    match problem {
        Problem::Required => Told::of(Common::FieldRequired, &[]),
        Problem::TooLong(most) => Told::of(Common::FieldLength, &[("expected", &format!("<= {most}"))]),
        Problem::Form(expected) => Told::of(Common::FieldFormat, &[("expected", expected)]),
        Problem::Range(expected) => Told::of(Common::FieldRange, &[("expected", expected)]),
        Problem::Place(PlaceFault::Several(unit), _) => Told::of(RegistryReason::UnitAmbiguous, &[("unit", unit)]),
        Problem::Place(PlaceFault::BeforeKnown(first), _) => {
            Told::of(Common::DateBeforeKnown, &[("date", &day::text(*first))])
        }
        Problem::Place(PlaceFault::Unknown(unit) | PlaceFault::NoLink(unit), on) => {
            Told::of(Common::UnitUnknown, &[("name", unit), ("unit", unit), ("date", &day::text(*on))])
        }
        Problem::Place(PlaceFault::Required, _) => Told::of(Common::FieldRequired, &[]),
        Problem::Forbidden => Told::of(Common::UnitForbidden, &[]),
        Problem::Future(date) => Told::of(Common::DateInFuture, &[("date", &day::text(*date))]),
    }
}

impl Verdicts {
    /// Of a list in which a person may stand in several rows.
    pub(crate) fn of_several() -> Self {
        Self { several: true, ..Self::default() }
    }

    fn put(&mut self, row: u32, verdict: ImportVerdict, reasons: Vec<registry::ImportReason>, names: Vec<String>) {
        let row = i32::try_from(row).unwrap_or(i32::MAX);
        self.rows.push(registry::ImportedRow { row, verdict: verdict.into(), reasons, names });
    }

    /// The person of a row and what it says; none for a row that has its verdict by that.
    pub(crate) fn whose<'a>(&mut self, taken: &'a Taken, line: &'a Line) -> Option<(Uuid, &'a Said)> {
        let rejected = |told: Told, column: &str| (ImportVerdict::Rejected, vec![reason(told, column)], Vec::new());
        let said = match &line.said {
            Ok(said) => said,
            Err(faults) => {
                let told = faults.iter().map(|Fault { column, problem: what }| reason(problem(what), column));
                self.put(line.number, ImportVerdict::Rejected, told.collect(), Vec::new());
                return None;
            }
        };
        let unit = said.unit.map_or(taken.within.as_str(), |unit| unit.display_name.as_str());
        let (verdict, reasons, names) = match taken.who.get(&line.number) {
            // Also whom the registry did not answer for: nobody is registered on trust.
            Some(Who::One(person)) if !taken.known.persons.contains_key(person) => {
                rejected(Told::of(Common::ReferenceUnknown, &[("name", &person_name(*person))]), "person")
            }
            Some(Who::One(person)) if !self.several && !self.seen.insert(*person) => {
                rejected(Told::of(ErrorReason::PersonRepeated, &[("person", &person_name(*person))]), "")
            }
            Some(Who::One(person)) => return Some((*person, said)),
            Some(Who::Several(persons)) => {
                let told =
                    Told::of(ErrorReason::PersonSeveral, &[("count", &persons.len().to_string()), ("unit", unit)]);
                let names = persons.iter().copied().map(person_name).collect();
                (ImportVerdict::Ambiguous, vec![reason(told, "display_name")], names)
            }
            Some(Who::Nobody) | None => {
                rejected(Told::of(ErrorReason::PersonUnmatched, &[("unit", unit)]), "display_name")
            }
        };
        self.put(line.number, verdict, reasons, names);
        None
    }

    /// A row that cannot be stored, for the same reasons as a single call.
    pub(crate) fn refused(&mut self, row: u32, error: &Error) {
        let column = |field: &str| match field.rsplit('.').next().unwrap_or_default() {
            "person" => String::new(),
            last => last.to_owned(),
        };
        let reasons = error.told().into_iter().map(|(field, told)| reason(told, &column(&field))).collect();
        self.put(row, ImportVerdict::Rejected, reasons, Vec::new());
    }

    /// A person who is registered already.
    pub(crate) fn registered(&mut self, row: u32, (person, registration): (Uuid, Uuid)) {
        let (person, registration) = (person_name(person), registration_name(registration));
        let texts = [("person", person.as_str()), ("registration", registration.as_str())];
        let told = Told::of(ErrorReason::RegistrationExists, &texts);
        self.put(row, ImportVerdict::Matched, vec![reason(told, "")], vec![registration]);
    }

    /// A record that is there already.
    pub(crate) fn recorded(&mut self, row: u32, person: Uuid) {
        let told = Told::of(ErrorReason::AttendanceEqual, &[]);
        self.put(row, ImportVerdict::Matched, vec![reason(told, "")], vec![person_name(person)]);
    }

    /// What is recorded already, of a session or by a paper.
    pub(crate) fn completed(&mut self, row: u32, person: Uuid, completion: &str) {
        let person = person_name(person);
        let texts = [("person", person.as_str()), ("completion", completion)];
        let told = Told::of(ErrorReason::CompletionExists, &texts);
        self.put(row, ImportVerdict::Matched, vec![reason(told, "")], vec![completion.to_owned()]);
    }

    /// A paper that the list has already.
    pub(crate) fn repeated(&mut self, row: u32, person: Uuid) {
        let told = Told::of(ErrorReason::CompletionRepeated, &[("person", &person_name(person))]);
        self.put(row, ImportVerdict::Rejected, vec![reason(told, "")], Vec::new());
    }

    /// A result that does not follow from the rest.
    pub(crate) fn differs(&mut self, row: u32) {
        let told = Told::of(ErrorReason::ResultDiffers, &[]);
        self.put(row, ImportVerdict::Rejected, vec![reason(told, "result")], Vec::new());
    }

    /// A row that is to be stored.
    pub(crate) fn created(&mut self, row: u32, names: Vec<String>) {
        self.put(row, ImportVerdict::Created, Vec::new(), names);
    }

    /// What the rows that are stored have made, in their order: a registration each, and its place in the queue.
    pub(crate) fn made(&mut self, made: impl IntoIterator<Item = (Uuid, i64)>) {
        let created = self.rows.iter_mut().filter(|row| row.verdict() == ImportVerdict::Created);
        for (row, (registration, place)) in created.zip(made) {
            row.names = vec![registration_name(registration)];
            if place > 0 {
                let told = Told::of(ErrorReason::WaitsForPlace, &[("place", &place.to_string())]);
                row.reasons = vec![reason(told, "")];
            }
        }
    }

    fn count(&self, verdict: ImportVerdict) -> i32 {
        let count = self.rows.iter().filter(|row| row.verdict() == verdict).count();
        i32::try_from(count).unwrap_or(i32::MAX)
    }

    /// True where a list that is stored wholly or not at all is not stored.
    ///
    /// # Errors
    /// FAILED_PRECONDITION IMPORT_REFUSED, unless only the verdicts are asked for.
    pub(crate) fn refuse(&self, mode: Mode) -> Result<bool> {
        let (ambiguous, rejected) = (self.count(ImportVerdict::Ambiguous), self.count(ImportVerdict::Rejected));
        let refused = !mode.partial && ambiguous + rejected > 0;
        if refused && !mode.validate_only {
            let error = Error::refused(ErrorReason::ImportRefused);
            return Err(error.with("rejected", rejected).with("ambiguous", ambiguous));
        }
        Ok(refused)
    }

    /// The rows and how many got which verdict.
    pub(crate) fn told(self, mode: Mode, refused: bool) -> (Vec<registry::ImportedRow>, registry::ImportSummary) {
        let created = self.count(ImportVerdict::Created);
        let summary = registry::ImportSummary {
            rows: i32::try_from(self.rows.len()).unwrap_or(i32::MAX),
            created,
            matched: self.count(ImportVerdict::Matched),
            ambiguous: self.count(ImportVerdict::Ambiguous),
            rejected: self.count(ImportVerdict::Rejected),
            written: if mode.validate_only { 0 } else { created },
            refused,
        };
        (self.rows, summary)
    }
}

/// What a row says that a person attended.
///
/// # Errors
/// The violations of its half days.
pub(crate) fn attends(person: Uuid, said: &Said) -> Result<Attended> {
    let told = pb::Attendance {
        person: name::of("persons", person),
        half_days_attended: said.attended,
        half_days: said.half_days.clone(),
        test_points: said.test_points,
        ..pb::Attendance::default()
    };
    let mut v = Violations::default();
    let attended = attended(&mut v, 0, person, &told);
    if v.is_empty() { Ok(attended) } else { Err(Error::invalid(v)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn every_problem_fills_its_text() {
        let on = date!(2021 - 05 - 10);
        let place = |fault| Problem::Place(fault, on);
        for what in [
            Problem::Required,
            Problem::TooLong(300),
            Problem::Form("x"),
            Problem::Range("0..100"),
            Problem::Forbidden,
            Problem::Future(on),
            place(PlaceFault::Unknown("x".to_owned())),
            place(PlaceFault::Several("x".to_owned())),
            place(PlaceFault::BeforeKnown(on)),
            place(PlaceFault::NoLink("x".to_owned())),
            place(PlaceFault::Required),
        ] {
            let told = problem(&what);
            for text in [&told.vi, &told.en] {
                assert!(!text.is_empty() && !text.contains(['{', '[']), "{what:?}: {text}");
            }
        }
    }
}
