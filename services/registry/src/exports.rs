//! Lists of the registry as files. A list is written from what its List method answers, with the same filter and for the
//! same callers; what rows refer to is named beside its id, with one statement a page for each kind of it. Names of persons
//! stand only where the caller may list those persons.
//!
//! Deliberately absent: imports, templates of imports, and files that are kept: each is made anew.

pub mod api;
mod desk;
mod growers;
mod lineup;
mod names;
mod people;
mod promotion;
mod register;
mod rolls;
