//! Imports between the wire and the domain.

use std::collections::BTreeSet;

use kit::{Error, Result, Told, Violations, day, name};
use prost::Message;
use proto::common::v1::ErrorReason as Common;
use proto::registry::v1::record_imported::Event;
use proto::registry::v1::{self as pb, ErrorReason};
use reference::units;
use sheet::take::columns::Column;
use sheet::take::faults;
use uuid::Uuid;

use super::domain::columns::Kind;
use super::domain::{Problem, Resource, Ruling, Tally, Verdict, Why};
use super::run::Unfit;
use super::settle::Made;
use crate::{duties, people, producers, products};

/// What is streamed back.
pub(super) use pb::ImportRowsResponse as Response;

/// What an import is asked to do.
pub(super) struct Wanted {
    /// None for kinds whose rows are not taken in here.
    kind: Option<Kind>,
    word: String,
    pub(super) partial: bool,
    pub(super) validate_only: bool,
    /// The first bytes of the file.
    pub(super) chunk: bytes::Bytes,
}

impl Wanted {
    /// What the rows are.
    ///
    /// # Errors
    /// FAILED_PRECONDITION IMPORT_KIND_ELSEWHERE.
    pub(super) fn kind(&self) -> Result<Kind> {
        self.kind.ok_or_else(|| Error::refused(ErrorReason::ImportKindElsewhere).with("kind", &self.word))
    }
}

pub(super) fn import_rows(req: &pb::ImportRowsRequest, _: &mut Violations) -> Option<Wanted> {
    let kind = match req.kind() {
        pb::ImportKind::Producers => Some(Kind::Producers),
        pb::ImportKind::Products => Some(Kind::Products),
        pb::ImportKind::People => Some(Kind::People),
        pb::ImportKind::Officers => Some(Kind::Officers),
        // A seam: units and their links become kinds here once they are stored.
        pb::ImportKind::Units | pb::ImportKind::UnitLinks | pb::ImportKind::Unspecified => None,
    };
    let word = req.kind().as_str_name().trim_start_matches("IMPORT_KIND_").to_lowercase();
    let (partial, validate_only) = (req.partial, req.validate_only);
    Some(Wanted { kind, word, partial, validate_only, chunk: req.chunk.clone() })
}

/// A kind with the format of its template; none for an unknown kind.
pub(super) fn get_template(
    req: &pb::GetImportTemplateRequest,
    _: &mut Violations,
) -> Option<(Option<Kind>, String, bool)> {
    let word = req.name.strip_prefix("importTemplates/").unwrap_or_default();
    let kind = Kind::ALL.into_iter().find(|kind| kind.word() == word);
    Some((kind, req.name.clone(), req.format() == pb::SheetFormat::Csv))
}

pub(super) fn template(kind: Kind, csv: bool, content: Vec<u8>) -> pb::ImportTemplate {
    let (ending, media_type) = match csv {
        true => ("csv", "text/csv; charset=utf-8"),
        false => ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    };
    let column = |c: &Column| {
        let [vi, en] = c.notes;
        pb::ImportColumn {
            name: c.name.to_owned(),
            name_vi: c.name_vi.to_owned(),
            required: c.required,
            note_vi: vi.to_owned(),
            note_en: en.to_owned(),
        }
    };
    pb::ImportTemplate {
        name: format!("importTemplates/{}", kind.word()),
        file_name: format!("ocop-{}.{ending}", kind.word()),
        media_type: media_type.to_owned(),
        content: content.into(),
        columns: kind.columns().iter().map(column).collect(),
    }
}

/// The file is larger than is taken.
pub(super) fn too_large(most: usize) -> Error {
    Error::violation("chunk", ErrorReason::FileTooLarge, &[("most", &most.to_string())])
}

/// Why no row of a file is looked at.
pub(super) fn unfit(unfit: Unfit) -> Error {
    let mut v = Violations::default();
    match unfit {
        Unfit::Sheet(fault) => faults::of_sheet(&mut v, "chunk", fault),
        Unfit::Empty => v.add("chunk", ErrorReason::SheetEmpty, &[]),
        Unfit::TooManyRows(most) => v.add("chunk", ErrorReason::SheetTooManyRows, &[("most", &most.to_string())]),
        Unfit::Header(kind, found) => faults::of_header(&mut v, kind.columns(), &found),
    }
    Error::invalid(v)
}

/// Verdicts as they are sent and kept.
pub(super) fn rows(verdicts: &[Verdict]) -> Vec<u8> {
    Response { rows: verdicts.iter().map(row).collect(), ..Response::default() }.encode_to_vec()
}

/// Reads verdicts back.
pub(super) fn reread(verdicts: &[u8]) -> Result<Response> {
    Response::decode(verdicts).map_err(Error::internal)
}

