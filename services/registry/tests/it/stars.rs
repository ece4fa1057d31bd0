//! Stars and the state of recognition in products' answers and searches, on any day.

use kit::testing::statements;
use proto::registry::v1 as pb;
use sea_orm::ConnectionTrait;
use time::Date;
use time::macros::date;
use tonic::Code;

use crate::office::{Office, WARD_8, because, everywhere, invalid, on, producer, refused, ymd};
use crate::promotion::products;

/// Puts a certificate into the copy as the feed would.
pub async fn certified(
    office: &Office,
    number: u128,
    product: &str,
    stars: i32,
    days: (Date, Date),
    end: Option<Date>,
) {
    let literal = |id: uuid::Uuid| match office.world.backend() {
        kit::testing::Backend::Postgres => format!("'{id}'"),
        kit::testing::Backend::Sqlite => format!("x'{}'", id.simple()),
    };
    let product = literal(kit::name::parse(product, "products").unwrap());
    let certificate = literal(uuid::Uuid::from_u128(number));
    let end = end.map_or("NULL".to_owned(), |end| format!("'{end}'"));
    let (from, out) = days;
    let insert = format!(
        "INSERT INTO recognition (certificate, product_id, stars, decision_date, first_out, end_date)
         VALUES ({certificate}, {product}, {stars}, '{from}', '{out}', {end})"
    );
    let tx = office.world.database("registry").begin().await.unwrap();
    tx.execute_unprepared(&insert).await.unwrap();
    tx.commit().await.unwrap();
}

/// Puts a suspension into the copy as the feed would.
async fn suspended(office: &Office, certificate: u128, from: Date, until: Option<Date>) {
    let literal = |id: uuid::Uuid| match office.world.backend() {
        kit::testing::Backend::Postgres => format!("'{id}'"),
        kit::testing::Backend::Sqlite => format!("x'{}'", id.simple()),
    };
    let (act, certificate) =
        (literal(uuid::Uuid::from_u128(certificate + 1)), literal(uuid::Uuid::from_u128(certificate)));
    let until = until.map_or("NULL".to_owned(), |until| format!("'{until}'"));
    let insert = format!(
        "INSERT INTO recognition_suspension (act, certificate, from_date, until_date)
         VALUES ({act}, {certificate}, '{from}', {until})"
    );
    let tx = office.world.database("registry").begin().await.unwrap();
    tx.execute_unprepared(&insert).await.unwrap();
    tx.commit().await.unwrap();
}

/// Puts a transfer into the copy as the feed would.
async fn transferred(office: &Office, act: u128, certificate: u128, holder: &str, on: Date) {
    let literal = |id: uuid::Uuid| match office.world.backend() {
        kit::testing::Backend::Postgres => format!("'{id}'"),
        kit::testing::Backend::Sqlite => format!("x'{}'", id.simple()),
    };
    let (act, certificate) = (literal(uuid::Uuid::from_u128(act)), literal(uuid::Uuid::from_u128(certificate)));
    let holder = literal(kit::name::parse(holder, "producers").unwrap());
    let insert = format!(
        "INSERT INTO recognition_transfer (act, certificate, holder_id, from_date)
         VALUES ({act}, {certificate}, {holder}, '{on}')"
    );
    let tx = office.world.database("registry").begin().await.unwrap();
    tx.execute_unprepared(&insert).await.unwrap();
    tx.commit().await.unwrap();
}

async fn found(office: &Office, request: pb::ListProductsRequest) -> Vec<String> {
    let answer = office.products().list_products(office.admin().count(request)).await.unwrap();
    assert_eq!(statements(&answer), 1);
    answer.into_inner().products.into_iter().map(|p| p.name).collect()
}

