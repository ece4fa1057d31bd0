//! Changes in force: every answer by the new map, nothing rewritten, and the process that starts again knows them.

use proto::registry::v1::{self as pb, Share, UnitChangeState, UnitType};
use time::Date;
use time::macros::date;
use tonic::Code;

use crate::ground::{DAY, EVE, alone, begins, change, division, ends, link};
use crate::office::{Office, because, on, producer, refused};

async fn communes(office: &Office, parent: &str, day: Date) -> usize {
    let request = pb::ListUnitsRequest {
        parent: parent.to_owned(),
        level: pb::UnitLevel::Commune.into(),
        as_of: on(day),
        page_size: 1000,
        ..Default::default()
    };
    office.units().list_units(office.admin().say(request)).await.unwrap().into_inner().units.len()
}

async fn map(office: &Office, name: &str, to: Date) -> Vec<(String, Share, bool)> {
    let request = pb::MapUnitRequest { name: name.to_owned(), from_date: None, to_date: on(to) };
    let links = office.units().map_unit(office.admin().say(request)).await.unwrap().into_inner().links;
    links.into_iter().map(|l| (l.unit.clone(), l.share(), l.default_target)).collect()
}

#[tokio::test]
async fn a_change_in_force_is_answered_by_at_once_and_both_ways() {
    alone(async |office| {
        let before = communes(&office, "units/66", EVE).await;
        let draft = office.draft(division()).await.unwrap();
        assert_eq!(communes(&office, "units/66", DAY).await, before, "a draft changes nothing");
        let change = office.enforce(&draft.name).await.unwrap();
        assert_eq!((change.state(), change.place), (UnitChangeState::InForce, 1));
        assert_eq!(communes(&office, "units/66", EVE).await, before);
        assert_eq!(communes(&office, "units/66", DAY).await, before + 1);
        let name = |name: &str| name.to_owned();
        assert_eq!(
            map(&office, "units/22045-20250701", DAY).await,
            [
                (name("units/22015-20270101"), Share::Part, false),
                (name("units/22045-20270101"), Share::Part, true),
                (name("units/22046-20270101"), Share::Part, false),
            ]
        );
        let back = map(&office, "units/22015-20270101", EVE).await;
        assert_eq!(
            back,
            [(name("units/22015-20250701"), Share::Whole, true), (name("units/22045-20250701"), Share::Part, false)]
        );
        let far = map(&office, "units/22021-20180507", DAY).await;
        assert_eq!(far, [(name("units/22015-20270101"), Share::Whole, true)], "over all three reorganisations");
        assert_eq!(refused(office.enforce(&draft.name).await), because(Code::FailedPrecondition, "STEP_NOT_ALLOWED"));
        // what is in force already is known, and nothing is left to put in force
        let again = office.draft(division()).await.unwrap();
        assert_eq!(
            refused(office.enforce(&again.name).await),
            because(Code::FailedPrecondition, "UNIT_CHANGE_REFUSED")
        );
    })
    .await;
}

#[tokio::test]
async fn a_role_at_a_new_unit_covers_what_it_took_the_place_of_and_no_row_is_rewritten() {
    alone(async |office| {
        office.world.clock.set_noon(date!(2026 - 11 - 24));
        let mut new = producer("HTX mẫu");
        new.unit = "units/22045".to_owned();
        new.registration_date = on(date!(2026 - 01 - 15));
        let stored = office.add_producer(new).await.unwrap();
        let officer = office.world.as_role("commune_officer", "units/22046-20270101");
        let get = pb::GetProducerRequest { name: stored.name.clone() };
        let foreign = because(Code::PermissionDenied, "UNIT_FORBIDDEN");
        assert_eq!(refused(office.producers().get_producer(officer.say(get.clone())).await), foreign);
        office.reorganise(division()).await;
        let seen = office.producers().get_producer(officer.say(get)).await.unwrap().into_inner();
        assert_eq!(seen, stored, "the row keeps the unit of its day");
        let list = pb::ListProducersRequest { unit: "units/22046-20270101".to_owned(), ..Default::default() };
        let list = office.producers().list_producers(officer.say(list)).await.unwrap().into_inner();
        assert_eq!(list.producers, [stored]);
    })
    .await;
}

