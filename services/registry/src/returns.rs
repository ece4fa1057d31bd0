//! Yearly returns: what producers report of turnover, output and labour. One version of a year counts, the accepted one.
//!
//! Deliberately absent: accounts and taxes, and figures of single products beyond their output.

pub mod api;
pub mod domain;
pub(crate) mod store;
pub(crate) mod wire;
