//! Statistics: figures about a council's marks, beside the legal mean. Advice to the chair; no result looks at them.
//!
//! Only graded sittings are read, so that no figure opens a seal. Small samples get no figures: a calibration on too few marks
//! makes things worse.
//!
//! Deliberately absent: correcting marks by a member's leniency, and models of item response (panels are too small for them).

pub mod api;
pub mod domain;
pub mod wire;
