//! The ledger between the wire and the domain.

use std::collections::BTreeMap;

use kit::{Error, Page, Result, Violations, day, instant, name};
use prost_types::Timestamp;
use proto::budget::v1::{self as pb, ErrorReason};
use proto::common::v1::ErrorReason as Common;
use proto::google::r#type::Date as PbDate;
use time::Date;
use uuid::Uuid;

use super::domain::{self, Account, Balances, CorrectionFault, Kind, TooLow, Turnover};
use super::store::{self, Balanced, Entry, Filter, Sum, Times};
use crate::estimates::store::Line;
use crate::estimates::wire::{category, line_name, name_of as estimate_name, source};
use crate::plans::wire::name_of as plan_name;
use reference::wire::clean;

/// An entry to be posted.
pub struct Post {
    /// The line.
    pub line: Uuid,
    /// What it does.
    pub kind: Kind,
    /// The amount in đồng.
    pub amount_vnd: i64,
    /// Day of the act.
    pub act_date: Date,
    /// What it stands for.
    pub note: String,
    /// The entry that it corrects.
    pub reverses: Option<Uuid>,
    /// An invented sample.
    pub sample: bool,
}

/// Reads a request.
pub fn post_entry(req: &pb::PostEntryRequest, v: &mut Violations) -> Option<Post> {
    let line = v.name("line", &req.line, "lines");
    let act_date = v.act_date("act_date", req.act_date.as_ref());
    let reverses = v.opt_name("reverses", &req.reverses, "entries");
    // Numbers that are no kind were found by the contract's own check.
    let kind = Kind::of_number(req.kind);
    if kind.is_some_and(|kind| !kind.stands_alone()) {
        v.add("kind", Common::FieldFormat, &[("expected", "COMMIT | RELEASE | PAY | REFUND | SETTLE")]);
    }
    Some(Post {
        line: line?,
        kind: kind?,
        amount_vnd: req.amount_vnd,
        act_date: act_date?,
        note: clean(&req.note),
        reverses: reverses?,
        sample: req.sample,
    })
}

/// Reads a request.
pub fn get_entry(req: &pb::GetEntryRequest, v: &mut Violations) -> Option<Uuid> {
    v.name("name", &req.name, "entries")
}

/// Reads a request.
pub fn list_entries(req: &pb::ListEntriesRequest, v: &mut Violations) -> Option<(Filter, Page)> {
    let plan = v.opt_name("plan", &req.plan, "plans");
    let estimate = v.opt_name("estimate", &req.estimate, "estimates");
    let line = v.opt_name("line", &req.line, "lines");
    let page = v.page(req.page_size, &req.page_token, &[&req.plan, &req.estimate, &req.line]);
    Some((Filter { plan: plan?, estimate: estimate?, line: line?, times: Times::default() }, page?))
}

/// Reads a request.
pub fn get_line_balance(req: &pb::GetLineBalanceRequest, v: &mut Violations) -> Option<(Uuid, Times)> {
    let line = v.name("line", &req.line, "lines");
    let times = times(v, req.as_of.as_ref(), req.known_at.as_ref());
    Some((line?, times?))
}

/// The two times of a question, neither of them to come: what will be recorded until then nobody knows.
fn times(v: &mut Violations, as_of: Option<&PbDate>, known_at: Option<&Timestamp>) -> Option<Times> {
    let as_of = v.opt_date("as_of", as_of)?;
    let known_us = known_at.map(instant::of);
    let later = [
        ("as_of", as_of.filter(|day| *day > v.today())),
        ("known_at", known_us.filter(|instant| *instant > v.now_us()).map(day::at)),
    ];
    for (field, date) in later {
        if let Some(date) = date {
            v.add(field, Common::DateInFuture, &[("date", &day::text(date))]);
        }
    }
    later.iter().all(|(_, date)| date.is_none()).then_some(Times { as_of, known_us })
}

/// Reads a request.
pub fn list_line_balances(req: &pb::ListLineBalancesRequest, v: &mut Violations) -> Option<(Filter, Page)> {
    let plan = v.opt_name("plan", &req.plan, "plans");
    let estimate = v.opt_name("estimate", &req.estimate, "estimates");
    let times = times(v, req.as_of.as_ref(), req.known_at.as_ref())?;
    let said = format!("{times:?}");
    let page = v.page(req.page_size, &req.page_token, &[&req.plan, &req.estimate, &said]);
    Some((Filter { plan: plan?, estimate: estimate?, line: None, times }, page?))
}

