//! Tests: the lists' own statements are answered from indexes, and how many rows they read.

use kit::testing::{Fresh, backends};
use kit::{Database, Engine, Page, Scope};
use reference::text::{fold, sort_key};
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait, QueryTrait, Statement};
use serde_json::Value;
use time::macros::date;
use uuid::Uuid;

use super::store::{PEOPLE, PRODUCERS, PRODUCTS};
use super::words;
use crate::migrations::Migrator;
use crate::people::store as people;
use crate::producers::store as producers;
use crate::products::store as products;
use crate::recognitions::domain::Standing;
use crate::recognitions::store as recognitions;

/// Rows of each kind.
const ROWS: u32 = 20_000;
const WHAT: [&str; 7] = ["Nước mắm", "Rượu đế", "Bánh tráng", "Chả cá", "Mật ong", "Gạo", "Trà sâm"];
const WHERE: [&str; 9] = ["Tuy An", "Hòa Phú", "Gành Đỏ", "Sơn Hòa", "Ô Loan", "Vân Hòa", "La Hai", "Phú Mỡ", "Đa Lộc"];

fn id(kind: u32, n: u32) -> Uuid {
    Uuid::from_u128((u128::from(kind) << 64) | u128::from(n))
}

/// Names of which every word but the number is common.
fn name(n: u32) -> String {
    let (what, place) = (WHAT[n as usize % WHAT.len()], WHERE[(n / 7) as usize % WHERE.len()]);
    format!("{what} {place} loại {} số {n}", n % 50)
}

fn path(n: u32) -> String {
    format!("/vn/{}/{}/", n % 5, n % 100)
}

fn producer(n: u32) -> producers::row::ActiveModel {
    producers::row::ActiveModel {
        id: Set(id(1, n)),
        display_name: Set(name(n)),
        sort_key: Set(sort_key(&name(n))),
        legal_form: Set(1),
        tax_code: Set(None),
        unit: Set("units/1".to_owned()),
        unit_path: Set(path(n)),
        registration_date: Set(date!(2021 - 01 - 15)),
        sample: Set(true),
        version: Set(1),
        create_us: Set(1),
        update_us: Set(1),
        delete_us: Set(None),
        match_key: Set(fold(&name(n))),
        match_head: Set(n.to_string()),
        match_tail: Set(n.to_string()),
        merged_into: Set(None),
        merge_reason: Set(String::new()),
    }
}

fn code(n: u32) -> String {
    format!("54-555-{:05}-{}-2021", 22000 + n % 100, n / 100 + 1)
}

fn product(n: u32) -> products::row::ActiveModel {
    products::row::ActiveModel {
        id: Set(id(2, n)),
        producer_id: Set(id(1, n / 2)),
        code: Set(code(n)),
        product_set: Set(format!("productSets/{}", n % 26)),
        display_name: Set(name(n)),
        sort_key: Set(sort_key(&name(n))),
        search_key: Set(fold(&name(n))),
        unit: Set("units/1".to_owned()),
        unit_path: Set(path(n)),
        registration_date: Set(date!(2021 - 01 - 15)),
        target_year: Set(2021 + i32::try_from(n % 3).unwrap()),
        target_stars: Set(3),
        bundle_id: Set(None),
        sample: Set(true),
        version: Set(1),
        create_us: Set(1),
        update_us: Set(1),
    }
}

/// One product in ten has a certificate, one in a thousand of five stars.
fn recognition(n: u32) -> recognitions::row::ActiveModel {
    recognitions::row::ActiveModel {
        certificate: Set(id(4, n)),
        product_id: Set(id(2, n)),
        stars: Set(if n.is_multiple_of(1000) { 5 } else { 3 }),
        decision_date: Set(date!(2020 - 02 - 04)),
        first_out: Set(date!(2023 - 02 - 04)),
        end_date: Set(None),
        end_kind: Set(0),
    }
}

/// Each of them was transferred once.
fn transfer(n: u32) -> recognitions::transfer::ActiveModel {
    recognitions::transfer::ActiveModel {
        act: Set(id(7, n)),
        certificate: Set(id(4, n)),
        holder_id: Set(id(1, (n + 1) % ROWS)),
        from_date: Set(date!(2021 - 01 - 15)),
    }
}

