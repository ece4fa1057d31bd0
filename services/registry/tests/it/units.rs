//! Units in time.

use proto::registry::v1::{self as pb, Share, UnitLevel, UnitType};
use time::Date;
use time::macros::date;
use tonic::{Code, Status};

use crate::office::{DAY, Office, PHU_YEN, PbDate, because, everywhere, invalid, on, refused, ymd};

async fn get(office: &Office, name: &str, as_of: Option<PbDate>) -> Result<pb::Unit, Status> {
    let request = pb::GetUnitRequest { name: name.to_owned(), as_of };
    Ok(office.units().get_unit(office.admin().say(request)).await?.into_inner())
}

async fn list(office: &Office, request: pb::ListUnitsRequest) -> Result<pb::ListUnitsResponse, Status> {
    Ok(office.units().list_units(office.admin().say(request)).await?.into_inner())
}

async fn map(office: &Office, name: &str, from: Option<PbDate>, to: Option<PbDate>) -> Result<Vec<Link>, Status> {
    let request = pb::MapUnitRequest { name: name.to_owned(), from_date: from, to_date: to };
    let links = office.units().map_unit(office.admin().say(request)).await?.into_inner().links;
    Ok(links.into_iter().map(|l| (l.unit.clone(), l.share(), l.default_target)).collect())
}

type Link = (String, Share, bool);

fn link(unit: &str, share: Share, default_target: bool) -> Link {
    (unit.to_owned(), share, default_target)
}

const IN_2021: Date = DAY;
const IN_2024: Date = date!(2024 - 11 - 01);
const IN_2025: Date = date!(2025 - 07 - 01);

