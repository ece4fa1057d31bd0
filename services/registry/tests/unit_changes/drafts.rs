//! Drafts of changes: what is stored, what is refused, and the verdict on every row.

use kit::testing::statements;
use proto::registry::v1::{self as pb, Share, UnitChangeState, UnitRowOutcome, UnitType};
use time::macros::date;
use tonic::Code;

use crate::ground::{DAY, alone, begins, change, division, ends, link};
use crate::office::{PHU_YEN, because, invalid, mask, on, refused, request_id};

type Told = (UnitRowOutcome, Vec<String>);

fn told(answer: pb::VerifyUnitChangeResponse) -> Vec<Told> {
    let texts = answer.verdicts.iter().flat_map(|v| &v.reasons).flat_map(|r| [&r.text_vi, &r.text_en]);
    assert!(texts.into_iter().all(|text| !text.is_empty() && !text.contains('{')), "every reason is told to people");
    answer.verdicts.into_iter().map(|v| (v.outcome(), v.reasons.into_iter().map(|r| r.reason).collect())).collect()
}

fn sent(change: pb::UnitChange) -> pb::VerifyUnitChangeRequest {
    pb::VerifyUnitChangeRequest {
        begin_date: change.begin_date,
        unit_rows: change.unit_rows,
        link_rows: change.link_rows,
        ..Default::default()
    }
}

#[tokio::test]
async fn every_row_that_contradicts_the_units_in_force_is_refused_with_its_reason() {
    alone(async |office| {
        let ward = UnitType::Ward;
        let refusals =
            |reasons: &[&str]| (UnitRowOutcome::Refused, reasons.iter().map(ToString::to_string).collect::<Vec<_>>());
        let new = || (UnitRowOutcome::New, Vec::new());
        let known = || (UnitRowOutcome::Known, Vec::new());
        for (units, links, expected) in [
            // a code that another unit has
            (vec![begins("22015", "Phường Khác", ward, "units/66")], vec![], vec![refusals(&["UNIT_OVERLAPS"])]),
            // the unit as it is in force
            (vec![begins("22015", "phuong tuy hoa", ward, "units/66")], vec![], vec![known()]),
            // the same code on two rows
            (
                vec![begins("22046", "Phường A", ward, "units/66"), begins("22046", "Phường B", ward, "units/66")],
                vec![],
                vec![new(), refusals(&["RESOURCE_EXISTS"])],
            ),
            // unknown, ended and level parents
            (vec![begins("22046", "Phường A", ward, "units/99")], vec![], vec![refusals(&["UNIT_PARENT_WRONG"])]),
            (vec![begins("22046", "Phường A", ward, PHU_YEN)], vec![], vec![refusals(&["UNIT_PARENT_WRONG"])]),
            (vec![begins("22046", "Phường A", ward, "units/22015")], vec![], vec![refusals(&["UNIT_PARENT_WRONG"])]),
            // a code of another level
            (vec![begins("2204", "Phường A", ward, "units/66")], vec![], vec![refusals(&["FIELD_FORMAT"])]),
            // nobody there to end; a province whose communes would be left
            (vec![ends("99999")], vec![], vec![refusals(&["UNIT_NOT_BEFORE"])]),
            (vec![ends("66")], vec![], vec![refusals(&["UNIT_CHILD_LEFT"])]),
            // a link from a unit that goes on, to one that does not begin, without a default, in whole and in part
            (vec![], vec![link("22015", "22045", Share::Whole, true)], vec![refusals(&["UNIT_LASTS"])]),
            (vec![], vec![link("22015", "22015", Share::Whole, true)], vec![known()]),
            (
                vec![ends("22015")],
                vec![link("22015", "22045", Share::Whole, true)],
                vec![new(), refusals(&["UNIT_LINK_TARGET"])],
            ),
            (
                vec![ends("22015"), begins("22046", "Phường A", ward, "66")],
                vec![link("22015", "22046", Share::Part, false)],
                vec![new(), new(), refusals(&["UNIT_LINKS_WRONG"])],
            ),
            (
                vec![ends("22015"), begins("22046", "Phường A", ward, "66"), begins("22047", "Phường B", ward, "66")],
                vec![link("22015", "22046", Share::Whole, true), link("22015", "22047", Share::Part, false)],
                vec![new(), new(), new(), refusals(&["UNIT_LINKS_WRONG"]), refusals(&["UNIT_LINKS_WRONG"])],
            ),
        ] {
            let rows = change(units, links);
            assert_eq!(told(office.verify(sent(rows.clone())).await.unwrap()), expected, "{rows:?}");
        }
        let mut named = ends("22015");
        named.display_name = "Phường Bình Kiến".to_owned();
        let answer = office.verify(sent(change(vec![named], vec![]))).await.unwrap();
        assert_eq!(told(answer), [refusals(&["UNIT_NAME_DIFFERS"])]);
        let early = pb::UnitChange { begin_date: on(date!(2024 - 11 - 01)), ..change(vec![], vec![]) };
        let answer = office.verify(sent(early)).await.unwrap();
        assert_eq!(answer.reasons.iter().map(|r| r.reason.as_str()).collect::<Vec<_>>(), ["DATE_ORDER"]);
        let answer = office.verify(sent(division())).await.unwrap();
        assert_eq!((answer.new_count, answer.known_count, answer.refused_count), (9, 0, 0));
        assert_eq!(answer.verdicts[4].units, ["units/22046-20270101"]);
        assert_eq!(answer.verdicts[5].units, ["units/22015-20250701", "units/22015-20270101"]);
    })
    .await;
}

