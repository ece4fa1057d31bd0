use sea_orm::{ConnectionTrait, Statement};

use super::*;
use crate::fixture::{World, course};
use crate::testing::backends;

const FACTS: i64 = 7;
/// The fact that is tampered with.
const VICTIM: i64 = 4;

/// A world whose journal has some sealed facts.
async fn told(backend: crate::testing::Backend) -> World {
    let world = World::on(backend).await;
    for n in 1..=FACTS {
        let id = u128::try_from(n).unwrap();
        world.create(course(&format!("Khóa {n}"), "", Some(id))).await.unwrap();
    }
    assert_eq!(verify(&world.database).await.unwrap(), Verdict { intact: FACTS, broken: None }, "{backend:?}");
    world
}

/// Carries out a statement as somebody with the database's password would.
async fn tamper(world: &World, statement: &str) {
    let tx = world.database.begin().await.unwrap();
    tx.execute_unprepared(statement).await.unwrap();
    tx.commit().await.unwrap();
}

/// Changes the least bit of a column of the victim; the statement is its own undoing.
fn flip(column: &str, postgres: bool) -> String {
    let bit = match (column, postgres) {
        // x XOR 1, without it.
        ("record_us" | "id", _) => format!("{column} + 1 - 2 * ({column} % 2)"),
        ("sample", true) => "NOT sample".to_owned(),
        ("sample", false) => "1 - sample".to_owned(),
        ("act_date", true) => "act_date + (CASE WHEN act_date = '2021-12-15' THEN 1 ELSE -1 END)".to_owned(),
        ("act_date", false) => "CASE WHEN act_date = '2021-12-15' THEN '2021-12-14' ELSE '2021-12-15' END".to_owned(),
        ("payload" | "hash", true) => format!("set_bit({column}, 40, 1 - get_bit({column}, 40))"),
        ("request_id", true) => {
            "(overlay(request_id::text placing (CASE WHEN right(request_id::text, 1) = '4' THEN '5' \
                                 ELSE '4' END) from 36))::uuid"
                .to_owned()
        }
        // SQLite keeps bytes and texts alike: the last byte, raised or put back by reversing its least bit.
        ("payload" | "hash" | "request_id", false) => {
            let kept = format!("substr(hex({column}), 1, 2 * length({column}) - 1)");
            let last = format!("substr(hex({column}), -1)");
            format!("unhex({kept} || substr('1032547698BADCFE', instr('0123456789ABCDEF', {last}), 1))")
        }
        _ => {
            let (first, rest) = (format!("substr({column}, 1, 1)"), format!("substr({column}, 2)"));
            let (code, char) = if postgres { ("ascii", "chr") } else { ("unicode", "char") };
            let flipped = format!("{code}({first}) + 1 - 2 * ({code}({first}) % 2)");
            let flipped = if postgres { format!("({flipped})::int") } else { flipped };
            format!("{char}({flipped}) || {rest}")
        }
    };
    format!("UPDATE journal SET {column} = {bit} WHERE position = {VICTIM}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_changed_bit_in_any_column_is_found_and_located() {
    for backend in backends() {
        let world = told(backend).await;
        let postgres = crate::db::is_postgres(world.database.reader());
        // An id beyond the others, so that changing its least bit meets no other row.
        tamper(&world, "UPDATE journal SET hash = NULL, position = NULL").await;
        tamper(&world, "UPDATE journal SET id = id * 10").await;
        assert_eq!(verify(&world.database).await.unwrap().intact, FACTS, "sealed anew");
        let columns = [
            "id",
            "record_us",
            "caller",
            "method",
            "request_id",
            "resource",
            "unit",
            "act_date",
            "sample",
            "payload_type",
            "payload",
            "hash",
        ];
        for column in columns {
            let flip = flip(column, postgres);
            tamper(&world, &flip).await;
            let verdict = verify(&world.database).await.unwrap();
            assert_eq!(verdict.intact, VICTIM - 1, "{backend:?} {column}");
            let (place, what) = verdict.broken.expect(column);
            assert_eq!(place, VICTIM, "{backend:?} {column}: {what}");
            assert!(what.contains("does not fit its hash"), "{what}");
            tamper(&world, &flip).await;
            assert_eq!(verify(&world.database).await.unwrap().broken, None, "{backend:?} {column}: put back");
        }
        world.end().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_column_of_the_journal_is_under_its_hash_or_is_its_place() {
    let world = told(crate::testing::Backend::Sqlite).await;
    let db = world.database.reader();
    let columns = Statement::from_string(db.get_database_backend(), "SELECT name FROM pragma_table_info('journal')");
    let columns = db.query_all_raw(columns).await.unwrap();
    let names: Vec<String> = columns.iter().map(|c| c.try_get_by_index(0).unwrap()).collect();
    // A column that is added must be added to the hash and to the test above.
    assert_eq!(names.len(), 13, "{names:?}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_fact_is_found_and_located() {
    for backend in backends() {
        let world = told(backend).await;
        tamper(&world, &format!("DELETE FROM journal WHERE position = {VICTIM}")).await;
        let verdict = verify(&world.database).await.unwrap();
        assert_eq!(verdict.intact, VICTIM - 1);
        assert_eq!(verdict.broken, Some((VICTIM, format!("missing; the next is {}", VICTIM + 1))), "{backend:?}");
        tamper(&world, "DELETE FROM journal WHERE position < 6").await;
        let verdict = verify(&world.database).await.unwrap();
        assert_eq!(verdict.broken, Some((1, "missing; the next is 6".to_owned())), "{backend:?}: the beginning");
        world.end().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn facts_that_changed_places_or_were_slipped_in_are_found() {
    for backend in backends() {
        let world = told(backend).await;
        for (from, to) in [(2, 100), (3, 2), (100, 3)] {
            tamper(&world, &format!("UPDATE journal SET position = {to} WHERE position = {from}")).await;
        }
        let verdict = verify(&world.database).await.unwrap();
        assert_eq!(verdict.broken.map(|(place, _)| place), Some(2), "{backend:?}: two facts changed places");
        for (from, to) in [(3, 100), (2, 3), (100, 2)] {
            tamper(&world, &format!("UPDATE journal SET position = {to} WHERE position = {from}")).await;
        }
        assert_eq!(verify(&world.database).await.unwrap().broken, None);
        // A fact that loses its place is sealed again at the end: the chain misses it where it was.
        tamper(&world, &format!("UPDATE journal SET position = NULL WHERE position = {VICTIM}")).await;
        let verdict = verify(&world.database).await.unwrap();
        assert_eq!(verdict.broken.map(|(place, _)| place), Some(VICTIM), "{backend:?}");
        world.end().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bytes_that_can_no_longer_be_read_are_located_too() {
    // PostgreSQL refuses to keep such values.
    let world = told(crate::testing::Backend::Sqlite).await;
    for damage in ["caller = CAST(x'FF6F' AS TEXT)", "act_date = '2021-12-1~'", "request_id = x'01'"] {
        let column = damage.split(' ').next().unwrap();
        tamper(&world, "CREATE TABLE kept AS SELECT * FROM journal").await;
        tamper(&world, &format!("UPDATE journal SET {damage} WHERE position = {VICTIM}")).await;
        let verdict = verify(&world.database).await.unwrap();
        assert_eq!(verdict.intact, VICTIM - 1, "{damage}");
        assert_eq!(verdict.broken, Some((VICTIM, "cannot be read".to_owned())), "{damage}");
        let put_back = format!("UPDATE journal SET {column} = (SELECT {column} FROM kept WHERE kept.id = journal.id)");
        tamper(&world, &put_back).await;
        tamper(&world, "DROP TABLE kept").await;
        assert_eq!(verify(&world.database).await.unwrap().broken, None);
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chain_longer_than_a_batch_is_sealed_and_walked_whole() {
    for backend in backends() {
        let world = World::on(backend).await;
        let author = Author {
            caller: "importer",
            method: "/test",
            request_id: None,
            now_us: 1,
            today: time::macros::date!(2021 - 1 - 1),
        };
        let most = i64::try_from(2 * BATCH + 100).unwrap();
        let tx = world.database.begin().await.unwrap();
        for chunk in 0..most / 100 {
            let facts = (0..100).map(|n| Fact::of(&format!("courses/{}", chunk * 100 + n)).sample(n % 2 == 0));
            append(&tx, &author, facts.collect()).await.unwrap();
        }
        assert_eq!(head(&world.database).await.unwrap(), 0, "nothing is committed");
        tx.commit().await.unwrap();
        assert_eq!(seal(&world.database).await.unwrap(), most, "{backend:?}");
        assert_eq!(verify(&world.database).await.unwrap(), Verdict { intact: most, broken: None });
        world.end().await;
    }
}
