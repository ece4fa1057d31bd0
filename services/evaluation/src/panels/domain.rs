//! Who judges one product. Pure.

use serde::{Deserialize, Serialize};
use time::Date;

use crate::councils::domain::{Member, Role};

/// Whether a member is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// From the start.
    Present,
    /// Late, but in time for this product.
    Late,
    /// Not there.
    Absent,
}

/// How a product is judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// The council meets.
    #[default]
    Meeting,
    /// The members write.
    Written,
}

/// Why a member has an interest in a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// Manages or managed the producer.
    ManagesProducer,
    /// Of the producer's household.
    Household,
    /// Advised the producer.
    Consultant,
    /// Has money in it.
    Financial,
    /// Another one.
    Other,
}

/// The attendance of one member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attendance {
    /// The member.
    pub member: String,
    /// Whether the member is there.
    pub presence: Presence,
    /// What was remarked.
    pub note: String,
}

/// A conflict of interest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// The member.
    pub member: String,
    /// Why.
    pub ground: Ground,
    /// What was remarked.
    pub note: String,
    /// When it was declared.
    pub declared_on: Date,
    /// Why it was lifted; none while it stands.
    pub lifted: Option<String>,
}

/// A check on site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteCheck {
    /// When.
    pub checked_on: Date,
    /// What was found.
    pub findings: String,
}

/// What concerns the judges of one product. The default is that of sittings from before there were panels.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Panel {
    /// How it is judged.
    pub method: Method,
    /// Share of the members that must attend, in percent.
    pub quorum_percent: i32,
    /// True where chair or deputy must attend.
    pub chair_required: bool,
    /// True where a check on site precedes the marks.
    pub site_check_required: bool,
    /// Who is there; who is not named is.
    pub attendance: Vec<Attendance>,
    /// Conflicts of interest.
    pub conflicts: Vec<Conflict>,
    /// The check on site.
    pub site_check: Option<SiteCheck>,
}

/// Who attends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attending {
    /// Members who attend, the help team not counted.
    pub attending: usize,
    /// All members, the help team not counted.
    pub in_all: usize,
    /// True where chair or a deputy attends.
    pub chair: bool,
}

/// Why a council cannot grade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuorumFault {
    /// Too few attend.
    TooFew(Attending),
    /// Neither chair nor deputy attends.
    NoChair,
    /// Nobody is left to judge.
    Nobody,
}

/// Why a member does not mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkFault {
    /// Absent.
    Absent,
    /// A conflict of interest.
    KeptOut,
    /// The check on site is missing.
    SiteCheck,
}

impl Panel {
    /// Whether a member is there.
    #[must_use]
    pub fn presence(&self, member: &str) -> Presence {
        let told = self.attendance.iter().find(|told| told.member == member);
        told.map_or(Presence::Present, |told| told.presence)
    }

    /// True where a conflict that stands keeps the member out.
    #[must_use]
    pub fn keeps_out(&self, member: &str) -> bool {
        self.conflicts.iter().any(|conflict| conflict.member == member && conflict.lifted.is_none())
    }

    /// True where the member's marks count for this product.
    #[must_use]
    pub fn judges(&self, member: &Member) -> bool {
        member.counted && self.presence(&member.member) != Presence::Absent && !self.keeps_out(&member.member)
    }

