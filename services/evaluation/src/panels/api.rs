//! PanelService.

use kit::{Answer, Error, Kit, Result, Violations, day};
use proto::common::v1::ErrorReason as Common;
use proto::common::v1::Role;
use proto::evaluation::v1 as pb;
use proto::evaluation::v1::ErrorReason;
use proto::evaluation::v1::panel_service_server::PanelService;
use tonic::Request;
use uuid::Uuid;

use super::domain::{Conflict, Method};
use super::wire;
use crate::marks::{self, seats};
use crate::shared::peer::Registry;
use crate::sittings::api::{keep_changed, steps};
use crate::sittings::domain::{State, Verb};
use crate::sittings::store::{self as sittings, Sitting};
use crate::sittings::wire::name;

/// The RPCs of this room.
#[derive(Clone)]
pub struct Api {
    kit: Kit,
    registry: Registry,
}

impl Api {
    /// The RPCs over a kit and the registry.
    #[must_use]
    pub fn new(kit: Kit, registry: Registry) -> Self {
        Self { kit, registry }
    }
}

#[tonic::async_trait]
impl PanelService for Api {
    async fn get_panel(&self, request: Request<pb::GetPanelRequest>) -> Answer<pb::Panel> {
        let handler = |r: kit::Read<Uuid>| async move {
            let whole = steps::there(sittings::find(r.db(), r.want).await?, r.want)?;
            r.call.at(&whole.sitting.unit_path)?;
            let open = matches!(whole.sitting.state, State::Graded | State::Decided);
            let panel = wire::panel(&whole.sitting, &whole.locked);
            Ok(pb::Panel { sealed: panel.sealed && !open, ..panel })
        };
        self.kit.read(request, wire::get, handler).await
    }

    async fn record_attendance(&self, request: Request<pb::RecordAttendanceRequest>) -> Answer<pb::Panel> {
        let handler = |w: kit::Write<wire::Attend>| async move {
            let sitting = judged(&w, w.want.sitting, Verb::ChangePanel).await?;
            let mut violations = Violations::default();
            wire::known(&sitting.members, &w.want.told, &mut violations);
            if !violations.is_empty() {
                return Err(Error::invalid(violations));
            }
            let mut panel = sitting.panel.clone();
            panel.attend(w.want.told.clone());
            keep_sealed(&w, Sitting { panel, ..sitting }).await
        };
        self.kit.write(request, wire::attend, handler).await
    }

    async fn declare_conflict(&self, request: Request<pb::DeclareConflictRequest>) -> Answer<pb::Panel> {
        let handler = |w: kit::Write<wire::OfConflict>| async move {
            let mut sitting = judged(&w, w.want.sitting, Verb::ChangePanel).await?;
            known(&sitting, &w.want.member)?;
            let office = [Role::NationalAdmin, Role::ProvinceAdmin, Role::CouncilChair, Role::CouncilSecretary];
            if !seats::holds(&w.call, &sitting, &office) {
                let sheet = seats::sheet_of(w.tx(), &sitting, &w.want.member).await?;
                seats::own(w.tx(), &w.call, &sitting, &w.want.member, sheet.as_ref()).await?;
            }
            let (member, ground) = (w.want.member.clone(), w.want.ground);
            if sitting.panel.standing(&member, ground).is_some() {
                return Err(Error::exists_as(ErrorReason::ConflictDeclared, member));
            }
            let (note, declared_on) = (w.want.text.clone(), w.call.today);
            sitting.panel.conflicts.push(Conflict { member, ground, note, declared_on, lifted: None });
            keep(&w, sitting).await
        };
        self.kit.write(request, wire::declare, handler).await
    }

    async fn lift_conflict(&self, request: Request<pb::LiftConflictRequest>) -> Answer<pb::Panel> {
        let handler = |w: kit::Write<wire::OfConflict>| async move {
            let sitting = judged(&w, w.want.sitting, Verb::ChangePanel).await?;
            known(&sitting, &w.want.member)?;
            let mut panel = sitting.panel.clone();
            let Some(conflict) = panel.standing(&w.want.member, w.want.ground) else {
                return Err(Error::refused(ErrorReason::ConflictNotDeclared).with("member", &w.want.member));
            };
            conflict.lifted = Some(w.want.text.clone());
            keep_sealed(&w, Sitting { panel, ..sitting }).await
        };
        self.kit.write(request, wire::lift, handler).await
    }

