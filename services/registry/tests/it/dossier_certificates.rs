//! Upgrades and re-evaluations of certificates that the registry's copy knows.

use proto::registry::v1 as pb;
use sea_orm::ConnectionTrait;
use time::Date;
use time::macros::date;
use tonic::Status;

use crate::dossier_desk::{
    House, IN_2026, SAUCE, answers, begin, complete_of_2026, fill, forms_of_2026, get, give_back, held, house_of_2026,
    submit, take_up, wanted,
};
use crate::office::{Office, everywhere_at, invalid, on, refused};
use crate::stars::certified;

const DECIDED: Date = date!(2024 - 02 - 04);
const OUT: Date = date!(2027 - 02 - 04);

fn certificate(number: u128) -> String {
    kit::name::of("certificates", uuid::Uuid::from_u128(number))
}

fn of_kind(kind: pb::DossierKind, house: &House, certificate: &str, end: Option<Date>) -> pb::Dossier {
    pb::Dossier {
        kind: kind.into(),
        certificate: certificate.to_owned(),
        certificate_end_date: end.and_then(on),
        ..wanted(&house.product)
    }
}

async fn update(office: &Office, name: &str, certificate: &str, end: Option<Date>) -> Result<pb::Dossier, Status> {
    let dossier = pb::Dossier {
        name: name.to_owned(),
        certificate: certificate.to_owned(),
        certificate_end_date: end.and_then(on),
        ..Default::default()
    };
    let mask = crate::office::mask(&["certificate", "certificate_end_date"]);
    let request = pb::UpdateDossierRequest { dossier: Some(dossier), update_mask: mask, ..Default::default() };
    Ok(office.dossiers().update_dossier(office.admin().say(request)).await?.into_inner())
}

#[tokio::test]
async fn the_certificate_and_its_end_come_from_the_copy_and_what_is_typed_against_it_is_refused() {
    everywhere_at(IN_2026, async |office| {
        let house = house_of_2026(&office, "HTX Lại Có Mẫu").await;
        certified(&office, 5, &house.product, 3, (DECIDED, OUT), None).await;
        let kind = pb::DossierKind::ReEvaluation;
        let rows = office.rows().await;
        let wrong = of_kind(kind, &house, &certificate(6), Some(date!(2027 - 02 - 05)));
        let all = [("dossier.certificate", "REFERENCE_UNKNOWN"), ("dossier.certificate_end_date", "FIELD_RANGE")];
        assert_eq!(refused(begin(&office, wrong).await), invalid(&all));
        let late = of_kind(kind, &house, "12/GCN-OCOP", Some(date!(2027 - 02 - 05)));
        let end = invalid(&[("dossier.certificate_end_date", "FIELD_RANGE")]);
        assert_eq!(refused(begin(&office, late).await), end);
        assert_eq!(office.rows().await, rows);
        let draft = begin(&office, of_kind(kind, &house, "", None)).await.unwrap();
        assert_eq!((draft.certificate, draft.certificate_end_date), (certificate(5), on(OUT)));
        let printed = update(&office, &draft.name, "12/GCN-OCOP", Some(OUT)).await.unwrap();
        assert_eq!((&*printed.certificate, printed.certificate_end_date), ("12/GCN-OCOP", on(OUT)));
        assert_eq!(refused(update(&office, &draft.name, "", Some(DECIDED)).await), end);
        let cleared = update(&office, &draft.name, "", None).await.unwrap();
        assert_eq!((&cleared.certificate, cleared.certificate_end_date), (&certificate(5), on(OUT)));
        let findings = held(&office, &draft.name, date!(2026 - 09 - 01)).await;
        assert!(!findings.iter().any(|(_, subject)| subject.starts_with("certificate")), "{findings:?}");
        let early = held(&office, &draft.name, date!(2026 - 08 - 01)).await;
        assert!(early.contains(&("TOO_EARLY".to_owned(), "certificate".to_owned())), "{early:?}");
        // A draft takes what is known on the day: this one was superseded meanwhile.
        certified(&office, 7, &house.product, 4, (date!(2026 - 03 - 01), date!(2029 - 03 - 01)), None).await;
        let early = held(&office, &draft.name, date!(2026 - 09 - 01)).await;
        assert!(early.contains(&("TOO_EARLY".to_owned(), "certificate".to_owned())), "{early:?}");
        assert_eq!(get(&office, &draft.name).await.certificate, certificate(5), "reading stores nothing");
        let dossier = pb::Dossier { name: draft.name.clone(), product_set: SAUCE.to_owned(), ..Default::default() };
        let update_mask = crate::office::mask(&["product_set"]);
        let request = pb::UpdateDossierRequest { dossier: Some(dossier), update_mask, ..Default::default() };
        let other = office.dossiers().update_dossier(office.admin().say(request)).await.unwrap().into_inner();
        assert_eq!(other.certificate, certificate(7), "nobody typed the one that was superseded");
    })
    .await;
}