    /// The members whose marks count, in the council's order.
    #[must_use]
    pub fn judging<'m>(&self, members: &'m [Member]) -> Vec<&'m Member> {
        members.iter().filter(|member| self.judges(member)).collect()
    }

    /// Counted members whose marks do not enter, in the council's order, and whether that is for absence.
    #[must_use]
    pub fn excluded(&self, members: &[Member]) -> Vec<(String, bool)> {
        let left_out = members.iter().filter(|member| member.counted && !self.judges(member));
        left_out.map(|member| (member.member.clone(), !self.keeps_out(&member.member))).collect()
    }

    /// Who attends.
    #[must_use]
    pub fn attending(&self, members: &[Member]) -> Attending {
        let of_council = || members.iter().filter(|member| member.role != Role::HelpTeam);
        let there = |member: &&Member| self.presence(&member.member) != Presence::Absent;
        let leads = |member: &Member| matches!(member.role, Role::Chair | Role::Deputy);
        Attending {
            attending: of_council().filter(there).count(),
            in_all: of_council().count(),
            chair: of_council().filter(there).any(leads),
        }
    }

    /// Why the council cannot grade, if anything. Written opinions ask for no attendance.
    #[must_use]
    pub fn quorum_fault(&self, members: &[Member]) -> Option<QuorumFault> {
        let found = self.attending(members);
        let needed = usize::try_from(self.quorum_percent).unwrap_or(0) * found.in_all;
        if self.method == Method::Meeting && found.attending * 100 < needed {
            return Some(QuorumFault::TooFew(found));
        }
        if self.method == Method::Meeting && self.chair_required && !found.chair {
            return Some(QuorumFault::NoChair);
        }
        self.judging(members).is_empty().then_some(QuorumFault::Nobody)
    }

    /// Why a member does not mark, if anything.
    #[must_use]
    pub fn mark_fault(&self, member: &str) -> Option<MarkFault> {
        if self.keeps_out(member) {
            return Some(MarkFault::KeptOut);
        }
        if self.presence(member) == Presence::Absent {
            return Some(MarkFault::Absent);
        }
        (self.site_check_required && self.site_check.is_none()).then_some(MarkFault::SiteCheck)
    }

    /// True until all members whose marks count have locked theirs. With nobody left nothing is opened.
    #[must_use]
    pub fn is_sealed(&self, members: &[Member], locked: &[String]) -> bool {
        let judging = self.judging(members);
        judging.is_empty() || judging.iter().any(|member| !locked.contains(&member.member))
    }

    /// Takes attendance down: what is told of a member replaces what was.
    pub fn attend(&mut self, told: Vec<Attendance>) {
        for one in told {
            self.attendance.retain(|known| known.member != one.member);
            self.attendance.push(one);
        }
    }

    /// A conflict of a member on a ground that stands.
    pub fn standing(&mut self, member: &str, ground: Ground) -> Option<&mut Conflict> {
        self.conflicts.iter_mut().find(|c| c.member == member && c.ground == ground && c.lifted.is_none())
    }
}

/// Years before a sitting in which having managed the producer is told as a conflict.
const YEARS_AFTER: i32 = 5;

/// A person who manages or managed a producer, as the registry tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Managing {
    /// The record.
    pub manager: String,
    /// The person.
    pub person: String,
    /// First day.
    pub begins: Option<Date>,
    /// Last day; none while it lasts.
    pub ends: Option<Date>,
}

/// What a record of managing says about a sitting on a day: nothing, or a conflict that lasts (false) or is over (true).
#[must_use]
pub fn managing_conflict(managing: &Managing, sitting_date: Date) -> Option<bool> {
    if managing.begins.is_some_and(|first| first > sitting_date) {
        return None;
    }
    let over = managing.ends.filter(|last| *last < sitting_date);
    let Some(last) = over else { return Some(false) };
    let until = reference::calendar::add_months_clamped(last, 12 * YEARS_AFTER);
    (sitting_date <= until).then_some(true)
}

/// Advice on a dossier of the product, as the registry's log tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advising {
    /// The entry of the log.
    pub guidance: String,
    /// The person who held the post that advised.
    pub person: String,
    /// The day.
    pub on: Date,
}

/// What advice says about a sitting on a day: nothing, or a conflict that lasts (false: advice of the year before the sitting) or is
/// over (true).
#[must_use]
pub fn advising_conflict(advised: Date, sitting_date: Date) -> Option<bool> {
    if advised > sitting_date {
        return None;
    }
    let until = |years: i32| reference::calendar::add_months_clamped(advised, 12 * years);
    (sitting_date <= until(YEARS_AFTER)).then(|| sitting_date > until(1))
}

/// An address of a producer or a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The record.
    pub source: String,
    /// As it was typed.
    pub text: String,
}

