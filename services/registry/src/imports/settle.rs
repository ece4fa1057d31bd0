//! What becomes of a batch of rows: what they may mean is looked up in a few statements, every row is judged beside the rows
//! before it, and what is new is stored.

mod persons;
mod producers;
mod products;

use std::collections::HashMap;

use kit::{Batch, Error, Fact, Result, Scope};
use proto::common::v1::ErrorReason as Common;
use sea_orm::{DbErr, SqlErr};
use time::Date;
use uuid::Uuid;

use super::domain::{Fault, ProductItem, Ruling, Verdict, Why};
use crate::duties::store::Duty;
use crate::people::store::Person;
use crate::producers::store::{Producer, bulk::Draft};
use crate::products::store::Product;

/// A row that was read.
pub(super) struct Ready {
    /// The sheet's row.
    pub(super) row: u32,
    /// It says that it is new.
    pub(super) as_new: bool,
    /// What it says, or all that is wrong with it.
    pub(super) said: Result<Said, Vec<Fault>>,
}

/// What a row says, worked out as far as it needs no database.
pub(super) enum Said {
    /// A producer.
    Producer(Box<Draft>),
    /// A product and its producer.
    Product(Box<(ProductItem, Draft)>),
    /// A person.
    Person(Box<Person>),
    /// A person with a post.
    Officer(Box<(Person, Duty)>),
}

/// What a batch has made.
pub(super) enum Made {
    /// A producer.
    Producer(Producer),
    /// A product.
    Product(Product),
    /// A person.
    Person(Person),
    /// A post.
    Post(Duty),
}

/// What the rows so far have said.
pub(super) struct State {
    /// The caller's units.
    pub(super) scope: Scope,
    /// The day of the call.
    pub(super) today: Date,
    /// What is told beside the rows of the batch at hand.
    pub(super) facts: Vec<Fact>,
    /// Which row first meant this resource.
    seen: HashMap<Uuid, u32>,
}

impl State {
    /// Before the first row.
    pub(super) fn new(scope: Scope, today: Date) -> Self {
        Self { scope, today, facts: Vec::new(), seen: HashMap::new() }
    }

    /// Remembers a row that was judged.
    pub(super) fn remember(&mut self, row: u32, id: Uuid) {
        self.seen.entry(id).or_insert(row);
    }

    /// The verdict on a row that means a resource which is there, or which an earlier row has said.
    fn there(&mut self, mut verdict: Verdict, id: Uuid) -> Verdict {
        if let Some(first) = self.seen.get(&id) {
            verdict.ruling = Ruling::Rejected;
            verdict.why.insert(0, Why::Repeated(*first));
        }
        self.remember(verdict.row, id);
        verdict
    }

    /// Notes of an ambiguous row which earlier rows it may repeat.
    fn may_repeat(&self, ids: &[Uuid], why: &mut Vec<Why>) {
        why.extend(ids.iter().filter_map(|id| self.seen.get(id)).map(|row| Why::Repeated(*row)));
    }
}

/// Another writer was first: the same call may be made again.
pub(super) fn lost(error: DbErr) -> Error {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => Error::conflict(Common::Conflict).because(error),
        _ => error.into(),
    }
}

/// Judges rows and stores what is new.
pub(super) async fn settle(batch: &Batch, state: &mut State, rows: Vec<Ready>) -> Result<(Vec<Verdict>, Vec<Made>)> {
    // A file has rows of one kind; the first that could be read says which.
    match rows.iter().find_map(|ready| ready.said.as_ref().ok()) {
        Some(Said::Producer(_)) => producers::settle(batch, state, rows).await,
        Some(Said::Product(_)) => products::settle(batch, state, rows).await,
        Some(Said::Person(_) | Said::Officer(_)) => persons::settle(batch, state, rows).await,
        None => {
            Ok((rows.into_iter().filter_map(|ready| Some(faulty(ready.row, ready.said.err()?))).collect(), Vec::new()))
        }
    }
}

/// The verdict on a row that could not be read.
fn faulty(row: u32, faults: Vec<Fault>) -> Verdict {
    Verdict::rejected(row, faults.into_iter().map(Why::Fault))
}
