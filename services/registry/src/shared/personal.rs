//! Who needs personal data: those who run the programme in the unit, and the services of the suite. What a producer's own
//! account may see of itself is judged apart.

use kit::{Call, Scope};
use proto::common::v1::Role;

fn needs(role: Role) -> bool {
    matches!(
        role,
        Role::NationalAdmin
            | Role::ProvinceAdmin
            | Role::ProvinceOfficer
            | Role::DistrictOfficer
            | Role::CommuneOfficer
            | Role::Service
    )
}

/// True where the caller holds, at this path, one of the roles that need personal data.
#[must_use]
pub fn needed(call: &Call, path: &str) -> bool {
    call.caller
        .roles
        .iter()
        .filter(|held| call.method.roles.contains(&held.role) && needs(held.role))
        .any(|held| held.unit == "units/vn" || Scope::Within(reference::units::prefixes(&held.unit)).holds(path))
}