#[tokio::test]
async fn the_published_links_of_both_reorganisations_are_known_row_by_row() {
    alone(async |office| {
        let columns = |path: &str| {
            let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../reference/data/units").join(path);
            let mut reader = csv::Reader::from_path(path).unwrap();
            let heads = reader.headers().unwrap().clone();
            let rows: Vec<_> = reader.records().map(|row| row.unwrap()).collect();
            let cell = move |row: &csv::StringRecord, name: &str| {
                heads.iter().position(|head| head == name).map(|at| row[at].to_owned()).unwrap_or_default()
            };
            rows.iter()
                .map(|row| {
                    let share = if cell(row, "share") == "whole" { Share::Whole } else { Share::Part };
                    let default = matches!(cell(row, "share").as_str(), "whole" | "remainder");
                    pb::UnitLinkRow {
                        from_code: cell(row, "from_code"),
                        from_name: cell(row, "from_name"),
                        to_code: cell(row, "to_code"),
                        to_name: cell(row, "to_name"),
                        share: share.into(),
                        default_target: default,
                    }
                })
                .collect::<Vec<_>>()
        };
        for (file, begin) in
            [("phuyen_change_2024-11.csv", date!(2024 - 11 - 01)), ("phuyen_change_2025-07.csv", date!(2025 - 07 - 01))]
        {
            // without a day: the map that they belong to is found
            let link_rows = columns(file);
            let answer = office.verify(pb::VerifyUnitChangeRequest { link_rows, ..Default::default() }).await.unwrap();
            assert_eq!(answer.begin_date, on(begin));
            assert_eq!((answer.new_count, answer.refused_count), (0, 0), "{file}");
            assert_eq!(answer.known_count as usize, answer.verdicts.len());
        }
        let unknown = pb::VerifyUnitChangeRequest {
            link_rows: vec![link("11111", "22222", Share::Whole, true)],
            ..Default::default()
        };
        assert_eq!(refused(office.verify(unknown).await), invalid(&[("begin_date", "FIELD_REQUIRED")]));
    })
    .await;
}

