//! The candidate list of a locality and year: products, and ideas that are not registered yet, with the stars aimed at.
//!
//! A candidate is proposed, accepted, and then its dossier is filed: the first submission of a dossier of this service
//! files the accepted candidates of its products, and one that is withdrawn or rejected gives them back; or it is dropped with a reason, or goes on on the
//! next year's list. Of what is still open, a product or an idea stands on a year's list once: the unique key is the
//! year with the candidate's subject (the product, or the unit with the folded name of the idea).
//!
//! Deliberately absent: whether there is a certificate to upgrade or to renew (the registry's copy of certificates may
//! be late, and nothing is decided from a copy).

pub mod acts;
pub mod api;
pub mod domain;
pub mod store;
pub mod wire;
