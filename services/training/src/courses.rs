//! Courses: what is taught, to whom, and what share of it somebody must attend to pass.

pub mod api;
pub mod domain;
pub mod store;
pub mod wire;