fn person(n: u32) -> people::row::ActiveModel {
    people::row::ActiveModel {
        id: Set(id(3, n)),
        display_name: Set(name(n)),
        sort_key: Set(sort_key(&name(n))),
        unit: Set("units/1".to_owned()),
        unit_path: Set(path(n)),
        registration_date: Set(date!(2021 - 01 - 15)),
        sample: Set(true),
        create_us: Set(1),
        erase_us: Set(None),
        merged_into: Set(None),
    }
}

async fn load(database: &Database) {
    let tx = database.begin().await.unwrap();
    for from in (0..ROWS).step_by(1000) {
        let some = from..from + 1000;
        producers::row::Entity::insert_many(some.clone().map(producer)).exec_without_returning(&tx).await.unwrap();
        products::row::Entity::insert_many(some.clone().map(product)).exec_without_returning(&tx).await.unwrap();
        people::row::Entity::insert_many(some.clone().map(person)).exec_without_returning(&tx).await.unwrap();
        let ranked = some.clone().filter(|n| n.is_multiple_of(10)).map(recognition);
        recognitions::row::Entity::insert_many(ranked).exec_without_returning(&tx).await.unwrap();
        let moved = some.clone().filter(|n| n.is_multiple_of(10)).map(transfer);
        recognitions::transfer::Entity::insert_many(moved).exec_without_returning(&tx).await.unwrap();
        let of =
            |kind| some.clone().flat_map(move |n| words::of_name(&name(n)).into_iter().map(move |w| (w, id(kind, n))));
        let codes = some.clone().flat_map(|n| words::of_code(&code(n)).into_iter().map(move |w| (w, id(2, n))));
        PRODUCERS.add_all(&tx, of(1).collect()).await.unwrap();
        PRODUCTS.add_all(&tx, of(2).chain(codes).collect()).await.unwrap();
        PEOPLE.add_all(&tx, of(3).collect()).await.unwrap();
    }
    tx.commit().await.unwrap();
    database.reader().execute_unprepared("ANALYZE").await.unwrap();
}

fn page(after: Option<u32>) -> Page {
    let mut page = kit::page::PageKey::random().open("test", 50, "", &[]).unwrap();
    page.after = after.map(|n| kit::rows::cursor(sort_key(&name(n)), id(2, n)));
    page
}

fn asked(query: &str) -> products::Filter {
    products::Filter {
        map: None,
        within: Scope::All,
        producer: None,
        product_set: String::new(),
        target_year: 0,
        code: String::new(),
        query: query.to_owned(),
        standing: None,
        stars: 0,
        holder: None,
        as_of: date!(2021 - 12 - 15),
    }
}

fn named(within: Scope, query: &str) -> people::Filter {
    people::Filter { within, map: None, query: query.to_owned() }
}

/// What PostgreSQL did: every scan with its table, its index and the rows that it read.
#[derive(Debug, Default)]
struct Done {
    scans: Vec<(String, String, String)>,
    read: f64,
}

fn walk(node: &Value, done: &mut Done) {
    let text = |key: &str| node[key].as_str().unwrap_or_default().to_owned();
    let number = |key: &str| node[key].as_f64().unwrap_or_default();
    let kind = text("Node Type");
    if kind.contains("Scan") {
        let removed = number("Rows Removed by Filter") + number("Rows Removed by Index Recheck");
        done.read += (number("Actual Rows") + removed) * number("Actual Loops");
        done.scans.push((kind, text("Relation Name"), text("Index Name")));
    }
    for below in node["Plans"].as_array().into_iter().flatten() {
        walk(below, done);
    }
}

async fn carry_out(database: &Database, statement: Statement) -> Done {
    let sql = format!("EXPLAIN (ANALYZE, FORMAT JSON) {}", statement.sql);
    let explain =
        Statement::from_sql_and_values(statement.db_backend, sql, statement.values.into_iter().flat_map(|v| v.0));
    let row = database.reader().query_one_raw(explain).await.unwrap().unwrap();
    let plan: Value = row.try_get("", "QUERY PLAN").unwrap();
    let mut done = Done::default();
    walk(&plan[0]["Plan"], &mut done);
    done
}

/// What SQLite will do, a line for each table.
async fn plan(database: &Database, statement: Statement) -> Vec<String> {
    let sql = format!("EXPLAIN QUERY PLAN {}", statement.sql);
    let explain =
        Statement::from_sql_and_values(statement.db_backend, sql, statement.values.into_iter().flat_map(|v| v.0));
    let rows = database.reader().query_all_raw(explain).await.unwrap();
    rows.iter().map(|row| row.try_get("", "detail").unwrap()).collect()
}

