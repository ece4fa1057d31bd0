//! The registry as its callers see it: generated client, real layers, real SQL, the same suite on both engines.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that meets something else has failed")]

#[path = "it/assignments.rs"]
mod assignments;
#[path = "it/bad_input.rs"]
mod bad_input;
#[path = "it/bundles.rs"]
mod bundles;
#[path = "it/candidates.rs"]
mod candidates;
#[path = "it/changes.rs"]
mod changes;
#[path = "it/checklists.rs"]
mod checklists;
#[path = "it/contacts.rs"]
mod contacts;
#[path = "it/dossier_bundles.rs"]
mod dossier_bundles;
#[path = "it/dossier_certificates.rs"]
mod dossier_certificates;
#[path = "it/dossier_desk.rs"]
mod dossier_desk;
#[path = "it/dossier_lists.rs"]
mod dossier_lists;
#[path = "it/dossier_papers.rs"]
mod dossier_papers;
#[path = "it/dossier_races.rs"]
mod dossier_races;
#[path = "it/dossier_refusals.rs"]
mod dossier_refusals;
#[path = "it/dossiers.rs"]
mod dossiers;
#[path = "it/duties.rs"]
mod duties;
#[path = "it/eligibility.rs"]
mod eligibility;
#[path = "it/erasures.rs"]
mod erasures;
#[path = "it/evidence.rs"]
mod evidence;
#[path = "it/evidence_files.rs"]
mod evidence_files;
#[path = "it/evidence_s3.rs"]
mod evidence_s3;
#[path = "it/exports.rs"]
mod exports;
#[path = "it/exports_desk.rs"]
mod exports_desk;
#[path = "it/exports_more.rs"]
mod exports_more;
#[path = "it/feed.rs"]
mod feed;
#[path = "it/filing.rs"]
mod filing;
#[path = "it/guidance.rs"]
mod guidance;
#[path = "it/imports.rs"]
mod imports;
#[path = "it/imports_places.rs"]
mod imports_places;
#[path = "it/imports_press.rs"]
mod imports_press;
#[path = "it/maps.rs"]
mod maps;
#[path = "it/maps_any.rs"]
mod maps_any;
#[path = "it/matching.rs"]
mod matching;
#[path = "it/merges.rs"]
mod merges;
#[path = "it/office.rs"]
mod office;
#[path = "it/own.rs"]
mod own;
#[path = "it/people.rs"]
mod people;
#[path = "it/person_merges.rs"]
mod person_merges;
#[path = "it/producers.rs"]
mod producers;
#[path = "it/products.rs"]
mod products;
#[path = "it/promotion.rs"]
mod promotion;
#[path = "it/promotion_lists.rs"]
mod promotion_lists;
#[path = "it/repeats.rs"]
mod repeats;
#[path = "it/returns.rs"]
mod returns;
#[path = "it/samples.rs"]
mod samples;
#[path = "it/search.rs"]
mod search;
#[path = "it/sites.rs"]
mod sites;
#[path = "it/stars.rs"]
mod stars;
#[path = "it/support.rs"]
mod support;
#[path = "it/units.rs"]
mod units;
#[path = "it/vacancies.rs"]
mod vacancies;
#[path = "it/visits.rs"]
mod visits;
