//! CouncilService.

use kit::{Answer, Error, Fact, Kit, day};
use proto::common::v1::ErrorReason as Common;
use proto::evaluation::v1 as pb;
use proto::evaluation::v1::ErrorReason;
use proto::evaluation::v1::council_service_server::CouncilService;
use tonic::Request;

use super::domain::{Seat, seat_taken, with_rules};
use super::store::{self, Council};
use super::wire;
use crate::shared::store::cursor;

/// The RPCs of this room.
#[derive(Clone)]
pub struct Api {
    kit: Kit,
}

impl Api {
    /// The RPCs over a kit.
    #[must_use]
    pub fn new(kit: Kit) -> Self {
        Self { kit }
    }
}

#[tonic::async_trait]
impl CouncilService for Api {
    async fn create_council(&self, request: Request<pb::CreateCouncilRequest>) -> Answer<pb::Council> {
        let kit = &self.kit;
        kit.write(request, wire::create, move |w: kit::Write<wire::Create>| async move {
            w.call.at(&w.want.unit.path)?;
            let council = created(kit, &w.want, w.call.now_us);
            store::insert(w.tx(), &council).await?;
            w.record(fact(&council).on(council.decision_date).tells(&changed(&council)));
            Ok(wire::council(&council))
        })
        .await
    }

    async fn get_council(&self, request: Request<pb::GetCouncilRequest>) -> Answer<pb::Council> {
        let handler = |r: kit::Read<uuid::Uuid>| async move {
            let found = store::find(r.db(), r.want).await?;
            let council = found.ok_or_else(|| Error::not_found(wire::name(r.want)))?;
            r.call.at(&council.unit_path)?;
            Ok(wire::council(&council))
        };
        self.kit.read(request, wire::get, handler).await
    }

    async fn list_councils(&self, request: Request<pb::ListCouncilsRequest>) -> Answer<pb::ListCouncilsResponse> {
        let handler = |r: kit::Read<wire::List>| async move {
            let rows = store::list(r.db(), &r.call.scope(), &r.want.within, &r.want.page).await?;
            let (rows, next_page_token) = r.want.page.cut(rows, |row| cursor(row.decision_date, row.id));
            Ok(pb::ListCouncilsResponse { councils: rows.iter().map(wire::council).collect(), next_page_token })
        };
        self.kit.read(request, wire::list, handler).await
    }

    async fn set_council_rules(&self, request: Request<pb::SetCouncilRulesRequest>) -> Answer<pb::Council> {
        let handler = |w: kit::Write<wire::SetRules>| async move {
            let mut council = held(&w, w.want.council).await?;
            not_before(&council, "rules.from_date", w.want.rules.from)?;
            council.rules = with_rules(&council.rules, w.want.rules.clone());
            store::update(w.tx(), &council).await?;
            w.record(fact(&council).tells(&changed(&council)));
            Ok(wire::council(&council))
        };
        self.kit.write(request, wire::set_rules, handler).await
    }

    async fn assign_seat(&self, request: Request<pb::AssignSeatRequest>) -> Answer<pb::Seat> {
        let handler = |w: kit::Write<wire::Assign>| async move {
            let mut council = held(&w, w.want.council).await?;
            let seat = &w.want.seat;
            known(&council, &seat.member)?;
            not_before(&council, "begin_date", seat.begins)?;
            if seat_taken(&council.seats, &seat.member, &seat.subject, seat.begins) {
                return Err(Error::exists_as(ErrorReason::SeatTaken, seat.member.clone()));
            }
            council.seats.push(seat.clone());
            store::update(w.tx(), &council).await?;
            w.record(fact(&council).tells(&changed(&council)));
            if let Some(told) = wire::seated(council.id, seat) {
                w.record(fact(&council).on(seat.begins).tells(&told));
            }
            Ok(wire::seat(seat))
        };
        self.kit.write(request, wire::assign, handler).await
    }

