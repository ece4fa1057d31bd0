//! Accounts between the wire and the domain.

use kit::{Error, Page, Violations, day, etag, instant, name};
use proto::common::v1::ErrorReason as Common;
use proto::registry::v1 as pb;
use reference::wire::line;
use time::Date;
use uuid::Uuid;

use super::domain::Refusal;
use super::store::Account;
use crate::shared::records::Filter;
use crate::shared::wire::{ended, of_producers, too_early};

/// Longest subject of a token.
const LONGEST_SUBJECT: usize = 200;

pub(super) struct NewAccount {
    pub(super) producer: Uuid,
    pub(super) subject: String,
    pub(super) begin_date: Date,
    pub(super) sample: bool,
}

/// What ends, on which day.
pub(crate) struct Ending {
    pub(crate) id: Uuid,
    pub(crate) on: Date,
    pub(crate) etag: String,
}

pub(super) fn create(req: &pb::CreateProducerAccountRequest, v: &mut Violations) -> Option<NewAccount> {
    let new = req.producer_account.as_ref()?;
    let producer = v.name("producer_account.producer", &new.producer, "producers");
    let subject = line(v, "producer_account.subject", &new.subject);
    if subject.as_ref().is_some_and(|s| s.chars().count() > LONGEST_SUBJECT) {
        v.add("producer_account.subject", Common::FieldLength, &[("expected", &format!("<= {LONGEST_SUBJECT}"))]);
    }
    let begin_date = v.act_date("producer_account.begin_date", new.begin_date.as_ref());
    Some(NewAccount { producer: producer?, subject: subject?, begin_date: begin_date?, sample: new.sample })
}

pub(super) fn list(req: &pb::ListProducerAccountsRequest, v: &mut Violations) -> Option<(Filter, Page)> {
    of_producers(v, (&req.unit, &req.producer), (req.page_size, &req.page_token), "")
}

pub(super) fn end(req: &pb::EndProducerAccountRequest, v: &mut Violations) -> Option<Ending> {
    let id = v.name("name", &req.name, "producerAccounts");
    let on = v.act_date("end_date", req.end_date.as_ref());
    Some(Ending { id: id?, on: on?, etag: req.etag.clone() })
}

/// Why something does not end.
pub(crate) fn refusal(name: &str, refusal: Refusal) -> Error {
    match refusal {
        Refusal::Ended(last) => ended(name, last),
        Refusal::TooEarly(first) => too_early("end_date", first),
    }
}

pub(super) fn account(a: Account) -> pb::ProducerAccount {
    pb::ProducerAccount {
        name: name::of("producerAccounts", a.id),
        producer: name::of("producers", a.producer_id),
        subject: a.subject,
        unit: a.unit,
        begin_date: Some(day::pb(a.begin_date)),
        end_date: a.end_date.map(day::pb),
        sample: a.sample,
        etag: etag(a.version),
        create_time: Some(instant::pb(a.create_us)),
        update_time: Some(instant::pb(a.update_us)),
    }
}

pub(super) fn recorded(a: &Account) -> pb::ProducerAccountRecorded {
    pb::ProducerAccountRecorded {
        producer_account: name::of("producerAccounts", a.id),
        producer: name::of("producers", a.producer_id),
        end_date: a.end_date.map(day::pb),
    }
}
