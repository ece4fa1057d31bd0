//! Lists that are read by the map of a day: which rows a unit of the map holds, and where each row is shown.
//!
//! A row stands in the unit of its own day. On another map it is shown under the unit that stands for that one by default, or,
//! from the division of a commune on, under the part that its producer was assigned to. Both are worked out in the list's one
//! statement: the prefixes that the map shows in a unit are known beforehand ([`reference::units::shown_prefixes`]), and an
//! assignment is looked up by its producer. Each row is shown in one unit, so lists of all units of a map add up.
//!
//! Growth: rows are found by the index of their paths, as for a list that is not read by a map; each costs one look-up more.

use kit::Scope;
use reference::units::{self, Level, Unit};
use sea_orm::Order;
use sea_orm::sea_query::{Alias, ColumnRef, Condition, Expr, ExprTrait, Query, SelectStatement};
use time::Date;

pub(crate) mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "unit_assignment")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub producer_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub from_unit: String,
        pub to_unit: String,
        pub to_path: String,
        pub end_date: time::Date,
        pub assign_date: time::Date,
        pub reason: String,
        pub create_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// An assignment of a producer.
pub(crate) type Assignment = row::Model;

/// The map of a day, and what of it is asked for.
#[derive(Clone, Debug)]
pub(crate) struct MapCut {
    /// The day.
    pub(crate) day: Date,
    /// Only rows that the map shows in these units; none for all rows.
    within: Option<Within>,
}

#[derive(Clone, Debug)]
struct Within {
    /// Paths that are shown in the units by default.
    shown: Scope,
    /// Paths that are shown there at all.
    reach: Scope,
    /// Units above communes that are shown there and lie under none of these paths.
    beside: Vec<String>,
    /// Units above communes that lie under these paths and are shown elsewhere.
    except: Vec<String>,
}

/// The columns of a row that say where it is shown.
#[derive(Clone, Debug)]
pub(crate) struct Columns {
    /// Its producer; NULL for rows that move along with none.
    pub(crate) producer: Expr,
    /// The path of its unit.
    pub(crate) path: ColumnRef,
    /// The day of its unit.
    pub(crate) since: ColumnRef,
}

/// Columns of rows that belong to no producer: nobody assigns them.
pub(crate) fn unowned(path: ColumnRef, since: ColumnRef) -> Columns {
    Columns { producer: Expr::null(), path, since }
}

/// No part: the column of a list that is not read by a map.
pub(crate) fn no_part() -> Expr {
    Expr::null().cast_as(Alias::new("text"))
}

impl MapCut {
    /// All rows, by the map of a day.
    pub(crate) fn whole(day: Date) -> Self {
        Self { day, within: None }
    }

    /// Rows that the map of a day shows in units of it.
    pub(crate) fn within(day: Date, wanted: &[&'static Unit]) -> Self {
        if wanted.iter().any(|unit| unit.name == units::ROOT) {
            return Self::whole(day);
        }
        let mut shown: Vec<String> = Vec::new();
        let mut reach: Vec<String> = Vec::new();
        for unit in wanted {
            shown.extend(units::shown_prefixes(unit, day).iter().cloned());
            reach.extend(units::prefixes(&unit.name));
        }
        reach.extend(shown.iter().cloned());
        for paths in [&mut shown, &mut reach] {
            paths.sort();
            paths.dedup_by(|later, earlier| later.starts_with(earlier.as_str()));
        }
        let (beside, except) = (Vec::new(), Vec::new());
        let within = Within { shown: Scope::Within(shown), reach: Scope::Within(reach), beside, except };
        Self { day, within: Some(within) }
    }

    /// The same for rows that may stand in units of any level: those of a district or province are shown where that is.
    pub(crate) fn within_any(day: Date, wanted: &'static Unit) -> Self {
        let mut map = Self::within(day, &[wanted]);
        let Some(within) = &mut map.within else { return map };
        let mut paths = match &within.reach {
            Scope::Within(paths) => paths.clone(),
            Scope::All => Vec::new(),
        };
        for unit in units::all().into_iter().filter(|unit| unit.level != Level::Commune) {
            let there = units::shown(unit, day).is_some_and(|shown| shown.unit.path.starts_with(&wanted.path));
            match (there, within.shown.holds(&unit.path)) {
                (true, false) => within.beside.push(unit.path.clone()),
                (false, true) => within.except.push(unit.path.clone()),
                _ => {}
            }
        }
        paths.extend(within.beside.iter().cloned());
        within.reach = Scope::Within(paths);
        map
    }

    /// The rows that are asked for.
    pub(crate) fn holds(&self, of: &Columns) -> Condition {
        let Some(within) = &self.within else { return Condition::all() };
        let chosen = Alias::new("chosen");
        let assigned = Query::select()
            .expr(Expr::val(1))
            .from_subquery(self.latest(of, [row::Column::ToPath]), chosen.clone())
            .cond_where(within.shown.on((chosen, row::Column::ToPath)))
            .take();
        let by_default = Condition::all()
            .add(within.shown.on(of.path.clone()))
            .add(Expr::exists(self.latest(of, [row::Column::ToPath])).not());
        let path = || Expr::col(of.path.clone());
        let by_default = match within.except.is_empty() {
            true => by_default,
            false => by_default.add(path().is_not_in(within.except.iter().map(|path| Expr::val(path.as_str())))),
        };
        let mut shown = Condition::any().add(by_default).add(Expr::exists(assigned));
        if !within.beside.is_empty() {
            shown = shown.add(path().is_in(within.beside.iter().map(|path| Expr::val(path.as_str()))));
        }
        Condition::all().add(within.reach.on(of.path.clone())).add(shown)
    }

    /// The part that a row's producer was assigned to last before the day; NULL where it was not.
    pub(crate) fn chosen(&self, of: &Columns) -> Expr {
        Expr::SubQuery(None, Box::new(self.latest(of, [row::Column::ToUnit]).into()))
    }

    fn latest<const N: usize>(&self, of: &Columns, columns: [row::Column; N]) -> SelectStatement {
        let a = || Alias::new("assigned");
        Query::select()
            .columns(columns.map(|column| (a(), column)))
            .from_as(row::Entity, a())
            .and_where(Expr::col((a(), row::Column::ProducerId)).eq(of.producer.clone()))
            .and_where(Expr::col((a(), row::Column::EndDate)).lt(self.day))
            .and_where(Expr::col((a(), row::Column::EndDate)).gte(Expr::col(of.since.clone())))
            .order_by((a(), row::Column::EndDate), Order::Desc)
            .limit(1)
            .take()
    }
}
