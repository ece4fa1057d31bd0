//! What is asked, and the exact answer; see [`solve`] for how it is found.

pub mod answer;
pub mod blocks;
pub mod conflict;
pub mod dual;
pub mod effort;
pub mod master;
pub mod model;
pub mod seats;
pub mod side;
pub mod solve;

#[cfg(test)]
mod tests;
