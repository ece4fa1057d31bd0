//! Changes of units between the wire and the domain.

use kit::{Error, Page, Violations, day, etag, instant, name, reason_texts};
use proto::common::v1::ErrorReason as Common;
use proto::registry::v1::{self as pb, ErrorReason};
use reference::units::{Fault, Verdict, Verdicts};
use reference::wire::{clean, title};
use time::Date;
use uuid::Uuid;

use super::domain::{self, ChangeState, ChangeStep, LinkRow, Rows, Unfit, UnitRow};
use super::store::{Head, Stored};
use crate::shared::states::Forbidden;

/// A change that is asked for, or new values of one.
#[derive(Clone, Default)]
pub(super) struct Content {
    pub(super) title: Option<String>,
    pub(super) begin_date: Option<Date>,
    pub(super) source: Option<String>,
    pub(super) source_date: Option<Date>,
    pub(super) verified: Option<bool>,
    pub(super) units: Option<Vec<UnitRow>>,
    pub(super) links: Option<Vec<LinkRow>>,
}

pub(super) struct New {
    pub(super) title: String,
    pub(super) begin_date: Date,
    pub(super) source: String,
    pub(super) source_date: Date,
    pub(super) verified: bool,
    pub(super) rows: Rows,
}

pub(super) struct Update {
    pub(super) id: Uuid,
    pub(super) etag: String,
    pub(super) content: Content,
}

pub(super) struct Act {
    pub(super) id: Uuid,
    pub(super) etag: String,
    pub(super) step: ChangeStep,
    /// The day of the act, where it has one.
    pub(super) on: Option<Date>,
}

/// What is to be judged.
pub(super) enum Verify {
    /// A stored change.
    Stored(Uuid),
    /// Rows that were sent; without a day where links alone tell it.
    Sent(Option<Date>, Rows),
}

/// A code of a unit is a few digits; whether it fits its level is the row's own verdict.
fn code(v: &mut Violations, field: String, code: &str) -> String {
    if !(2..=5).contains(&code.len()) || !code.bytes().all(|b| b.is_ascii_digit()) {
        v.add(field, Common::FieldFormat, &[("expected", "2..5 digits")]);
    }
    code.to_owned()
}

/// A name that may be left out.
fn name_of(v: &mut Violations, field: &str, typed: &str) -> String {
    if typed.trim().is_empty() { String::new() } else { title(v, field, typed).unwrap_or_default() }
}

/// The day of a row must be the change's.
fn fits(v: &mut Violations, field: String, told: Option<Date>, expected: Option<Date>) {
    if let (Some(told), Some(expected)) = (told, expected)
        && told != expected
    {
        v.add(field, Common::DateOrder, &[("detail", &format!("= {}", day::text(expected)))]);
    }
}

/// Unit rows; faults leave a row incomplete, and the request is refused for them once all are found.
fn units(v: &mut Violations, at: &str, rows: &[pb::UnitRow], begin: Option<Date>) -> Vec<UnitRow> {
    let mut read = Vec::with_capacity(rows.len());
    for (index, row) in rows.iter().enumerate() {
        let field = |name: &str| format!("{at}unit_rows[{index}].{name}");
        let from = v.opt_date(&field("valid_from"), row.valid_from.as_ref()).flatten();
        let to = v.opt_date(&field("valid_to"), row.valid_to.as_ref()).flatten();
        let ends = to.is_some();
        if ends && from.is_some() {
            v.add(field("valid_from"), Common::FieldFormat, &[("expected", "valid_from | valid_to")]);
        }
        fits(v, field("valid_from"), from, begin);
        fits(v, field("valid_to"), to, begin.and_then(Date::previous_day));
        let display_name = if ends {
            name_of(v, &field("display_name"), &row.display_name)
        } else {
            title(v, &field("display_name"), &row.display_name).unwrap_or_default()
        };
        if !ends && row.r#type == 0 {
            v.add(field("type"), Common::FieldRequired, &[]);
        }
        read.push(UnitRow {
            code: code(v, field("code"), &row.code),
            display_name,
            kind: if ends { 0 } else { row.r#type },
            parent: clean(&row.parent),
            ends,
        });
    }
    read
}

