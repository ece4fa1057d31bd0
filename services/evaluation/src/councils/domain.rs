//! What a council is.

use reference::units;
use serde::{Deserialize, Serialize};

use crate::shared::domain::stored;

/// Level of a council.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// District, until 30 June 2025.
    District,
    /// Province.
    Province,
    /// The ministry.
    Central,
}

stored!(Level { District = "district", Province = "province", Central = "central" });

impl Level {
    /// The level that a unit's council stands on; none for communes, which set up no council.
    #[must_use]
    pub fn of_unit(level: units::Level) -> Option<Self> {
        match level {
            units::Level::Country => Some(Self::Central),
            units::Level::Province => Some(Self::Province),
            units::Level::District => Some(Self::District),
            units::Level::Commune => None,
        }
    }
}

/// What a member does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Chairs the council.
    Chair,
    /// Stands in for the chair.
    Deputy,
    /// Keeps minutes and sittings.
    Secretary,
    /// Marks products.
    Member,
}

/// A member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Tells the members of a council apart.
    pub member: String,
    /// The post.
    pub display_name: String,
    /// What the member does.
    pub role: Role,
    /// True where the member's marks count.
    pub counted: bool,
}

/// Why members make no council.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MembersFault {
    /// There is not exactly one chair.
    Chairs(usize),
    /// Nobody's marks count.
    NobodyCounted,
}

/// Everything that is wrong with the members of a council.
#[must_use]
pub fn members_faults(members: &[Member]) -> Vec<MembersFault> {
    let chairs = members.iter().filter(|member| member.role == Role::Chair).count();
    let counted = members.iter().any(|member| member.counted);
    let chairs = (chairs != 1).then_some(MembersFault::Chairs(chairs));
    let nobody = (!counted).then_some(MembersFault::NobodyCounted);
    chairs.into_iter().chain(nobody).collect()
}

/// The id of a member by its place, counted from 0.
#[must_use]
pub fn member_id(place: usize) -> String {
    format!("m{}", place + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(roles: &[(Role, bool)]) -> Vec<Member> {
        let of = |(at, (role, counted)): (usize, &(Role, bool))| Member {
            member: member_id(at),
            display_name: "Sở Nông nghiệp".to_owned(),
            role: *role,
            counted: *counted,
        };
        roles.iter().enumerate().map(of).collect()
    }

    #[test]
    fn a_council_has_one_chair_and_somebody_who_counts() {
        use MembersFault as F;
        type Case<'a> = (&'a [(Role, bool)], &'a [F]);
        let cases: &[Case<'_>] = &[
            (&[(Role::Chair, true)], &[]),
            (&[(Role::Chair, false), (Role::Member, true), (Role::Secretary, false)], &[]),
            (&[(Role::Chair, true), (Role::Chair, true)], &[F::Chairs(2)]),
            (&[(Role::Member, true)], &[F::Chairs(0)]),
            (&[(Role::Deputy, false)], &[F::Chairs(0), F::NobodyCounted]),
        ];
        for (roles, expected) in cases {
            assert_eq!(members_faults(&members(roles)), *expected, "{roles:?}");
        }
    }

    #[test]
    fn members_are_numbered_from_one() {
        let ids: Vec<String> =
            members(&[(Role::Chair, true), (Role::Member, true)]).into_iter().map(|m| m.member).collect();
        assert_eq!(ids, ["m1", "m2"]);
    }

    #[test]
    fn communes_have_no_council() {
        assert_eq!(Level::of_unit(units::Level::Commune), None);
        assert_eq!(Level::of_unit(units::Level::District), Some(Level::District));
    }
}
