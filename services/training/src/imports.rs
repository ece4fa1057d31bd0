//! Lists of participants from spreadsheets: a row for a person, a verdict for every row.
//!
//! The way of a list: its bytes are read on a thread of their own ([`wire::sheet`]); the registry is asked whom its rows mean
//! before a transaction opens ([`crate::shared::peer`]); every row is judged under the session's lock by the same checks as
//! the single methods have, so that a row is refused for the same reasons; what can be stored is stored by those methods'
//! own functions, all of it or nothing.
//!
//! Invariants: nobody is guessed and nobody is made; AMBIGUOUS and REJECTED rows write nothing; a repeated request id stores
//! nothing twice. Names and numbers of persons are read, compared and forgotten: answers carry resource names only.
//!
//! Growth: one question to the registry for each different name and unit of a list, eight at a time; a list has at most
//! [`domain::MOST`] rows.

pub mod api;
pub mod domain;
pub(crate) mod wire;
