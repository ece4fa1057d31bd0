use std::collections::BTreeSet;

use time::Date;
use time::macros::date;

use super::*;

const IN_2021: Date = date!(2021 - 06 - 30);
const IN_2024: Date = date!(2024 - 12 - 01);
const IN_2025: Date = date!(2025 - 07 - 01);

fn communes(parent: &str, day: Date) -> Vec<&'static Unit> {
    list(Some(parent), Some(Level::Commune), day)
}

fn codes(links: &[UnitLink]) -> Vec<(&str, Share, bool)> {
    links.iter().map(|link| (link.unit.name.as_str(), link.share, link.default_target)).collect()
}

#[test]
fn phu_yen_has_110_then_106_then_34_communes() {
    assert_eq!(list(Some("units/54"), Some(Level::District), IN_2021).len(), 9);
    assert_eq!(children("units/54", IN_2021).len(), 9);
    assert_eq!(communes("units/54", IN_2021).len(), 110);
    assert_eq!(communes("units/54", date!(2024 - 10 - 31)).len(), 110);
    assert_eq!(communes("units/54", date!(2024 - 11 - 01)).len(), 106);
    assert_eq!(communes("units/54", date!(2025 - 06 - 30)).len(), 106);
    assert_eq!(communes("units/54", IN_2025).len(), 0);
    assert_eq!(communes("units/66", IN_2025).len(), 102);
    assert_eq!(list(None, Some(Level::Province), IN_2021).len(), 63);
    assert_eq!(list(None, Some(Level::Province), IN_2025).len(), 34);
    assert_eq!(list(None, Some(Level::District), IN_2021).len(), 705);
    assert_eq!(list(None, Some(Level::Commune), IN_2021).len(), 10_599);
    assert_eq!(list(Some(ROOT), Some(Level::Commune), IN_2021).len(), 10_599);
    assert_eq!(list(None, None, IN_2021).len(), 11_368);
    assert_eq!(list(None, Some(Level::District), IN_2025).len(), 0);
    assert_eq!(communes("units/nowhere", IN_2021).len(), 0);
}

#[test]
fn every_commune_of_2021_maps_to_2024_and_all_but_the_seven_divided_ones_to_2025() {
    let mut reached = BTreeSet::new();
    for unit in communes("units/54", IN_2021) {
        let links = map(&unit.name, IN_2021, IN_2024).unwrap();
        assert_eq!(links.iter().filter(|link| link.default_target).count(), 1, "{}", unit.name);
        reached.extend(links.iter().map(|link| link.unit.name.clone()));
    }
    assert_eq!(reached.len(), 106);
    let (mut reached, mut lost) = (BTreeSet::new(), Vec::new());
    for unit in communes("units/54", IN_2024) {
        match map(&unit.name, IN_2024, IN_2025) {
            Ok(links) => reached.extend(links.iter().map(|link| link.unit.name.clone())),
            Err(fault) => {
                assert_eq!(fault, UnitFault::NoKnownLink { unit: unit.name.clone(), day: IN_2025 });
                lost.push(unit.code.as_str());
            }
        }
    }
    assert_eq!(reached.len(), 34);
    assert_eq!(lost, ["22024", "22225", "22228", "22246", "22252", "22312", "22315"]);
}

#[test]
fn the_34_units_of_2025_map_back_to_all_known_communes() {
    let (mut in_2024, mut in_2021, mut unknown) = (BTreeSet::new(), BTreeSet::new(), 0);
    for unit in communes("units/66", IN_2025) {
        let Ok(links) = map(&unit.name, IN_2025, IN_2024) else {
            unknown += 1;
            continue;
        };
        in_2024.extend(links.iter().map(|link| link.unit.name.clone()));
        let links = map(&unit.name, IN_2025, IN_2021).unwrap();
        in_2021.extend(links.iter().map(|link| link.unit.name.clone()));
    }
    assert_eq!((unknown, in_2024.len()), (68, 99));
    // Phường 9 of 2021 is reached by the parts that went into Phường 2 and Phường 5.
    assert_eq!(in_2021.len(), 110 - 6);
}

