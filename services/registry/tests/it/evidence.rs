//! Evidence as a record: metadata, versions, status on a day, withdrawal, repeats, who may.

use kit::testing::statements;
use proto::registry::v1 as pb;
use time::Date;
use time::macros::date;
use tonic::{Code, Status};

use crate::evidence_files::{download, lying, maker, paper, pdf, sha256, upload, upload_as};
use crate::office::{
    DAY, LA_HAI, Office, PHU_YEN, WARD_8, because, everywhere, invalid, mask, on, producer, product, refused,
    request_id, ymd,
};

const FORBIDDEN: &str = "UNIT_FORBIDDEN";

async fn get(office: &Office, name: &str, as_of: Date) -> pb::Evidence {
    let request = pb::GetEvidenceRequest { name: name.to_owned(), as_of: on(as_of) };
    office.evidence().get_evidence(office.admin().say(request)).await.unwrap().into_inner()
}

async fn update(office: &Office, evidence: pb::Evidence, paths: &[&str]) -> Result<pb::Evidence, Status> {
    let request =
        pb::UpdateEvidenceRequest { evidence: Some(evidence), update_mask: mask(paths), ..Default::default() };
    Ok(office.evidence().update_evidence(office.admin().say(request)).await?.into_inner())
}

async fn withdraw(office: &Office, name: &str, id: &str) -> Result<pb::Evidence, Status> {
    let request = pb::WithdrawEvidenceRequest {
        name: name.to_owned(),
        reason: "Giấy bị thu hồi".to_owned(),
        request_id: id.to_owned(),
        ..Default::default()
    };
    Ok(office.evidence().withdraw_evidence(office.admin().say(request)).await?.into_inner())
}

async fn titles(office: &Office, request: pb::ListEvidenceRequest) -> Vec<String> {
    let answer = office.evidence().list_evidence(office.admin().say(request)).await.unwrap().into_inner();
    answer.evidence.into_iter().map(|e| e.title).collect()
}

/// The first message for a paper with a title and dates.
fn dated(maker: &str, title: &str, from: Option<Date>, to: Option<Date>) -> pb::UploadEvidenceRequest {
    let first = paper(maker);
    let evidence = pb::Evidence {
        title: title.to_owned(),
        valid_from: from.and_then(on),
        valid_to: to.and_then(on),
        ..first.evidence.unwrap()
    };
    pb::UploadEvidenceRequest { evidence: Some(evidence), ..first }
}

/// The first message for a new version.
fn renewal(evidence: &str, from: Date, to: Date) -> pb::UploadEvidenceRequest {
    pb::UploadEvidenceRequest {
        new_version: Some(pb::NewEvidenceVersion {
            evidence: evidence.to_owned(),
            document_number: "02/2022/ATTP".to_owned(),
            valid_from: on(from),
            valid_to: on(to),
            ..Default::default()
        }),
        file_name: "moi.PDF".to_owned(),
        ..Default::default()
    }
}

