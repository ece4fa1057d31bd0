//! Fairs and exhibitions: the call, the places, the products that apply and are chosen, and what it brought them.
//!
//! Places are given under the lock of the fair's row, so that no two writers give the same one; every act on an
//! application locks the fair first and the application second.
//!
//! Deliberately absent: a call that is opened again, several places for one product, and money spent (the budget service).

pub mod acts;
pub mod api;
pub mod domain;
pub mod store;
pub mod wire;