#[test]
fn a_code_means_another_unit_on_another_day() {
    let old = resolve("units/22018", IN_2021).unwrap();
    assert_eq!((old.name.as_str(), old.display_name.as_str()), ("units/22018-20180507", "Phường 8"));
    let new = resolve("units/22018", IN_2024).unwrap();
    assert_eq!((new.name.as_str(), new.display_name.as_str()), ("units/22018-20241101", "Phường 2"));
    assert_eq!(old.path, "/vn/54-20180507/555-20180507/22018-20180507/");
    assert_eq!(old.valid_to, Some(date!(2024 - 10 - 31)));
    assert_eq!(district_of(old).unwrap().display_name, "Thành phố Tuy Hoà");
    assert_eq!(province_of(old).unwrap().code, "54");
    assert_eq!(district_of(resolve("units/22015", IN_2025).unwrap()), None);
    assert_eq!(by_name("units/22018"), None);
}

#[test]
fn a_unit_that_did_not_change_keeps_its_first_day() {
    for (code, name) in [("22036", "units/22036-20180507"), ("22192", "units/22192-20180507")] {
        assert_eq!(resolve(&format!("units/{code}"), IN_2024).unwrap().name, name);
    }
    // absorbed Bình Ngọc, so it is new although code and name stayed
    assert_eq!(resolve("units/22015", IN_2024).unwrap().name, "units/22015-20241101");
    let same = map("units/22036", IN_2021, IN_2024).unwrap();
    assert_eq!(codes(&same), [("units/22036-20180507", Share::Whole, true)]);
    assert_eq!(resolve("units/04", IN_2025).unwrap().name, "units/04-20180507");
    assert_eq!(resolve("units/66", IN_2025).unwrap().name, "units/66-20250701");
}

#[test]
fn the_split_of_phuong_9_is_a_remainder_and_two_parts() {
    let links = map("units/22024", IN_2021, IN_2024).unwrap();
    assert_eq!(
        codes(&links),
        [
            ("units/22018-20241101", Share::Part, false),
            ("units/22024-20241101", Share::Part, true),
            ("units/22033-20241101", Share::Part, false),
        ]
    );
    let back = map("units/22018-20241101", IN_2024, IN_2021).unwrap();
    assert_eq!(
        codes(&back),
        [
            ("units/22018-20180507", Share::Whole, true),
            ("units/22021-20180507", Share::Whole, true),
            ("units/22024-20180507", Share::Part, false),
        ]
    );
    // over both steps: the parts that went on are known, where the remainder went is not
    let far = map("units/22024", IN_2021, IN_2025).unwrap();
    assert_eq!(codes(&far), [("units/22015-20250701", Share::Part, false)]);
    let whole = map("units/22021", IN_2021, IN_2025).unwrap();
    assert_eq!(codes(&whole), [("units/22015-20250701", Share::Whole, true)]);
}

#[test]
fn provinces_map_both_ways_and_districts_do_not() {
    let forward = map("units/54", IN_2021, IN_2025).unwrap();
    assert_eq!(codes(&forward), [("units/66-20250701", Share::Whole, true)]);
    let back = map("units/66", IN_2025, IN_2021).unwrap();
    assert_eq!(codes(&back), [("units/54-20180507", Share::Whole, true), ("units/66-20180507", Share::Whole, true)]);
    assert!(matches!(map("units/555", IN_2021, IN_2025), Err(UnitFault::NoKnownLink { .. })));
    assert!(matches!(map("units/24175", IN_2025, IN_2021), Err(UnitFault::NoKnownLink { .. })));
    assert_eq!(codes(&map(ROOT, IN_2021, IN_2025).unwrap()), [(ROOT, Share::Whole, true)]);
    for row in list(None, Some(Level::Province), IN_2021) {
        assert_eq!(map(&row.name, IN_2021, IN_2025).unwrap().len(), 1, "{}", row.name);
    }
}

#[test]
fn names_and_days_that_do_not_fit_are_told_apart() {
    assert_eq!(resolve("units/99999", IN_2021), Err(UnitFault::Unknown { name: "units/99999".into() }));
    assert!(matches!(resolve("22018", IN_2021), Err(UnitFault::Unknown { .. })));
    let before = date!(2018 - 05 - 06);
    assert_eq!(resolve("units/22018", before), Err(UnitFault::BeforeKnown { day: before, first: FIRST_KNOWN_DAY }));
    assert!(matches!(map("units/22018", IN_2021, before), Err(UnitFault::BeforeKnown { .. })));
    let Err(UnitFault::NotInForce { ranges, .. }) = resolve("units/22018", IN_2025) else { panic!() };
    assert_eq!(
        ranges,
        [(FIRST_KNOWN_DAY, Some(date!(2024 - 10 - 31))), (date!(2024 - 11 - 01), Some(date!(2025 - 06 - 30))),]
    );
    assert!(matches!(resolve("units/22018-20241101", IN_2021), Err(UnitFault::NotInForce { .. })));
}

