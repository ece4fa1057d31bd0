//! Which products should be visited first: four statements, then the rule.

use std::cmp::Reverse;
use std::collections::HashMap;

use proto::evaluation::v1 as pb;
use time::{Date, Duration};
use uuid::Uuid;

use super::super::domain::risk::{Facts, LONG, Part, parts, score};
use super::super::{store, wire};
use crate::certificates::domain::{Status, status, windows};
use crate::certificates::store::Standing;
use crate::findings::domain::{Severity, State, overdue};
use crate::{certificates, complaints, findings};

/// How many certificates are considered.
const MOST: u64 = 5000;

/// Ranks the products of the caller's units.
pub async fn rank(r: kit::Read<wire::Rank>) -> kit::Result<pb::SearchInspectionCandidatesResponse> {
    let (scope, as_of) = (r.call.scope(), r.want.as_of);
    let windows = windows();
    let standing = certificates::store::alive(r.db(), &scope, &r.want.within, (as_of, windows.grace), MOST).await?;
    let mut of_certificate = unsettled(&findings::store::tally(r.db(), &scope).await?, as_of);
    let upheld_from = as_of.checked_sub(Duration::days(LONG)).unwrap_or(Date::MIN);
    for (certificate, state, count) in complaints::store::tally(r.db(), &scope, upheld_from).await? {
        let Some(certificate) = certificate else { continue };
        let facts = of_certificate.entry(certificate).or_default();
        let count = i32::try_from(count).unwrap_or(i32::MAX);
        if state == complaints::domain::State::Decided.as_str() {
            facts.upheld += count;
        } else {
            facts.complaints += count;
        }
    }
    let visited: HashMap<Uuid, Date> = store::last_visits(r.db(), &scope, as_of).await?.into_iter().collect();

    let mut ranked: Vec<(&Standing, Vec<Part>)> = Vec::new();
    for one in &standing {
        let c = &one.certificate;
        let now = status(&c.term, &one.events, &windows, as_of);
        if !now.in_force() && !matches!(now, Status::Suspended | Status::DateUncertain) {
            continue;
        }
        let known = of_certificate.get(&c.id).copied().unwrap_or_default();
        let facts = Facts {
            out: c.term.out().day(),
            suspended: now == Status::Suspended,
            last_visit: visited.get(&c.product).copied(),
            ..known
        };
        ranked.push((one, parts(&facts, as_of)));
    }
    let considered = i32::try_from(ranked.len()).unwrap_or(i32::MAX);
    ranked.sort_by_key(|(one, parts)| (Reverse(score(parts)), one.certificate.term.out().latest, one.certificate.id));
    let first = ranked.iter().take(r.want.limit);
    let candidates = first.map(|(one, parts)| wire::candidate(&one.certificate, parts)).collect();
    Ok(pb::SearchInspectionCandidatesResponse { candidates, considered })
}

/// What is known of certificates from their findings.
fn unsettled(tally: &[findings::store::Tally], as_of: Date) -> HashMap<Uuid, Facts> {
    let mut known: HashMap<Uuid, Facts> = HashMap::new();
    for (certificate, severity, state, due, count) in tally {
        let facts = known.entry(*certificate).or_default();
        let count = i32::try_from(*count).unwrap_or(i32::MAX);
        let [minor, major, critical] = &mut facts.findings;
        match Severity::of(severity) {
            Some(Severity::Critical) => *critical += count,
            Some(Severity::Major) => *major += count,
            Some(Severity::Minor) | None => *minor += count,
        }
        if State::of(state).is_some_and(|state| overdue(state, *due, as_of)) {
            facts.overdue += 1;
        }
    }
    known
}
