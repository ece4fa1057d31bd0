//! Producers of divided communes: to be assigned, assigned, taken back; and what follows for lists, codes and the feed.

use kit::testing::statements;
use prost::Message;
use proto::registry::v1::{self as pb, MapPlace, UnitAssignmentState};
use time::Date;
use time::macros::date;
use tonic::{Code, Status};

use crate::feed::watch;
use crate::office::{
    LA_HAI, Office, WARD_8, because, everywhere, invalid, manager, on, person, producer, product, refused, request_id,
};

/// Phường 9, which was divided on 1 November 2024.
pub const WARD_9: &str = "units/22024-20180507";
/// What remained of it: the default.
const REST: &str = "units/22024-20241101";
/// Another part.
pub const PART: &str = "units/22018-20241101";
const DIVIDED: Date = date!(2024 - 11 - 01);

pub async fn in_ward(office: &Office, name: &str, unit: &str) -> pb::Producer {
    office.add_producer(pb::Producer { unit: unit.to_owned(), ..producer(name) }).await.unwrap()
}

pub async fn assign(office: &Office, producer: &str, to: &str) -> Result<pb::UnitAssignment, Status> {
    let request = assignment(producer, to);
    Ok(office.assignments().assign_unit(office.admin().say(request)).await?.into_inner())
}

fn assignment(producer: &str, to: &str) -> pb::AssignUnitRequest {
    pb::AssignUnitRequest {
        producer: producer.to_owned(),
        from_unit: WARD_9.to_owned(),
        to_unit: to.to_owned(),
        assign_date: on(date!(2024 - 12 - 01)),
        reason: "Theo địa chỉ".to_owned(),
        ..Default::default()
    }
}

async fn unassign(office: &Office, producer: &str) -> Result<pb::UnitAssignment, Status> {
    let (producer, from_unit) = (producer.to_owned(), WARD_9.to_owned());
    let request = pb::UnassignUnitRequest { producer, from_unit, ..Default::default() };
    Ok(office.assignments().unassign_unit(office.admin().say(request)).await?.into_inner())
}

async fn open(office: &Office, request: pb::ListUnitAssignmentsRequest) -> pb::ListUnitAssignmentsResponse {
    let request = pb::ListUnitAssignmentsRequest { begin_date: on(DIVIDED), ..request };
    let answer = office.assignments().list_unit_assignments(office.admin().count(request)).await.unwrap();
    assert_eq!(statements(&answer), 1);
    answer.into_inner()
}

/// The producers that a map shows in a unit, with how sure that is.
async fn shown(office: &Office, unit: &str, day: Date) -> Vec<(String, String, MapPlace)> {
    let request = pb::ListProducersRequest { unit: unit.to_owned(), map_date: on(day), ..Default::default() };
    let answer = office.producers().list_producers(office.admin().count(request)).await.unwrap();
    assert_eq!(statements(&answer), 1);
    let answer = answer.into_inner();
    assert_eq!(answer.map_date, on(day));
    answer.producers.iter().map(|p| (p.display_name.clone(), p.shown_unit.clone(), p.map_place())).collect()
}

