//! Brings the changes of units that the registry has put in force to a service that is not the registry.
//!
//! Every five seconds the registry is asked which changes are in force; one that is not known yet is fetched, and the map of
//! the process is swapped. So a service answers by a change at most ten seconds after it is in force, as long as it reaches
//! the registry. Until the first answer it knows the embedded maps: a role at a unit that it does not know covers nothing.
//!
//! Deliberately absent: a copy in the service's own database. A service that starts while the registry is away knows less until
//! it is back, and says so in its log once.

use std::time::Duration;

use kit::{Error, Kit, Link, Result, Setup, day};
use proto::registry::v1 as pb;
use proto::registry::v1::unit_change_service_client::UnitChangeServiceClient;
use tokio_util::sync::CancellationToken;

use crate::units::{self, Change, NewLink, NewUnit, Share, UnitType, World};

/// How often the registry is asked.
const EVERY: Duration = Duration::from_secs(5);
/// How soon it is asked again where it has not answered yet.
const AGAIN: Duration = Duration::from_millis(500);
/// Most changes in one answer.
const PAGE: i32 = 1000;

/// Starts following the registry, in the background of a service.
pub fn units(setup: &Setup) {
    let (kit, link) = (setup.kit.clone(), setup.peer("registry"));
    setup.tasks.spawn("unit-changes", move |stop| follow(kit, link, stop));
}

async fn follow(kit: Kit, link: Link, stop: CancellationToken) {
    let mut answered = None;
    loop {
        let asked = tokio::select! {
            () = stop.cancelled() => return,
            asked = ask(&kit, &link) => asked,
        };
        if let Err(error) = &asked
            && answered != Some(false)
            && !error.is_going_down()
        {
            tracing::warn!(?error, "the registry does not tell the changes of units; it is asked again");
        }
        let pause = if asked.is_ok() {
            EVERY
        } else if answered == Some(true) {
            EVERY / 2
        } else {
            AGAIN
        };
        answered = Some(asked.is_ok());
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Asks once, and swaps the map where the registry knows more.
async fn ask(kit: &Kit, link: &Link) -> Result<()> {
    let mut client = UnitChangeServiceClient::new(link.clone());
    let (mut heads, mut page_token) = (Vec::new(), String::new());
    loop {
        let state = pb::UnitChangeState::InForce.into();
        let request = kit.as_service(pb::ListUnitChangesRequest { state, page_size: PAGE, page_token })?;
        let page =
            client.list_unit_changes(request).await.map_err(|status| Error::lost("registry", status))?.into_inner();
        heads.extend(page.unit_changes);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    heads.sort_by_key(|head| head.place);
    let current = World::current();
    if heads.len() <= current.changes().len() {
        return Ok(());
    }
    // What is known already is built upon, where it is what the registry says came first.
    let builds_on = current.changes().iter().zip(&heads).all(|(known, head)| *known == head.name);
    let (mut world, known) =
        if builds_on { (current.clone(), current.changes().len()) } else { (World::embedded(), 0) };
    for head in heads.into_iter().skip(known) {
        let request = kit.as_service(pb::GetUnitChangeRequest { name: head.name })?;
        let change = client.get_unit_change(request).await.map_err(|status| Error::lost("registry", status))?;
        world = world.after(&read(change.into_inner())?);
    }
    units::install_newer(world);
    Ok(())
}

fn read(change: pb::UnitChange) -> Result<Change> {
    let begin_date = change.begin_date.as_ref().and_then(day::of);
    Ok(Change {
        id: change.name,
        begin_date: begin_date.ok_or_else(|| Error::internal("a change of units without a day"))?,
        units: change.unit_rows.into_iter().map(unit).collect(),
        links: change.link_rows.into_iter().map(link).collect(),
    })
}

fn unit(row: pb::UnitRow) -> NewUnit {
    let kind = kind(row.r#type());
    let (code, display_name) = (row.code, row.display_name);
    if row.valid_to.is_some() {
        NewUnit::Ends { code, display_name }
    } else {
        NewUnit::Begins { code, display_name, kind, parent: row.parent }
    }
}

fn link(row: pb::UnitLinkRow) -> NewLink {
    NewLink {
        share: if row.share() == pb::Share::Whole { Share::Whole } else { Share::Part },
        from_code: row.from_code,
        from_name: row.from_name,
        to_code: row.to_code,
        to_name: row.to_name,
        default_target: row.default_target,
    }
}

/// What the contract calls a kind. A kind that this version does not know is read as none that can begin.
fn kind(kind: pb::UnitType) -> UnitType {
    match kind {
        pb::UnitType::Unspecified | pb::UnitType::Country => UnitType::Country,
        pb::UnitType::Province => UnitType::Province,
        pb::UnitType::CentralCity => UnitType::MunicipalityCentral,
        pb::UnitType::District => UnitType::District,
        pb::UnitType::UrbanDistrict => UnitType::UrbanDistrict,
        pb::UnitType::Town => UnitType::Town,
        pb::UnitType::ProvincialCity => UnitType::City,
        pb::UnitType::Commune => UnitType::Commune,
        pb::UnitType::Ward => UnitType::Ward,
        pb::UnitType::Township => UnitType::Township,
    }
}
