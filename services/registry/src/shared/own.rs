//! Queries about who speaks for a producer: the accounts of the room `accounts`, as a condition of other rooms' lists.

use kit::{Result, Scope};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait, IntoColumnRef, Query, SelectStatement};
use time::Date;
use uuid::Uuid;

/// What a caller reaches of the rows that belong to producers.
#[derive(Clone, Debug)]
pub struct Reach {
    /// Where it holds a role other than that of a producer.
    pub staff: Scope,
    /// Where it holds the role of a producer: there it reaches the producers of its accounts.
    pub producer: Scope,
    /// The subject of its token.
    pub subject: String,
    /// The day of the call.
    pub today: Date,
}

fn name(name: &'static str) -> Alias {
    Alias::new(name)
}

fn accounts(subject: &str, today: Date) -> SelectStatement {
    let lasting =
        Condition::any().add(Expr::col(name("end_date")).is_null()).add(Expr::col(name("end_date")).gte(today));
    let mut accounts = Query::select();
    accounts.column(name("producer_id")).from(name("producer_account"));
    accounts.and_where(Expr::col(name("subject")).eq(subject)).and_where(Expr::col(name("begin_date")).lte(today));
    accounts.cond_where(lasting);
    accounts
}

impl Reach {
    /// The rows that it reaches, by the columns of their unit's path and of their producer.
    pub fn on(&self, path: impl IntoColumnRef + Clone, producer: impl IntoColumnRef + Clone) -> Condition {
        let staff = self.staff.on(path.clone());
        if matches!(&self.producer, Scope::Within(prefixes) if prefixes.is_empty()) || self.staff == Scope::All {
            return staff;
        }
        let own = Expr::col(producer).in_subquery(accounts(&self.subject, self.today));
        Condition::any().add(staff).add(Condition::all().add(self.producer.on(path)).add(own))
    }

    /// True where it reaches what belongs to this producer at this path.
    ///
    /// # Errors
    /// What the database says.
    pub async fn reaches(&self, db: &impl ConnectionTrait, producer: Uuid, path: &str) -> Result<bool> {
        if self.staff.holds(path) {
            return Ok(true);
        }
        if !self.producer.holds(path) {
            return Ok(false);
        }
        let mut own = accounts(&self.subject, self.today);
        own.and_where(Expr::col(name("producer_id")).eq(producer)).limit(1);
        Ok(db.query_one(&own).await?.is_some())
    }
}
