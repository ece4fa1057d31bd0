//! Requirements: which duty asks for which training, and until when. How far one is met, coverage answers.

pub mod api;
pub mod domain;
pub(crate) mod store;
pub(crate) mod wire;
