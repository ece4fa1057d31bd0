//! Indicators: what the measures of targets count, in words, from the reference data. Nothing is stored.

pub mod api;
pub mod wire;