/// Reads a request.
pub fn get_trial_balance(req: &pb::GetTrialBalanceRequest, v: &mut Violations) -> Option<(Uuid, Times)> {
    let plan = v.name("plan", &req.plan, "plans");
    let times = times(v, req.as_of.as_ref(), req.known_at.as_ref());
    Some((plan?, times?))
}

/// Reads a request.
pub fn verify_ledger(req: &pb::VerifyLedgerRequest, v: &mut Violations) -> Option<Uuid> {
    v.name("plan", &req.plan, "plans")
}

/// A line that the body names does not exist.
#[must_use]
pub fn no_line(line: Uuid) -> Error {
    Error::violation("line", Common::ReferenceUnknown, &[("name", &line_name(line))])
}

/// An entry that the body names does not exist.
#[must_use]
pub fn no_entry(entry: Uuid) -> Error {
    Error::violation("reverses", Common::ReferenceUnknown, &[("name", &name_of(entry))])
}

/// The line has no budget yet.
#[must_use]
pub fn not_assigned(line: Uuid) -> Error {
    Error::refused(ErrorReason::NotAssigned).with("line", line_name(line))
}

/// The line's account holds less than is asked for.
#[must_use]
pub fn too_low(low: TooLow) -> Error {
    let reason = match low.kind {
        Kind::Commit if low.account == Account::Available => ErrorReason::OverCommitted,
        _ => ErrorReason::BalanceTooLow,
    };
    Error::refused(reason)
        .with("account", low.account.word().to_uppercase())
        .with("available", low.available_vnd)
        .with("asked", low.asked_vnd)
}

/// The entry cannot be corrected so.
#[must_use]
pub fn not_correctable(entry: Uuid, fault: CorrectionFault) -> Error {
    match fault {
        CorrectionFault::Mismatch => Error::refused(ErrorReason::CorrectionMismatch),
        CorrectionFault::TooLarge { left_vnd } => {
            Error::refused(ErrorReason::CorrectionTooLarge).with("left", left_vnd)
        }
    }
    .with("entry", name_of(entry))
}

/// The name of an entry.
#[must_use]
pub fn name_of(id: Uuid) -> String {
    name::of("entries", id)
}

/// An entry as it is answered.
#[must_use]
pub fn entry(entry: Entry) -> pb::Entry {
    let account = |word: &str| Account::of(word).map_or(0, Account::number);
    pb::Entry {
        name: name_of(entry.id),
        line: line_name(entry.line_id),
        estimate: estimate_name(entry.estimate_id),
        plan: plan_name(entry.plan_id),
        unit: entry.unit,
        kind: Kind::of(&entry.kind).map_or(0, Kind::number),
        debit: account(&entry.debit),
        credit: account(&entry.credit),
        amount_vnd: entry.amount_vnd,
        act_date: Some(day::pb(entry.act_date)),
        note: entry.note,
        reverses: entry.reverses.map(name_of).unwrap_or_default(),
        sample: entry.sample,
        create_time: Some(instant::pb(entry.create_us)),
        transfer: entry.transfer_id.map(|id| name::of("transfers", id)).unwrap_or_default(),
    }
}

/// What the others are told of an entry of a line.
///
/// # Errors
/// INTERNAL for a row that this program has not written.
pub fn posted(entry: &Entry, of: &Line) -> Result<pb::EntryPosted> {
    let kind = pb::EntryKind::try_from(store::kind(entry)?.number()).unwrap_or_default();
    Ok(pb::EntryPosted {
        entry: name_of(entry.id),
        line: line_name(entry.line_id),
        kind: kind.as_str_name().to_owned(),
        amount_vnd: entry.amount_vnd,
        plan: plan_name(entry.plan_id),
        reverses: entry.reverses.map(name_of).unwrap_or_default(),
        category: pb::SpendingCategory::try_from(category(&of.category)).unwrap_or_default().as_str_name().to_owned(),
        source: pb::FundingSource::try_from(source(&of.source)).unwrap_or_default().as_str_name().to_owned(),
        transfer: entry.transfer_id.map(|id| name::of("transfers", id)).unwrap_or_default(),
    })
}