    async fn end_seat(&self, request: Request<pb::EndSeatRequest>) -> Answer<pb::Seat> {
        let handler = |w: kit::Write<wire::End>| async move {
            let mut council = held(&w, w.want.council).await?;
            known(&council, &w.want.member)?;
            let open = council.seats.iter_mut().find(|seat| seat.member == w.want.member && seat.ends.is_none());
            let Some(seat) = open else {
                return Err(Error::refused(ErrorReason::SeatEmpty).with("member", &w.want.member));
            };
            if w.want.ends < seat.begins {
                let detail = format!("{} < {}", day::text(w.want.ends), day::text(seat.begins));
                return Err(Error::violation("end_date", Common::DateOrder, &[("detail", &detail)]));
            }
            seat.ends = Some(w.want.ends);
            let (answer, ended) = (wire::seat(seat), seat.clone());
            store::update(w.tx(), &council).await?;
            w.record(fact(&council).tells(&changed(&council)));
            if let Some(told) = wire::seated(council.id, &ended) {
                w.record(fact(&council).on(w.want.ends).tells(&told));
            }
            Ok(answer)
        };
        self.kit.write(request, wire::end, handler).await
    }

    async fn list_seats(&self, request: Request<pb::ListSeatsRequest>) -> Answer<pb::ListSeatsResponse> {
        let handler = |r: kit::Read<wire::Seats>| async move {
            let found = store::find(r.db(), r.want.council).await?;
            let council = found.ok_or_else(|| Error::not_found(wire::name(r.want.council)))?;
            r.call.at(&council.unit_path)?;
            let key = |seat: &Seat| vec![seat.member.clone(), day::iso(seat.begins)];
            let mut rows = council.seats;
            rows.sort_by_key(key);
            let rows = rows.into_iter().filter(|seat| r.want.page.after.as_ref().is_none_or(|last| key(seat) > *last));
            let (rows, next_page_token) = r.want.page.cut(rows.collect(), key);
            Ok(pb::ListSeatsResponse { seats: rows.iter().map(wire::seat).collect(), next_page_token })
        };
        self.kit.read(request, wire::seats, handler).await
    }
}

/// A council of the caller's units, held until the transaction ends.
async fn held<P>(w: &kit::Write<P>, id: uuid::Uuid) -> kit::Result<Council> {
    let council = store::lock(w.tx(), id).await?.ok_or_else(|| Error::not_found(wire::name(id)))?;
    w.call.at(&council.unit_path)?;
    Ok(council)
}

fn known(council: &Council, member: &str) -> kit::Result<()> {
    if council.members.iter().any(|known| known.member == member) {
        return Ok(());
    }
    Err(Error::violation("member", ErrorReason::MemberUnknown, &[("member", member)]))
}

fn not_before(council: &Council, field: &str, date: time::Date) -> kit::Result<()> {
    if date >= council.decision_date {
        return Ok(());
    }
    let detail = format!("{} < {}", day::text(date), day::text(council.decision_date));
    Err(Error::violation(field, Common::DateOrder, &[("detail", &detail)]))
}

fn fact(council: &Council) -> Fact {
    Fact::of(&wire::name(council.id)).at(&council.unit).sample(council.sample)
}

fn changed(council: &Council) -> pb::SittingChanged {
    pb::SittingChanged { resource: wire::name(council.id), state: String::new() }
}

/// The council that a request records.
fn created(kit: &Kit, want: &wire::Create, now_us: i64) -> Council {
    Council {
        id: kit.new_id(),
        unit: want.unit.name.clone(),
        unit_path: want.unit.path.clone(),
        level: want.level,
        decision_number: want.decision_number.clone(),
        decision_date: want.decision_date,
        title: want.title.clone(),
        members: want.members.clone(),
        spread_limit: want.spread_limit,
        end_convention: want.end_convention,
        sample: want.sample,
        create_us: now_us,
        rules: Vec::new(),
        seats: Vec::new(),
    }
}
