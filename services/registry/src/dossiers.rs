//! Dossiers: what a producer says of a product and proves, checked before it is handed in, assessed by the commune, sealed
//! for the council.
//!
//! Until the first submission nothing is frozen: a draft is checked as if it were filed on the day asked for. The first
//! submission freezes regime, scorecard and the digest of the card's bytes; a version of evidence is pinned when it is
//! attached; sealing writes everything that is judged in canonical form ([`domain::snapshot`]) and stores its bytes.
//! Forms and papers are read whole with their dossier and written under its lock: JSON in columns.
//!
//! A dossier is of one product, or of a bundle whose products are all judged under it: those that it has at the first
//! submission. Of upgrades and re-evaluations the certificate's facts come from the copy of the evaluation service's feed where it has them,
//! until they freeze too.
//!
//! Invariants: a product has one open dossier, that of its bundle too; states move by [`domain::DOSSIER`] alone; no act is dated before the one
//! before it; a sealed dossier and its snapshot never change; a dossier holds no personal data, people are named by id.
//!
//! Decisions where the law is silent: the commune's term begins anew with each submission; a re-evaluation filed after its
//! window is taken with a warning until the certificate ends; what is attached must be good on the day of the act; a paper
//! older than practice allows is a warning; a regime of which no set is listed (q148) takes any known set, without a card.
//!
//! Deliberately absent: the decision and certificate (evaluation, which holds one sitting and issues one certificate, of the lead
//! product: the other products of a bundle are named in the snapshot and in DossierSealed, and have no certificate of their
//! own there), terms of province and centre (their working rules set them), and withdrawing a sealed dossier.

pub mod api;
pub mod domain;
mod edits;
pub(crate) mod load;
mod seal;
mod steps;
pub(crate) mod store;
pub(crate) mod wire;
