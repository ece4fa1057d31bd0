//! Books and periods between the wire and the domain.

use kit::{Call, Error, Page, Result, Violations, day, instant};
use proto::budget::v1::{self as pb, ErrorReason};
use proto::common::v1::{ErrorReason as Common, Role};
use time::Date;
use uuid::Uuid;

use super::domain::{Book, CarryOver, Change, ChangeFault, DateFault, Length, Span, State, Verb};
use super::store::{Act, Kept};
use crate::ledger::domain::Posting;
use crate::plans::wire::name_of as plan_name;
use reference::wire::{line, title};

/// A book to be changed.
pub struct Update {
    /// The plan.
    pub plan: Uuid,
    /// The etag that was read; empty where the caller does not ask.
    pub etag: String,
    /// What changes.
    pub change: Change,
}

/// A period to be closed or opened, or a year to be closed.
pub struct Step {
    /// The plan.
    pub plan: Uuid,
    /// The period; 0 for the year.
    pub number: i32,
    /// The day of the act.
    pub act_date: Date,
    /// Its document.
    pub document_number: String,
    /// Why it is opened.
    pub reason: String,
}

/// Reads a request.
pub fn get_ledger_book(req: &pb::GetLedgerBookRequest, v: &mut Violations) -> Option<Uuid> {
    v.name("plan", &req.plan, "plans")
}

/// Reads a request.
pub fn update_ledger_book(req: &pb::UpdateLedgerBookRequest, v: &mut Violations) -> Option<Update> {
    let book = req.ledger_book.as_ref()?;
    let plan = v.name("ledger_book.plan", &book.plan, "plans");
    let set = [
        ("period_length", book.period_length != 0),
        ("adjustment_days", book.adjustment_days != 0),
        ("backdate_days", book.backdate_days != 0),
        ("carry_over_rule", book.carry_over_rule != 0),
    ];
    let mut change = Change::default();
    for field in v.mask(req.update_mask.as_ref(), &set).unwrap_or_default() {
        match field {
            "period_length" => change.length = required(v, "period_length", Length::of_number(book.period_length)),
            "adjustment_days" => change.adjustment_days = Some(book.adjustment_days),
            "backdate_days" => change.backdate_days = Some(book.backdate_days),
            _ => change.carry_over = required(v, "carry_over_rule", CarryOver::of_number(book.carry_over_rule)),
        }
    }
    Some(Update { plan: plan?, etag: book.etag.clone(), change })
}

fn required<T>(v: &mut Violations, field: &str, value: Option<T>) -> Option<T> {
    let field = format!("ledger_book.{field}");
    if value.is_none() && !v.has(&field) {
        v.add(field, Common::FieldRequired, &[]);
    }
    value
}

/// Reads a request.
pub fn list_periods(req: &pb::ListPeriodsRequest, v: &mut Violations) -> Option<(Uuid, Page)> {
    let plan = v.name("plan", &req.plan, "plans");
    let page = v.page(req.page_size, &req.page_token, &[&req.plan]);
    Some((plan?, page?))
}

/// Reads a request.
pub fn close_period(req: &pb::ClosePeriodRequest, v: &mut Violations) -> Option<Step> {
    let plan = v.name("plan", &req.plan, "plans");
    let act_date = v.act_date("act_date", req.act_date.as_ref());
    let document_number = title(v, "document_number", &req.document_number)?;
    Some(Step { plan: plan?, number: req.number, act_date: act_date?, document_number, reason: String::new() })
}

/// Reads a request.
pub fn reopen_period(req: &pb::ReopenPeriodRequest, v: &mut Violations) -> Option<Step> {
    let plan = v.name("plan", &req.plan, "plans");
    let act_date = v.act_date("act_date", req.act_date.as_ref());
    let document_number = title(v, "document_number", &req.document_number);
    let reason = line(v, "reason", &req.reason);
    Some(Step {
        plan: plan?,
        number: req.number,
        act_date: act_date?,
        document_number: document_number?,
        reason: reason?,
    })
}

/// Reads a request.
pub fn close_year(req: &pb::CloseYearRequest, v: &mut Violations) -> Option<Step> {
    let plan = v.name("plan", &req.plan, "plans");
    let act_date = v.act_date("act_date", req.act_date.as_ref());
    let document_number = title(v, "document_number", &req.document_number)?;
    Some(Step { plan: plan?, number: 0, act_date: act_date?, document_number, reason: String::new() })
}

/// An entry's day must be one that the book admits, and that the caller may still record: finance and the leader may date
/// back at will.
///
/// # Errors
/// DATE_OUTSIDE_YEAR, PERIOD_CLOSED, YEAR_CLOSED; BACKDATING_FORBIDDEN.
pub fn admitted(
    book: &Book,
    posting: Posting,
    (field, act_date): (&str, Date),
    (call, unit_path): (&Call, &str),
) -> Result<()> {
    let (year, date) = (book.year.to_string(), day::text(act_date));
    book.admits(posting, act_date).map_err(|fault| match fault {
        DateFault::OutsideYear => {
            Error::violation(field, ErrorReason::DateOutsideYear, &[("date", &date), ("year", &year)])
        }
        DateFault::PeriodClosed { number } => {
            Error::refused(ErrorReason::PeriodClosed).with("date", &date).with("period", number)
        }
        DateFault::YearClosed => year_closed(book),
    })?;
    let at_will = [Role::FinanceOfficer, Role::CommitteeLeader].iter().any(|role| call.holds(*role, unit_path));
    if at_will || book.is_recent(act_date, call.today) {
        return Ok(());
    }
    Err(Error::denied(Common::BackdatingForbidden).with("date", date))
}