#[tokio::test]
async fn a_product_is_found_by_its_stars_and_state_on_any_day() {
    everywhere(async |office| {
        let goods = products(&office, WARD_8, 4).await;
        let (first, second) = (date!(2020 - 02 - 04), date!(2021 - 03 - 01));
        let term = |from: Date| (from, Date::from_calendar_date(from.year() + 3, from.month(), from.day()).unwrap());
        // The first was upgraded, the second revoked, the third is in force, the fourth was never recognised.
        certified(&office, 1, &goods[0], 3, term(first), Some(second)).await;
        certified(&office, 2, &goods[0], 4, term(second), None).await;
        certified(&office, 3, &goods[1], 3, term(first), Some(date!(2021 - 06 - 01))).await;
        certified(&office, 4, &goods[2], 3, term(first), None).await;
        let ask = |stars: i32, state: pb::RecognitionState, day: Option<Date>| pb::ListProductsRequest {
            stars,
            recognition_state: state.into(),
            as_of: day.and_then(on),
            ..Default::default()
        };
        use pb::RecognitionState as State;
        let early = Some(date!(2021 - 02 - 28));
        for (request, expected) in [
            (ask(4, State::Unspecified, None), vec![0]),
            (ask(3, State::Unspecified, None), vec![2]),
            (ask(3, State::InForce, early), vec![0, 1, 2]),
            (ask(0, State::InForce, None), vec![0, 2]),
            (ask(0, State::Lapsed, None), vec![1]),
            (ask(3, State::Lapsed, None), vec![1]),
            (ask(0, State::Never, None), vec![3]),
            (ask(5, State::Never, None), vec![]),
            (ask(0, State::Never, Some(date!(2020 - 02 - 03))), vec![0, 1, 2, 3]),
            (ask(0, State::Lapsed, Some(date!(2023 - 02 - 04))), vec![1, 2]),
            (ask(0, State::Unspecified, None), vec![0, 1, 2, 3]),
        ] {
            let told = format!("{request:?}");
            let expected: Vec<String> = expected.into_iter().map(|at: usize| goods[at].clone()).collect();
            assert_eq!(found(&office, request).await, expected, "{told}");
        }
        let words = pb::ListProductsRequest { query: "ruou 2".to_owned(), ..ask(3, State::InForce, None) };
        assert_eq!(found(&office, words).await, [goods[2].clone()]);

        let request = office.admin().count(pb::GetProductRequest { name: goods[0].clone() });
        let answer = office.products().get_product(request).await.unwrap();
        assert_eq!(statements(&answer), 1);
        let recognition = answer.into_inner().recognition.unwrap();
        assert_eq!((recognition.state(), recognition.stars), (State::InForce, 4));
        assert_eq!((recognition.decision_date, recognition.first_day_out), (on(second), on(date!(2024 - 03 - 01))));
        assert_eq!(recognition.known_time, None, "nothing was read of the feed");
        let request = office.admin().say(pb::BatchGetProductsRequest { names: goods[1..].to_vec() });
        let batch = office.products().batch_get_products(request).await.unwrap().into_inner().products;
        let states: Vec<State> = batch.iter().map(|p| p.recognition.as_ref().unwrap().state()).collect();
        assert_eq!(states, [State::Lapsed, State::InForce, State::Never]);
    })
    .await;
}

#[tokio::test]
async fn stars_and_days_that_do_not_exist_are_refused() {
    everywhere(async |office| {
        let wrong =
            pb::ListProductsRequest { stars: 6, recognition_state: 9, as_of: ymd(2021, 2, 30), ..Default::default() };
        let all = [("stars", "FIELD_RANGE"), ("recognition_state", "ENUM_UNKNOWN"), ("as_of", "DATE_INVALID")];
        let found = refused(office.products().list_products(office.admin().say(wrong)).await);
        assert_eq!((found.code, found.violations.len()), (Code::InvalidArgument, 3), "{found:?} {all:?}");
        let request = pb::GetProductRequest { name: format!("products/{}", uuid::Uuid::nil()) };
        let missing = refused(office.products().get_product(office.admin().say(request)).await);
        assert_eq!(missing, because(Code::NotFound, "RESOURCE_NOT_FOUND"));
        let page = pb::ListProductsRequest { page_size: -1, ..Default::default() };
        let negative = refused(office.products().list_products(office.admin().say(page)).await);
        assert_eq!(negative, invalid(&[("page_size", "FIELD_RANGE")]));
    })
    .await;
}

