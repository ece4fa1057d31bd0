//! States that move by a table: see [`kit::states`].

pub(crate) use kit::numbered;
pub use kit::states::{Forbidden, step};
