//! Advice: which answers would lift a product to more stars, at the least cost.
//!
//! The plan is exact. Every criterion either stays as it is or goes to one option; minimum marks of the target cut the choices of
//! their criterion, and the points that the band still asks for are a knapsack to be filled at the least cost: a table over
//! criteria and missing points (see [`domain::plan`]). Points are counted in sums over the members, so that nothing is rounded.
//!
//! Deliberately absent: which of several ladders fits a producer, how long a change takes, and what one change does to another.

pub mod api;
pub mod domain;
pub mod wire;