/// Carries a statement out and finds that no table is read from end to end, that this index is used where one is named,
/// and on PostgreSQL that not more rows than these are read.
async fn answered_from(database: &Database, statement: Statement, index: &str, most: f64) {
    let said = statement.to_string();
    if database.engine() == Engine::Postgres {
        let done = carry_out(database, statement).await;
        // The place of a feed is a table of one row, and of suspensions there are none here.
        let small = ["cursor", "recognition_suspension"];
        let whole =
            |(kind, table, _): &(String, String, String)| kind == "Seq Scan" && !small.contains(&table.as_str());
        assert!(!done.scans.iter().any(whole), "{said}: {done:?}");
        assert!(done.scans.iter().any(|(.., by)| by.starts_with(index)), "{said} without {index}: {done:?}");
        assert!(done.read <= most, "{said}: {done:?}");
    } else {
        let plan = plan(database, statement).await;
        let whole = |line: &&String| line.starts_with("SCAN") && !line.contains("USING");
        assert_eq!(plan.iter().find(whole), None, "{said}: {plan:?}");
        assert!(plan.iter().any(|line| line.contains(index)), "{said} without {index}: {plan:?}");
    }
}

/// Runs a test on every engine, each time over the loaded tables.
async fn loaded(test: impl AsyncFn(&Database)) {
    for backend in backends() {
        println!("on {backend:?}");
        let fresh = Fresh::on(backend).await;
        let database = fresh.open::<Migrator>().await;
        load(&database).await;
        test(&database).await;
        database.close().await;
        fresh.remove().await;
    }
}