#[tokio::test]
async fn a_certificate_is_kept_renewed_and_read_in_each_of_its_versions() {
    everywhere(async |office| {
        let maker = office.add_producer(pb::Producer { sample: true, ..producer("HTX Mẫu") }).await.unwrap().name;
        let about = office.add_product(product(&maker, "Rượu")).await.unwrap().name;
        let first = dated(&maker, "Gia\u{302}\u{301}y ATTP", Some(date!(2019 - 01 - 01)), Some(date!(2021 - 12 - 31)));
        let evidence = pb::Evidence {
            product: about.clone(),
            issuing_body: " Chi cục ATTP ".to_owned(),
            document_number: "01/2019/ATTP".to_owned(),
            ..first.evidence.clone().unwrap()
        };
        let first = pb::UploadEvidenceRequest { evidence: Some(evidence), ..first };
        let (old, new) = (pdf(5000, 1), pdf(6000, 2));
        let made = upload(&office, first, &old).await.unwrap();
        assert_eq!((&*made.title, &*made.issuing_body), ("Giấy ATTP", "Chi cục ATTP"));
        assert_eq!((&*made.producer, &*made.product, &*made.unit), (&*maker, &*about, WARD_8));
        assert!(made.sample, "a sample's evidence is a sample");
        assert_eq!(made.status(), pb::EvidenceStatus::Expiring, "on the office's day, 15 December 2021");
        let renewed =
            upload(&office, renewal(&made.name, date!(2022 - 01 - 01), date!(2024 - 12 - 31)), &new).await.unwrap();
        let latest = renewed.latest_version.clone().unwrap();
        assert_eq!((latest.version, &*latest.file_name, &*latest.sha256), (2, "moi.pdf", &*sha256(&new)));
        assert_eq!(renewed.status(), pb::EvidenceStatus::NotYetValid);
        assert_eq!(get(&office, &made.name, date!(2022 - 01 - 01)).await.status(), pb::EvidenceStatus::Valid);
        assert_eq!(get(&office, &made.name, date!(2025 - 01 - 01)).await.status(), pb::EvidenceStatus::Expired);
        let (version, bytes) = download(&office, &made.name, 1).await.unwrap();
        assert!(
            bytes == old && version.document_number == "01/2019/ATTP" && version.valid_to == on(date!(2021 - 12 - 31))
        );
        assert!(download(&office, &made.name, 0).await.unwrap().1 == new);
        let missing = because(Code::NotFound, "RESOURCE_NOT_FOUND");
        assert_eq!(refused(download(&office, &made.name, 3).await), missing);
        let mut request = pb::ListEvidenceVersionsRequest { name: made.name, page_size: 1, page_token: String::new() };
        let mut walked = Vec::new();
        loop {
            let call = office.evidence().list_evidence_versions(office.admin().say(request.clone())).await;
            let page = call.unwrap().into_inner();
            walked.extend(page.versions);
            if page.next_page_token.is_empty() {
                break;
            }
            request.page_token = page.next_page_token;
        }
        assert_eq!(walked, [version, latest]);
    })
    .await;
}