/// True where two addresses are those of one household: the same house, however they are written. Addresses without a number
/// of a house (a hamlet, a commune) hold many households and say nothing.
#[must_use]
pub fn same_house(one: &str, other: &str) -> bool {
    house(one).is_some_and(|house| Some(house) == self::house(other))
}

/// Number, street and place of a house; none for an address that names no number.
fn house(address: &str) -> Option<String> {
    let folded = reference::text::fold(address);
    let (first, rest) = folded.split_once([',', ';'])?;
    let mut words = first.split_whitespace().filter(|word| !matches!(*word, "so" | "nha"));
    let number = words.next().filter(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    // Beyond the commune addresses are written shorter or longer.
    let (street, place) = (words.collect::<String>(), letters(rest.split([',', ';']).next().unwrap_or_default()));
    (!street.is_empty() && !place.is_empty()).then(|| format!("{number}|{}|{place}", letters(&street)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    fn council(roles: &[(Role, bool)]) -> Vec<Member> {
        let of = |(at, (role, counted)): (usize, &(Role, bool))| Member {
            member: crate::councils::domain::member_id(at),
            display_name: "Ủy viên".to_owned(),
            role: *role,
            counted: *counted,
        };
        roles.iter().enumerate().map(of).collect()
    }

    fn of_four() -> Vec<Member> {
        council(&[(Role::Chair, true), (Role::Deputy, true), (Role::Member, true), (Role::Secretary, false)])
    }

    fn absent(members: &[&str]) -> Vec<Attendance> {
        let of = |member: &&str| Attendance {
            member: (*member).to_owned(),
            presence: Presence::Absent,
            note: String::new(),
        };
        members.iter().map(of).collect()
    }

    fn conflict(member: &str, lifted: Option<&str>) -> Conflict {
        Conflict {
            member: member.to_owned(),
            ground: Ground::Household,
            note: String::new(),
            declared_on: date!(2026 - 10 - 01),
            lifted: lifted.map(str::to_owned),
        }
    }

    #[test]
    fn one_household_is_one_house_and_not_one_hamlet() {
        for (one, other, expected) in [
            ("12 Lê Lợi, Phường 8", "Số 12, Lê Lợi, Phường 8", false),
            ("12 Lê Lợi, Phường 8", "số nhà 12 Lê Lợi, phường 8, Tuy Hòa", true),
            ("12 Lê Lợi, Phường 8, Tuy Hòa", "12 LE LOI , Phường 8", true),
            ("12 Lê Lợi, Phường 8", "14 Lê Lợi, Phường 8", false),
            ("12/3 Lê Lợi, Phường 8", "12 Lê Lợi, Phường 8", false),
            ("12 Lê Lợi, Phường 8", "12 Lê Lợi, Phường 7", false),
            ("Thôn Phú Lương, xã An Ninh Đông", "Thôn Phú Lương, xã An Ninh Đông", false),
            ("Phường 8", "Phường 8", false),
            ("12, Phường 8", "12, Phường 8", false),
            ("", "", false),
        ] {
            assert_eq!(same_house(one, other), expected, "{one} / {other}");
        }
    }

    #[test]
    fn advice_of_the_last_year_lasts_and_of_five_years_is_told_as_former() {
        let sat = date!(2026 - 10 - 20);
        for (advised, expected) in [
            (date!(2026 - 10 - 21), None),
            (date!(2026 - 10 - 20), Some(false)),
            (date!(2025 - 10 - 20), Some(false)),
            (date!(2025 - 10 - 19), Some(true)),
            (date!(2021 - 10 - 20), Some(true)),
            (date!(2021 - 10 - 19), None),
        ] {
            assert_eq!(advising_conflict(advised, sat), expected, "{advised}");
        }
    }

    #[test]
    fn exactly_the_quorum_is_enough_and_one_less_is_not() {
        let mut panel = Panel { quorum_percent: 75, chair_required: true, ..Panel::default() };
        assert_eq!(panel.quorum_fault(&of_four()), None);
        panel.attend(absent(&["m4"]));
        assert_eq!(panel.quorum_fault(&of_four()), None, "three of four are 75 %");
        panel.attend(absent(&["m3"]));
        let found = Attending { attending: 2, in_all: 4, chair: true };
        assert_eq!(panel.quorum_fault(&of_four()), Some(QuorumFault::TooFew(found)));
    }

    #[test]
    fn a_deputy_stands_in_for_the_chair_and_the_help_team_counts_for_nothing() {
        let mut members = of_four();
        members.extend(council(&[(Role::HelpTeam, false)]).into_iter().map(|m| Member { member: "m5".into(), ..m }));
        let mut panel = Panel { quorum_percent: 50, chair_required: true, ..Panel::default() };
        panel.attend(absent(&["m1", "m5"]));
        assert_eq!(panel.quorum_fault(&members), None);
        assert_eq!(panel.attending(&members), Attending { attending: 3, in_all: 4, chair: true });
        panel.attend(absent(&["m2"]));
        assert_eq!(panel.quorum_fault(&members), Some(QuorumFault::NoChair));
        let written = Panel { method: Method::Written, ..panel.clone() };
        assert_eq!(written.quorum_fault(&members), None, "written opinions ask for no attendance");
        panel.attend(absent(&["m3"]));
        panel.chair_required = false;
        panel.quorum_percent = 25;
        assert_eq!(panel.quorum_fault(&members), Some(QuorumFault::Nobody), "the secretary alone judges nothing");
    }

    #[test]
    fn who_is_absent_or_in_conflict_does_not_judge_and_the_reason_is_kept() {
        let members = of_four();
        let mut panel = Panel::default();
        panel.attend(absent(&["m1"]));
        panel.conflicts = vec![conflict("m2", None), conflict("m3", Some("nhầm"))];
        let judging: Vec<&str> = panel.judging(&members).iter().map(|m| m.member.as_str()).collect();
        assert_eq!(judging, ["m3"], "a lifted conflict keeps nobody out");
        assert_eq!(panel.excluded(&members), [("m1".to_owned(), true), ("m2".to_owned(), false)]);
        assert_eq!(panel.mark_fault("m1"), Some(MarkFault::Absent));
        assert_eq!(panel.mark_fault("m2"), Some(MarkFault::KeptOut));
        assert_eq!(panel.mark_fault("m3"), None);
        panel.site_check_required = true;
        assert_eq!(panel.mark_fault("m3"), Some(MarkFault::SiteCheck));
    }

    #[test]
    fn marks_are_sealed_until_the_last_judging_member_has_locked() {
        let members = of_four();
        let mut panel = Panel::default();
        let locked = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert!(panel.is_sealed(&members, &locked(&["m1", "m2"])));
        assert!(!panel.is_sealed(&members, &locked(&["m1", "m2", "m3"])), "the secretary does not judge");
        panel.attend(absent(&["m3"]));
        assert!(!panel.is_sealed(&members, &locked(&["m1", "m2"])));
        panel.attend(absent(&["m1", "m2"]));
        assert!(panel.is_sealed(&members, &locked(&["m1", "m2"])), "with nobody left nothing is opened");
    }

    #[test]
    fn having_managed_the_producer_is_a_conflict_for_five_years() {
        let of = |begins, ends| Managing { manager: "managers/1".into(), person: "persons/1".into(), begins, ends };
        let sat = date!(2026 - 10 - 05);
        let first = Some(date!(2019 - 01 - 01));
        let cases = [
            (of(first, None), Some(false)),
            (of(first, Some(date!(2026 - 10 - 05))), Some(false)),
            (of(first, Some(date!(2026 - 10 - 04))), Some(true)),
            (of(first, Some(date!(2021 - 10 - 05))), Some(true)),
            (of(first, Some(date!(2021 - 10 - 04))), None),
            (of(Some(date!(2026 - 10 - 06)), None), None),
        ];
        for (managing, expected) in cases {
            assert_eq!(managing_conflict(&managing, sat), expected, "{managing:?}");
        }
    }

    #[test]
    fn a_sitting_from_before_there_were_panels_asks_for_nothing() {
        let old: Panel = serde_json::from_str("{}").unwrap();
        assert_eq!(old, Panel::default());
        assert_eq!(old.quorum_fault(&of_four()), None);
    }
}