#[test]
fn one_unit_stands_for_another_only_along_default_targets() {
    let old = by_name("units/22024-20180507").unwrap();
    assert_eq!(at_map(old, IN_2021).unwrap().name, old.name);
    assert_eq!(at_map(old, IN_2024).unwrap().name, "units/22024-20241101");
    assert!(matches!(at_map(old, IN_2025), Err(UnitFault::NoKnownLink { .. })));
    let merged = by_name("units/22021-20180507").unwrap();
    assert_eq!(at_map(merged, IN_2025).unwrap().name, "units/22015-20250701");
    // two communes went into it, so none of them stands for it
    assert!(matches!(at_map(by_name("units/22015-20250701").unwrap(), IN_2021), Err(UnitFault::NoKnownLink { .. })));
    assert_eq!(at_map(by_name("units/46-20250701").unwrap(), IN_2021).unwrap().display_name, "Tỉnh Thừa Thiên Huế");
}

#[test]
fn a_role_in_the_new_province_covers_the_old_ones_and_nothing_else() {
    let covered = prefixes("units/66-20250701");
    assert_eq!(covered, ["/vn/54-20180507/", "/vn/66-20180507/", "/vn/66-20250701/"]);
    for unit in communes("units/54", IN_2021) {
        assert!(covered.iter().any(|prefix| unit.path.starts_with(prefix)), "{}", unit.name);
    }
    let other = resolve("units/21553", IN_2021);
    assert!(other.is_err() || !covered.iter().any(|prefix| other.as_ref().unwrap().path.starts_with(prefix)));
    assert_eq!(prefixes(ROOT), ["/vn/"]);
    assert_eq!(prefixes("units/54-20180507"), ["/vn/54-20180507/"]);
    assert_eq!(prefixes("units/04-20180507"), ["/vn/04-20180507/"]);
    assert_eq!(prefixes("units/54"), ["/vn/54-20180507/"], "a bare code: every unit that bears or bore it");
    assert_eq!(prefixes("units/none").len(), 0);
    assert_eq!(path("units/54-20180507").as_deref(), Some("/vn/54-20180507/"));
}

#[test]
fn a_role_in_a_commune_covers_its_predecessors_parts_included() {
    let covered = prefixes("units/22015-20250701");
    let district = "/vn/54-20180507/555-20180507/";
    for id in ["22015-20241101", "22015-20180507", "22048-20180507", "22021-20180507", "22024-20180507"] {
        assert!(covered.contains(&format!("{district}{id}/")), "{id}");
    }
    assert!(!covered.iter().any(|prefix| prefix.contains("22024-20241101")));
}

#[test]
fn every_parent_lives_as_long_as_its_children_and_paths_follow_the_tree() {
    for unit in all() {
        let Some(parent) = unit.parent.as_deref().map(|name| by_name(name).unwrap()) else {
            assert_eq!(unit.name, ROOT);
            continue;
        };
        assert!(parent.in_force(unit.valid_from), "{}", unit.name);
        match unit.valid_to {
            Some(last) => assert!(parent.in_force(last), "{}", unit.name),
            None => assert_eq!(parent.valid_to, None, "{}", unit.name),
        }
        assert_eq!(unit.path, format!("{}{}/", parent.path, unit.name.trim_start_matches("units/")));
    }
}

fn begins(code: &str, name: &str, parent: &str) -> NewUnit {
    let (code, display_name, parent) = (code.to_owned(), name.to_owned(), parent.to_owned());
    NewUnit::Begins { code, display_name, kind: UnitType::Ward, parent }
}

fn ends(code: &str) -> NewUnit {
    NewUnit::Ends { code: code.to_owned(), display_name: String::new() }
}

