//! Spreadsheets: a file comes in, every row gets a verdict, and all of them are stored or none (or, when asked, those that can
//! be).
//!
//! The way of a file: it is taken in whole, to a file without a name ([`api`]); looked at as a whole, before any of it is
//! believed ([`sheet::take`]); read row by row on a thread of its own, which also works out what needs no database ([`domain`],
//! [`run`]); settled in batches of [`run::BATCH`] rows, each with a handful of statements ([`settle`]); answered from a
//! second file without a name once the transaction is over, so that a slow caller holds no lock. What is stored is what the
//! single methods store: rooms build their rows in one place for both.
//!
//! A product of a divided commune goes to the part that its producer was assigned to, else to the default part, which its
//! verdict notes; one whose producer may not take part on its day is rejected, as CreateProduct does.
//!
//! Invariants: a row that is there is never written; AMBIGUOUS and REJECTED rows write nothing, whatever the mode; the same
//! request id never stores twice; one audit entry and one event for each batch; a serial is taken by a stored
//! product only.
//!
//! Growth: memory does not grow with the file but for 24 bytes a row (which row said what, to find repeats), at
//! most [`run::MOST_ROWS`] rows, and the shared texts of a workbook. Imports run one after the other. An atomic import is one transaction: on SQLite it is the
//! only writer while it runs, on PostgreSQL it holds the serials of its communes.
//!
//! Deliberately absent: kinds `units` and `unit-links`, which become one change of units ([`crate::unit_changes`]; the command
//! line reads their sheets with [`sheet::take`]) and are refused here with IMPORT_KIND_ELSEWHERE. Names that are only alike do not stop
//! a row; MatchProducers finds them.

pub mod api;
pub mod domain;
mod run;
mod settle;
mod store;
mod wire;
