//! Training as its callers see it, beside a real registry: generated client, real layers, real SQL, on both engines.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that meets something else has failed")]

#[path = "it/attendance.rs"]
mod attendance;
#[path = "it/checkins.rs"]
mod checkins;
#[path = "it/completions.rs"]
mod completions;
#[path = "it/costs.rs"]
mod costs;
#[path = "it/courses.rs"]
mod courses;
#[path = "it/coverage.rs"]
mod coverage;
#[path = "it/elsewhere.rs"]
mod elsewhere;
#[path = "it/exports.rs"]
mod exports;
#[path = "it/feed.rs"]
mod feed;
#[path = "it/feedback.rs"]
mod feedback;
#[path = "it/imports.rs"]
mod imports;
#[path = "it/invitations.rs"]
mod invitations;
#[path = "it/letters.rs"]
mod letters;
#[path = "it/mails.rs"]
mod mails;
#[path = "it/office.rs"]
mod office;
#[path = "it/papers.rs"]
mod papers;
#[path = "it/registrations.rs"]
mod registrations;
#[path = "it/requirements.rs"]
mod requirements;
#[path = "it/rules.rs"]
mod rules;
#[path = "it/sessions.rs"]
mod sessions;
#[path = "it/smtp.rs"]
mod smtp;
