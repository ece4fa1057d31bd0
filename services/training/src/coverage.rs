//! Coverage: of the persons on duty on a day, how many have passed what they should, and who has not.
//!
//! The denominator is asked from the registry page by page, the numerator from this service's own attendance; both are
//! counted when asked. People who joined, left or changed post are thus right on every day without any bookkeeping here.
//! Its cost grows with the number of persons on duty; a local copy with stated freshness comes with training's own issue.

pub mod api;
pub mod domain;
pub mod wire;
