//! What results cost: payments of a year's plans, beside the persons trained and the products recognised.
//!
//! A payment is a PAY entry of the ledger; refunds and corrections take back. It stands at the unit of the plan whose line
//! was paid: money of the province is not spread over its districts, and no guess is made which payment made which result.
//! Results count within the plan's year; a payment counts whenever it was made, to the asked day.

pub mod api;
pub mod domain;
mod store;
mod wire;
