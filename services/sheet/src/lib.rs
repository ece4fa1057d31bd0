//! Lists and tables as files that open in Excel: what every service writes its exports and reports with.
//!
//! The parts: [`Column`] says once, as data, what a column is called, what it holds and where it comes from; a [`Table`]
//! takes rows; a [`Book`] of one or several tables with its [`Title`] is written as XLSX or CSV. [`export`] does it all for a
//! list of a service: one state of the database, read page by page, and the file in parts to the caller.
//!
//! A crate of its own and no part of the kit, because the XLSX writer is heavy and most of the suite does not need it.
//!
//! Invariants:
//! - memory is bounded whatever the number of rows: rows go to an unnamed temporary file as they come (which also counts
//!   them, measures the columns and knows whether any is a sample before the title is written), the XLSX writer keeps one
//!   row, and a file is sent in parts of [`export::PART`] bytes;
//! - no cell is ever a formula. In XLSX all text is written as text (marked as such where it looks like a formula, so that
//!   it stays text when somebody edits the cell); in CSV such text begins with an apostrophe;
//! - codes keep their leading zeros in XLSX, where they are text. A CSV file has them too, but Excel drops them when it opens
//!   one without being asked for the columns' types: that is CSV's own weakness;
//! - a sample says so in its row, in the title, in the name of the file and on each printed page.
//!
//! Numbers are numbers with the format `#,##0`, which Excel shows with the reader's own mark between thousands: the dot where
//! Windows is set to Vietnamese.
//!
//! The other way, [`take`] reads what offices send: CSV and XLSX, row by row.
//!
//! Deliberately absent: charts, formulas, PDF.

mod book;
mod cell;
mod csv;
pub mod export;
mod table;
pub mod take;
#[cfg(test)]
mod tests;
pub mod units;
mod xlsx;

pub use book::{Book, Format, Language, Title};
pub use cell::{Cell, Kind};
pub use export::{Asked, Complete, Exports, List, Parts, asked};
pub use table::{Column, Head, Row, Sheet, Style, Table};
