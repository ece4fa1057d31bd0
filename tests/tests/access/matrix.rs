//! Every method × every role, no token, an expired one, one of another installation, a damaged one.

use std::time::Duration;

use bytes::Bytes;
use kit::auth::{Keys, role_name};
use kit::inventory::{self, Method};
use kit::testing::{Backend, TODAY, backends};
use kit::{Held, Link};
use proto::common::v1::{Role, Scope};
use tests::raw::{Outcome, call};
use tests::suite::Suite;
use tonic::Code;
use tonic::transport::Channel;

use crate::{none, told};

/// Where all roles of the matrix are held: what they may do is then a question of roles alone.
const ROOT: &str = "units/vn";

/// Who calls.
struct Who {
    name: String,
    role: Option<Role>,
    token: Option<String>,
    /// The reason for which the token is no good.
    fault: Option<&'static str>,
}

/// How a call must end.
#[derive(Debug, PartialEq, Eq)]
enum Expected {
    /// Authorised: whatever the empty message is answered with, it is no question of access.
    Past,
    /// UNAUTHENTICATED with this reason.
    Unauthenticated(&'static str),
    /// PERMISSION_DENIED for want of a role.
    RoleMissing,
}

/// What the contract says of a method and a caller.
fn expected(method: &Method, who: &Who) -> Expected {
    match (who.fault, who.role) {
        (Some(fault), _) => Expected::Unauthenticated(fault),
        _ if method.scope == Scope::Public => Expected::Past,
        (None, None) => Expected::Unauthenticated("UNAUTHENTICATED"),
        (None, Some(role)) if method.roles.contains(&role) => Expected::Past,
        (None, Some(_)) => Expected::RoleMissing,
    }
}

/// True where a call ended as it must. A method that is authorised and then fails for a reason of ours, or does not exist
/// behind its contract, is as wrong as one that is open.
fn is_as(expected: &Expected, found: &Outcome) -> bool {
    let rules = [Code::Ok, Code::InvalidArgument, Code::NotFound, Code::FailedPrecondition, Code::AlreadyExists];
    match expected {
        Expected::Past => rules.contains(&found.code),
        Expected::Unauthenticated(reason) => found.code == Code::Unauthenticated && found.reason == *reason,
        Expected::RoleMissing => found.code == Code::PermissionDenied && found.reason == "ROLE_MISSING",
    }
}

fn roles() -> impl Iterator<Item = Role> {
    (1..).map_while(|number| Role::try_from(number).ok())
}

/// Everybody who calls, with tokens as fresh as the suite's clock.
fn everybody(suite: &Suite) -> Vec<Who> {
    let world = &suite.world;
    let held: Vec<Held> = roles().map(|role| Held { role, unit: ROOT.to_owned() }).collect();
    let mut all: Vec<Who> = roles()
        .map(|role| {
            let token = world.as_role(&role_name(role), ROOT).token;
            Who { name: role_name(role), role: Some(role), token: Some(token), fault: None }
        })
        .collect();
    all.push(Who { name: "nobody".to_owned(), role: None, token: None, fault: None });
    // A token of yesterday: the clock is put back to make it.
    world.clock.set_noon(TODAY.previous_day().expect("there was a yesterday"));
    let expired = world.as_subject("yesterday", &held).token;
    world.clock.set_noon(TODAY);
    let stranger = Keys::generate().expect("keys").signer().expect("they sign");
    let foreign = stranger.mint("stranger", &held, Duration::from_secs(3600), world.clock.now_us()).expect("a token");
    let mut damaged = world.as_subject("damaged", &held).token;
    damaged.truncate(damaged.len() - 4);
    for (name, token, fault) in [
        ("an expired token", expired, "TOKEN_EXPIRED"),
        ("a token of another installation", foreign, "TOKEN_INVALID"),
        ("a damaged token", damaged, "TOKEN_INVALID"),
    ] {
        all.push(Who { name: name.to_owned(), role: None, token: Some(token), fault: Some(fault) });
    }
    all
}

/// Calls a method with an empty message through both doors.
async fn both_doors(gateway: Channel, service: Link, method: &Method, who: &Who) -> [(&'static str, Outcome); 2] {
    let token = who.token.as_deref();
    let outer = Outcome::of(&call(gateway, method, token, Bytes::new()).await);
    let inner = Outcome::of(&call(service, method, token, Bytes::new()).await);
    [("the gateway", outer), ("the service", inner)]
}

async fn matrix_on(backend: Backend) {
    let suite = Suite::start(backend).await;
    let everybody = everybody(&suite);
    let mut methods: Vec<&Method> = inventory::methods().collect();
    methods.sort_by(|a, b| a.path.cmp(&b.path));
    let (mut wrong, mut cells, mut past) = (Vec::new(), 0, 0);
    for method in &methods {
        for who in &everybody {
            let expected = expected(method, who);
            past += usize::from(expected == Expected::Past);
            for (door, found) in both_doors(suite.gateway(), suite.service_of(method), method, who).await {
                cells += 1;
                if !is_as(&expected, &found) {
                    let told = told(&found);
                    wrong.push(format!(
                        "{} as {} at {door}: expected {expected:?}, found {told}",
                        method.path, who.name
                    ));
                }
            }
        }
    }
    println!(
        "{backend:?}: {} methods × {} callers × 2 doors = {cells} cells, {past} pairs of them authorised",
        methods.len(),
        everybody.len()
    );
    assert!(methods.len() > 80 && everybody.len() == 20, "sixteen roles and four callers without a good token");
    none(&wrong);
    suite.stop().await;
}

#[tokio::test]
async fn every_method_lets_in_exactly_the_roles_of_its_contract() {
    for backend in backends() {
        matrix_on(backend).await;
    }
}

#[test]
fn an_open_method_and_a_stub_would_be_found() {
    let found = |code, reason: &str| Outcome { code, reason: reason.to_owned(), message: String::new() };
    assert!(!is_as(&Expected::RoleMissing, &found(Code::Ok, "")));
    assert!(!is_as(&Expected::RoleMissing, &found(Code::PermissionDenied, "UNIT_FORBIDDEN")));
    assert!(!is_as(&Expected::Past, &found(Code::Unimplemented, "METHOD_UNKNOWN")));
    assert!(!is_as(&Expected::Past, &found(Code::Internal, "INTERNAL")));
    assert!(!is_as(&Expected::Past, &found(Code::PermissionDenied, "UNIT_FORBIDDEN")));
    assert!(!is_as(&Expected::Unauthenticated("TOKEN_EXPIRED"), &found(Code::Unauthenticated, "TOKEN_INVALID")));
    assert!(is_as(&Expected::Past, &found(Code::InvalidArgument, "REQUEST_INVALID")));
}
