//! UnitAssignmentService, and what other rooms ask: where a producer's next row belongs.

use kit::{Answer, Error, Fact, Kit, Result, Write, name};
use proto::registry::v1 as pb;
use proto::registry::v1::unit_assignment_service_server::UnitAssignmentService;
use reference::units::{self, Unit};
use time::Date;
use tonic::{Request, async_trait};
use uuid::Uuid;

use super::domain::{self, Division, Refusal};
use super::{store, wire};
use crate::producers::api::lock;
use crate::producers::store::Producer;
use crate::shared::maps::Assignment;
use crate::shared::wire::no_link;
use crate::{duties, producers, products};

/// The RPCs.
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

/// The commune in which something of a producer that begins on a day stands: its own, what that became, or the part of it that
/// the producer was assigned to.
///
/// # Errors
/// FAILED_PRECONDITION UNIT_LINK_UNKNOWN.
pub(crate) async fn commune_on<P>(w: &Write<P>, producer: &Producer, on: Date) -> Result<&'static Unit> {
    let home = units::by_name(&producer.new.unit).ok_or_else(|| Error::internal("a producer of an unknown unit"))?;
    let assigned = if domain::is_divided(home, on) { store::of(w.tx(), producer.id).await? } else { Vec::new() };
    let found = domain::begins_in(home, producer.new.registration_date, &store::steps(&assigned), on);
    found.map(|(commune, _)| commune).ok_or_else(|| no_link(&home.name, on))
}

/// A row of a producer that is recorded late.
pub(crate) struct Late<'a> {
    pub(crate) resource: &'a str,
    pub(crate) commune: &'a Unit,
    /// The day on which it began.
    pub(crate) since: Date,
    pub(crate) sample: bool,
}

/// What the readers of the feed are told of a row that is recorded late, in a commune that was divided since: it moves along
/// with its producer, whose assignments these are.
pub(crate) fn moves(late: &Late<'_>, assigned: &[Assignment]) -> Vec<Fact> {
    let after = assigned.iter().filter(|a| a.end_date >= late.since);
    let fact = |a: &Assignment| {
        let of = (a.producer_id, a.from_unit.as_str(), a.end_date);
        let event = wire::recorded(of, &a.to_unit, vec![late.resource.to_owned()]);
        Fact::of(late.resource).at(&late.commune.name).on(a.assign_date).sample(late.sample).tells(&event)
    };
    after.map(fact).collect()
}

/// Tells the readers of the feed that a row which is recorded late, in a commune that was divided since, moves along with its
/// producer.
///
/// # Errors
/// What the database says.
pub(crate) async fn moves_along<P>(
    w: &Write<P>,
    producer: &Producer,
    (resource, commune, since): (String, &Unit, Date),
) -> Result<()> {
    if domain::is_divided(commune, w.call.today) {
        let late = Late { resource: &resource, commune, since, sample: producer.new.sample };
        for fact in moves(&late, &store::of(w.tx(), producer.id).await?) {
            w.record(fact);
        }
    }
    Ok(())
}

/// The division, and the producer with its assignments, where it can be assigned there.
async fn at<P>(w: &Write<P>, id: Uuid, from: &'static Unit) -> Result<(Producer, Division, Vec<Assignment>)> {
    let producer = lock(w, id).await?;
    if producer.delete_us.is_some() {
        return Err(producers::wire::deleted(id));
    }
    producers::wire::unmerged(&producer)?;
    let refuse = |refusal| wire::refusal(id, from, refusal);
    let division = domain::division(from).ok_or_else(|| refuse(Refusal::NotDivided))?;
    let assigned = store::of(w.tx(), id).await?;
    let since = producer.new.registration_date;
    domain::assign(&producer.new.unit, since, &store::steps(&assigned), &division).map_err(refuse)?;
    Ok((producer, division, assigned))
}

async fn tell<P>(w: &Write<P>, producer: &Producer, division: &Division, (to, on): (&str, Date)) -> Result<()> {
    let mut resources = products::store::names_until(w.tx(), producer.id, division.end_date).await?;
    resources.extend(duties::store::names_until(w.tx(), producer.id, division.end_date).await?);
    let event = wire::recorded((producer.id, &division.from.name, division.end_date), to, resources);
    let fact = Fact::of(&name::of("producers", producer.id)).at(&producer.new.unit).on(on);
    w.record(fact.sample(producer.new.sample).tells(&event));
    Ok(())
}

#[async_trait]
impl UnitAssignmentService for Api {
    async fn list_unit_assignments(
        &self,
        request: Request<pb::ListUnitAssignmentsRequest>,
    ) -> Answer<pb::ListUnitAssignmentsResponse> {
        self.kit
            .read(request, wire::list, |r| async move {
                let (filter, page) = (&r.want.filter, &r.want.page);
                let found = store::page_of(r.db(), &r.call.scope(), filter, page).await?;
                let (found, next_page_token) = page.cut(found, |f| kit::rows::cursor(&f.sort_key, f.id));
                let unit_assignments = found.into_iter().filter_map(|f| wire::found(f, filter.map.day)).collect();
                Ok(pb::ListUnitAssignmentsResponse { unit_assignments, next_page_token })
            })
            .await
    }

    async fn assign_unit(&self, request: Request<pb::AssignUnitRequest>) -> Answer<pb::UnitAssignment> {
        self.kit
            .write(request, wire::assign, move |w| async move {
                let want = &w.want;
                let (producer, division, _) = at(&w, want.producer, want.from).await?;
                wire::fits(want, &division)?;
                let assignment = Assignment {
                    producer_id: producer.id,
                    from_unit: want.from.name.clone(),
                    to_unit: want.to.name.clone(),
                    to_path: want.to.path.clone(),
                    end_date: division.end_date,
                    assign_date: want.assign_date,
                    reason: want.reason.clone(),
                    create_us: w.call.now_us,
                };
                store::put(w.tx(), &assignment).await?;
                tell(&w, &producer, &division, (&want.to.name, want.assign_date)).await?;
                Ok(wire::written(&producer, &division, Some(assignment)))
            })
            .await
    }

    async fn unassign_unit(&self, request: Request<pb::UnassignUnitRequest>) -> Answer<pb::UnitAssignment> {
        self.kit
            .write(request, wire::unassign, move |w| async move {
                let want = &w.want;
                let (producer, division, assigned) = at(&w, want.producer, want.from).await?;
                if !assigned.iter().any(|a| a.from_unit == want.from.name) {
                    return Err(wire::refusal(producer.id, want.from, Refusal::NotAssigned));
                }
                store::remove(w.tx(), producer.id, &want.from.name).await?;
                tell(&w, &producer, &division, ("", w.call.today)).await?;
                Ok(wire::written(&producer, &division, None))
            })
            .await
    }
}