fn links(v: &mut Violations, at: &str, rows: &[pb::UnitLinkRow]) -> Vec<LinkRow> {
    let mut read = Vec::with_capacity(rows.len());
    for (index, row) in rows.iter().enumerate() {
        let field = |name: &str| format!("{at}link_rows[{index}].{name}");
        read.push(LinkRow {
            from_code: code(v, field("from_code"), &row.from_code),
            from_name: name_of(v, &field("from_name"), &row.from_name),
            to_code: code(v, field("to_code"), &row.to_code),
            to_name: name_of(v, &field("to_name"), &row.to_name),
            whole: row.share() == pb::Share::Whole,
            default_target: row.default_target,
        });
    }
    read
}

pub(super) fn create(req: &pb::CreateUnitChangeRequest, v: &mut Violations) -> Option<New> {
    let change = req.unit_change.as_ref()?;
    let begin_date = v.date("unit_change.begin_date", change.begin_date.as_ref());
    let title_read = title(v, "unit_change.title", &change.title);
    let source = title(v, "unit_change.source", &change.source);
    let source_date = v.act_date("unit_change.source_date", change.source_date.as_ref());
    let rows = Rows {
        units: units(v, "unit_change.", &change.unit_rows, begin_date),
        links: links(v, "unit_change.", &change.link_rows),
    };
    Some(New {
        title: title_read?,
        begin_date: begin_date?,
        source: source?,
        source_date: source_date?,
        verified: change.verified,
        rows,
    })
}

pub(super) fn update(req: &pb::UpdateUnitChangeRequest, v: &mut Violations) -> Option<Update> {
    let change = req.unit_change.as_ref()?;
    let id = v.name("unit_change.name", &change.name, "unitChanges");
    let set = [
        ("title", !change.title.is_empty()),
        ("begin_date", change.begin_date.is_some()),
        ("source", !change.source.is_empty()),
        ("source_date", change.source_date.is_some()),
        ("verified", change.verified),
        ("unit_rows", !change.unit_rows.is_empty()),
        ("link_rows", !change.link_rows.is_empty()),
    ];
    let fields = v.mask(req.update_mask.as_ref(), &set)?;
    let asked = |field: &str| fields.contains(&field);
    let mut content = Content::default();
    if asked("title") {
        content.title = title(v, "unit_change.title", &change.title);
    }
    if asked("begin_date") {
        content.begin_date = v.date("unit_change.begin_date", change.begin_date.as_ref());
    }
    if asked("source") {
        content.source = title(v, "unit_change.source", &change.source);
    }
    if asked("source_date") {
        content.source_date = v.act_date("unit_change.source_date", change.source_date.as_ref());
    }
    content.verified = asked("verified").then_some(change.verified);
    if asked("unit_rows") {
        content.units = Some(units(v, "unit_change.", &change.unit_rows, content.begin_date));
    }
    if asked("link_rows") {
        content.links = Some(links(v, "unit_change.", &change.link_rows));
    }
    Some(Update { id: id?, etag: change.etag.clone(), content })
}

pub(crate) fn list(req: &pb::ListUnitChangesRequest, v: &mut Violations) -> Option<(i32, Page)> {
    let page = v.page(req.page_size, &req.page_token, &[&req.state.to_string()])?;
    Some((req.state, page))
}

pub(super) fn verify(req: &pb::VerifyUnitChangeRequest, v: &mut Violations) -> Option<Verify> {
    if !req.name.is_empty() {
        return v.name("name", &req.name, "unitChanges").map(Verify::Stored);
    }
    let told = v.opt_date("begin_date", req.begin_date.as_ref())?;
    // A list of units tells the day in its rows.
    let of_row = |row: &pb::UnitRow| {
        let from = row.valid_from.as_ref().and_then(day::of);
        from.or_else(|| row.valid_to.as_ref().and_then(day::of).and_then(Date::next_day))
    };
    let begin = told.or_else(|| req.unit_rows.iter().find_map(of_row));
    let rows = Rows { units: units(v, "", &req.unit_rows, begin), links: links(v, "", &req.link_rows) };
    if begin.is_none() && (!rows.units.is_empty() || rows.links.is_empty()) {
        v.add("begin_date", Common::FieldRequired, &[]);
    }
    Some(Verify::Sent(begin, rows))
}