#[tokio::test]
async fn a_search_of_rare_words_begins_with_the_index_of_words_and_reads_little_else() {
    let all = Scope::All;
    let province = Scope::Within(vec!["/vn/3/".to_owned()]);
    loaded(async |database| {
        let engine = database.reader().get_database_backend();
        let products = |scope: &Scope, filter: &products::Filter, after| {
            products::product_page(&scope.clone().into(), filter, &page(after)).build(engine)
        };
        let many = "nuoc mam ganh do loai so 15 15015";
        for query in ["12345", "mắm GÀNH đỏ 7777", "54-555-22007-12", "545552200712", many] {
            for after in [None, Some(77)] {
                answered_from(database, products(&all, &asked(query), after), "product_word_find", 100.0).await;
                let within = products::Filter { within: province.clone(), ..asked(query) };
                answered_from(database, products(&province, &within, after), "product_word_find", 100.0).await;
                // Together with these another index may be the rarer one.
                let of_set = products::Filter {
                    product_set: "productSets/3".to_owned(),
                    target_year: 2022,
                    producer: Some(id(1, 7)),
                    ..within
                };
                answered_from(database, products(&province, &of_set, after), "", 100.0).await;
            }
            if query.starts_with("54") {
                continue;
            }
            let filter = producers::Filter {
                map: None,
                within: all.clone(),
                legal_form: 1,
                query: query.to_owned(),
                show_deleted: false,
            };
            let statement = producers::producer_page(&all.clone().into(), &filter, &page(None)).build(engine);
            answered_from(database, statement, "producer_word_find", 100.0).await;
            let statement = people::person_page(&all, &named(province.clone(), query), &page(None)).build(engine);
            answered_from(database, statement, "person_word_find", 100.0).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_page_of_all_is_answered_from_its_order_and_one_of_common_words_never_by_a_walk_along_it() {
    let all = Scope::All;
    loaded(async |database| {
        let engine = database.reader().get_database_backend();
        let postgres = database.engine() == Engine::Postgres;
        for after in [None, Some(5000)] {
            let products =
                |query: &str| products::product_page(&all.clone().into(), &asked(query), &page(after)).build(engine);
            // The products, their producers, and the certificates of the few that have one.
            answered_from(database, products(""), "product_sort", 140.0).await;
            // Never by a walk past all names that come before.
            for common in ["so", "nuoc", "n", "mam ganh"] {
                let statement = products(common);
                if postgres {
                    let done = carry_out(database, statement).await;
                    let by = |index: &str| done.scans.iter().any(|(.., by)| by == index);
                    assert!(by("product_word_find") && !by("product_sort"), "{common}: {done:?}");
                } else {
                    answered_from(database, statement, "product_word_find", 0.0).await;
                }
            }
            let filter = producers::Filter {
                map: None,
                within: all.clone(),
                legal_form: 0,
                query: String::new(),
                show_deleted: false,
            };
            let statement = producers::producer_page(&all.clone().into(), &filter, &page(after)).build(engine);
            answered_from(database, statement, "producer_sort", 51.0).await;
            let statement = people::person_page(&all, &named(all.clone(), ""), &page(after)).build(engine);
            answered_from(database, statement, "person_sort", 51.0).await;
        }
    })
    .await;
}

/// Gives every other product a certificate too, whose term is over, so that the copy is as large as the products, and suspends
/// twenty of those in force; every certificate was suspended once long ago.
async fn crowd(database: &Database) {
    let tx = database.begin().await.unwrap();
    let lapsed = |n: u32| recognitions::row::ActiveModel {
        decision_date: Set(date!(2016 - 02 - 04)),
        first_out: Set(date!(2019 - 02 - 04)),
        ..recognition(n)
    };
    for from in (0..ROWS).step_by(1000) {
        let others = (from..from + 1000).filter(|n| !n.is_multiple_of(10) && n % 11 != 3).map(lapsed);
        recognitions::row::Entity::insert_many(others).exec_without_returning(&tx).await.unwrap();
    }
    let suspended = |n: u32| recognitions::suspension::ActiveModel {
        act: Set(id(5, n)),
        certificate: Set(id(4, n)),
        from_date: Set(date!(2021 - 03 - 01)),
        until_date: Set(None),
        lifted_by: Set(None),
    };
    let lifted = |n: u32| recognitions::suspension::ActiveModel {
        act: Set(id(6, n)),
        from_date: Set(date!(2017 - 03 - 01)),
        until_date: Set(Some(date!(2017 - 04 - 01))),
        ..suspended(n)
    };
    for from in (0..ROWS).step_by(1000) {
        let long_ago = (from..from + 1000).map(lifted);
        recognitions::suspension::Entity::insert_many(long_ago).exec_without_returning(&tx).await.unwrap();
    }
    let some = (0..20).map(|n| suspended(n * 990 + 10));
    recognitions::suspension::Entity::insert_many(some).exec_without_returning(&tx).await.unwrap();
    tx.commit().await.unwrap();
    database.reader().execute_unprepared("ANALYZE").await.unwrap();
}

#[tokio::test]
async fn lists_by_stars_and_state_are_answered_from_indexes_and_read_little_more_than_they_show() {
    let all = Scope::All;
    loaded(async |database| {
        crowd(database).await;
        let engine = database.reader().get_database_backend();
        // Twenty products have five stars; of one in ten in force, and of one in eleven without any, a page is soon full.
        for (standing, stars, query, index, most) in [
            (None, 5, "", "recognition_stars", 400.0),
            (Some(Standing::InForce), 5, "", "recognition_stars", 400.0),
            (None, 5, "12000", "", 400.0),
            (Some(Standing::InForce), 0, "", "product_sort", 4_000.0),
            (Some(Standing::Suspended), 0, "", "", 1_000.0),
            (Some(Standing::Lapsed), 0, "", "product_sort", 4_000.0),
            (Some(Standing::Never), 0, "", "product_sort", 4_000.0),
        ] {
            let filter = products::Filter { standing, stars, ..asked(query) };
            let statement = products::product_page(&all.clone().into(), &filter, &page(None)).build(engine);
            let said = format!("{standing:?} {stars} {query}");
            if database.engine() == Engine::Postgres {
                let done = carry_out(database, statement).await;
                let whole = |(kind, of, _): &(String, String, String)| kind == "Seq Scan" && of != "cursor";
                assert!(!done.scans.iter().any(whole), "{said}: {done:?}");
                assert!(done.scans.iter().any(|(.., by)| by.starts_with(index)), "{said} without {index}: {done:?}");
                assert!(done.read <= most, "{said}: {done:?}");
            } else {
                let plan = plan(database, statement).await;
                let whole = |line: &&String| line.starts_with("SCAN") && !line.contains("USING");
                assert_eq!(plan.iter().find(whole), None, "{said}: {plan:?}");
            }
        }
    })
    .await;
}