/// The year is closed.
#[must_use]
pub fn year_closed(book: &Book) -> Error {
    Error::refused(ErrorReason::YearClosed).with("year", book.year)
}

/// The book does not change so.
#[must_use]
pub fn unchanged(book: &Book, fault: ChangeFault) -> Error {
    match fault {
        ChangeFault::YearClosed => year_closed(book),
        ChangeFault::PeriodsFixed { number } => Error::refused(ErrorReason::PeriodsFixed).with("period", number),
    }
}

/// An entry is dated after what would be the last day of the adjustment period.
#[must_use]
pub fn still_needed(book: &Book, entry: Date) -> Error {
    Error::refused(ErrorReason::AdjustmentNeeded)
        .with("date", day::text(entry))
        .with("last", day::text(book.last_day()))
}

/// The year has no such period.
#[must_use]
pub fn no_period(book: &Book) -> Error {
    let expected = format!("1..{}", book.spans().len());
    Error::violation("number", Common::FieldRange, &[("expected", &expected)])
}

/// The period's state does not allow the step.
#[must_use]
pub fn forbidden(number: i32, refused: &kit::states::Forbidden<State, Verb>) -> Error {
    let allowed: Vec<&str> = refused.allowed.iter().map(|verb| rpc(*verb)).collect();
    Error::refused(ErrorReason::PeriodStateForbids)
        .with("period", number)
        .with("state", refused.state.word().to_uppercase())
        .with("verb", rpc(refused.step))
        .with("allowed", allowed.join(", "))
}

fn rpc(verb: Verb) -> &'static str {
    match verb {
        Verb::Close => "ClosePeriod",
        Verb::Reopen => "ReopenPeriod",
    }
}

/// A period must be closed first.
#[must_use]
pub fn still_open(number: i32) -> Error {
    Error::refused(ErrorReason::PeriodStillOpen).with("period", number)
}

/// Money is still bound, or paid and not settled.
#[must_use]
pub fn not_settled(committed_vnd: i64, paid_vnd: i64) -> Error {
    Error::refused(ErrorReason::YearNotSettled).with("committed", committed_vnd).with("paid", paid_vnd)
}

/// What the others are told of a period or year.
#[must_use]
pub fn moved(plan: Uuid, number: i32, state: State) -> pb::PeriodMoved {
    pb::PeriodMoved { plan: plan_name(plan), number, closed: state == State::Closed }
}

/// What the others are told of a changed book.
#[must_use]
pub fn set(plan: Uuid) -> pb::LedgerBookSet {
    pb::LedgerBookSet { plan: plan_name(plan) }
}

/// A book as it is answered.
#[must_use]
pub fn book(kept: Kept) -> pb::LedgerBook {
    pb::LedgerBook {
        plan: plan_name(kept.id),
        unit: kept.unit,
        year: kept.year,
        period_length: Length::of(&kept.period_length).map_or(0, Length::number),
        adjustment_days: kept.adjustment_days,
        backdate_days: kept.backdate_days,
        carry_over_rule: CarryOver::of(&kept.carry_over_rule).map_or(0, CarryOver::number),
        close_date: kept.close_date.map(day::pb),
        close_document_number: kept.close_document_number,
        sample: kept.sample,
        etag: kit::etag(kept.version),
        update_time: (kept.version > 1).then(|| instant::pb(kept.update_us)),
    }
}

/// A period as it is answered, with the last act on it.
#[must_use]
pub fn period(of: &Kept, book: &Book, span: Span, act: Option<&Act>) -> pb::Period {
    pb::Period {
        plan: plan_name(of.id),
        number: span.number,
        begin_date: Some(day::pb(span.begin)),
        end_date: Some(day::pb(span.end)),
        adjustment: span.adjustment,
        state: book.state(span.number).number(),
        act_date: act.map(|act| day::pb(act.act_date)),
        document_number: act.map(|act| act.document_number.clone()).unwrap_or_default(),
        reason: act.map(|act| act.reason.clone()).unwrap_or_default(),
        sample: of.sample,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_the_contracts_names_and_numbers() {
        for length in Length::ALL {
            let name = pb::PeriodLength::try_from(length.number()).unwrap().as_str_name();
            assert_eq!(name, format!("PERIOD_LENGTH_{}", length.word().to_uppercase()));
        }
        for rule in CarryOver::ALL {
            let name = pb::CarryOverRule::try_from(rule.number()).unwrap().as_str_name();
            assert_eq!(name, format!("CARRY_OVER_RULE_{}", rule.word().to_uppercase()));
        }
        for state in State::ALL {
            let name = pb::PeriodState::try_from(state.number()).unwrap().as_str_name();
            assert_eq!(name, format!("PERIOD_STATE_{}", state.word().to_uppercase()));
        }
    }
}
