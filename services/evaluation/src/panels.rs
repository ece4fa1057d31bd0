//! Panels: who of a council judges one product: attendance, quorum, conflicts of interest, the check on site, and whether the
//! council meets or writes.
//!
//! A panel lives in its sitting and is changed under the sitting's lock, so that grading sees it whole.
//!
//! Deliberately absent: finding members of the producer's household or its consultants (no service keeps addresses or who
//! consulted whom; both can be declared), and the hour at which somebody came.

pub mod api;
pub mod domain;
pub mod wire;
