//! Lists of rows that stand in units of any level, read by the map of a day.

use kit::testing::statements;
use proto::registry::v1::{self as pb, MapPlace};
use time::Date;
use time::macros::date;

use crate::assignments::{PART, WARD_9, assign};
use crate::office::{
    DAY, Office, PbDate, TUY_HOA_CITY, everywhere, invalid, on, person, post, producer, product, refused,
};
use crate::{promotion, support};

/// Phường 2, all of which went into Phường Tuy Hòa in 2025.
const WARD_2: &str = "units/22021-20180507";
const TUY_HOA: &str = "units/22015-20250701";
const DAK_LAK: &str = "units/66-20250701";
const IN_2025: Date = date!(2025 - 07 - 15);

type Places = Vec<(String, String, MapPlace)>;

/// What a map shows in a unit, with where each row is shown.
macro_rules! listed {
    ($office:expr, $client:ident, $method:ident, $request:ident, $rows:ident, $unit:expr, $day:expr) => {{
        let map_date: Option<PbDate> = on($day);
        let request = pb::$request { unit: $unit.to_owned(), map_date, ..Default::default() };
        let answer = $office.$client().$method($office.nation().count(request)).await.unwrap();
        assert_eq!(statements(&answer), 1);
        let answer = answer.into_inner();
        assert_eq!(answer.map_date, map_date);
        let rows = answer.$rows.iter().map(|r| (r.name.clone(), r.shown_unit.clone(), r.map_place()));
        rows.collect::<Places>()
    }};
}

async fn somebody(office: &Office, name: &str, unit: &str) -> String {
    office.add_person(pb::Person { unit: unit.to_owned(), ..person(name) }).await.unwrap().name
}

fn exact(name: &str, unit: &str) -> (String, String, MapPlace) {
    (name.to_owned(), unit.to_owned(), MapPlace::Exact)
}

fn higher(name: &str, unit: &str) -> (String, String, MapPlace) {
    (name.to_owned(), unit.to_owned(), MapPlace::Higher)
}

#[tokio::test]
async fn persons_and_posts_of_any_level_are_shown_once_on_the_map_of_a_day() {
    everywhere(async |office| {
        let ward = somebody(&office, "A", WARD_2).await;
        let city = somebody(&office, "B", TUY_HOA_CITY).await;
        let of_ward = office.add_post(post(&ward, WARD_2)).await.unwrap().name;
        let of_city = office.add_post(post(&city, TUY_HOA_CITY)).await.unwrap().name;
        let persons =
            async |unit: &str, day| listed!(office, persons, list_persons, ListPersonsRequest, persons, unit, day);
        assert_eq!(persons(TUY_HOA, IN_2025).await, [exact(&ward, TUY_HOA)]);
        assert_eq!(persons(DAK_LAK, IN_2025).await, [exact(&ward, TUY_HOA), higher(&city, DAK_LAK)]);
        assert_eq!(persons("", IN_2025).await, [exact(&ward, TUY_HOA), higher(&city, DAK_LAK)]);
        assert_eq!(persons("units/22255", IN_2025).await, []);
        assert_eq!(persons(TUY_HOA_CITY, DAY).await, [exact(&ward, WARD_2), exact(&city, TUY_HOA_CITY)]);
        let posts = async |unit: &str, day| listed!(office, posts, list_posts, ListPostsRequest, posts, unit, day);
        assert_eq!(posts(TUY_HOA, IN_2025).await, [exact(&of_ward, TUY_HOA)]);
        let mut all = posts(DAK_LAK, IN_2025).await;
        all.sort();
        let mut both = [exact(&of_ward, TUY_HOA), higher(&of_city, DAK_LAK)];
        both.sort();
        assert_eq!(all, both);
        let early = pb::ListPersonsRequest { map_date: on(date!(2010 - 01 - 01)), ..Default::default() };
        let answer = office.persons().list_persons(office.admin().say(early)).await;
        assert_eq!(refused(answer), invalid(&[("map_date", "DATE_BEFORE_KNOWN")]));
    })
    .await;
}

#[tokio::test]
async fn fairs_visits_and_support_are_read_by_the_map_of_a_day() {
    everywhere(async |office| {
        office.world.clock.set_noon(date!(2024 - 12 - 15));
        let fair = promotion::add(&office, promotion::fair("Hội chợ")).await.unwrap();
        let fairs = async |unit: &str, day| listed!(office, promotion, list_fairs, ListFairsRequest, fairs, unit, day);
        assert_eq!(fairs(TUY_HOA, IN_2025).await, []);
        let shown = fairs(DAK_LAK, IN_2025).await;
        assert_eq!((shown.len(), &shown[0].0, shown[0].1.as_str()), (1, &fair.name, DAK_LAK));
        let officer = somebody(&office, "A", WARD_2).await;
        let officer = office.add_post(post(&officer, WARD_2)).await.unwrap().name;
        let visit = pb::Visit {
            unit: WARD_2.to_owned(),
            visit_date: on(DAY),
            officers: vec![officer],
            findings: "Có hai cơ sở".to_owned(),
            ..Default::default()
        };
        let request = pb::CreateVisitRequest { visit: Some(visit), ..Default::default() };
        let visit = office.visits().create_visit(office.admin().say(request)).await.unwrap().into_inner().name;
        let visits = async |unit: &str, day| listed!(office, visits, list_visits, ListVisitsRequest, visits, unit, day);
        assert_eq!(visits(TUY_HOA, IN_2025).await, [exact(&visit, TUY_HOA)]);
        // What a product is given moves along with its producer.
        let maker = pb::Producer { unit: WARD_9.to_owned(), ..producer("Cơ sở mẫu") };
        let maker = office.add_producer(maker).await.unwrap().name;
        let good = office.add_product(product(&maker, "Rượu")).await.unwrap().name;
        let package = support::add(&office, support::support(&good)).await.unwrap().name;
        let support = async |unit: &str, day| {
            listed!(office, support, list_support_packages, ListSupportPackagesRequest, support_packages, unit, day)
        };
        let in_2024 = date!(2024 - 12 - 01);
        let rest = "units/22024-20241101";
        assert_eq!(support(rest, in_2024).await, [(package.clone(), rest.to_owned(), MapPlace::ToBeAssigned)]);
        assign(&office, &maker, PART).await.unwrap();
        assert_eq!(support(rest, in_2024).await, []);
        assert_eq!(support(PART, in_2024).await, [(package, PART.to_owned(), MapPlace::Assigned)]);
    })
    .await;
}
