//! What a caller may see and do of what belongs to a producer: officers by their units, a producer by its accounts.

use kit::{Call, Error, Result, Scope};
use proto::common::v1::Role;
use proto::registry::v1::ErrorReason;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

pub use super::own::Reach;

fn held(call: &Call, which: impl Fn(Role) -> bool) -> Scope {
    let roles = call.caller.roles.iter().filter(|held| call.method.roles.contains(&held.role) && which(held.role));
    let mut prefixes = Vec::new();
    for held in roles {
        if held.unit == "units/vn" {
            return Scope::All;
        }
        prefixes.extend(reference::units::prefixes(&held.unit));
    }
    Scope::Within(prefixes)
}

/// What a caller reaches with the roles of the method.
#[must_use]
pub fn reach(call: &Call) -> Reach {
    // Marks the call as judged: lists are cut by what is answered here.
    let _ = call.scope();
    Reach {
        staff: held(call, |role| role != Role::Producer),
        producer: held(call, |role| role == Role::Producer),
        subject: call.caller.subject.clone(),
        today: call.today,
    }
}

/// Refuses a caller whose units do not cover the path, or who is a producer and not this one.
///
/// # Errors
/// PERMISSION_DENIED, UNIT_FORBIDDEN or PRODUCER_NOT_OWN.
pub async fn judge(db: &impl ConnectionTrait, call: &Call, producer: Uuid, path: &str) -> Result<()> {
    call.at(path)?;
    if reach(call).reaches(db, producer, path).await? {
        Ok(())
    } else {
        Err(Error::denied(ErrorReason::ProducerNotOwn))
    }
}

/// True where the caller holds, at this path, one of the roles that need personal data: those who run the programme, the
/// services of the suite, and the producer itself (what it reaches was judged before).
#[must_use]
pub fn needs_personal(call: &Call, path: &str) -> bool {
    held(call, |role| {
        matches!(
            role,
            Role::NationalAdmin
                | Role::ProvinceAdmin
                | Role::ProvinceOfficer
                | Role::DistrictOfficer
                | Role::CommuneOfficer
                | Role::Service
        )
    })
    .holds(path)
}
