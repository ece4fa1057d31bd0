//! The words that producers, products and people are found by, for the rows that are there too. Rows that an older release
//! writes beside this one have none until they are updated.

use kit::migrate::name;
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, QueryResult};
use uuid::Uuid;

use crate::shared::store::{PEOPLE, PRODUCERS, PRODUCTS, Words};
use crate::shared::words::{of_code, of_name};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Rows that are read at once while the words of those that are there are written.
const BATCH: u64 = 500;

/// Words are derived from rows that are never deleted, and written with them in one transaction: a foreign key would guard
/// nothing, and PostgreSQL keeps the plan of its check for as long as a connection lives. A plan made while the tables
/// were empty reads them whole: it cost a registration seven times the database's time.
async fn table(manager: &SchemaManager<'_>, words: Words) -> Result<(), DbErr> {
    let create = Table::create()
        .table(name(words.0))
        .col(ColumnDef::new(name("owner_id")).uuid().not_null())
        .col(kit::migrate::bytes_text(manager, name("word")).not_null())
        .primary_key(Index::create().col(name("owner_id")).col(name("word")))
        .take();
    manager.create_table(create).await?;
    let index = Index::create().name(format!("{}_find", words.0)).table(name(words.0)).take();
    manager.create_index(index.clone().col(name("word")).col(name("owner_id")).take()).await
}

fn words_of(row: &QueryResult, has_code: bool) -> Result<Vec<(String, Uuid)>, DbErr> {
    let id: Uuid = row.try_get("", "id")?;
    let mut words = of_name(&row.try_get::<String>("", "display_name")?);
    if has_code {
        words.extend(of_code(&row.try_get::<String>("", "code")?));
    }
    Ok(words.into_iter().map(|word| (word, id)).collect())
}

async fn fill(manager: &SchemaManager<'_>, words: Words, of: &'static str, has_code: bool) -> Result<(), DbErr> {
    let db = manager.get_connection();
    let mut last = Uuid::nil();
    loop {
        let mut select = Query::select();
        select.columns([name("id"), name("display_name")]).from(name(of));
        if has_code {
            select.column(name("code"));
        }
        select.and_where(Expr::col(name("id")).gt(last)).order_by(name("id"), Order::Asc).limit(BATCH);
        let rows = db.query_all(&select).await?;
        let Some(end) = rows.last() else { return Ok(()) };
        last = end.try_get("", "id")?;
        let mut all = Vec::new();
        for row in &rows {
            all.extend(words_of(row, has_code)?);
        }
        words.add_all(db, all).await?;
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (words, of) in [(PRODUCERS, "producer"), (PRODUCTS, "product"), (PEOPLE, "person")] {
            table(manager, words).await?;
            fill(manager, words, of, of == "product").await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for words in [PEOPLE, PRODUCTS, PRODUCERS] {
            manager.drop_table(Table::drop().table(name(words.0)).take()).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use kit::testing::{Fresh, backends};

    use super::super::Migrator;
    use super::*;

    /// The tables before the words.
    struct Before;

    #[async_trait::async_trait]
    impl MigratorTrait for Before {
        fn migrations() -> Vec<Box<dyn MigrationTrait>> {
            let ours = Migration.name().to_owned();
            Migrator::migrations().into_iter().take_while(|migration| migration.name() != ours).collect()
        }
    }

    fn id(n: u128) -> Uuid {
        Uuid::from_u128(n + 1)
    }

    async fn insert(db: &impl ConnectionTrait, table: &'static str, n: u128, own: &[(&'static str, Expr)]) {
        let day = time::macros::date!(2021 - 01 - 15);
        let text = |text: &str| Expr::val(text);
        let both = [
            ("id", Expr::val(id(n))),
            ("display_name", text(&format!("Mắm Đỏ {n}"))),
            ("sort_key", text("")),
            ("search_key", text("")),
            ("unit", text("")),
            ("unit_path", text("/vn/")),
            ("registration_date", Expr::val(day)),
            ("sample", Expr::val(true)),
            ("create_us", Expr::val(1_i64)),
        ];
        let all = both.iter().chain(own);
        let mut insert = Query::insert();
        insert.into_table(name(table)).columns(all.clone().map(|(column, _)| name(column)));
        insert.values_panic(all.map(|(_, value)| value.clone()));
        db.execute(&insert).await.unwrap();
    }

    async fn words(db: &impl ConnectionTrait, table: &'static str) -> Vec<String> {
        let select = Query::select().column(name("word")).from(name(table)).order_by(name("word"), Order::Asc).take();
        db.query_all(&select).await.unwrap().iter().map(|row| row.try_get("", "word").unwrap()).collect()
    }

    #[tokio::test]
    async fn rows_that_are_there_get_their_words() {
        for backend in backends() {
            let fresh = Fresh::on(backend).await;
            let database = fresh.open::<Before>().await;
            let tx = database.begin().await.unwrap();
            let versions = [("version", Expr::val(1_i64)), ("update_us", Expr::val(1_i64))];
            let [version, update] = versions.clone();
            insert(&tx, "producer", 1, &[("legal_form", Expr::val(1)), version, update]).await;
            let [version, update] = versions;
            let product = [
                ("producer_id", Expr::val(id(1))),
                ("code", Expr::val("66-22015-1-2025")),
                ("product_set", Expr::val("")),
                ("target_year", Expr::val(0)),
                ("target_stars", Expr::val(0)),
                version,
                update,
            ];
            insert(&tx, "product", 2, &product).await;
            let people = u128::from(BATCH * 2 + 1);
            for n in 0..people {
                insert(&tx, "person", n, &[]).await;
            }
            tx.commit().await.unwrap();
            database.migrate::<Migrator>().await.unwrap();
            let db = database.reader();
            assert_eq!(words(db, "producer_word").await, ["1", "do", "mam"]);
            assert_eq!(words(db, "product_word").await, ["2", "66-22015-1-2025", "662201512025", "do", "mam"]);
            assert_eq!(u128::try_from(words(db, "person_word").await.len()).unwrap(), people * 3);
            database.close().await;
            fresh.remove().await;
        }
    }
}