pub(super) fn enforce(req: &pb::EnforceUnitChangeRequest, v: &mut Violations) -> Option<Act> {
    let id = v.name("name", &req.name, "unitChanges");
    let on = v.act_date("force_date", req.force_date.as_ref());
    Some(Act { id: id?, etag: req.etag.clone(), step: ChangeStep::Enforce, on: Some(on?) })
}

pub(super) fn drop_change(req: &pb::DropUnitChangeRequest, v: &mut Violations) -> Option<Act> {
    let id = v.name("name", &req.name, "unitChanges")?;
    Some(Act { id, etag: req.etag.clone(), step: ChangeStep::Drop, on: None })
}

pub(super) fn forbids(id: Uuid, f: &Forbidden<ChangeState, ChangeStep>) -> Error {
    let allowed: Vec<&str> = f.allowed.iter().map(|step| step.word()).collect();
    let allowed = if allowed.is_empty() { "-".to_owned() } else { allowed.join(", ") };
    let refusal = Error::refused(ErrorReason::StepNotAllowed).with("name", name::of("unitChanges", id));
    refusal.with("state", f.state.word()).with("step", f.step.word()).with("allowed", allowed)
}

pub(super) fn unfit(unfit: &Unfit) -> Error {
    let refusal = Error::refused(ErrorReason::UnitChangeRefused);
    let refusal = refusal.with("refused", unfit.refused).with("new", unfit.new);
    match unfit.too_early {
        Some(date) => refusal.with("date", day::text(date)),
        None => refusal,
    }
}

/// The change was decided before the act of law that orders it.
pub(super) fn too_early(source_date: Date) -> Error {
    Error::violation("force_date", Common::DateOrder, &[("detail", &format!("≥ {}", day::text(source_date)))])
}

/// No known map has these links, so their day must be told.
pub(super) fn no_day() -> Error {
    Error::violation("begin_date", Common::FieldRequired, &[])
}

pub(crate) fn head(head: Head) -> pb::UnitChange {
    pb::UnitChange {
        name: name::of("unitChanges", head.id),
        title: head.title,
        begin_date: Some(day::pb(head.begin_date)),
        source: head.source,
        source_date: Some(day::pb(head.source_date)),
        verified: head.verified,
        unit_rows: Vec::new(),
        link_rows: Vec::new(),
        unit_count: head.unit_count,
        link_count: head.link_count,
        state: head.state,
        force_date: head.force_date.map(day::pb),
        place: head.place.unwrap_or_default(),
        etag: etag(head.version),
        create_time: Some(instant::pb(head.create_us)),
        update_time: Some(instant::pb(head.update_us)),
    }
}

pub(super) fn change(stored: Stored) -> pb::UnitChange {
    let begin = stored.head.begin_date;
    let (from, to) = (Some(day::pb(begin)), begin.previous_day().map(day::pb));
    let unit = |row: UnitRow| pb::UnitRow {
        code: row.code,
        display_name: row.display_name,
        r#type: row.kind,
        parent: row.parent,
        valid_from: from.filter(|_| !row.ends),
        valid_to: to.filter(|_| row.ends),
    };
    let link = |row: LinkRow| pb::UnitLinkRow {
        from_code: row.from_code,
        from_name: row.from_name,
        to_code: row.to_code,
        to_name: row.to_name,
        share: if row.whole { pb::Share::Whole } else { pb::Share::Part }.into(),
        default_target: row.default_target,
    };
    pb::UnitChange {
        unit_rows: stored.rows.units.into_iter().map(unit).collect(),
        link_rows: stored.rows.links.into_iter().map(link).collect(),
        ..head(stored.head)
    }
}