#[tokio::test]
async fn producers_of_a_divided_commune_are_to_be_assigned_and_shown_by_default_until_they_are() {
    everywhere(async |office| {
        office.world.clock.set_noon(date!(2024 - 12 - 01));
        let one = in_ward(&office, "Cơ sở A", WARD_9).await;
        let two = in_ward(&office, "Cơ sở B", WARD_9).await;
        in_ward(&office, "Cơ sở C", LA_HAI).await;
        let found = open(&office, pb::ListUnitAssignmentsRequest::default()).await.unit_assignments;
        let names: Vec<&str> = found.iter().map(|a| a.producer_display_name.as_str()).collect();
        assert_eq!(names, ["Cơ sở A", "Cơ sở B"]);
        let first = &found[0];
        assert_eq!((first.state(), first.from_unit.as_str()), (UnitAssignmentState::Open, WARD_9));
        assert_eq!((first.to_unit.as_str(), first.default_unit.as_str()), (REST, REST));
        assert_eq!(first.targets, [PART, REST, "units/22033-20241101"]);
        let place = |name: &str, unit: &str, place| (name.to_owned(), unit.to_owned(), place);
        let both = [place("Cơ sở A", REST, MapPlace::ToBeAssigned), place("Cơ sở B", REST, MapPlace::ToBeAssigned)];
        assert_eq!(shown(&office, REST, DIVIDED).await, both);
        assert_eq!(shown(&office, PART, DIVIDED).await, []);

        let given = assign(&office, &one.name, PART).await.unwrap();
        assert_eq!((given.state(), given.to_unit.as_str()), (UnitAssignmentState::Assigned, PART));
        assert_eq!((given.default_unit.as_str(), given.reason.as_str()), (REST, "Theo địa chỉ"));
        assert_eq!(office.get_producer(&one.name).await, one, "the row keeps the unit of its day");
        assert_eq!(shown(&office, PART, DIVIDED).await, [place("Cơ sở A", PART, MapPlace::Assigned)]);
        assert_eq!(shown(&office, REST, DIVIDED).await, [place("Cơ sở B", REST, MapPlace::ToBeAssigned)]);
        assert_eq!(
            shown(&office, WARD_9, date!(2024 - 10 - 31)).await.len(),
            2,
            "the older map shows both as they were"
        );
        // Phường 2 went into Phường Tuy Hòa in 2025, and what was assigned to it along with it.
        let merged = "units/22015-20250701";
        assert_eq!(shown(&office, merged, date!(2025 - 07 - 15)).await, [place("Cơ sở A", merged, MapPlace::Assigned)]);

        let only = |state: UnitAssignmentState| pb::ListUnitAssignmentsRequest {
            state: state.into(),
            from_unit: "units/22024".to_owned(),
            ..Default::default()
        };
        let assigned = open(&office, only(UnitAssignmentState::Assigned)).await.unit_assignments;
        assert_eq!(assigned, std::slice::from_ref(&given));
        let left = open(&office, only(UnitAssignmentState::Open)).await.unit_assignments;
        assert_eq!(left.iter().map(|a| a.producer.as_str()).collect::<Vec<_>>(), [two.name.as_str()]);
        // Confirming the default is an assignment too; another one takes its place.
        assert_eq!(assign(&office, &two.name, REST).await.unwrap().state(), UnitAssignmentState::Assigned);
        assert_eq!(shown(&office, REST, DIVIDED).await, [place("Cơ sở B", REST, MapPlace::Assigned)]);
        assign(&office, &two.name, PART).await.unwrap();
        assert_eq!(shown(&office, PART, DIVIDED).await.len(), 2);
        let back = unassign(&office, &two.name).await.unwrap();
        assert_eq!((back.state(), back.to_unit.as_str()), (UnitAssignmentState::Open, REST));
        assert_eq!(shown(&office, REST, DIVIDED).await, [place("Cơ sở B", REST, MapPlace::ToBeAssigned)]);
    })
    .await;
}

#[tokio::test]
async fn an_assignment_that_does_not_fit_is_refused_and_nothing_is_stored() {
    everywhere(async |office| {
        office.world.clock.set_noon(date!(2024 - 12 - 01));
        let here = in_ward(&office, "Cơ sở A", WARD_9).await.name;
        let elsewhere = in_ward(&office, "Cơ sở B", WARD_8).await.name;
        let rows = office.rows().await;
        let no = because(Code::FailedPrecondition, "UNIT_ASSIGNMENT_REFUSED");
        assert_eq!(refused(assign(&office, &elsewhere, PART).await), no, "it is not there");
        assert_eq!(refused(unassign(&office, &here).await), no, "nothing was said");
        let whole = pb::AssignUnitRequest { from_unit: WARD_8.to_owned(), ..assignment(&elsewhere, PART) };
        assert_eq!(refused(office.assignments().assign_unit(office.admin().say(whole)).await), no, "not divided");
        let wrong = pb::AssignUnitRequest {
            assign_date: on(date!(2024 - 10 - 31)),
            ..assignment(&here, "units/22015-20241101")
        };
        assert_eq!(
            refused(office.assignments().assign_unit(office.admin().say(wrong)).await),
            invalid(&[("to_unit", "UNIT_LINK_TARGET"), ("assign_date", "DATE_ORDER")])
        );
        let bad = pb::AssignUnitRequest {
            from_unit: "units/1".to_owned(),
            to_unit: "units/22018".to_owned(),
            assign_date: on(date!(2030 - 01 - 01)),
            reason: "x".repeat(1001),
            producer: "producers/1".to_owned(),
            ..Default::default()
        };
        let found = refused(office.assignments().assign_unit(office.admin().say(bad)).await);
        let fields: Vec<&str> = found.violations.iter().map(|(field, _)| field.as_str()).collect();
        assert_eq!(fields, ["assign_date", "from_unit", "producer", "reason", "to_unit"]);
        let foreign = office.world.as_role("commune_officer", LA_HAI);
        assert_eq!(
            refused(office.assignments().assign_unit(foreign.say(assignment(&here, PART))).await),
            because(Code::PermissionDenied, "UNIT_FORBIDDEN")
        );
        let list = pb::ListUnitAssignmentsRequest { begin_date: on(DIVIDED), ..Default::default() };
        let list = office.assignments().list_unit_assignments(foreign.say(list)).await.unwrap().into_inner();
        assert_eq!(list.unit_assignments, []);
        assert_eq!(office.rows().await, rows);
        let late = pb::ListUnitAssignmentsRequest { from_unit: "units/1".to_owned(), ..Default::default() };
        assert_eq!(
            refused(office.assignments().list_unit_assignments(office.admin().say(late)).await),
            invalid(&[("begin_date", "FIELD_REQUIRED")])
        );
        // An officer of the new part may take over what belongs to it: a part of the commune is enough.
        let officer = office.world.as_role("commune_officer", PART);
        let request = pb::AssignUnitRequest { request_id: request_id(9), ..assignment(&here, PART) };
        let once = office.assignments().assign_unit(officer.say(request.clone())).await.unwrap().into_inner();
        assert_eq!(office.assignments().assign_unit(officer.say(request)).await.unwrap().into_inner(), once);
        let request = pb::DeleteProducerRequest { name: here.clone(), ..Default::default() };
        office.producers().delete_producer(office.admin().say(request)).await.unwrap();
        assert_eq!(refused(assign(&office, &here, REST).await), because(Code::FailedPrecondition, "PRODUCER_DELETED"));
    })
    .await;
}

