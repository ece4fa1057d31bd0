//! Transfers between the wire and the domain.

use kit::{Error, Page, Violations, day, instant, name};
use proto::budget::v1::{self as pb, ErrorReason};
use proto::common::v1::ErrorReason as Common;
use time::Date;
use uuid::Uuid;

use super::domain::{Fault, Transfer};
use super::store::{Filter, Kept};
use crate::estimates::store::Line;
use crate::estimates::wire::{line_name, source};
use crate::ledger::wire::name_of as entry_name;
use crate::plans::wire::name_of as plan_name;
use reference::wire::{line, title};

/// Money to be moved.
pub struct Move {
    /// The line that gives.
    pub from_line: Uuid,
    /// The line that takes.
    pub to_line: Uuid,
    /// The amount in đồng.
    pub amount_vnd: i64,
    /// Day of the act.
    pub act_date: Date,
    /// Its document.
    pub document_number: String,
    /// Why.
    pub reason: String,
    /// An invented sample.
    pub sample: bool,
}

/// Reads a request.
pub fn create_transfer(req: &pb::CreateTransferRequest, v: &mut Violations) -> Option<Move> {
    moved(req.transfer.as_ref()?, v)
}

/// Reads a request.
pub fn carry_over(req: &pb::CarryOverRequest, v: &mut Violations) -> Option<Move> {
    moved(req.transfer.as_ref()?, v)
}

fn moved(transfer: &pb::Transfer, v: &mut Violations) -> Option<Move> {
    let from_line = v.name("transfer.from_line", &transfer.from_line, "lines");
    let to_line = v.name("transfer.to_line", &transfer.to_line, "lines");
    if from_line.is_some() && from_line == to_line {
        v.add("transfer.to_line", ErrorReason::TransferToItself, &[("line", &transfer.to_line)]);
    }
    let act_date = v.act_date("transfer.act_date", transfer.act_date.as_ref());
    let document_number = title(v, "transfer.document_number", &transfer.document_number);
    let reason = line(v, "transfer.reason", &transfer.reason);
    Some(Move {
        from_line: from_line?,
        to_line: to_line?,
        amount_vnd: transfer.amount_vnd,
        act_date: act_date?,
        document_number: document_number?,
        reason: reason?,
        sample: transfer.sample,
    })
}

/// Reads a request.
pub fn get_transfer(req: &pb::GetTransferRequest, v: &mut Violations) -> Option<Uuid> {
    v.name("name", &req.name, "transfers")
}

/// Reads a request.
pub fn list_transfers(req: &pb::ListTransfersRequest, v: &mut Violations) -> Option<(Filter, Page)> {
    let plan = v.opt_name("plan", &req.plan, "plans");
    let line = v.opt_name("line", &req.line, "lines");
    let page = v.page(req.page_size, &req.page_token, &[&req.plan, &req.line]);
    Some((Filter { plan: plan?, line: line? }, page?))
}

/// The giving and the taking line of those that were found.
///
/// # Errors
/// REFERENCE_UNKNOWN for each that was not.
pub fn sides(want: &Move, lines: Vec<Line>) -> Result<(Line, Line), Error> {
    let (mut from, mut to) = (None, None);
    for line in lines {
        if line.id == want.from_line {
            from = Some(line);
        } else if line.id == want.to_line {
            to = Some(line);
        }
    }
    match (from, to) {
        (Some(from), Some(to)) => Ok((from, to)),
        (from, to) => {
            let mut v = Violations::default();
            for (found, field, id) in
                [(from, "transfer.from_line", want.from_line), (to, "transfer.to_line", want.to_line)]
            {
                if found.is_none() {
                    v.add(field, Common::ReferenceUnknown, &[("name", &line_name(id))]);
                }
            }
            Err(Error::invalid(v))
        }
    }
}

/// The line may not give to the other.
#[must_use]
pub fn refused(fault: Fault, from: &Line, to: &Line) -> Error {
    match fault {
        Fault::PlansDiffer => Error::refused(ErrorReason::PlansDiffer)
            .with("plan", plan_name(to.plan_id))
            .with("line", line_name(from.id)),
        Fault::SourcesDiffer => {
            let named =
                |word: &str| pb::FundingSource::try_from(source(word)).unwrap_or_default().as_str_name().to_owned();
            Error::refused(ErrorReason::SourcesDiffer).with("from", named(&from.source)).with("to", named(&to.source))
        }
    }
}

/// The document has brought money the other way already.
#[must_use]
pub fn circle(want: &Move) -> Error {
    Error::refused(ErrorReason::TransferCircle)
        .with("document", &want.document_number)
        .with("from", line_name(want.from_line))
        .with("to", line_name(want.to_line))
}

/// The year's rule allows no carry-over.
#[must_use]
pub fn not_carried(year: i32) -> Error {
    Error::refused(ErrorReason::CarryOverForbidden).with("year", year)
}

/// The name of a transfer.
#[must_use]
pub fn name_of(id: Uuid) -> String {
    name::of("transfers", id)
}

/// A transfer as it is answered.
#[must_use]
pub fn transfer(kept: Kept) -> pb::Transfer {
    pb::Transfer {
        name: name_of(kept.id),
        kind: Transfer::of(&kept.kind).map_or(0, Transfer::number),
        from_line: line_name(kept.from_line),
        to_line: line_name(kept.to_line),
        amount_vnd: kept.amount_vnd,
        act_date: Some(day::pb(kept.act_date)),
        document_number: kept.document_number,
        reason: kept.reason,
        sample: kept.sample,
        from_plan: plan_name(kept.from_plan),
        to_plan: plan_name(kept.to_plan),
        unit: kept.unit,
        from_entry: entry_name(kept.from_entry),
        to_entry: entry_name(kept.to_entry),
        create_time: Some(instant::pb(kept.create_us)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_the_contracts_names_and_numbers() {
        for kind in Transfer::ALL {
            let name = pb::TransferKind::try_from(kind.number()).unwrap().as_str_name();
            assert_eq!(name, format!("TRANSFER_KIND_{}", kind.word().to_uppercase()));
        }
    }
}