#[tokio::test]
async fn a_later_change_builds_on_the_one_before_and_none_may_begin_before_it() {
    alone(async |office| {
        office.reorganise(division()).await;
        let mut later = change(
            vec![
                pb::UnitRow { valid_to: on(date!(2028 - 12 - 31)), ..ends("22046") },
                pb::UnitRow {
                    valid_from: on(date!(2029 - 01 - 01)),
                    ..begins("22047", "Phường Sau", UnitType::Ward, "66")
                },
            ],
            vec![link("22046", "22047", Share::Whole, true)],
        );
        later.begin_date = on(date!(2029 - 01 - 01));
        let later = office.reorganise(later).await;
        assert_eq!(later.place, 2);
        let far = map(&office, "units/22045-20250701", date!(2029 - 01 - 01)).await;
        assert!(far.contains(&("units/22047-20290101".to_owned(), Share::Part, false)), "{far:?}");
        let between =
            office.draft(change(vec![begins("22048", "Phường Giữa", UnitType::Ward, "66")], vec![])).await.unwrap();
        assert_eq!(
            refused(office.enforce(&between.name).await),
            because(Code::FailedPrecondition, "UNIT_CHANGE_REFUSED")
        );
        let list = pb::ListUnitChangesRequest { state: UnitChangeState::InForce.into(), ..Default::default() };
        let list = office.unit_changes().list_unit_changes(office.admin().say(list)).await.unwrap().into_inner();
        assert_eq!(list.unit_changes.iter().map(|c| c.place).collect::<Vec<_>>(), [1, 2]);
    })
    .await;
}

#[tokio::test]
async fn what_the_embedded_map_of_2025_lacks_comes_as_data_of_the_same_day() {
    alone(async |office| {
        // Phường 9 was divided in 2025 and nothing embedded says how; and a province without communes gets one.
        let day = date!(2025 - 07 - 01);
        let mut missing = change(
            vec![pb::UnitRow { valid_from: on(day), ..begins("00001", "Phường Mẫu", UnitType::Ward, "units/01") }],
            vec![link("22024", "22015", Share::Part, true), link("22024", "22045", Share::Part, false)],
        );
        missing.begin_date = on(day);
        office.reorganise(missing).await;
        let found = map(&office, "units/22024-20241101", day).await;
        let name = |name: &str| name.to_owned();
        assert_eq!(
            found,
            [(name("units/22015-20250701"), Share::Part, true), (name("units/22045-20250701"), Share::Part, false)]
        );
        assert_eq!(communes(&office, "units/01", day).await, 1);
        assert_eq!(communes(&office, "units/66", day).await, 102);
    })
    .await;
}

#[tokio::test]
async fn two_changes_put_in_force_at_once_stand_one_after_the_other_or_one_is_refused() {
    alone(async |office| {
        let one = office.draft(division()).await.unwrap();
        let other = change(vec![begins("22047", "Phường Khác", UnitType::Ward, "66")], vec![]);
        let other = office.draft(other).await.unwrap();
        let (a, b) = tokio::join!(office.enforce(&one.name), office.enforce(&other.name));
        let mut places: Vec<i32> = [&a, &b].into_iter().filter_map(|r| r.as_ref().ok()).map(|c| c.place).collect();
        places.sort_unstable();
        assert!(places == [1] || places == [1, 2], "{places:?}");
        for lost in [a, b].into_iter().filter_map(Result::err) {
            assert_eq!(lost.code(), Code::Aborted, "{lost:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_process_that_knows_nothing_yet_reads_what_is_in_force() {
    alone(async |office| {
        office.reorganise(division()).await;
        let known = reference::units::installed();
        assert_eq!(known.len(), 1);
        // as another replica that has not looked yet
        reference::units::install(reference::units::World::embedded());
        let mut waits = 0;
        while reference::units::installed() != known {
            waits += 1;
            assert!(waits < 3000, "the record is looked at again and again");
            // any call; the keeper runs beside it
            communes(&office, "units/66", DAY).await;
            tokio::task::yield_now().await;
        }
    })
    .await;
}