#[tokio::test]
async fn a_suspended_certificate_is_not_in_force_until_it_is_lifted() {
    everywhere(async |office| {
        let goods = products(&office, WARD_8, 3).await;
        let term = (date!(2020 - 02 - 04), date!(2023 - 02 - 04));
        let (from, until) = (date!(2021 - 03 - 01), date!(2021 - 05 - 01));
        for (number, product) in (1..).zip(&goods) {
            certified(&office, number, product, 4, term, None).await;
        }
        // The first is suspended still, the second was, the third was revoked while it was suspended.
        suspended(&office, 1, from, None).await;
        suspended(&office, 2, from, Some(until)).await;
        suspended(&office, 3, from, None).await;
        let tx = office.world.database("registry").begin().await.unwrap();
        let last = "SELECT certificate FROM recognition ORDER BY certificate DESC LIMIT 1";
        let revoke = format!("UPDATE recognition SET end_date = '{until}', end_kind = 1 WHERE certificate = ({last})");
        tx.execute_unprepared(&revoke).await.unwrap();
        tx.commit().await.unwrap();
        use pb::RecognitionState as State;
        let ask = |stars: i32, state: State, day: Option<Date>| pb::ListProductsRequest {
            stars,
            recognition_state: state.into(),
            as_of: day.and_then(on),
            ..Default::default()
        };
        let (before, during) = (Some(date!(2021 - 02 - 28)), Some(date!(2021 - 04 - 30)));
        for (request, expected) in [
            (ask(4, State::Unspecified, before), vec![0, 1, 2]),
            (ask(0, State::Suspended, before), vec![]),
            (ask(4, State::InForce, during), vec![]),
            (ask(0, State::Suspended, during), vec![0, 1, 2]),
            (ask(4, State::Suspended, None), vec![0]),
            (ask(3, State::Suspended, None), vec![]),
            (ask(0, State::InForce, None), vec![1]),
            (ask(4, State::Unspecified, None), vec![1]),
            (ask(0, State::Lapsed, None), vec![2]),
            (ask(0, State::Lapsed, Some(term.1)), vec![0, 1, 2]),
        ] {
            let told = format!("{request:?}");
            let expected: Vec<String> = expected.into_iter().map(|at: usize| goods[at].clone()).collect();
            assert_eq!(found(&office, request).await, expected, "{told}");
        }
        let request = office.admin().say(pb::BatchGetProductsRequest { names: goods.clone() });
        let batch = office.products().batch_get_products(request).await.unwrap().into_inner().products;
        let shown = |r: &pb::Recognition| (r.state(), r.suspend_date, r.end_reason());
        let states: Vec<_> = batch.iter().map(|p| shown(p.recognition.as_ref().unwrap())).collect();
        let expected = [
            (State::Suspended, on(from), pb::RecognitionEnd::Unspecified),
            (State::InForce, None, pb::RecognitionEnd::Unspecified),
            (State::Lapsed, on(from), pb::RecognitionEnd::Revoked),
        ];
        assert_eq!(states, expected);
    })
    .await;
}

async fn shown_now(office: &Office, name: &str) -> pb::Product {
    let request = pb::GetProductRequest { name: name.to_owned() };
    office.products().get_product(office.admin().say(request)).await.unwrap().into_inner()
}

#[tokio::test]
async fn a_transferred_certificate_is_shown_under_and_found_by_its_holder_of_the_day() {
    everywhere(async |office| {
        let goods = products(&office, WARD_8, 2).await;
        let maker = shown_now(&office, &goods[0]).await.producer;
        let next = office.add_producer(producer("HTX Nhận Giấy Mẫu")).await.unwrap().name;
        let last = office.add_producer(producer("HTX Nhận Sau Mẫu")).await.unwrap().name;
        certified(&office, 40, &goods[0], 4, (date!(2020 - 02 - 04), date!(2023 - 02 - 04)), None).await;
        transferred(&office, 41, 40, &next, date!(2021 - 03 - 01)).await;
        transferred(&office, 42, 40, &last, date!(2021 - 09 - 01)).await;
        let shown = shown_now(&office, &goods[0]).await;
        assert_eq!((&shown.producer, shown.recognition.unwrap().holder), (&maker, last.clone()));
        assert_eq!(shown_now(&office, &goods[1]).await.recognition.unwrap().holder, "", "it has no certificate");
        let of = |holder: &str, as_of: Date| pb::ListProductsRequest {
            holder: holder.to_owned(),
            as_of: on(as_of),
            ..Default::default()
        };
        let one = std::slice::from_ref(&goods[0]);
        for (day, holder) in
            [(date!(2021 - 02 - 28), &maker), (date!(2021 - 03 - 01), &next), (date!(2021 - 09 - 01), &last)]
        {
            assert_eq!(found(&office, of(holder, day)).await, one, "{day}");
            for other in [&maker, &next, &last].into_iter().filter(|other| *other != holder) {
                assert_eq!(found(&office, of(other, day)).await, [""; 0], "{day}");
            }
        }
        let wrong = pb::ListProductsRequest { holder: "x".to_owned(), ..Default::default() };
        let answer = office.products().list_products(office.admin().say(wrong)).await;
        assert_eq!(refused(answer), invalid(&[("holder", "FIELD_FORMAT")]));
    })
    .await;
}