    async fn search_conflicts(
        &self,
        request: Request<pb::SearchConflictsRequest>,
    ) -> Answer<pb::SearchConflictsResponse> {
        let (kit, registry) = (&self.kit, &self.registry);
        let handler = move |r: kit::Read<Uuid>| async move {
            let whole = steps::there(sittings::find(r.db(), r.want).await?, r.want)?;
            let sitting = whole.sitting;
            r.call.at(&sitting.unit_path)?;
            let seats = seats::of(r.db(), &sitting).await?;
            let product = kit::name::of("products", sitting.product);
            let producer = registry.producer_of(kit, &r.call, &product).await?;
            let managing = registry.managing(kit, &r.call, &producer).await?;
            let mut advising = Vec::new();
            for product in sitting.products() {
                // A dossier of the bundle comes with each of its products.
                let of_product = registry.advising(kit, &r.call, &kit::name::of("products", product)).await?;
                advising.extend(of_product.into_iter().filter(|found| !advising.contains(found)).collect::<Vec<_>>());
            }
            let addresses = registry.addresses(kit, &r.call, &producer, sitting.sitting_date).await?;
            let records = wire::Records { managing: &managing, advising: &advising, addresses: &addresses };
            let mut answer = pb::SearchConflictsResponse::default();
            let mut persons = Vec::with_capacity(sitting.members.len());
            for member in &sitting.members {
                let seat = seats.iter().find(|seat| seat.member == member.member && seat.held_on(sitting.sitting_date));
                match seat.and_then(|seat| seat.person) {
                    Some(person) => persons.push((&member.member, kit::name::of("persons", person))),
                    None => answer.members_without_person.push(member.member.clone()),
                }
            }
            // The registry tells duties and addresses under the record that stays of two that were merged.
            let names = persons.iter().map(|(_, person)| person.clone()).collect();
            let surviving = registry.surviving(kit, &r.call, names).await?;
            for (member, person) in persons {
                let person = surviving.get(&person).unwrap_or(&person);
                let homes =
                    if addresses.is_empty() { Vec::new() } else { registry.addresses_of(kit, &r.call, person).await? };
                let found = wire::suspected(member, (person, &homes), &records, sitting.sitting_date);
                answer.suspected_conflicts.extend(found);
            }
            Ok(answer)
        };
        self.kit.read(request, wire::search, handler).await
    }

    async fn record_site_check(&self, request: Request<pb::RecordSiteCheckRequest>) -> Answer<pb::Panel> {
        let handler = |w: kit::Write<wire::Check>| async move {
            let mut sitting = judged(&w, w.want.sitting, Verb::ChangePanel).await?;
            not_before_filing(&sitting, "check_date", w.want.check.checked_on)?;
            sitting.panel.site_check = Some(w.want.check.clone());
            keep(&w, sitting).await
        };
        self.kit.write(request, wire::check, handler).await
    }

    async fn call_meeting(&self, request: Request<pb::CallMeetingRequest>) -> Answer<pb::Panel> {
        let handler = |w: kit::Write<wire::Meeting>| async move {
            let mut sitting = judged(&w, w.want.sitting, Verb::CallMeeting).await?;
            if sitting.panel.method == Method::Meeting {
                return Err(Error::refused(ErrorReason::MeetingAlready).with("name", name(sitting.id)));
            }
            not_before_filing(&sitting, "sitting_date", w.want.sitting_date)?;
            sitting.state = steps::allowed(&sitting, Verb::CallMeeting)?;
            sitting.panel.method = Method::Meeting;
            sitting.sitting_date = w.want.sitting_date;
            sitting.attempt += 1;
            keep(&w, sitting).await
        };
        self.kit.write(request, wire::meeting, handler).await
    }
}

/// A sitting whose panel may be changed, held until the transaction ends.
async fn judged<P>(w: &kit::Write<P>, id: Uuid, verb: Verb) -> Result<Sitting> {
    let sitting = steps::there(sittings::lock(w.tx(), id).await?, id)?;
    w.call.at(&sitting.unit_path)?;
    steps::allowed(&sitting, verb)?;
    Ok(sitting)
}

fn known(sitting: &Sitting, member: &str) -> Result<()> {
    if sitting.members.iter().any(|known| known.member == member) {
        return Ok(());
    }
    Err(Error::violation("member", ErrorReason::MemberUnknown, &[("member", member)]))
}

fn not_before_filing(sitting: &Sitting, field: &str, date: time::Date) -> Result<()> {
    if date >= sitting.filing_date {
        return Ok(());
    }
    let detail = format!("{} < {}", day::text(date), day::text(sitting.filing_date));
    Err(Error::violation(field, Common::DateOrder, &[("detail", &detail)]))
}

async fn keep<P>(w: &kit::Write<P>, sitting: Sitting) -> Result<pb::Panel> {
    let sheets = sittings::sheets(w.tx(), sitting.id, sitting.attempt).await?;
    let sitting = keep_changed(w, sitting).await?;
    Ok(wire::panel(&sitting, &marks::api::locked(&sheets)))
}

/// Keeps a panel that somebody may have come into. Once marks are open nobody comes in any more, who could mark after having
/// seen the others' marks.
async fn keep_sealed<P>(w: &kit::Write<P>, changed: Sitting) -> Result<pb::Panel> {
    let sheets = sittings::sheets(w.tx(), changed.id, changed.attempt).await?;
    let locked = marks::api::locked(&sheets);
    let before = steps::there(sittings::lock(w.tx(), changed.id).await?, changed.id)?;
    let was_open = !before.panel.is_sealed(&before.members, &locked);
    if was_open && changed.panel.is_sealed(&changed.members, &locked) {
        return Err(Error::refused(ErrorReason::MarksUnsealed).with("name", name(changed.id)));
    }
    let sitting = keep_changed(w, changed).await?;
    Ok(wire::panel(&sitting, &locked))
}