#[tokio::test]
async fn all_faults_of_an_upload_are_told_at_once_and_nothing_is_stored() {
    everywhere(async |office| {
        let before = office.rows().await;
        let bad = pb::UploadEvidenceRequest {
            evidence: Some(pb::Evidence {
                producer: "producers/1".to_owned(),
                product: "x".to_owned(),
                title: " ".to_owned(),
                kind: 99,
                valid_from: ymd(2021, 2, 30),
                ..Default::default()
            }),
            size_bytes: -1,
            sha256: "ABC".to_owned(),
            chunk: vec![1].into(),
            request_id: "1".to_owned(),
            ..Default::default()
        };
        let expected = invalid(&[
            ("evidence.producer", "FIELD_FORMAT"),
            ("evidence.product", "FIELD_FORMAT"),
            ("evidence.title", "FIELD_REQUIRED"),
            ("evidence.kind", "ENUM_UNKNOWN"),
            ("evidence.valid_from", "DATE_INVALID"),
            ("file_name", "FIELD_REQUIRED"),
            ("size_bytes", "FIELD_RANGE"),
            ("sha256", "FIELD_FORMAT"),
            ("sha256", "FIELD_LENGTH"),
            ("chunk", "FIELD_LENGTH"),
            ("request_id", "REQUEST_ID_MALFORMED"),
        ]);
        assert_eq!(refused(upload(&office, bad, b"").await), expected);
        let neither = pb::UploadEvidenceRequest { evidence: None, ..paper("") };
        assert_eq!(refused(upload(&office, neither, b"").await), invalid(&[("evidence", "FIELD_REQUIRED")]));
        let nobody = "producers/00000000-0000-7000-8000-000000000000";
        let unknown = invalid(&[("evidence.producer", "REFERENCE_UNKNOWN")]);
        assert_eq!(refused(upload(&office, paper(nobody), &pdf(100, 1)).await), unknown);
        let backwards = dated(nobody, "Giấy", Some(date!(2021 - 02 - 01)), Some(date!(2021 - 01 - 31)));
        let order = invalid(&[("evidence.valid_to", "DATE_ORDER")]);
        assert_eq!(refused(upload(&office, backwards, b"").await), order);
        assert_eq!(office.rows().await, before);
        assert!(lying(&office).is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_product_of_another_producer_and_a_deleted_producer_are_refused() {
    everywhere(async |office| {
        let maker = maker(&office).await;
        let other = office.add_producer(producer("HTX Khác")).await.unwrap();
        let foreign = office.add_product(product(&other.name, "Rượu")).await.unwrap().name;
        let first = paper(&maker);
        let evidence = pb::Evidence { product: foreign.clone(), ..first.evidence.clone().unwrap() };
        let first = pb::UploadEvidenceRequest { evidence: Some(evidence), ..first };
        let expected = invalid(&[("evidence.product", "EVIDENCE_PRODUCT_FOREIGN")]);
        assert_eq!(refused(upload(&office, first, &pdf(100, 1)).await), expected);
        let made = upload(&office, paper(&maker), &pdf(100, 1)).await.unwrap();
        let moved = pb::Evidence { product: foreign, ..made };
        assert_eq!(refused(update(&office, moved, &["product"]).await), expected);
        let gone = office.add_producer(producer("HTX Giải thể")).await.unwrap();
        let request = pb::DeleteProducerRequest { name: gone.name.clone(), ..Default::default() };
        office.producers().delete_producer(office.admin().say(request)).await.unwrap();
        let deleted = because(Code::FailedPrecondition, "PRODUCER_DELETED");
        assert_eq!(refused(upload(&office, paper(&gone.name), &pdf(100, 1)).await), deleted);
    })
    .await;
}

#[tokio::test]
async fn what_is_said_of_evidence_changes_by_mask_and_etag_and_its_version_follows() {
    everywhere(async |office| {
        let maker = maker(&office).await;
        let about = office.add_product(product(&maker, "Rượu")).await.unwrap().name;
        let made = upload(&office, dated(&maker, "Giấy", Some(DAY), None), &pdf(100, 1)).await.unwrap();
        let change = pb::Evidence {
            title: "Giấy mới".to_owned(),
            product: about.clone(),
            document_number: "7".to_owned(),
            valid_from: None,
            valid_to: on(date!(2021 - 12 - 31)),
            ..made.clone()
        };
        let paths = ["title", "product", "document_number", "valid_from", "valid_to"];
        let rehearsal = pb::UpdateEvidenceRequest {
            evidence: Some(change.clone()),
            update_mask: mask(&paths),
            validate_only: true,
            ..Default::default()
        };
        office.evidence().update_evidence(office.admin().say(rehearsal)).await.unwrap();
        assert_eq!(get(&office, &made.name, date!(2021 - 12 - 15)).await, made, "a rehearsal stores nothing");
        let changed = update(&office, change.clone(), &paths).await.unwrap();
        assert_eq!(
            (&*changed.title, &*changed.product, changed.status()),
            ("Giấy mới", &*about, pb::EvidenceStatus::Expiring)
        );
        let version = changed.latest_version.clone().unwrap();
        assert_eq!((&*version.document_number, version.valid_from, version.valid_to), ("7", None, change.valid_to));
        assert_eq!(download(&office, &made.name, 1).await.unwrap().0, version);
        let stale = because(Code::Aborted, "ETAG_STALE");
        assert_eq!(refused(update(&office, change, &["title"]).await), stale);
        let late = pb::Evidence { valid_from: on(date!(2022 - 01 - 01)), ..changed.clone() };
        let order = invalid(&[("evidence.valid_to", "DATE_ORDER")]);
        assert_eq!(refused(update(&office, late, &["valid_from"]).await), order);
        let bare = pb::Evidence { title: String::new(), kind: 0, ..changed.clone() };
        let required = invalid(&[("evidence.kind", "FIELD_REQUIRED"), ("evidence.title", "FIELD_REQUIRED")]);
        assert_eq!(refused(update(&office, bare, &["title", "kind"]).await), required);
        let unknown = invalid(&[("update_mask", "UPDATE_MASK_INVALID")]);
        assert_eq!(refused(update(&office, changed, &["producer"]).await), unknown);
    })
    .await;
}

#[tokio::test]
async fn withdrawn_evidence_stays_readable_and_changes_no_more() {
    everywhere(async |office| {
        let maker = maker(&office).await;
        let bytes = pdf(100, 1);
        let made = upload(&office, paper(&maker), &bytes).await.unwrap();
        let gone = withdraw(&office, &made.name, &request_id(5)).await.unwrap();
        assert_eq!(gone.withdraw_reason, "Giấy bị thu hồi");
        assert!(gone.withdraw_time.is_some());
        assert_eq!(withdraw(&office, &made.name, &request_id(5)).await.unwrap(), gone, "a repeat");
        let before = office.rows().await;
        let refusal = || because(Code::FailedPrecondition, "EVIDENCE_WITHDRAWN");
        assert_eq!(refused(withdraw(&office, &made.name, &request_id(6)).await), refusal());
        assert_eq!(refused(update(&office, gone.clone(), &["title"]).await), refusal());
        let again = renewal(&made.name, DAY, DAY);
        assert_eq!(refused(upload(&office, again, &pdf(100, 2)).await), refusal());
        assert_eq!(office.rows().await, before);
        assert!(download(&office, &made.name, 1).await.unwrap().1 == bytes);
        let all = |show_withdrawn| pb::ListEvidenceRequest { show_withdrawn, ..Default::default() };
        assert_eq!(titles(&office, all(false)).await.len(), 0);
        assert_eq!(titles(&office, all(true)).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_repeated_upload_is_answered_as_the_first_however_it_is_cut() {
    everywhere(async |office| {
        let maker = maker(&office).await;
        let bytes = pdf(250_000, 1);
        let first = pb::UploadEvidenceRequest { request_id: request_id(1), ..paper(&maker) };
        let made = upload(&office, first.clone(), &bytes).await.unwrap();
        let mut next = renewal(&made.name, DAY, DAY);
        next.request_id = request_id(2);
        next.new_version.as_mut().unwrap().etag.clone_from(&made.etag);
        let renewed = upload(&office, next.clone(), &bytes).await.unwrap();
        let before = office.rows().await;
        assert_eq!(upload(&office, first.clone(), &bytes).await.unwrap(), made);
        assert_eq!(upload(&office, next, &bytes).await.unwrap(), renewed, "though its etag is stale by now");
        let reused = because(Code::InvalidArgument, "REQUEST_ID_REUSED");
        assert_eq!(refused(upload(&office, first, &pdf(250_000, 2)).await), reused);
        assert_eq!(office.rows().await, before);
    })
    .await;
}

#[tokio::test]
async fn a_list_is_cut_by_status_on_any_day_in_one_statement_and_comes_in_pages() {
    everywhere(async |office| {
        let maker = maker(&office).await;
        let year = |y| {
            (
                Date::from_calendar_date(y, time::Month::January, 1),
                Date::from_calendar_date(y, time::Month::December, 31),
            )
        };
        for y in [2020, 2021, 2022] {
            let (from, to) = year(y);
            upload(&office, dated(&maker, &y.to_string(), from.ok(), to.ok()), &pdf(50, 1)).await.unwrap();
        }
        upload(&office, dated(&maker, "undated", None, None), &pdf(50, 1)).await.unwrap();
        upload(&office, dated(&maker, "endless", Some(date!(2021 - 01 - 01)), None), &pdf(50, 1)).await.unwrap();
        use pb::EvidenceStatus::{Expired, Expiring, NotYetValid, Undated, Valid};
        for (day, status, expected) in [
            (date!(2020 - 12 - 31), Expiring, vec!["2020"]),
            (date!(2020 - 12 - 31), NotYetValid, vec!["2021", "2022", "endless"]),
            (date!(2021 - 06 - 30), Expired, vec!["2020"]),
            (date!(2021 - 06 - 30), Valid, vec!["2021", "endless"]),
            (date!(2021 - 12 - 15), Expiring, vec!["2021"]),
            (date!(2023 - 01 - 01), Expired, vec!["2020", "2021", "2022"]),
            (date!(2023 - 01 - 01), Undated, vec!["undated"]),
        ] {
            let request = pb::ListEvidenceRequest { status: status.into(), as_of: on(day), ..Default::default() };
            let answer = office.evidence().list_evidence(office.admin().count(request)).await.unwrap();
            assert_eq!(statements(&answer), 1);
            let found = answer.into_inner().evidence;
            assert!(found.iter().all(|e| e.status() == status && e.status_date == on(day)), "{day} {status:?}");
            assert_eq!(found.into_iter().map(|e| e.title).collect::<Vec<_>>(), expected, "{day} {status:?}");
        }
        let mut request = pb::ListEvidenceRequest { producer: maker, page_size: 2, ..Default::default() };
        let mut walked = Vec::new();
        loop {
            let call = office.evidence().list_evidence(office.admin().say(request.clone())).await;
            let page = call.unwrap().into_inner();
            walked.extend(page.evidence.into_iter().map(|e| e.title));
            if page.next_page_token.is_empty() {
                break;
            }
            request.page_token = page.next_page_token;
        }
        assert_eq!(walked, ["2020", "2021", "2022", "undated", "endless"]);
        request.status = Valid.into();
        let foreign = office.evidence().list_evidence(office.admin().say(request)).await;
        assert_eq!(refused(foreign), invalid(&[("page_token", "PAGE_TOKEN_INVALID")]));
    })
    .await;
}

#[tokio::test]
async fn a_list_is_cut_by_unit_producer_product_and_kind() {
    everywhere(async |office| {
        let maker = maker(&office).await;
        let far =
            office.add_producer(pb::Producer { unit: LA_HAI.to_owned(), ..producer("HTX La Hai") }).await.unwrap().name;
        let about = office.add_product(product(&maker, "Rượu")).await.unwrap().name;
        let photo = pb::Evidence {
            producer: maker.clone(),
            product: about.clone(),
            kind: pb::EvidenceKind::Photo.into(),
            title: "Ảnh".to_owned(),
            ..Default::default()
        };
        let first = pb::UploadEvidenceRequest { evidence: Some(photo), ..paper("") };
        upload(&office, first, b"\xFF\xD8\xFF\xE0 a picture of it").await.unwrap();
        upload(&office, dated(&maker, "Gần", None, None), &pdf(50, 1)).await.unwrap();
        upload(&office, dated(&far, "Xa", None, None), &pdf(50, 1)).await.unwrap();
        let all = pb::ListEvidenceRequest::default;
        assert_eq!(titles(&office, all()).await, ["Ảnh", "Gần", "Xa"]);
        assert_eq!(titles(&office, pb::ListEvidenceRequest { unit: LA_HAI.to_owned(), ..all() }).await, ["Xa"]);
        assert_eq!(titles(&office, pb::ListEvidenceRequest { unit: PHU_YEN.to_owned(), ..all() }).await.len(), 3);
        assert_eq!(titles(&office, pb::ListEvidenceRequest { producer: maker, ..all() }).await, ["Ảnh", "Gần"]);
        assert_eq!(titles(&office, pb::ListEvidenceRequest { product: about, ..all() }).await, ["Ảnh"]);
        let reports = pb::ListEvidenceRequest { kind: pb::EvidenceKind::TestReport.into(), ..all() };
        assert_eq!(titles(&office, reports).await, ["Gần", "Xa"]);
    })
    .await;
}

#[tokio::test]
async fn nobody_reaches_evidence_outside_their_units_and_a_producer_none_but_its_own() {
    everywhere(async |office| {
        let maker = maker(&office).await;
        let made = upload(&office, paper(&maker), &pdf(100, 1)).await.unwrap();
        let before = office.rows().await;
        let stranger = office.world.as_role("commune_officer", LA_HAI);
        let forbidden = || because(Code::PermissionDenied, FORBIDDEN);
        assert_eq!(refused(upload_as(&office, &stranger, paper(&maker), &pdf(100, 2)).await), forbidden());
        let next = renewal(&made.name, DAY, DAY);
        assert_eq!(refused(upload_as(&office, &stranger, next, &pdf(100, 2)).await), forbidden());
        macro_rules! forbidden {
            ($method:ident($request:expr)) => {
                let answer = office.evidence().$method(stranger.say($request)).await;
                assert_eq!(refused(answer.map(|_| ())), forbidden(), stringify!($method));
            };
        }
        let name = made.name.clone();
        forbidden!(get_evidence(pb::GetEvidenceRequest { name: name.clone(), ..Default::default() }));
        forbidden!(download_evidence(pb::DownloadEvidenceRequest { name: name.clone(), version: 1 }));
        forbidden!(list_evidence_versions(pb::ListEvidenceVersionsRequest {
            name: name.clone(),
            ..Default::default()
        }));
        forbidden!(update_evidence(pb::UpdateEvidenceRequest { evidence: Some(made), ..Default::default() }));
        let reason = "Sai".to_owned();
        forbidden!(withdraw_evidence(pb::WithdrawEvidenceRequest { name: name.clone(), reason, ..Default::default() }));
        let list = pb::ListEvidenceRequest::default();
        let seen = office.evidence().list_evidence(stranger.say(list.clone())).await.unwrap().into_inner();
        assert!(seen.evidence.is_empty());
        let missing = || because(Code::PermissionDenied, "ROLE_MISSING");
        let nobodys = office.world.as_role("producer", PHU_YEN);
        let seen = office.evidence().list_evidence(nobodys.say(list.clone())).await.unwrap().into_inner();
        assert!(seen.evidence.is_empty(), "the role without a producer's account");
        for role in ["trainer", "analyst", "finance_officer"] {
            let who = office.world.as_role(role, PHU_YEN);
            assert_eq!(refused(office.evidence().list_evidence(who.say(list.clone())).await), missing(), "{role}");
        }
        let unclaimed = office.world.as_role("producer", PHU_YEN);
        let seen = office.evidence().list_evidence(unclaimed.say(list.clone())).await.unwrap().into_inner();
        assert!(seen.evidence.is_empty(), "a producer's role without an account");
        let reader = office.world.as_role("council_member", PHU_YEN);
        assert_eq!(refused(upload_as(&office, &reader, paper(&maker), &pdf(100, 2)).await), missing());
        let answer = office.evidence().list_evidence(reader.say(list)).await.unwrap().into_inner();
        assert_eq!(answer.evidence.len(), 1);
        assert_eq!(office.rows().await, before);
    })
    .await;
}

#[tokio::test]
async fn the_evidence_of_a_merged_registration_is_found_under_the_producer_that_stays() {
    everywhere(async |office| {
        let from = office.add_producer(producer("HTX Cũ")).await.unwrap();
        let into = office.add_producer(producer("HTX Mới")).await.unwrap();
        upload(&office, dated(&from.name, "Giấy cũ", None, None), &pdf(50, 1)).await.unwrap();
        upload(&office, dated(&into.name, "Giấy mới", None, None), &pdf(60, 1)).await.unwrap();
        let of = |producer: &str| pb::ListEvidenceRequest { producer: producer.to_owned(), ..Default::default() };
        assert_eq!(titles(&office, of(&into.name)).await, ["Giấy mới"]);
        let request =
            pb::MergeProducersRequest { from: from.name.clone(), into: into.name.clone(), ..Default::default() };
        office.merges().merge_producers(office.admin().say(request)).await.unwrap();
        assert_eq!(titles(&office, of(&into.name)).await, ["Giấy cũ", "Giấy mới"]);
        assert_eq!(titles(&office, of(&from.name)).await, ["Giấy cũ"]);
    })
    .await;
}
