//! The RPC of coverage.

use std::collections::{BTreeMap, BTreeSet};

use kit::{Answer, Call, Error, Kit, Result, follow};
use proto::common::v1::Freshness;
use proto::training::v1::coverage_service_server::CoverageService;
use proto::training::v1::{Coverage, GetCoverageRequest};
use sea_orm::{ConnectionTrait, DatabaseConnection};
use tonic::{Request, async_trait};
use uuid::Uuid;

use super::domain::{self, Count, Missing};
use super::store::{self, Counts};
use super::wire::{self, Asked};
use crate::courses::domain::Audience;
use crate::duties::{COUNCILS, SOURCE};

/// The RPC.
pub struct Api {
    kit: Kit,
}

impl Api {
    /// Over the service's kit.
    #[must_use]
    pub fn new(kit: Kit) -> Self {
        Self { kit }
    }
}

/// Why each of the persons is missing.
async fn reasons(db: &DatabaseConnection, counts: &Counts, persons: &[Uuid]) -> Result<Vec<Missing>> {
    let held = store::held(db, counts, persons).await?;
    let mut completed: BTreeMap<Uuid, Vec<domain::Completed>> = BTreeMap::new();
    let mut papers: BTreeSet<Uuid> = BTreeSet::new();
    for (person, session, day, of_topic, paper) in store::completed(db, counts, persons).await? {
        completed.entry(person).or_default().push((session, day, of_topic));
        papers.extend(paper.then_some(session));
    }
    let mut attended: BTreeMap<Uuid, Vec<(Uuid, i32)>> = BTreeMap::new();
    for (person, session, half_days) in store::attended(db, counts, persons).await? {
        attended.entry(person).or_default().push((session, half_days));
    }
    let list = persons.iter().filter_map(|person| {
        let duties = held.get(person)?;
        let of = |known: &BTreeMap<Uuid, Vec<domain::Completed>>| known.get(person).cloned().unwrap_or_default();
        let there = attended.get(person).cloned().unwrap_or_default();
        let (reason, session) = domain::why(counts.from, &of(&completed), &there);
        Some(Missing {
            person: *person,
            units: duties.iter().map(|(unit, ..)| unit.clone()).collect(),
            begin_date: duties.iter().map(|(_, begin, _)| *begin).min()?,
            sample: duties.iter().any(|(.., sample)| *sample),
            reason,
            // A paper is no session.
            session: session.filter(|session| !papers.contains(session)),
        })
    });
    Ok(list.collect())
}

/// How far the copy of the duties of an audience reaches.
///
/// # Errors
/// UNAVAILABLE PEER_UNAVAILABLE: nobody is missing, or not, in a copy that was never read to the end.
pub(crate) async fn complete(db: &impl ConnectionTrait, audience: Audience) -> Result<Freshness> {
    let cursors = follow::cursors(db).await?;
    let duties = match audience {
        Audience::Officers | Audience::ProducerManagers => SOURCE,
        Audience::Councils => COUNCILS,
    };
    let freshness = follow::freshness(duties, &cursors);
    // Which persons are one is the registry's to say, whoever tells of their duties.
    if freshness.complete_until.is_none() || follow::freshness(SOURCE, &cursors).complete_until.is_none() {
        return Err(Error::unavailable(duties));
    }
    Ok(freshness)
}

/// The coverage that is asked for.
pub(crate) async fn counted(call: &Call, db: &DatabaseConnection, asked: &Asked) -> Result<Coverage> {
    call.at(&asked.unit.path)?;
    // How far the copy reaches is read first: what the figures then hold is at least that.
    let freshness = complete(db, asked.counts.audience).await?;
    let groups = store::groups(db, &asked.counts, asked.map_date).await?;
    let figures = domain::figures(&groups, |unit| domain::place(unit, asked.unit, asked.map_date));
    let without_manager = match asked.counts.audience {
        Audience::ProducerManagers => store::without_manager(db, &asked.counts).await?,
        Audience::Officers | Audience::Councils => 0,
    };
    let Count { total, trained, .. } = figures.count;
    let missing = match total == trained {
        true => Vec::new(),
        false => store::missing(db, &asked.counts, total, (asked.after, asked.page.size + 1)).await?,
    };
    let (missing, next_page_token) = asked.page.cut(missing, |person| vec![person.to_string()]);
    let missing = reasons(db, &asked.counts, &missing).await?;
    let rows = domain::rows(asked.unit, asked.map_date);
    let answer = wire::coverage(asked, &rows, figures, without_manager);
    Ok(Coverage {
        missing: missing.into_iter().map(wire::missing_person).collect(),
        next_page_token,
        freshness: Some(freshness),
        ..answer
    })
}

#[async_trait]
impl CoverageService for Api {
    async fn get_coverage(&self, request: Request<GetCoverageRequest>) -> Answer<Coverage> {
        let handler = |r: kit::Read<Asked>| async move { counted(&r.call, r.db(), &r.want).await };
        self.kit.read(request, wire::get_coverage, handler).await
    }
}