#[tokio::test]
async fn a_draft_is_not_filed_on_a_certificate_that_was_revoked_meanwhile() {
    everywhere_at(IN_2026, async |office| {
        let house = house_of_2026(&office, "HTX Mất Giấy Mẫu").await;
        certified(&office, 12, &house.product, 3, (DECIDED, OUT), None).await;
        let draft = begin(&office, of_kind(pb::DossierKind::ReEvaluation, &house, "", None)).await.unwrap();
        assert_eq!(draft.certificate, certificate(12));
        let revoke = "UPDATE recognition SET end_date = '2026-03-01'";
        let tx = office.world.database("registry").begin().await.unwrap();
        tx.execute_unprepared(revoke).await.unwrap();
        tx.commit().await.unwrap();
        let findings = held(&office, &draft.name, date!(2026 - 09 - 01)).await;
        let missing = ("CERTIFICATE_MISSING".to_owned(), "certificate".to_owned());
        assert!(findings.contains(&missing), "{findings:?}");
    })
    .await;
}

#[tokio::test]
async fn of_a_dossier_that_came_back_the_certificate_is_still_the_one_of_the_copy() {
    everywhere_at(IN_2026, async |office| {
        let house = house_of_2026(&office, "HTX Bổ Sung Mẫu").await;
        certified(&office, 13, &house.product, 3, (DECIDED, OUT), None).await;
        let name = begin(&office, of_kind(pb::DossierKind::ReEvaluation, &house, "", None)).await.unwrap().name;
        complete_of_2026(&office, &house, &name).await;
        let [_, report] = forms_of_2026(&house);
        let news = answers("q26-02", &[("updates", "Bao bì mới")]).answers;
        let report = pb::FormAnswers { answers: [report.answers, news].concat(), ..report };
        fill(&office, &name, report).await.unwrap();
        submit(&office, &name, date!(2026 - 09 - 01)).await.unwrap();
        take_up(&office, &name, date!(2026 - 09 - 02)).await.unwrap();
        give_back(&office, &name, date!(2026 - 09 - 03), &["food-safety"]).await.unwrap();
        let end = invalid(&[("dossier.certificate_end_date", "FIELD_RANGE")]);
        let wrong = update(&office, &name, "", Some(date!(2027 - 02 - 05))).await;
        assert_eq!(refused(wrong), end);
        let other = refused(update(&office, &name, &certificate(14), None).await);
        assert_eq!(other, invalid(&[("dossier.certificate", "REFERENCE_UNKNOWN")]));
        let kept = update(&office, &name, "", None).await.unwrap();
        assert_eq!((kept.certificate, kept.certificate_end_date), (certificate(13), on(OUT)));
        let printed = update(&office, &name, "13/GCN-OCOP", Some(OUT)).await.unwrap();
        assert_eq!((&*printed.certificate, printed.certificate_end_date), ("13/GCN-OCOP", on(OUT)));
    })
    .await;
}

#[tokio::test]
async fn of_a_certificate_that_was_issued_elsewhere_what_is_typed_is_kept() {
    everywhere_at(IN_2026, async |office| {
        let unknown = house_of_2026(&office, "HTX Nơi Khác Mẫu").await;
        let (kind, end) = (pb::DossierKind::Upgrade, date!(2026 - 12 - 31));
        let typed = begin(&office, of_kind(kind, &unknown, "7/GCN", Some(end))).await.unwrap();
        assert_eq!((&*typed.certificate, typed.certificate_end_date), ("7/GCN", on(end)));
        let lapsed = house_of_2026(&office, "HTX Hết Hạn Mẫu").await;
        certified(&office, 8, &lapsed.product, 3, (date!(2021 - 02 - 04), date!(2024 - 02 - 04)), None).await;
        let typed = begin(&office, of_kind(kind, &lapsed, "8/GCN", Some(end))).await.unwrap();
        assert_eq!((&*typed.certificate, typed.certificate_end_date), ("8/GCN", on(end)));
        let ended = house_of_2026(&office, "HTX Thu Hồi Mẫu").await;
        certified(&office, 9, &ended.product, 3, (DECIDED, OUT), Some(date!(2025 - 01 - 01))).await;
        let named = refused(begin(&office, of_kind(kind, &ended, &certificate(9), None)).await);
        assert_eq!(named, invalid(&[("dossier.certificate", "REFERENCE_UNKNOWN")]));
        let empty = begin(&office, of_kind(kind, &ended, "", None)).await.unwrap();
        assert_eq!((&*empty.certificate, empty.certificate_end_date), ("", None));
        // A first evaluation asks for no certificate, whatever there is.
        certified(&office, 10, &unknown.product, 3, (DECIDED, OUT), None).await;
        let other = house_of_2026(&office, "HTX Lần Đầu Mẫu").await;
        certified(&office, 11, &other.product, 3, (DECIDED, OUT), None).await;
        let first = begin(&office, wanted(&other.product)).await.unwrap();
        assert_eq!((&*first.certificate, first.certificate_end_date), ("", None));
    })
    .await;
}
