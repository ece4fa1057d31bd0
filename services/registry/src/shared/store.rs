//! The index of words that lists are searched by: one table for each room, with a row for each word of each name.
//!
//! Every word of a search is a range of `word`, which both engines answer from an index. The first few ranges are joins, so
//! that PostgreSQL may begin with the rarest of them (SQLite reads all of these); further words are looked up row by row.
//!
//! Growth: a search costs the rows that have its words, whatever the number of rows: for each one an entry of the index of
//! words and a row of each table that is shown. What is found is sorted, because walking the list in its order and trying
//! each row is a trap: names that begin with a word stand together, and all names before them are read first. Of
//! 160,000 products on PostgreSQL (two busy cores, the server's usual settings) a rare word cost 0.4 ms; one of 16,000
//! 70 ms, where the walk cost 540 to 760; one that every product has 240 ms. For words that common PostgreSQL may read a
//! table whole rather than row by row.

use std::collections::BTreeSet;

use kit::db::is_postgres;
use sea_orm::sea_query::{
    Alias, ArrayType, BinOper, Condition, Expr, ExprTrait, IntoColumnRef, OnConflict, Query, SelectStatement, Value,
};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};
use uuid::Uuid;

use super::words;

/// The words of one room's rows.
#[derive(Clone, Copy, Debug)]
pub struct Words(pub &'static str);

/// Words of producers' names.
pub const PRODUCERS: Words = Words("producer_word");
/// Words of products' names and codes.
pub const PRODUCTS: Words = Words("product_word");
/// Words of people's names.
pub const PEOPLE: Words = Words("person_word");

/// How many words of a search are joins; planning costs grow with them. More words are looked up row by row.
const JOINS: usize = 4;

/// Words in one statement are padded to these numbers: statements are cached by their text.
const SIZES: [usize; 4] = [4, 8, 16, 64];

/// Most words in one statement.
const CHUNK: usize = 1000;

/// Comes after every character of a word.
const LAST: char = '\u{10FFFF}';

fn word() -> Alias {
    Alias::new("word")
}

fn owner() -> Alias {
    Alias::new("owner_id")
}

impl Words {
    fn table(self) -> Alias {
        Alias::new(self.0)
    }

    /// Writes the words of a new row.
    ///
    /// # Errors
    /// What the database says.
    pub async fn add(self, tx: &impl ConnectionTrait, id: Uuid, words: BTreeSet<String>) -> Result<(), DbErr> {
        self.add_all(tx, words.into_iter().map(|word| (word, id)).collect()).await
    }

    /// Writes words of several rows.
    ///
    /// # Errors
    /// What the database says.
    pub async fn add_all(self, tx: &impl ConnectionTrait, words: Vec<(String, Uuid)>) -> Result<(), DbErr> {
        for chunk in words.chunks(CHUNK) {
            let Some(last) = chunk.last() else { continue };
            let size = SIZES.into_iter().find(|size| *size >= chunk.len()).unwrap_or(chunk.len());
            let mut insert = Query::insert();
            insert.into_table(self.table()).columns([word(), owner()]);
            for (word, id) in chunk.iter().chain(std::iter::repeat(last)).take(size) {
                insert.values_panic([Expr::val(word.as_str()), Expr::val(*id)]);
            }
            insert.on_conflict(OnConflict::columns([owner(), word()]).do_nothing().to_owned());
            tx.execute(&insert).await?;
        }
        Ok(())
    }

    /// Writes words of new rows, each of a row once: on PostgreSQL in one statement that looks for no conflicts.
    ///
    /// # Errors
    /// What the database says.
    pub async fn add_new(self, tx: &impl ConnectionTrait, words: Vec<(String, Uuid)>) -> Result<(), DbErr> {
        if !is_postgres(tx) || words.is_empty() {
            return self.add_all(tx, words).await;
        }
        let sql = format!("INSERT INTO {} (word, owner_id) SELECT * FROM UNNEST($1::text[], $2::uuid[])", self.0);
        let (words, ids): (Vec<Value>, Vec<Value>) = words.into_iter().map(|(w, id)| (w.into(), id.into())).unzip();
        let array = |ty, values| Value::Array(ty, Some(Box::new(values)));
        let values = [array(ArrayType::String, words), array(ArrayType::Uuid, ids)];
        tx.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, values)).await?;
        Ok(())
    }

    /// Writes the words of a row whose name may have changed.
    ///
    /// # Errors
    /// What the database says.
    pub async fn replace(self, tx: &impl ConnectionTrait, id: Uuid, words: BTreeSet<String>) -> Result<(), DbErr> {
        tx.execute(Query::delete().from_table(self.table()).and_where(Expr::col(owner()).eq(id))).await?;
        self.add(tx, id, words).await
    }

    fn beginning(self, prefix: &str) -> SelectStatement {
        let mut found = Query::select();
        found.column(owner()).from(self.table());
        found.and_where(Expr::col(word()).gte(prefix)).and_where(Expr::col(word()).lt(format!("{prefix}{LAST}")));
        found
    }

    /// Rows of which, for every word of the search, a word begins with it; every row where nothing was typed. `id` is the
    /// row's id with its table.
    pub fn found(self, id: impl IntoColumnRef + Clone, query: &str) -> Condition {
        let Some(prefixes) = words::sought(query) else { return Condition::all() };
        if prefixes.is_empty() {
            return Condition::all().add(Expr::val(1).eq(0));
        }
        let mut all = Condition::all();
        for (at, prefix) in prefixes.iter().enumerate() {
            let mut found = self.beginning(prefix);
            all = if at < JOINS {
                all.add(Expr::col(id.clone()).in_subquery(found))
            } else {
                // With a limit it stays a look-up of its own, in the index of each row's words.
                found.and_where(Expr::col(owner()).eq(Expr::col(id.clone()))).limit(1).offset(0);
                all.add(Expr::exists(found))
            };
        }
        all
    }
}

/// What a page is ordered by: the key itself, answered from its index, where nothing is searched; its value where
/// something is, so that the search is not answered by a walk along the index (see the module).
pub fn order(key: impl IntoColumnRef, query: &str) -> Expr {
    let key = Expr::col(key);
    if words::sought(query).is_none() { key } else { key.binary(BinOper::Custom("||"), Expr::cust("''")) }
}
