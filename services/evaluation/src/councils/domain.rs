//! What a council is.

use reference::units;
use serde::{Deserialize, Serialize};
use time::Date;
use uuid::Uuid;

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
    /// Helps; counts for nothing.
    HelpTeam,
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
    /// A member of the help team is counted; its place, from 0.
    HelpTeamCounted(usize),
}

/// Everything that is wrong with the members of a council.
#[must_use]
pub fn members_faults(members: &[Member]) -> Vec<MembersFault> {
    let chairs = members.iter().filter(|member| member.role == Role::Chair).count();
    let counted = members.iter().any(|member| member.counted);
    let chairs = (chairs != 1).then_some(MembersFault::Chairs(chairs));
    let nobody = (!counted).then_some(MembersFault::NobodyCounted);
    let helping = |member: &Member| member.role == Role::HelpTeam && member.counted;
    let helpers = members.iter().enumerate().filter(|(_, member)| helping(member));
    let helpers = helpers.map(|(at, _)| MembersFault::HelpTeamCounted(at));
    chairs.into_iter().chain(nobody).chain(helpers).collect()
}

/// Share of the members that must attend where a council sets none, in percent (working rules of Tây Ninh).
pub const DEFAULT_QUORUM_PERCENT: i32 = 75;

/// Working rules of a council.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// First day on which they hold.
    pub from: Date,
    /// Number of the decision that set them; may be empty.
    pub decision_number: String,
    /// Widest spread of totals.
    pub spread_limit: i32,
    /// Share of the members that must attend, in percent.
    pub quorum_percent: i32,
    /// True where chair or deputy must attend.
    pub chair_required: bool,
    /// True where products of tourism are checked on site before they are marked.
    pub site_check: bool,
    /// True where only sealed dossiers are judged. Rules from before this was a setting had it not.
    #[serde(default)]
    pub dossier_required: bool,
}

impl Rules {
    /// The rules with which a council begins.
    #[must_use]
    pub fn first(from: Date, spread_limit: i32) -> Self {
        Self {
            from,
            decision_number: String::new(),
            spread_limit,
            quorum_percent: DEFAULT_QUORUM_PERCENT,
            chair_required: true,
            site_check: true,
            dossier_required: false,
        }
    }
}

/// The rules in force on a day, out of later ones by their first day, or the first ones.
#[must_use]
pub fn rules_on(first: Rules, later: &[Rules], day: Date) -> Rules {
    later.iter().filter(|rules| rules.from <= day).max_by_key(|rules| rules.from).cloned().unwrap_or(first)
}

/// Rules with new ones among them; those of the same day are replaced.
#[must_use]
pub fn with_rules(rules: &[Rules], new: Rules) -> Vec<Rules> {
    let mut all: Vec<Rules> = rules.iter().filter(|known| known.from != new.from).cloned().collect();
    all.push(new);
    all.sort_by_key(|rules| rules.from);
    all
}

/// A login that marks as a member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    /// The member.
    pub member: String,
    /// The login.
    pub subject: String,
    /// The person in the registry.
    pub person: Option<Uuid>,
    /// First day.
    pub begins: Date,
    /// Last day; none while it is held.
    pub ends: Option<Date>,
}

impl Seat {
    /// True where it is held on a day.
    #[must_use]
    pub fn held_on(&self, day: Date) -> bool {
        self.begins <= day && self.ends.is_none_or(|last| day <= last)
    }

    fn meets(&self, begins: Date) -> bool {
        self.ends.is_none_or(|last| begins <= last)
    }
}

/// True where a member's seat, or another seat of the login, is held on the day or after it.
#[must_use]
pub fn seat_taken(seats: &[Seat], member: &str, subject: &str, begins: Date) -> bool {
    seats.iter().any(|seat| (seat.member == member || seat.subject == subject) && seat.meets(begins))
}

/// True where a member's marks are this login's: it holds the seat, or nobody does and it began the sheet. Where a council has
/// seats, a login without one has no marks of its own.
#[must_use]
pub fn owns(seats: &[Seat], member: &str, subject: &str, author: Option<&str>, day: Date) -> bool {
    let held: Vec<&Seat> = seats.iter().filter(|seat| seat.held_on(day)).collect();
    match held.iter().find(|seat| seat.member == member) {
        Some(seat) => seat.subject == subject,
        None => held.is_empty() && author.is_none_or(|author| author == subject),
    }
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
    fn a_help_team_is_never_counted() {
        let faults = members_faults(&members(&[(Role::Chair, true), (Role::HelpTeam, true), (Role::HelpTeam, false)]));
        assert_eq!(faults, [MembersFault::HelpTeamCounted(1)]);
    }

    #[test]
    fn the_rules_of_a_day_are_the_newest_that_have_begun() {
        use time::macros::date;
        let first = || Rules::first(date!(2021 - 03 - 01), 10);
        let of = |from, spread_limit| Rules { from, spread_limit, ..first() };
        let later = with_rules(&[of(date!(2022 - 01 - 01), 8)], of(date!(2021 - 06 - 01), 9));
        let later = with_rules(&later, of(date!(2022 - 01 - 01), 7));
        let on = |day| rules_on(first(), &later, day).spread_limit;
        assert_eq!([on(date!(2021 - 05 - 31)), on(date!(2021 - 06 - 01)), on(date!(2022 - 01 - 01))], [10, 9, 7]);
        assert_eq!(later.len(), 2);
    }

    #[test]
    fn a_sheet_belongs_to_the_seat_and_without_seats_to_who_began_it() {
        use time::macros::date;
        let (day, begins) = (date!(2021 - 10 - 05), date!(2021 - 03 - 01));
        let seat = |member: &str, subject: &str, ends| Seat {
            member: member.to_owned(),
            subject: subject.to_owned(),
            person: None,
            begins,
            ends,
        };
        assert!(owns(&[], "m1", "a", None, day) && owns(&[], "m1", "a", Some("a"), day));
        assert!(!owns(&[], "m1", "a", Some("b"), day));
        let seats = [seat("m1", "a", None), seat("m2", "b", Some(date!(2021 - 10 - 04)))];
        assert!(owns(&seats, "m1", "a", Some("z"), day) && !owns(&seats, "m1", "z", Some("z"), day));
        assert!(!owns(&seats, "m2", "b", Some("b"), day), "the seat ended, and others are held");
        assert!(seat_taken(&seats, "m1", "c", day) && seat_taken(&seats, "m3", "a", day));
        assert!(!seat_taken(&seats, "m2", "c", day) && seat_taken(&seats, "m2", "c", date!(2021 - 10 - 04)));
    }

    #[test]
    fn communes_have_no_council() {
        assert_eq!(Level::of_unit(units::Level::Commune), None);
        assert_eq!(Level::of_unit(units::Level::District), Some(Level::District));
    }
}
