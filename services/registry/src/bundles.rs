//! Products that are presented together under one certificate: a bundle counts once, under the code of its lead product.
//!
//! A product lies in one live bundle at most because its row names it; the rows of the products are locked while a bundle
//! is made or changed. What a dissolved bundle held stays with it.
//!
//! Deliberately absent: judging and certifying them (the evaluation service does it as a whole, under the lead product), and
//! bundles over several producers.

pub mod api;
pub mod domain;
pub mod store;
pub mod wire;