/// Rows with what became of them, and the resource that a CREATED or MATCHED one means.
pub(super) fn rulings(response: &Response) -> impl Iterator<Item = (u32, Ruling, Option<Uuid>)> {
    response.rows.iter().map(|row| {
        let id = || row.names.first().and_then(|name| Uuid::try_parse(name.rsplit('/').next()?).ok());
        let (ruling, id) = match row.verdict() {
            pb::ImportVerdict::Created => (Ruling::Created, id()),
            pb::ImportVerdict::Matched => (Ruling::Matched, id()),
            pb::ImportVerdict::Ambiguous => (Ruling::Ambiguous, None),
            pb::ImportVerdict::Rejected | pb::ImportVerdict::Unspecified => (Ruling::Rejected, None),
        };
        (row.row.unsigned_abs(), ruling, id)
    })
}

pub(super) fn progress(done: u32, rows: u32) -> Response {
    let progress = pb::ImportProgress { rows_done: number(done), rows: number(rows) };
    Response { progress: Some(progress), ..Response::default() }
}

pub(super) fn summary(tally: &Tally, written: u32, refused: bool) -> Response {
    let summary = pb::ImportSummary {
        rows: number(tally.rows),
        created: number(tally.created),
        matched: number(tally.matched),
        ambiguous: number(tally.ambiguous),
        rejected: number(tally.rejected),
        written: number(written),
        refused,
    };
    Response { summary: Some(summary), ..Response::default() }
}

