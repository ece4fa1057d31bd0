//! Producers: who takes part in the programme. A producer belongs to the commune of its registration, as it was then.

pub mod api;
pub mod domain;
pub(crate) mod store;
pub(crate) mod wire;