#[tokio::test]
async fn a_draft_is_changed_listed_and_dropped_and_then_stands_still() {
    alone(async |office| {
        let draft = office.draft(division()).await.unwrap();
        assert_eq!((draft.state(), draft.unit_count, draft.link_count), (UnitChangeState::Draft, 5, 4));
        assert!(!draft.verified && draft.place == 0);
        let mut other = draft.clone();
        other.verified = true;
        other.title = "Sắp xếp mẫu 2".to_owned();
        other.link_rows.truncate(1);
        let request = pb::UpdateUnitChangeRequest {
            unit_change: Some(other),
            update_mask: mask(&["verified", "title", "link_rows"]),
            ..Default::default()
        };
        let changed = office.unit_changes().update_unit_change(office.nation().say(request.clone())).await.unwrap();
        let changed = changed.into_inner();
        assert_eq!((changed.verified, changed.link_count, changed.unit_count), (true, 1, 5));
        assert_eq!(
            refused(office.unit_changes().update_unit_change(office.nation().say(request)).await),
            because(Code::Aborted, "ETAG_STALE")
        );
        let second = office.draft(division()).await.unwrap();
        let list = |page_size, page_token| pb::ListUnitChangesRequest { page_size, page_token, ..Default::default() };
        let first =
            office.unit_changes().list_unit_changes(office.nation().count(list(1, String::new()))).await.unwrap();
        assert_eq!(statements(&first), 1);
        let first = first.into_inner();
        assert_eq!(
            (first.unit_changes[0].name.as_str(), first.unit_changes[0].unit_rows.len()),
            (draft.name.as_str(), 0)
        );
        let rest =
            office.unit_changes().list_unit_changes(office.nation().say(list(1, first.next_page_token))).await.unwrap();
        assert_eq!(rest.into_inner().unit_changes[0].name, second.name);
        let drop = pb::DropUnitChangeRequest { name: draft.name.clone(), ..Default::default() };
        let dropped = office.unit_changes().drop_unit_change(office.nation().say(drop)).await.unwrap().into_inner();
        assert_eq!(dropped.state(), UnitChangeState::Dropped);
        assert_eq!(refused(office.enforce(&draft.name).await), because(Code::FailedPrecondition, "STEP_NOT_ALLOWED"));
        let get = pb::GetUnitChangeRequest { name: second.name.clone() };
        let got = office.unit_changes().get_unit_change(office.admin().say(get)).await.unwrap().into_inner();
        assert_eq!(got, second, "anybody may read what is drafted");
    })
    .await;
}

#[tokio::test]
async fn all_faults_of_a_draft_are_told_at_once_and_nothing_is_stored() {
    alone(async |office| {
        let rows = office.rows().await;
        let mut bad = change(
            vec![
                pb::UnitRow { code: "x".to_owned(), ..Default::default() },
                pb::UnitRow {
                    valid_from: on(date!(2027 - 02 - 01)),
                    ..begins("22046", "Phường A", UnitType::Ward, "66")
                },
                pb::UnitRow { valid_from: on(DAY), ..ends("22015") },
                pb::UnitRow { valid_to: on(DAY), ..ends("22015") },
            ],
            vec![pb::UnitLinkRow { from_code: "22015".to_owned(), ..Default::default() }],
        );
        bad.title = String::new();
        bad.source = String::new();
        bad.source_date = on(date!(2030 - 01 - 01));
        let found = refused(office.draft(bad).await);
        assert_eq!(found.code, Code::InvalidArgument);
        for expected in [
            ("unit_change.title", "FIELD_REQUIRED"),
            ("unit_change.source", "FIELD_REQUIRED"),
            ("unit_change.source_date", "DATE_IN_FUTURE"),
            ("unit_change.unit_rows[0].code", "FIELD_FORMAT"),
            ("unit_change.unit_rows[0].display_name", "FIELD_REQUIRED"),
            ("unit_change.unit_rows[0].type", "FIELD_REQUIRED"),
            ("unit_change.unit_rows[1].valid_from", "DATE_ORDER"),
            ("unit_change.unit_rows[2].valid_from", "FIELD_FORMAT"),
            ("unit_change.unit_rows[3].valid_to", "DATE_ORDER"),
            ("unit_change.link_rows[0].to_code", "FIELD_REQUIRED"),
            ("unit_change.link_rows[0].share", "FIELD_REQUIRED"),
        ] {
            let expected = (expected.0.to_owned(), expected.1.to_owned());
            assert!(found.violations.contains(&expected), "{expected:?} is not among {:?}", found.violations);
        }
        assert_eq!(office.rows().await, rows);
        let request = pb::CreateUnitChangeRequest { unit_change: Some(division()), ..Default::default() };
        let of_province = office.world.as_role("national_admin", PHU_YEN);
        assert_eq!(
            refused(office.unit_changes().create_unit_change(of_province.say(request.clone())).await),
            because(Code::PermissionDenied, "UNIT_FORBIDDEN")
        );
        let dry = pb::CreateUnitChangeRequest { validate_only: true, ..request.clone() };
        office.unit_changes().create_unit_change(office.nation().say(dry)).await.unwrap();
        assert_eq!(office.rows().await, rows);
        let request = pb::CreateUnitChangeRequest { request_id: request_id(7), ..request };
        let once =
            office.unit_changes().create_unit_change(office.nation().say(request.clone())).await.unwrap().into_inner();
        let again = office.unit_changes().create_unit_change(office.nation().say(request)).await.unwrap().into_inner();
        assert_eq!(once, again);
        assert_eq!(office.rows_of(&["unit_change"]).await, [("unit_change", 1)]);
    })
    .await;
}
