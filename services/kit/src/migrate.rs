//! What migrations of all services share: one file serves both engines, so the differences live here, with the short
//! spellings of columns, tables and indexes.
//!
//! Migrations are frozen history: what is here may grow, and never changes what it makes.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// A text column that is compared byte by byte on both engines: paths, sort keys, search keys, names of resources.
/// PostgreSQL would otherwise compare by the locale of the server, and neither order nor prefix search would agree.
pub fn bytes_text(manager: &SchemaManager<'_>, column: impl IntoIden) -> ColumnDef {
    let mut column = ColumnDef::new(column);
    column.text();
    if manager.get_database_backend() == DbBackend::Postgres {
        column.extra("COLLATE \"C\"");
    }
    column
}

/// The table that [`crate::follow`] keeps its places in.
pub fn cursor(manager: &SchemaManager<'_>) -> TableCreateStatement {
    let big = |column: &'static str| ColumnDef::new(Alias::new(column)).big_integer().not_null().take();
    Table::create()
        .table(Alias::new("cursor"))
        .col(bytes_text(manager, Alias::new("source")).not_null().primary_key())
        .col(big("position"))
        .col(big("head_position"))
        .col(big("complete_us"))
        .take()
}

/// The name of a table, column or index.
#[must_use]
pub fn name(name: &'static str) -> Alias {
    Alias::new(name)
}

/// Columns of one kind are made in one way; all of them must have a value.
#[derive(Clone, Copy)]
pub struct Columns<'m>(pub &'m SchemaManager<'m>);

impl Columns<'_> {
    /// A text, compared byte by byte.
    #[must_use]
    pub fn text(&self, column: &'static str) -> ColumnDef {
        bytes_text(self.0, name(column)).not_null().take()
    }

    /// A text out of a fixed list.
    #[must_use]
    pub fn one_of(&self, column: &'static str, values: &[&'static str]) -> ColumnDef {
        let values: Vec<SimpleExpr> = values.iter().map(|value| Expr::val(*value)).collect();
        self.text(column).check(Expr::col(name(column)).is_in(values)).take()
    }

    /// A number of 64 bits: money, instants, versions, positions.
    #[must_use]
    pub fn big(&self, column: &'static str) -> ColumnDef {
        ColumnDef::new(name(column)).big_integer().not_null().take()
    }

    /// A number of 32 bits: states, kinds, years, counts.
    #[must_use]
    pub fn small(&self, column: &'static str) -> ColumnDef {
        ColumnDef::new(name(column)).integer().not_null().take()
    }

    /// True or false.
    #[must_use]
    pub fn flag(&self, column: &'static str) -> ColumnDef {
        ColumnDef::new(name(column)).boolean().not_null().take()
    }

    /// A day.
    #[must_use]
    pub fn date(&self, column: &'static str) -> ColumnDef {
        ColumnDef::new(name(column)).date().not_null().take()
    }

    /// An id, or a reference to one.
    #[must_use]
    pub fn uuid(&self, column: &'static str) -> ColumnDef {
        ColumnDef::new(name(column)).uuid().not_null().take()
    }

    /// A table whose rows have an id and end with sample, version and times.
    #[must_use]
    pub fn table(&self, title: &'static str, columns: impl IntoIterator<Item = ColumnDef>) -> TableCreateStatement {
        let mut all = table(title);
        all.col(self.uuid("id").primary_key());
        for column in columns {
            all.col(column);
        }
        all.col(self.flag("sample")).col(self.big("version")).col(self.big("create_us")).col(self.big("update_us"));
        all
    }
}

/// The same column, for values that may be missing.
#[must_use]
pub fn optional(mut column: ColumnDef) -> ColumnDef {
    column.null().take()
}

/// A table without columns yet.
#[must_use]
pub fn table(title: &'static str) -> TableCreateStatement {
    Table::create().table(name(title)).take()
}

/// An index, or the columns of a primary key.
#[must_use]
pub fn key(columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    for column in columns {
        index.col(name(column));
    }
    index.take()
}

/// An index of a table.
#[must_use]
pub fn index(title: &'static str, of: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    key(columns).name(title).table(name(of)).take()
}
