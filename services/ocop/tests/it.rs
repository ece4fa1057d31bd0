//! The program as operators use it: started as a process on a folder of its own, judged by what it prints, by its exit
//! code and by what it answers.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that meets something else has failed"
)]

#[path = "it/audit.rs"]
mod audit;
#[path = "it/calls.rs"]
mod calls;
#[path = "it/certificate.rs"]
mod certificate;
#[path = "it/export.rs"]
mod export;
#[path = "it/form.rs"]
mod form;
#[path = "it/import.rs"]
mod import;
#[path = "it/installation.rs"]
mod installation;
#[path = "it/tokens.rs"]
mod tokens;
#[path = "it/up.rs"]
mod up;
#[path = "it/words.rs"]
mod words;