#[tokio::test]
async fn what_a_producer_registers_later_belongs_to_the_part_it_was_assigned_to() {
    everywhere(async |office| {
        office.world.clock.set_noon(date!(2024 - 12 - 01));
        let maker = in_ward(&office, "Cơ sở A", WARD_9).await.name;
        let someone = office.add_person(person("Quản lý")).await.unwrap().name;
        let early = office.add_product(product(&maker, "Rượu")).await.unwrap();
        let held = office.add_manager(manager(&someone, &maker)).await.unwrap().name;
        let before =
            office.add_product(pb::Product { registration_date: on(DIVIDED), ..product(&maker, "Mắm") }).await.unwrap();
        assert_eq!((early.unit.as_str(), before.unit.as_str()), (WARD_9, REST));
        let after = watch(&office, 0).await.last().unwrap().position;
        assign(&office, &maker, PART).await.unwrap();
        let later =
            office.add_product(pb::Product { registration_date: on(DIVIDED), ..product(&maker, "Trà") }).await.unwrap();
        assert_eq!(later.unit, PART);
        assert!(later.code.starts_with("54-555-22018-1-"), "{}", later.code);
        let late = office.add_product(product(&maker, "Ghi muộn")).await.unwrap();
        assert_eq!(late.unit, WARD_9, "what was registered before the division stays there");

        let mut told = Vec::new();
        for event in watch(&office, after).await {
            let payload = event.payload.unwrap();
            if payload.type_url.ends_with("UnitAssignmentRecorded") {
                told.push(pb::UnitAssignmentRecorded::decode(payload.value.as_slice()).unwrap());
            }
        }
        let moved: Vec<(&str, Vec<&str>)> =
            told.iter().map(|e| (e.to_unit.as_str(), e.resources.iter().map(String::as_str).collect())).collect();
        assert_eq!(moved, [(PART, vec![&*early.name, &*held]), (PART, vec![&*late.name])]);

        let list =
            |unit: &str| pb::ListProductsRequest { unit: unit.to_owned(), map_date: on(DIVIDED), ..Default::default() };
        let names = async |unit: &str| {
            let answer = office.products().list_products(office.admin().count(list(unit))).await.unwrap();
            assert_eq!(statements(&answer), 1);
            let products = answer.into_inner().products;
            products.into_iter().map(|p| (p.display_name.clone(), p.map_place())).collect::<Vec<_>>()
        };
        let of = |name: &str, place| (name.to_owned(), place);
        let moved = [of("Ghi muộn", MapPlace::Assigned), of("Rượu", MapPlace::Assigned), of("Trà", MapPlace::Exact)];
        assert_eq!(names(PART).await, moved);
        assert_eq!(names(REST).await, [of("Mắm", MapPlace::Exact)], "a registration in the rest is a fact of its own");
        let duties = pb::ListDutiesRequest { as_of: on(DIVIDED), map_date: on(DIVIDED), ..Default::default() };
        let duties = office.duties().list_duties(office.admin().say(duties)).await.unwrap().into_inner().duties;
        assert_eq!((duties[0].shown_unit.as_str(), duties[0].map_place()), (PART, MapPlace::Assigned));
    })
    .await;
}
