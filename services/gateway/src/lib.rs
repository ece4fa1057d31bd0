//! The one address of the suite: takes calls in several protocols, and hands each to the service of its package.
//!
//! - gRPC: headers are read, bodies are not; what the services add to their contracts needs no change here ([`forward`]).
//! - gRPC-Web: translated to gRPC.
//! - Connect's unary calls, JSON or protobuf: translated through the descriptors ([`connect`]), so that `curl` works.
//! - Reflection and health answer for all services.
//! - `/giay-moi` is the page on which invited persons answer ([`invitation`]).
//!
//! Invariants: every call goes through the same layers as a call to a service (authentication, role, deadline, limits,
//! trace); the services check again, because not every caller comes this way.
//!
//! Deliberately absent: a database, rules of the programme, REST paths and the other pages (their own issues).

pub mod connect;
pub mod forward;
pub mod invitation;

use kit::serve::Front;
use kit::stack::Stack;
use kit::{BoxError, Service, Setup};
use sea_orm_migration::{MigrationTrait, MigratorTrait};
use tonic::service::Routes;

/// The service.
pub struct Gateway;

/// The gateway keeps nothing.
pub struct NoMigrations;

impl MigratorTrait for NoMigrations {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        Vec::new()
    }
}

impl Service for Gateway {
    const NAME: &'static str = "gateway";
    const PACKAGE: &'static str = "ocop.gateway.v1";
    const PEERS: &'static [&'static str] = &["registry", "training", "evaluation", "budget", "insights"];
    type Migrator = NoMigrations;

    async fn build(setup: Setup) -> Result<Routes, BoxError> {
        Ok(forward::routes(&setup))
    }

    fn front(setup: &Setup, stack: Stack) -> Front {
        connect::front(setup.kit.clone(), stack)
    }
}