fn number(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

fn row(verdict: &Verdict) -> pb::ImportedRow {
    let ruling = match verdict.ruling {
        Ruling::Created => pb::ImportVerdict::Created,
        Ruling::Matched => pb::ImportVerdict::Matched,
        Ruling::Ambiguous => pb::ImportVerdict::Ambiguous,
        Ruling::Rejected => pb::ImportVerdict::Rejected,
    };
    pb::ImportedRow {
        row: number(verdict.row),
        verdict: ruling.into(),
        reasons: verdict.why.iter().map(reason).collect(),
        names: verdict.names.iter().map(|Resource(collection, id)| name::of(collection, *id)).collect(),
    }
}

fn told(told: Told, column: &str) -> pb::ImportReason {
    pb::ImportReason { reason: told.id.to_owned(), column: column.to_owned(), message_vi: told.vi, message_en: told.en }
}

fn reason(why: &Why) -> pb::ImportReason {
    let of = |reason: ErrorReason, metadata: &[(&str, &str)]| told(Told::of(reason, metadata), "");
    match why {
        Why::Fault(fault) => told(problem(&fault.problem), fault.column),
        Why::Match(reason) => {
            let (id, vi, en) = producers::wire::matching::told(*reason);
            pb::ImportReason { reason: id, column: String::new(), message_vi: vi.to_owned(), message_en: en.to_owned() }
        }
        Why::Repeated(row) => of(ErrorReason::RowRepeated, &[("row", &row.to_string())]),
        Why::ProductEqual => of(ErrorReason::ProductEqual, &[]),
        Why::ProductAlike => of(ErrorReason::ProductAlike, &[]),
        Why::PersonEqual => of(ErrorReason::PersonEqual, &[]),
        Why::PersonSeveral => of(ErrorReason::PersonAmbiguous, &[]),
        Why::PostHeld(id) => of(ErrorReason::DutyHeld, &[("name", &name::of("posts", *id))]),
        Why::Forbidden => told(Told::of(Common::UnitForbidden, &[]), "commune_code"),
        Why::TaxCodeTaken(id) => {
            told(Told::of(ErrorReason::TaxCodeTaken, &[("name", &name::of("producers", *id))]), "tax_code")
        }
        Why::NotEligible(id, decision, form) => {
            let producer = name::of("producers", *id);
            let metadata = [("producer", producer.as_str()), ("decision", decision), ("form", form)];
            told(Told::of(ErrorReason::FormNotEligible, &metadata), "legal_form")
        }
        Why::PartByDefault(unit) => told(Told::of(ErrorReason::PartByDefault, &[("unit", unit)]), "commune_code"),
        Why::NotYetRegistered(id, on) => {
            let metadata = [("producer", name::of("producers", *id)), ("date", day::text(*on))];
            let metadata = metadata.each_ref().map(|(key, value)| (*key, value.as_str()));
            told(Told::of(ErrorReason::ProducerNotYetRegistered, &metadata), "registration_date")
        }
    }
}

fn problem(problem: &Problem) -> Told {
    match problem {
        Problem::Required => Told::of(Common::FieldRequired, &[]),
        Problem::TooLong(most) => Told::of(Common::FieldLength, &[("expected", &format!("<= {most}"))]),
        Problem::Unclean => Told::of(Common::TextUnclean, &[]),
        Problem::NoDay => Told::of(Common::DateInvalid, &[]),
        Problem::InFuture(date) => Told::of(Common::DateInFuture, &[("date", &day::text(*date))]),
        Problem::BeforeKnown(date) => Told::of(Common::DateBeforeKnown, &[("date", &day::text(*date))]),
        Problem::BeforeBegin(date) => Told::of(Common::DateOrder, &[("detail", &format!("≥ {}", day::text(*date)))]),
        Problem::UnitUnknown(unit, on) => Told::of(Common::UnitUnknown, &[("unit", unit), ("date", &day::text(*on))]),
        Problem::UnitSeveral(unit) => Told::of(ErrorReason::UnitAmbiguous, &[("unit", unit)]),
        Problem::UnitNoLink(unit, on) => {
            Told::of(ErrorReason::UnitLinkUnknown, &[("unit", unit), ("date", &day::text(*on))])
        }
        Problem::NotCommune(unit) => Told::of(ErrorReason::UnitNotCommune, &[("unit", unit)]),
        Problem::TaxCode => Told::of(ErrorReason::TaxCodeInvalid, &[]),
        Problem::LegalForm(typed) => Told::of(ErrorReason::LegalFormUnknown, &[("typed", typed)]),
        Problem::ProductSet(name) => Told::of(Common::ReferenceUnknown, &[("name", name)]),
        Problem::Form(expected) => Told::of(Common::FieldFormat, &[("expected", expected)]),
        Problem::Range(expected) => Told::of(Common::FieldRange, &[("expected", expected)]),
    }
}

/// The event of a batch.
pub(super) fn imported(id: Uuid, kind: Kind, batch: i32, made: &[Made]) -> pb::RecordsImported {
    let kind = match kind {
        Kind::Producers => pb::ImportKind::Producers,
        Kind::Products => pb::ImportKind::Products,
        Kind::People => pb::ImportKind::People,
        Kind::Officers => pb::ImportKind::Officers,
    };
    let kind = kind.as_str_name().to_owned();
    pb::RecordsImported {
        import: name::of("imports", id),
        kind,
        batch,
        records: made.iter().flat_map(records).collect(),
    }
}

fn records(made: &Made) -> Vec<pb::RecordImported> {
    let record = |unit: &str, on, sample, event| pb::RecordImported {
        unit: unit.to_owned(),
        act_date: Some(day::pb(on)),
        sample,
        event: Some(event),
    };
    match made {
        Made::Producer(p) => {
            let new = &p.new;
            vec![record(&new.unit, new.registration_date, new.sample, Event::Producer(producers::wire::recorded(p)))]
        }
        Made::Product(p) => {
            vec![record(&p.unit, p.registration_date, p.sample, Event::Product(products::wire::recorded(p)))]
        }
        Made::Person(p) => {
            vec![record(&p.unit, p.registration_date, p.sample, Event::Person(people::wire::recorded(p)))]
        }
        Made::Post(duty) => {
            let began = Event::Duty(duties::wire::began(duty));
            let mut records = vec![record(&duty.unit, duty.begin_date, duty.sample, began)];
            if let Some(end) = duty.end_date {
                records.push(record(&duty.unit, end, duty.sample, Event::Ended(duties::wire::ended(duty, end))));
            }
            records
        }
    }
}

/// The province that everything in a batch lies in; the country where there are several.
pub(super) fn common_unit(event: &pb::RecordsImported) -> &'static str {
    let once: BTreeSet<&str> = event.records.iter().map(|record| record.unit.as_str()).collect();
    let province = |name: &str| units::by_name(name).and_then(units::province_of).map(|unit| unit.name.as_str());
    let provinces: BTreeSet<Option<&str>> = once.into_iter().map(province).collect();
    match provinces.into_iter().collect::<Vec<_>>().as_slice() {
        [Some(one)] => units::by_name(one).map_or(units::ROOT, |unit| unit.name.as_str()),
        _ => units::ROOT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imports::domain::Fault;

    #[test]
    fn every_problem_and_every_reason_fills_its_text() {
        let day = time::macros::date!(2021 - 06 - 30);
        let (id, typed) = (Uuid::nil(), "x".to_owned());
        let problems = [
            Problem::Required,
            Problem::TooLong(300),
            Problem::Unclean,
            Problem::NoDay,
            Problem::InFuture(day),
            Problem::BeforeKnown(day),
            Problem::BeforeBegin(day),
            Problem::UnitUnknown(typed.clone(), day),
            Problem::UnitSeveral(typed.clone()),
            Problem::UnitNoLink(typed.clone(), day),
            Problem::NotCommune(typed.clone()),
            Problem::TaxCode,
            Problem::LegalForm(typed.clone()),
            Problem::ProductSet(typed),
            Problem::Form("x"),
            Problem::Range("3..5"),
        ];
        let mut why: Vec<Why> =
            problems.into_iter().map(|problem| Why::Fault(Fault { column: "c", problem })).collect();
        why.extend([Why::Repeated(2), Why::ProductEqual, Why::ProductAlike, Why::PersonEqual, Why::PersonSeveral]);
        why.extend([Why::PostHeld(id), Why::Forbidden, Why::TaxCodeTaken(id), Why::NotYetRegistered(id, day)]);
        why.extend([Why::NotEligible(id, "26/2026/QĐ-TTg", "x"), Why::PartByDefault("units/1".to_owned())]);
        for why in why {
            let reason = reason(&why);
            for text in [&reason.message_vi, &reason.message_en] {
                assert!(!text.is_empty() && !text.contains(['{', '[']), "{why:?}: {text}");
            }
        }
    }
}