/// A fault of a row with the values of its texts.
fn reason(fault: &Fault) -> pb::UnitRowReason {
    let digits;
    let row;
    let told = match fault {
        Fault::CodeForm(count) => {
            digits = format!("{count} digits");
            reason_texts(Common::FieldFormat, &[("expected", &digits)])
        }
        Fault::Overlaps(unit) => reason_texts(ErrorReason::UnitOverlaps, &[("unit", unit)]),
        Fault::NotBefore(code) => reason_texts(ErrorReason::UnitNotBefore, &[("code", code)]),
        Fault::Parent(parent) => reason_texts(ErrorReason::UnitParentWrong, &[("parent", parent)]),
        Fault::ChildLeft(unit) => reason_texts(ErrorReason::UnitChildLeft, &[("unit", unit)]),
        Fault::NameDiffers(name) => reason_texts(ErrorReason::UnitNameDiffers, &[("name", name)]),
        Fault::Lasts(unit) => reason_texts(ErrorReason::UnitLasts, &[("unit", unit)]),
        Fault::Target(unit) => reason_texts(ErrorReason::UnitLinkTarget, &[("unit", unit)]),
        Fault::Defaults(unit) | Fault::WholeAndMore(unit) | Fault::Contradicts(unit) => {
            reason_texts(ErrorReason::UnitLinksWrong, &[("unit", unit)])
        }
        Fault::Repeats(first) => {
            row = first.to_string();
            reason_texts(Common::ResourceExists, &[("name", &row)])
        }
    };
    row_reason(told)
}

fn row_reason((reason, text_vi, text_en): (&str, String, String)) -> pb::UnitRowReason {
    pb::UnitRowReason { reason: reason.to_owned(), text_vi, text_en }
}

pub(super) fn verdicts(begin: Date, verdicts: &Verdicts) -> pb::VerifyUnitChangeResponse {
    let row = |link: bool| {
        move |(at, verdict): (usize, &Verdict)| pb::UnitRowVerdict {
            link,
            row: i32::try_from(at + 1).unwrap_or(i32::MAX),
            outcome: domain::outcome(verdict),
            reasons: verdict.faults.iter().map(reason).collect(),
            units: verdict.names.clone(),
        }
    };
    let units = verdicts.units.iter().enumerate().map(row(false));
    let all: Vec<pb::UnitRowVerdict> = units.chain(verdicts.links.iter().enumerate().map(row(true))).collect();
    let count = |outcome: pb::UnitRowOutcome| {
        i32::try_from(all.iter().filter(|row| row.outcome() == outcome).count()).unwrap_or(i32::MAX)
    };
    let early = verdicts.too_early.map(|first| {
        let detail = format!("≥ {}", day::text(first));
        row_reason(reason_texts(Common::DateOrder, &[("detail", &detail)]))
    });
    pb::VerifyUnitChangeResponse {
        new_count: count(pb::UnitRowOutcome::New),
        known_count: count(pb::UnitRowOutcome::Known),
        refused_count: count(pb::UnitRowOutcome::Refused),
        verdicts: all,
        begin_date: Some(day::pb(begin)),
        reasons: early.into_iter().collect(),
    }
}

pub(super) fn recorded(head: &Head) -> pb::UnitChangeRecorded {
    pb::UnitChangeRecorded {
        unit_change: name::of("unitChanges", head.id),
        state: pb::UnitChangeState::try_from(head.state).unwrap_or_default().as_str_name().to_owned(),
        begin_date: Some(day::pb(head.begin_date)),
        place: head.place.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_and_kinds_have_the_contracts_numbers() {
        for state in ChangeState::ALL {
            let theirs = pb::UnitChangeState::try_from(state.number()).expect("it is in the contract");
            assert_eq!(theirs.as_str_name(), format!("UNIT_CHANGE_STATE_{}", state.word()));
        }
        let kinds: Vec<i32> = (-1..12).filter(|number| domain::kind_of(*number).is_some()).collect();
        assert_eq!(kinds, (1..=10).collect::<Vec<i32>>());
        for number in kinds {
            let kind = domain::kind_of(number).expect("a kind");
            assert_eq!(i32::from(crate::units::wire::kind(kind)), number);
        }
    }
}