/// The balances of a line as they are answered.
#[must_use]
pub fn line_balance(of: Balanced) -> pb::LineBalance {
    let Balanced { line, balances, .. } = of;
    pb::LineBalance {
        line: line_name(line.id),
        estimate: estimate_name(line.estimate_id),
        category: category(&line.category),
        source: source(&line.source),
        description: line.description,
        funding_vnd: balances.funding,
        available_vnd: balances.available,
        committed_vnd: balances.committed,
        paid_vnd: balances.paid,
        settled_vnd: balances.settled,
        sample: line.sample,
    }
}

/// Where a line stands in lists of balances.
#[must_use]
pub fn line_cursor(of: &Balanced) -> Vec<String> {
    vec![of.line.estimate_id.to_string(), of.line.place.to_string()]
}

/// Most faults that a recount lists.
const MOST_FAULTS: usize = 100;

/// What a recount of a plan's lines found.
#[must_use]
pub fn verdict(plan: Uuid, recounted: &[Balanced], broken_transfers: i64) -> pb::LedgerVerdict {
    let faults_of = |of: &Balanced| {
        let line = line_name(of.line.id);
        let fault = move |(account, kept_vnd, summed_vnd): (Account, i64, i64)| pb::LedgerFault {
            line: line.clone(),
            account: account.number(),
            kept_vnd,
            summed_vnd,
        };
        store::balances(&of.line).differences(&of.balances).into_iter().map(fault)
    };
    let faults: Vec<pb::LedgerFault> = recounted.iter().flat_map(faults_of).take(MOST_FAULTS).collect();
    pb::LedgerVerdict {
        plan: plan_name(plan),
        lines: i64::try_from(recounted.len()).unwrap_or(i64::MAX),
        entries: recounted.iter().map(|of| of.entries).sum(),
        sound: faults.is_empty() && broken_transfers == 0,
        faults,
        broken_transfers,
    }
}

/// The sums of a plan as they are answered.
#[must_use]
pub fn trial_balance(plan: Uuid, sums: &[Sum], sample: bool) -> pb::TrialBalance {
    let by_account: Vec<_> = sums.iter().map(|sum| (sum.debit, sum.credit, sum.total_vnd)).collect();
    let turnovers = domain::trial(&by_account);
    let account = |turnover: &Turnover| pb::AccountBalance {
        account: turnover.account.number(),
        debit_vnd: turnover.debit_vnd,
        credit_vnd: turnover.credit_vnd,
        balance_vnd: turnover.balance(),
    };
    pb::TrialBalance {
        plan: plan_name(plan),
        accounts: turnovers.iter().map(account).collect(),
        total_vnd: turnovers.iter().map(Turnover::balance).sum(),
        sample,
        parts: parts(sums),
    }
}

/// Sums by unit, source and category.
fn parts(sums: &[Sum]) -> Vec<pb::BalancePart> {
    let mut moved = BTreeMap::<_, Vec<_>>::new();
    for sum in sums {
        let part = (sum.unit.as_str(), source(&sum.source), category(&sum.category));
        moved.entry(part).or_default().push((sum.debit, sum.credit, sum.total_vnd));
    }
    let part = |((unit, source, category), moved): ((&str, i32, i32), Vec<_>)| {
        let balances = Balances::summed(&moved);
        pb::BalancePart {
            unit: unit.to_owned(),
            source,
            category,
            funding_vnd: balances.funding,
            available_vnd: balances.available,
            committed_vnd: balances.committed,
            paid_vnd: balances.paid,
            settled_vnd: balances.settled,
        }
    };
    moved.into_iter().map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_the_contracts_names_and_numbers() {
        for kind in Kind::ALL {
            let name = pb::EntryKind::try_from(kind.number()).unwrap().as_str_name();
            assert_eq!(name, format!("ENTRY_KIND_{}", kind.word().to_uppercase()));
        }
        for account in Account::ALL {
            let name = pb::Account::try_from(account.number()).unwrap().as_str_name();
            assert_eq!(name, format!("ACCOUNT_{}", account.word().to_uppercase()));
        }
    }
}
