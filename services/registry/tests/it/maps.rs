//! Lists read by the map of a day: the reorganisations of Phú Yên, 110 communes, then 106, then 34, in both directions.

use std::collections::BTreeMap;

use proto::registry::v1::{self as pb, MapPlace};
use reference::units::{self, Level};
use time::Date;
use time::macros::date;
use tonic::Code;

use crate::office::{Office, because, everywhere, invalid, on, producer, refused};

const IN_2021: Date = date!(2021 - 06 - 30);
const IN_2024: Date = date!(2024 - 12 - 01);
const IN_2025: Date = date!(2025 - 07 - 15);

/// The producers that a map shows in a unit: their names with their places, walked in small pages.
async fn walk(office: &Office, unit: &str, day: Date) -> Vec<(String, String, MapPlace)> {
    let (mut walked, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = pb::ListProducersRequest {
            unit: unit.to_owned(),
            map_date: on(day),
            page_size: 40,
            page_token,
            ..Default::default()
        };
        let page = office.producers().list_producers(office.nation().say(request)).await.unwrap().into_inner();
        walked.extend(page.producers.iter().map(|p| (p.name.clone(), p.shown_unit.clone(), p.map_place())));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return walked;
        }
    }
}

/// Asks for each commune of a map in turn; answers how many communes show something, and what each producer is shown in.
async fn by_commune(office: &Office, parent: &str, day: Date) -> (usize, BTreeMap<String, String>) {
    let (mut communes, mut all) = (0, BTreeMap::new());
    for commune in units::list(Some(parent), Some(Level::Commune), day) {
        let found = walk(office, &commune.name, day).await;
        communes += usize::from(!found.is_empty());
        for (name, shown, place) in found {
            assert_eq!((shown.as_str(), place != MapPlace::Higher), (commune.name.as_str(), true));
            assert!(all.insert(name, shown).is_none(), "a producer is shown in one commune");
        }
    }
    (communes, all)
}

async fn one_in_each(office: &Office, parent: &str, day: Date) -> BTreeMap<String, String> {
    let mut homes = BTreeMap::new();
    for commune in units::list(Some(parent), Some(Level::Commune), day) {
        let new = pb::Producer {
            unit: commune.name.clone(),
            registration_date: on(day),
            ..producer(&format!("Cơ sở {}", commune.code))
        };
        let request = pb::CreateProducerRequest { producer: Some(new), ..Default::default() };
        let made = office.producers().create_producer(office.nation().say(request)).await.unwrap().into_inner();
        homes.insert(made.name, commune.name.clone());
    }
    homes
}

#[tokio::test]
async fn producers_of_110_communes_are_read_by_the_maps_of_106_and_of_34() {
    everywhere(async |office| {
        office.world.clock.set_noon(date!(2026 - 01 - 15));
        let homes = one_in_each(&office, "units/54", IN_2021).await;
        assert_eq!(homes.len(), 110);
        let (communes, own) = by_commune(&office, "units/54", IN_2021).await;
        assert_eq!((communes, &own), (110, &homes), "on their own map all stand where they are");
        let (communes, there) = by_commune(&office, "units/54", IN_2024).await;
        assert_eq!((communes, there.len()), (106, 110));
        let (communes, there) = by_commune(&office, "units/66", IN_2025).await;
        // Seven communes of 2024 were divided in 2025, and nothing embedded says how.
        assert_eq!((communes, there.len()), (34, 110 - 7));
        let province = walk(&office, "units/66", IN_2025).await;
        assert_eq!(province.len(), 110, "the province has them all");
        let higher: Vec<_> = province.iter().filter(|(_, _, place)| *place == MapPlace::Higher).collect();
        assert_eq!(higher.len(), 7);
        assert!(higher.iter().all(|(_, shown, _)| shown == "units/66-20250701"));
        let open = province.iter().filter(|(_, _, place)| *place == MapPlace::ToBeAssigned).count();
        assert_eq!(open, 0);
        let in_2024 = walk(&office, "units/54", IN_2024).await;
        let open: Vec<&str> = in_2024
            .iter()
            .filter(|(_, _, place)| *place == MapPlace::ToBeAssigned)
            .map(|(name, ..)| homes[name].as_str())
            .collect();
        let divided: Vec<&str> = units::divided(date!(2024 - 11 - 01)).into_iter().map(|u| u.name.as_str()).collect();
        assert!(!divided.is_empty() && open.len() == divided.len(), "{open:?} are not {divided:?}");
        assert!(divided.iter().all(|unit| open.contains(unit)));
        assert_eq!(walk(&office, "", IN_2025).await.len(), 110, "without a unit all are shown, each in its place");
        assert_eq!(walk(&office, "units/vn", IN_2025).await.len(), 110);
        assert_eq!(walk(&office, "units/01", IN_2025).await.len(), 0);
    })
    .await;
}

#[tokio::test]
async fn producers_of_the_34_communes_are_read_back_by_the_maps_of_106_and_of_110() {
    everywhere(async |office| {
        office.world.clock.set_noon(date!(2026 - 01 - 15));
        let homes = one_in_each(&office, "units/66", IN_2025).await;
        let of_phu_yen: Vec<&String> =
            homes.iter().filter(|(_, unit)| units::map(unit, IN_2025, IN_2024).is_ok()).map(|(name, _)| name).collect();
        assert_eq!((homes.len(), of_phu_yen.len()), (102, 34));
        for day in [IN_2024, IN_2021] {
            // Backwards a commune is one older commune where exactly that went into it; the others are known higher up only.
            let expected: BTreeMap<String, String> = homes
                .iter()
                .filter_map(|(name, unit)| {
                    let there = units::at_map(units::by_name(unit)?, day).ok()?;
                    Some((name.clone(), there.name.clone()))
                })
                .collect();
            let (_, there) = by_commune(&office, "units/54", day).await;
            assert_eq!(there, expected, "{day}");
            let all = walk(&office, "", day).await;
            assert_eq!(all.len(), 102);
            let exact = all.iter().filter(|(_, _, place)| *place != MapPlace::Higher).count();
            assert_eq!(exact, expected.len(), "{day}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_unit_that_is_not_on_the_map_and_a_day_before_all_maps_are_refused() {
    everywhere(async |office| {
        let ask = async |unit: &str, day: Date| {
            let request = pb::ListProducersRequest { unit: unit.to_owned(), map_date: on(day), ..Default::default() };
            office.producers().list_producers(office.admin().say(request)).await
        };
        let unknown = invalid(&[("unit", "UNIT_UNKNOWN")]);
        assert_eq!(refused(ask("units/22018-20180507", IN_2024).await), unknown);
        assert_eq!(refused(ask("units/99999", IN_2024).await), unknown);
        assert_eq!(refused(ask("", date!(2018 - 05 - 06)).await), invalid(&[("map_date", "DATE_BEFORE_KNOWN")]));
        assert!(ask("units/22018", IN_2024).await.is_ok(), "a bare code is read on the map's day");
        let request = pb::ListProductsRequest { map_date: on(date!(2018 - 05 - 06)), ..Default::default() };
        assert_eq!(
            refused(office.products().list_products(office.admin().say(request)).await),
            invalid(&[("map_date", "DATE_BEFORE_KNOWN")])
        );
        let request = pb::UnassignUnitRequest {
            producer: format!("producers/{}", uuid::Uuid::from_u128(1)),
            from_unit: "units/22024-20180507".to_owned(),
            ..Default::default()
        };
        assert_eq!(
            refused(office.assignments().unassign_unit(office.admin().say(request)).await),
            because(Code::NotFound, "RESOURCE_NOT_FOUND")
        );
    })
    .await;
}
