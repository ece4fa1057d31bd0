//! Many rows of one table in one statement: UNNEST on PostgreSQL, VALUES on SQLite. The rows are the same active models that
//! a single insert takes, so a bulk insert stores what single ones store.
//!
//! On PostgreSQL a column is one array. sea-query binds no NULL inside an array, so columns that may be NULL travel as texts,
//! the empty one for NULL; no such column of ours holds an empty text.

use kit::db::is_postgres;
use sea_orm::sea_query::{ArrayType, ColumnType, Iden, Value};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityName, EntityTrait, Iterable,
    Statement,
};

/// Most values bound in one statement of SQLite.
const BINDS: usize = 16_000;

/// How a column's array is bound and read.
struct Unnested {
    ty: ArrayType,
    bound: &'static str,
    read: &'static str,
    nullable: bool,
}

fn unnested(column: &impl ColumnTrait) -> Result<Unnested, DbErr> {
    let def = column.def();
    let (ty, name) = match def.get_column_type() {
        ColumnType::Uuid => (ArrayType::Uuid, "uuid"),
        ColumnType::String(_) | ColumnType::Text | ColumnType::Char(_) => (ArrayType::String, "text"),
        ColumnType::Integer => (ArrayType::Int, "int4"),
        ColumnType::BigInteger => (ArrayType::BigInt, "int8"),
        ColumnType::Date => (ArrayType::TimeDate, "date"),
        ColumnType::Boolean => (ArrayType::Bool, "bool"),
        other => return Err(DbErr::Type(format!("no array is known for {other:?}"))),
    };
    Ok(if def.is_null() {
        Unnested { ty: ArrayType::String, bound: "text", read: name, nullable: true }
    } else {
        Unnested { ty, bound: name, read: name, nullable: false }
    })
}

/// A value that may be NULL as a text.
fn as_text(value: Value) -> Result<Value, DbErr> {
    let text = match value {
        Value::Uuid(id) => id.map(|id| id.to_string()),
        Value::String(text) => text,
        Value::Int(number) => number.map(|n| n.to_string()),
        Value::BigInt(number) => number.map(|n| n.to_string()),
        Value::TimeDate(date) => date.map(kit::day::iso),
        other => return Err(DbErr::Type(format!("no text is known for {other:?}"))),
    };
    Ok(Value::from(text.unwrap_or_default()))
}

/// The statement of some rows.
fn statement<A: ActiveModelTrait>(rows: &[A]) -> Result<Statement, DbErr> {
    let mut values = Vec::new();
    let (mut names, mut read, mut arrays, mut columns) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (at, column) in <A::Entity as EntityTrait>::Column::iter().enumerate() {
        let Unnested { ty, bound, read: as_type, nullable } = unnested(&column)?;
        let mut array = Vec::with_capacity(rows.len());
        for row in rows {
            let value = match row.get(column) {
                ActiveValue::Set(value) | ActiveValue::Unchanged(value) => value,
                ActiveValue::NotSet => return Err(DbErr::Type(format!("{} is not set", column.unquoted()))),
            };
            array.push(if nullable { as_text(value)? } else { value });
        }
        values.push(Value::Array(ty, Some(Box::new(array))));
        names.push(format!("\"{}\"", column.unquoted()));
        columns.push(format!("c{at}"));
        arrays.push(format!("${}::{bound}[]", at + 1));
        read.push(if nullable { format!("NULLIF(c{at}, '')::{as_type}") } else { format!("c{at}") });
    }
    let table = A::Entity::default();
    let sql = format!(
        "INSERT INTO \"{}\" ({}) SELECT {} FROM UNNEST({}) AS rows({})",
        table.table_name(),
        names.join(", "),
        read.join(", "),
        arrays.join(", "),
        columns.join(", ")
    );
    Ok(Statement::from_sql_and_values(DbBackend::Postgres, sql, values))
}

/// Inserts rows of which every column is set.
///
/// # Errors
/// What the database says.
pub async fn insert_all<A>(tx: &impl ConnectionTrait, rows: Vec<A>) -> Result<(), DbErr>
where
    A: ActiveModelTrait,
{
    if rows.is_empty() {
        return Ok(());
    }
    if is_postgres(tx) {
        tx.execute_raw(statement(&rows)?).await?;
        return Ok(());
    }
    let width = <A::Entity as EntityTrait>::Column::iter().count().max(1);
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let some: Vec<A> = rows.by_ref().take(BINDS / width).collect();
        <A::Entity as EntityTrait>::insert_many(some).exec_without_returning(tx).await?;
    }
    Ok(())
}