fn tie(from: &str, to: &str, share: Share, default_target: bool) -> NewLink {
    NewLink {
        from_code: from.to_owned(),
        from_name: String::new(),
        to_code: to.to_owned(),
        to_name: String::new(),
        share,
        default_target,
    }
}

#[test]
fn a_world_after_a_change_knows_it_and_the_one_before_does_not() {
    let day = date!(2027 - 01 - 01);
    let change = Change {
        id: "one".to_owned(),
        begin_date: day,
        units: vec![ends("22045"), begins("22045", "Phường Mới", "units/66"), begins("22046", "Phường Phụ", "66")],
        links: vec![tie("22045", "22045", Share::Part, true), tie("22045", "22046", Share::Part, false)],
    };
    let before = World::embedded();
    assert_eq!(before.last_day(), CHANGE_OF_2025);
    let verdicts = before.check(&change);
    assert!(verdicts.rows().all(Verdict::is_new) && verdicts.too_early.is_none(), "{verdicts:?}");
    let after = before.after(&change);
    assert_eq!((before.changes().len(), after.changes(), after.last_day()), (0, &["one".to_owned()][..], day));
    let again = after.check(&change);
    assert!(again.rows().all(Verdict::is_known), "{again:?}");
    let early = Change { begin_date: CHANGE_OF_2025, ..change };
    assert_eq!(after.check(&early).too_early, Some(day));
    assert_eq!(by_name("units/22046-20270101"), None, "nothing was installed");
}

#[test]
fn a_district_and_its_communes_are_reorganised_together_or_not_at_all() {
    let world = World::embedded();
    let change =
        |units: Vec<NewUnit>| Change { id: String::new(), begin_date: date!(2027 - 01 - 01), units, links: Vec::new() };
    // A province that ends leaves its communes behind; one whose communes end with it does not.
    let province = NewUnit::Begins {
        code: "67".to_owned(),
        display_name: "Tỉnh Mới".to_owned(),
        kind: UnitType::Province,
        parent: String::new(),
    };
    let alone = world.check(&change(vec![ends("66"), province.clone()]));
    assert!(matches!(alone.units[0].faults.as_slice(), [Fault::ChildLeft(_)]), "{alone:?}");
    let mut all = vec![ends("66"), province];
    all.extend(communes("units/66", IN_2025).iter().map(|unit| ends(&unit.code)));
    all.push(begins("22015", "Phường Tuy Hòa", "67"));
    let whole = world.check(&change(all.clone()));
    assert!(whole.rows().all(Verdict::is_new), "{whole:?}");
    let after = world.after(&change(all));
    let again = after.check(&change(vec![begins("22015", "Phường Tuy Hòa", "units/67-20270101")]));
    assert!(again.rows().all(Verdict::is_known), "{again:?}");
}

#[test]
fn every_commune_of_every_day_is_held_by_the_one_unit_that_the_map_shows_it_in() {
    let all = all();
    let of_phu_yen =
        all.iter().filter(|u| u.level == Level::Commune && (u.path.contains("/54-") || u.path.contains("/66-")));
    let units: Vec<&Unit> = of_phu_yen.copied().collect();
    assert!(units.len() > 300);
    for day in days() {
        for unit in &units {
            let there = shown(unit, day).unwrap();
            assert!(there.unit.in_force(day), "{}", unit.name);
            assert_eq!(there.exact, at_map(unit, day).is_ok(), "{}", unit.name);
            for level in [there.unit, province_of(there.unit).unwrap_or(there.unit), by_name(ROOT).unwrap()] {
                let held = shown_prefixes(level, day);
                assert!(held.iter().any(|path| unit.path.starts_with(path.as_str())), "{} {}", unit.name, level.name);
            }
        }
        for other in list(Some("units/66"), Some(Level::Commune), day) {
            let held = shown_prefixes(other, day);
            let of_other = |unit: &&&Unit| held.iter().any(|path| unit.path.starts_with(path.as_str()));
            for unit in units.iter().filter(of_other) {
                assert_eq!(shown(unit, day).unwrap().unit.name, other.name, "{}", unit.name);
            }
        }
    }
}

#[test]
fn every_code_means_at_most_one_unit_on_any_day() {
    for pair in all().windows(2).filter(|pair| pair[0].code == pair[1].code) {
        assert!(pair[0].valid_to.unwrap() < pair[1].valid_from, "{}", pair[1].name);
    }
}
