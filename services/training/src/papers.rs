//! Papers: the lists of a session and the report of a coverage, as an office prints them. Nothing is stored here.
//!
//! One model ([`print`]) has two outputs: PDF in the layout of administrative papers and a workbook with a sheet for each
//! table. What stands on a paper is put together from what other rooms answer ([`lists`], [`report`]) and from the names that
//! the registry tells while it is printed.
//!
//! Deliberately absent: DOCX; names of persons in anything that is kept.

pub mod api;
mod lists;
mod print;
mod report;
pub(crate) mod wire;