#[tokio::test]
async fn code_22018_is_phuong_8_in_2021_and_phuong_2_from_november_2024() {
    everywhere(async |office| {
        for (day, name, display_name) in [
            (date!(2018 - 05 - 07), "units/22018-20180507", "Phường 8"),
            (IN_2021, "units/22018-20180507", "Phường 8"),
            (date!(2024 - 10 - 31), "units/22018-20180507", "Phường 8"),
            (IN_2024, "units/22018-20241101", "Phường 2"),
            (date!(2025 - 06 - 30), "units/22018-20241101", "Phường 2"),
        ] {
            let unit = get(&office, "units/22018", on(day)).await.unwrap();
            assert_eq!((unit.name.as_str(), unit.display_name.as_str()), (name, display_name), "{day}");
            assert_eq!(
                (unit.code.as_str(), unit.r#type(), unit.level()),
                ("22018", UnitType::Ward, UnitLevel::Commune)
            );
            assert_eq!(unit.parent, "units/555-20180507");
            assert_eq!(get(&office, name, None).await.unwrap(), unit, "a dated name needs no day");
            assert_eq!(get(&office, name, on(day)).await.unwrap(), unit);
        }
        let old = get(&office, "units/22018-20180507", None).await.unwrap();
        assert_eq!((old.valid_from, old.valid_to), (on(date!(2018 - 05 - 07)), on(date!(2024 - 10 - 31))));
        let root = get(&office, "units/vn", None).await.unwrap();
        assert_eq!((root.level(), root.parent.as_str(), root.valid_to), (UnitLevel::Country, "", None));
    })
    .await;
}

#[tokio::test]
async fn a_unit_that_cannot_be_told_is_refused_with_the_reason() {
    everywhere(async |office| {
        let unknown = because(Code::NotFound, "UNIT_UNKNOWN");
        assert_eq!(refused(get(&office, "units/99999", on(IN_2021)).await), unknown);
        assert_eq!(refused(get(&office, "22018", on(IN_2021)).await), unknown);
        assert_eq!(refused(get(&office, "units/22018-20241101", on(IN_2021)).await), unknown, "not yet");
        assert_eq!(refused(get(&office, "units/22018", on(IN_2025)).await), unknown, "not any more");
        for (name, day, violation) in [
            ("units/22018", None, ("as_of", "FIELD_REQUIRED")),
            ("units/22018", on(date!(2018 - 05 - 06)), ("as_of", "DATE_BEFORE_KNOWN")),
            ("units/22018", ymd(2021, 2, 29), ("as_of", "DATE_INVALID")),
            ("units/22018", ymd(2021, 6, 0), ("as_of", "DATE_INVALID")),
            ("", on(IN_2021), ("name", "FIELD_REQUIRED")),
        ] {
            assert_eq!(refused(get(&office, name, day).await), invalid(&[violation]), "{name} {day:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_walk_over_the_communes_has_no_gap_and_no_repeat_on_pages_of_any_size() {
    everywhere(async |office| {
        for (parent, day, count) in [
            (PHU_YEN, IN_2021, 110),
            ("units/54", date!(2024 - 10 - 31), 110),
            ("units/54", IN_2024, 106),
            ("units/66", IN_2025, 102),
        ] {
            let request = |page_size, page_token| pb::ListUnitsRequest {
                parent: parent.to_owned(),
                level: UnitLevel::Commune.into(),
                as_of: on(day),
                page_size,
                page_token,
            };
            let all = list(&office, request(1000, String::new())).await.unwrap();
            assert_eq!((all.units.len(), all.next_page_token.as_str()), (count, ""), "{parent} on {day}");
            let mut codes: Vec<&str> = all.units.iter().map(|u| u.code.as_str()).collect();
            codes.dedup();
            assert!(codes.len() == count && codes.is_sorted(), "by code, each once");
            for size in [1, 7, 0, 109] {
                let (mut walked, mut token) = (Vec::new(), String::new());
                loop {
                    let page = list(&office, request(size, token)).await.unwrap();
                    assert!(page.units.len() <= if size == 0 { 50 } else { usize::try_from(size).unwrap() });
                    walked.extend(page.units);
                    token = page.next_page_token;
                    if token.is_empty() {
                        break;
                    }
                }
                assert_eq!(walked, all.units, "{parent} on {day} by {size}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn lists_are_cut_by_parent_level_and_day() {
    everywhere(async |office| {
        for (parent, level, day, count) in [
            (PHU_YEN, UnitLevel::Unspecified, IN_2021, 9),
            (PHU_YEN, UnitLevel::District, IN_2021, 9),
            ("units/555", UnitLevel::Unspecified, IN_2021, 16),
            ("", UnitLevel::Province, IN_2021, 63),
            ("", UnitLevel::Province, IN_2025, 34),
            ("", UnitLevel::District, IN_2025, 0),
            ("units/vn", UnitLevel::Unspecified, IN_2025, 34),
        ] {
            let request = pb::ListUnitsRequest {
                parent: parent.to_owned(),
                level: level.into(),
                as_of: on(day),
                page_size: 1000,
                ..Default::default()
            };
            let units = list(&office, request).await.unwrap().units;
            assert_eq!(units.len(), count, "{parent} {level:?} {day}");
            assert!(level == UnitLevel::Unspecified || units.iter().all(|u| u.level() == level));
        }
    })
    .await;
}

#[tokio::test]
async fn a_list_that_makes_no_sense_is_refused_with_everything_that_is_wrong() {
    everywhere(async |office| {
        let request = pb::ListUnitsRequest {
            parent: "units/54".to_owned(),
            level: 9,
            as_of: ymd(2021, 13, 1),
            page_size: -1,
            page_token: "x".to_owned(),
        };
        let wrong = invalid(&[("level", "ENUM_UNKNOWN"), ("as_of", "DATE_INVALID"), ("page_size", "FIELD_RANGE")]);
        assert_eq!(refused(list(&office, request).await), wrong);
        let request = pb::ListUnitsRequest { parent: "units/99".to_owned(), as_of: on(IN_2021), ..Default::default() };
        assert_eq!(refused(list(&office, request).await), invalid(&[("parent", "UNIT_UNKNOWN")]));
        let request = pb::ListUnitsRequest { as_of: on(date!(2018 - 05 - 06)), ..Default::default() };
        assert_eq!(refused(list(&office, request).await), invalid(&[("as_of", "DATE_BEFORE_KNOWN")]));
        let required = invalid(&[("as_of", "FIELD_REQUIRED")]);
        assert_eq!(refused(list(&office, pb::ListUnitsRequest::default()).await), required);
    })
    .await;
}

#[tokio::test]
async fn a_page_token_holds_for_its_own_list_only() {
    everywhere(async |office| {
        let request = pb::ListUnitsRequest { as_of: on(IN_2021), page_size: 5, ..Default::default() };
        let token = list(&office, request.clone()).await.unwrap().next_page_token;
        let with = |change: &dyn Fn(&mut pb::ListUnitsRequest)| {
            let mut other = pb::ListUnitsRequest { page_token: token.clone(), ..request.clone() };
            change(&mut other);
            other
        };
        assert_eq!(list(&office, with(&|r| r.page_size = 8)).await.unwrap().units.len(), 8, "another size is welcome");
        let tampered = invalid(&[("page_token", "PAGE_TOKEN_INVALID")]);
        for other in [
            with(&|r| r.as_of = on(IN_2024)),
            with(&|r| r.level = UnitLevel::Commune.into()),
            with(&|r| r.parent = PHU_YEN.to_owned()),
            with(&|r| r.page_token.insert(9, 'A')),
            with(&|r| r.page_token.truncate(20)),
            with(&|r| r.page_token = "không phải".to_owned()),
        ] {
            assert_eq!(refused(list(&office, other.clone()).await), tampered, "{other:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_unit_is_followed_through_both_reorganisations_and_back() {
    everywhere(async |office| {
        use Share::{Part, Whole};
        let split = [
            link("units/22018-20241101", Part, false),
            link("units/22024-20241101", Part, true),
            link("units/22033-20241101", Part, false),
        ];
        assert_eq!(map(&office, "units/22024", on(IN_2021), on(IN_2024)).await.unwrap(), split);
        assert_eq!(map(&office, "units/22024-20180507", None, on(IN_2024)).await.unwrap(), split);
        let merged = [link("units/22018-20241101", Whole, true)];
        for old in ["units/22018", "units/22021"] {
            assert_eq!(map(&office, old, on(IN_2021), on(IN_2024)).await.unwrap(), merged, "{old}");
        }
        let tuy_hoa = [link("units/22015-20250701", Whole, true)];
        assert_eq!(map(&office, "units/22018", on(IN_2024), on(IN_2025)).await.unwrap(), tuy_hoa);
        assert_eq!(map(&office, "units/22018", on(IN_2021), on(IN_2025)).await.unwrap(), tuy_hoa, "whole twice");
        let part = [link("units/22015-20250701", Part, false)];
        assert_eq!(map(&office, "units/22024", on(IN_2021), on(IN_2025)).await.unwrap(), part, "a part of the way");
        let back = [
            link("units/22018-20180507", Whole, true),
            link("units/22021-20180507", Whole, true),
            link("units/22024-20180507", Part, false),
        ];
        assert_eq!(map(&office, "units/22018", on(IN_2024), on(IN_2021)).await.unwrap(), back);
        let itself = [link("units/22018-20180507", Whole, true)];
        assert_eq!(map(&office, "units/22018", on(IN_2021), on(date!(2022 - 01 - 01))).await.unwrap(), itself);
        let dak_lak = [link("units/66-20250701", Whole, true)];
        assert_eq!(map(&office, "units/54", on(IN_2021), on(IN_2025)).await.unwrap(), dak_lak);
    })
    .await;
}

#[tokio::test]
async fn what_no_link_tells_is_refused_and_never_answered_empty() {
    everywhere(async |office| {
        let no_link = because(Code::FailedPrecondition, "UNIT_LINK_UNKNOWN");
        for (name, from, to) in
            [("units/555", IN_2021, IN_2025), ("units/22024", IN_2024, IN_2025), ("units/24175", IN_2025, IN_2021)]
        {
            assert_eq!(refused(map(&office, name, on(from), on(to)).await), no_link, "{name}");
        }
        let unknown = because(Code::NotFound, "UNIT_UNKNOWN");
        assert_eq!(refused(map(&office, "units/99999", on(IN_2021), on(IN_2024)).await), unknown);
        let wrong = invalid(&[("from_date", "DATE_INVALID"), ("to_date", "FIELD_REQUIRED")]);
        assert_eq!(refused(map(&office, "units/22018", ymd(2021, 4, 31), None).await), wrong);
        let early = invalid(&[("to_date", "DATE_BEFORE_KNOWN")]);
        assert_eq!(refused(map(&office, "units/22018", on(IN_2021), on(date!(2010 - 01 - 01))).await), early);
        let bare = invalid(&[("from_date", "FIELD_REQUIRED")]);
        assert_eq!(refused(map(&office, "units/22018", None, on(IN_2021)).await), bare);
        let both = invalid(&[("from_date", "FIELD_REQUIRED"), ("to_date", "FIELD_REQUIRED")]);
        assert_eq!(refused(map(&office, "units/22018", None, None).await), both);
    })
    .await;
}
