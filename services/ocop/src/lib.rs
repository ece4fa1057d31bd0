//! The suite in one process, and its command line.
//!
//! `ocop up` mounts every service with a SQLite file each behind the gateway, and can load a demo province; the other
//! commands are clients of a running suite (`call`, `export`, `form`, `import`), or work on its folder (`token mint`,
//! `audit verify`).
//!
//! Deliberately absent: rules and storage. What happens here happens through the RPCs that everybody has.

pub mod audit;
pub mod bench;
pub mod call;
pub mod certificate;
pub mod client;
pub mod command;
pub mod demo;
pub mod export;
pub mod file;
pub mod form;
pub mod import;
pub mod suite;
pub mod table;
