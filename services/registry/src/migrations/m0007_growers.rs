//! What is kept of producers beside their registration: sizes, sites, raw-material areas, yearly returns, contacts,
//! personal numbers, owners, changes, and the erasure of persons.

use kit::migrate::{Columns, index, name, optional};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// A table of what belongs to a unit.
fn of_unit(c: &Columns<'_>, title: &'static str, columns: impl IntoIterator<Item = ColumnDef>) -> TableCreateStatement {
    c.table(title, [c.text("unit"), c.text("unit_path")].into_iter().chain(columns))
}

/// The same of what belongs to a producer.
fn of_producer(
    c: &Columns<'_>,
    title: &'static str,
    columns: impl IntoIterator<Item = ColumnDef>,
) -> TableCreateStatement {
    let mut table = of_unit(c, title, std::iter::once(c.uuid("producer_id")).chain(columns));
    let key = ForeignKey::create().from(name(title), name("producer_id")).to(name("producer"), name("id")).take();
    table.foreign_key(&mut key.clone()).take()
}

fn facts(c: &Columns<'_>) -> [TableCreateStatement; 3] {
    [
        of_producer(c, "producer_size", [c.small("size_class"), c.date("begin_date"), c.text("basis")]),
        of_producer(
            c,
            "site",
            [
                c.text("commune"),
                c.small("kind"),
                c.text("display_name"),
                c.text("address"),
                c.date("begin_date"),
                optional(c.date("end_date")),
            ],
        ),
        of_producer(
            c,
            "material_area",
            [
                c.text("commune"),
                c.text("material"),
                c.text("address"),
                c.big("area_m2"),
                c.small("certificate"),
                c.text("certificate_number"),
                optional(c.date("certificate_end_date")),
                c.text("evidence"),
                c.small("local_percent"),
                c.date("begin_date"),
                optional(c.date("end_date")),
            ],
        ),
    ]
}

fn yearly(c: &Columns<'_>) -> [TableCreateStatement; 2] {
    let numbers = ["year", "revision", "state", "export_percent", "workers", "women", "minorities", "locals"];
    let columns = numbers.map(|n| c.small(n)).into_iter().chain([
        c.big("turnover_vnd"),
        c.text("lines"),
        c.text("note"),
        optional(c.date("submit_date")),
        optional(c.date("decide_date")),
        c.text("reason"),
    ]);
    let mut line = Table::create();
    line.table(name("return_line"))
        .col(c.uuid("return_id"))
        .col(c.small("position"))
        .col(c.small("measure"))
        .col(c.big("quantity_milli"))
        .primary_key(Index::create().col(name("return_id")).col(name("position")))
        .foreign_key(
            ForeignKey::create().from(name("return_line"), name("return_id")).to(name("yearly_return"), name("id")),
        );
    [of_producer(c, "yearly_return", columns), line.take()]
}

fn personal(c: &Columns<'_>) -> [TableCreateStatement; 3] {
    let contact = [
        optional(c.uuid("producer_id")),
        optional(c.uuid("person_id")),
        c.small("kind"),
        c.text("value"),
        c.text("note"),
        c.flag("preferred"),
    ];
    [
        of_unit(c, "contact", contact),
        of_producer(c, "personal_number", [c.text("number")]),
        of_unit(c, "erasure", [c.uuid("person_id"), c.date("request_date"), c.text("reason")]),
    ]
}

fn changes(c: &Columns<'_>) -> [TableCreateStatement; 2] {
    let texts = ["document_number", "reason", "before", "after", "proposer", "decider", "decide_reason"];
    let columns = texts.map(|t| c.text(t)).into_iter().chain([
        c.small("state"),
        c.date("effective_date"),
        optional(c.date("document_date")),
        optional(c.date("decide_date")),
        c.big("producer_version"),
    ]);
    let mut owner = Table::create();
    owner
        .table(name("producer_owner"))
        .col(c.uuid("producer_id").primary_key())
        .col(c.uuid("person_id"))
        .col(c.date("begin_date"));
    [of_producer(c, "producer_change", columns), owner.take()]
}

/// Tables that lists walk by producer.
const BY_PRODUCER: [(&str, &str); 6] = [
    ("site_producer", "site"),
    ("material_area_producer", "material_area"),
    ("yearly_return_producer", "yearly_return"),
    ("contact_producer", "contact"),
    ("producer_change_producer", "producer_change"),
    ("producer_size_producer", "producer_size"),
];

/// Tables that lists cut by unit.
const BY_PATH: [(&str, &str); 6] = [
    ("site_path", "site"),
    ("material_area_path", "material_area"),
    ("yearly_return_path", "yearly_return"),
    ("contact_path", "contact"),
    ("producer_change_path", "producer_change"),
    ("erasure_path", "erasure"),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns(manager);
        for table in facts(&c).into_iter().chain(yearly(&c)).chain(personal(&c)).chain(changes(&c)) {
            manager.create_table(table).await?;
        }
        for (title, table) in BY_PRODUCER {
            manager.create_index(index(title, table, &["producer_id", "id"])).await?;
        }
        for (title, table) in BY_PATH {
            manager.create_index(index(title, table, &["unit_path", "id"])).await?;
        }
        manager.create_index(index("contact_person", "contact", &["person_id"])).await?;
        manager.create_index(index("producer_owner_person", "producer_owner", &["person_id"])).await?;
        manager.create_index(index("yearly_return_year", "yearly_return", &["year", "unit_path"])).await?;
        let unique = [
            "CREATE UNIQUE INDEX producer_size_day ON producer_size (producer_id, begin_date)",
            "CREATE UNIQUE INDEX yearly_return_once ON yearly_return (producer_id, year, revision)",
            "CREATE UNIQUE INDEX personal_number_once ON personal_number (number)",
            "CREATE UNIQUE INDEX personal_number_producer ON personal_number (producer_id)",
            "CREATE UNIQUE INDEX erasure_once ON erasure (person_id)",
        ];
        for statement in unique {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        let erased = ColumnDef::new(name("erase_us")).big_integer().take();
        manager.alter_table(Table::alter().table(name("person")).add_column(erased).take()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table(name("person")).drop_column(name("erase_us")).take()).await?;
        let tables = [
            "producer_owner",
            "producer_change",
            "erasure",
            "personal_number",
            "contact",
            "return_line",
            "yearly_return",
            "material_area",
            "site",
            "producer_size",
        ];
        for table in tables {
            manager.drop_table(Table::drop().table(name(table)).take()).await?;
        }
        Ok(())
    }
}
