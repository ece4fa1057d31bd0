//! Completions between the wire and the domain.

use kit::{Page, Violations, day};
use proto::training::v1 as pb;
use reference::wire::within;
use time::Date;
use uuid::Uuid;

use super::domain::number;
use super::store::{Certified, Filter};
use crate::courses::domain::{Audience, Topic};
use crate::courses::wire::topic;
use crate::duties::NEVER;
use crate::sessions::wire::{name_of as session_name, person_name};
use crate::shared::wire::{audience, in_order};

/// Certificates to be issued: for this session, on this day.
pub struct Issue {
    pub session: Uuid,
    pub on: Date,
}

/// Reads a request.
pub fn issue(req: &pb::IssueCompletionCertificatesRequest, v: &mut Violations) -> Option<Issue> {
    let session = v.name("session", &req.session, "sessions");
    let on = v.act_date("issue_date", req.issue_date.as_ref());
    Some(Issue { session: session?, on: on? })
}

/// Reads a request.
pub fn list(req: &pb::ListCompletionsRequest, v: &mut Violations) -> Option<(Filter, Page)> {
    let session = v.opt_name("session", &req.session, "sessions");
    let person = v.opt_name("person", &req.person, "persons");
    let within = within(v, &req.unit);
    let from = v.opt_date("complete_date_from", req.complete_date_from.as_ref());
    let to = v.opt_date("complete_date_to", req.complete_date_to.as_ref());
    let repeat_to = v.opt_date("repeat_date_to", req.repeat_date_to.as_ref());
    if let (Some(Some(from)), Some(Some(to))) = (from, to) {
        in_order(v, "complete_date_to", from, to);
    }
    let told = [from, to, repeat_to].map(|date| date.flatten().map(day::iso).unwrap_or_default()).join(" ");
    let page = v.page(req.page_size, &req.page_token, &[&req.session, &req.person, &req.unit, &told]);
    let (from, to, repeat_to) = (from?, to?, repeat_to?);
    Some((Filter { session: session?, person: person?, within: within?, from, to, repeat_to }, page?))
}

/// A completion as it is answered.
#[must_use]
pub fn completion(found: Certified) -> pb::Completion {
    let c = found.completion;
    let certificate = found.certificate.as_ref();
    pb::Completion {
        session: session_name(c.session_id),
        person: person_name(c.person),
        audience: Audience::of(&c.audience).map_or(0, |a| audience(a).into()),
        topic: Topic::of(&c.topic).map_or(0, |t| topic(t).into()),
        complete_date: Some(day::pb(c.complete_date)),
        certificate_number: certificate.map(|c| number(c.serial, c.year, &c.issuer)).unwrap_or_default(),
        issue_date: certificate.map(|c| day::pb(c.issue_date)),
        repeat_date: certificate.filter(|c| c.repeat_date < NEVER).map(|c| day::pb(c.repeat_date)),
        sample: c.sample,
    }
}

/// What the others are told of new certificates.
#[must_use]
pub fn issued(session: Uuid, list: &[Certified]) -> pb::CompletionCertificatesIssued {
    pb::CompletionCertificatesIssued {
        session: session_name(session),
        persons: list.iter().map(|c| person_name(c.completion.person)).collect(),
    }
}
