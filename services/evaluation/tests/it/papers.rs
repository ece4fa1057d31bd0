//! Papers of certificates: editions, the token in the code, the keys, the print, the public check.

use paper::token::{self, Jwk, Jwks};
use proto::evaluation::v1 as pb;
use sea_orm::{ConnectionTrait, QueryResult, Statement};
use time::macros::date;
use tonic::Code;

use crate::acts::paper as act;
use crate::office::{Office, because, everywhere_on, invalid, on, refused, told};

const TODAY: time::Date = date!(2026 - 11 - 24);

pub fn first(certificate: &str) -> pb::IssueCertificatePaperRequest {
    pb::IssueCertificatePaperRequest {
        name: certificate.to_owned(),
        reason: pb::PaperReason::First.into(),
        paper_date: on(date!(2026 - 09 - 10)),
        place: "Đắk Lắk".to_owned(),
        signed_by: "Phó Chủ tịch UBND tỉnh".to_owned(),
        ..Default::default()
    }
}

impl Office {
    async fn paper(&self, request: pb::IssueCertificatePaperRequest) -> Result<pb::CertificatePaper, tonic::Status> {
        Ok(self.papers().issue_certificate_paper(self.nation.say(request)).await?.into_inner())
    }

    /// What everybody is told: the call carries no token of a caller.
    async fn check(&self, token: &str, number: &str) -> pb::VerifyCertificateResponse {
        let request = pb::VerifyCertificateRequest { token: token.to_owned(), number: number.to_owned() };
        self.papers().verify_certificate(tonic::Request::new(request)).await.unwrap().into_inner()
    }

    async fn keys(&self) -> Jwks {
        let request = tonic::Request::new(pb::GetSigningKeySetRequest {});
        let keys = self.papers().get_signing_key_set(request).await.unwrap().into_inner().keys;
        Jwks { keys: keys.into_iter().map(|k| Jwk { kty: k.kty, crv: k.crv, kid: k.kid, x: k.x }).collect() }
    }
}

#[tokio::test]
async fn a_paper_is_issued_printed_and_checked_with_and_without_a_network() {
    everywhere_on(TODAY, async |office| {
        let name = office.recognised("Nước mắm", date!(2024 - 09 - 01)).await.name;
        let made = office.paper(first(&name)).await.unwrap();
        assert_eq!((made.edition, made.key_id.as_str()), (1, "k1"));
        assert_eq!(made.holder_display_name, "Hợp tác xã Nước mắm");
        let keys = office.keys().await;
        let claims = token::check(&made.token, &keys).unwrap();
        assert_eq!((claims.p.as_str(), claims.d.as_str(), claims.e.as_str()), ("Nước mắm", "2024-09-01", "2027-09-01"));
        let print = pb::DownloadCertificatePaperRequest { name: made.name.clone() };
        let print = office.papers().download_certificate_paper(office.nation.say(print)).await.unwrap().into_inner();
        assert!(print.content.starts_with(b"%PDF-") && print.media_type == "application/pdf");

        let checked = office.check(&made.token, "").await;
        assert_eq!(checked.verdict(), pb::CheckVerdict::Found);
        assert_eq!((checked.edition, checked.latest_edition), (1, 1));
        assert!(checked.certificates[0].in_force);
        // Revoked afterwards: the token is still genuine, and the answer says what stands now.
        office.revoke(&name, act("1/QĐ-UBND", date!(2026 - 11 - 01)), date!(2026 - 11 - 01)).await.unwrap();
        assert!(token::check(&made.token, &office.keys().await).is_ok());
        let checked = office.check(&made.token, "").await;
        assert_eq!(checked.certificates[0].status(), pb::CertificateStatus::Revoked);
        let again = pb::IssueCertificatePaperRequest { reason: pb::PaperReason::Lost.into(), ..first(&name) };
        let again = office.paper(again).await;
        assert_eq!(refused(again), because(Code::FailedPrecondition, "CERTIFICATE_STATUS_FORBIDS"));
    })
    .await;
}

#[tokio::test]
async fn a_rotated_key_signs_new_papers_and_old_papers_stay_good() {
    everywhere_on(TODAY, async |office| {
        let name = office.recognised("Nước mắm", date!(2024 - 09 - 01)).await.name;
        let old = office.paper(first(&name)).await.unwrap();
        let rotate = office.nation.say(pb::RotateSigningKeyRequest::default());
        let set = office.papers().rotate_signing_key(rotate).await.unwrap().into_inner();
        let ids: Vec<(&str, bool)> = set.keys.iter().map(|k| (k.kid.as_str(), k.retire_time.is_some())).collect();
        assert_eq!(ids, [("k2", false), ("k1", true)]);
        let corrected = pb::IssueCertificatePaperRequest { reason: pb::PaperReason::Corrected.into(), ..first(&name) };
        let new = office.paper(corrected).await.unwrap();
        assert_eq!((new.edition, new.key_id.as_str()), (2, "k2"));
        let keys = office.keys().await;
        for paper in [&old, &new] {
            assert!(token::check(&paper.token, &keys).is_ok());
        }
        let checked = office.check(&old.token, "").await;
        assert_eq!((checked.edition, checked.latest_edition), (1, 2), "it was replaced");
        let list = pb::ListCertificatePapersRequest { certificate: name, ..Default::default() };
        let listed = office.papers().list_certificate_papers(office.nation.say(list)).await.unwrap().into_inner();
        assert_eq!(listed.papers, [new, old.clone()]);
        let get = pb::GetCertificatePaperRequest { name: old.name.clone() };
        assert_eq!(office.papers().get_certificate_paper(office.nation.say(get)).await.unwrap().into_inner(), old);
        let province = office.world.as_role("national_admin", "units/66");
        let answer = office.papers().rotate_signing_key(province.say(pb::RotateSigningKeyRequest::default())).await;
        assert_eq!(refused(answer), because(Code::PermissionDenied, "UNIT_FORBIDDEN"));
        let stranger = office.world.as_role("province_officer", "units/56");
        let get = stranger.say(pb::GetCertificatePaperRequest { name: old.name });
        let answer = office.papers().get_certificate_paper(get).await;
        assert_eq!(refused(answer), because(Code::PermissionDenied, "UNIT_FORBIDDEN"));
    })
    .await;
}

#[tokio::test]
async fn no_secret_of_a_key_is_stored_in_plain_and_a_rotation_seals_those_of_before_and_nothing_else_does() {
    everywhere_on(TODAY, async |office| {
        let stored = async || {
            let database = office.world.database("evaluation");
            let query = "SELECT seed, public FROM signing_key ORDER BY serial".to_owned();
            let query = Statement::from_string(database.reader().get_database_backend(), query);
            let rows = database.reader().query_all_raw(query).await.unwrap();
            let read = |row: &QueryResult| (row.try_get("", "seed").unwrap(), row.try_get("", "public").unwrap());
            rows.iter().map(read).collect::<Vec<(String, String)>>()
        };
        // What an older release left behind: a secret in plain, and no public half.
        let seed = [7; 32];
        let of_before = "07".repeat(32);
        let insert = format!(
            "INSERT INTO signing_key (serial, kid, seed, public, create_us) VALUES (1, 'k1', '{of_before}', '', 1)"
        );
        assert_eq!(office.tamper(&insert).await, 1);
        let public = token::public(&seed, "k1");
        assert_eq!(
            office.keys().await.keys,
            std::slice::from_ref(&public),
            "papers of before are checked all the same"
        );
        let name = office.recognised("Nước mắm", date!(2024 - 09 - 01)).await.name;
        let made = office.paper(first(&name)).await.unwrap();
        assert_eq!(office.check(&made.token, "").await.verdict(), pb::CheckVerdict::Found);
        let of_old_replicas = [(of_before.clone(), String::new())];
        assert_eq!(
            stored().await,
            of_old_replicas,
            "a replica of the release before signs with it until the update is over"
        );
        let rotate = office.nation.say(pb::RotateSigningKeyRequest::default());
        office.papers().rotate_signing_key(rotate).await.unwrap();
        let rows = stored().await;
        assert_eq!((rows.len(), &rows[0].1), (2, &public.x));
        assert!(rows.iter().all(|(sealed, _)| sealed.starts_with("s1:") && !sealed.contains(&of_before)), "{rows:?}");
        assert!(token::check(&made.token, &office.keys().await).is_ok());
        // A key that was sealed by another file signs nothing more, and still checks.
        office.tamper("UPDATE signing_key SET seed = 's1:00' WHERE serial = 2").await;
        let lost = pb::IssueCertificatePaperRequest { reason: pb::PaperReason::Lost.into(), ..first(&name) };
        let answer = office.paper(lost.clone()).await;
        assert_eq!(answer.unwrap_err().code(), Code::Internal);
        assert_eq!(office.check(&made.token, "").await.verdict(), pb::CheckVerdict::Found);
        let rotate = office.nation.say(pb::RotateSigningKeyRequest::default());
        office.papers().rotate_signing_key(rotate).await.unwrap();
        assert_eq!(office.paper(lost).await.unwrap().key_id, "k3", "a new key helps");
    })
    .await;
}

#[tokio::test]
async fn what_is_no_good_is_told_and_no_answer_to_everybody_names_the_holder() {
    everywhere_on(TODAY, async |office| {
        let name = office.recognised("Nước mắm", date!(2024 - 09 - 01)).await.name;
        let wrong = pb::IssueCertificatePaperRequest { reason: pb::PaperReason::Lost.into(), ..first(&name) };
        let wrong = office.paper(wrong).await.unwrap_err();
        assert_eq!(told(&wrong, "count"), "0");
        assert_eq!(refused(Err::<(), _>(wrong)), because(Code::FailedPrecondition, "PAPER_REASON_WRONG"));
        let early = pb::IssueCertificatePaperRequest { paper_date: on(date!(2024 - 08 - 31)), ..first(&name) };
        assert_eq!(refused(office.paper(early).await), invalid(&[("paper_date", "DATE_ORDER")]));
        let made = office.paper(first(&name)).await.unwrap();
        let twice = office.paper(first(&name)).await;
        assert_eq!(refused(twice), because(Code::FailedPrecondition, "PAPER_REASON_WRONG"));

        let number = pb::CorrectCertificateRequest {
            name: name.clone(),
            paper: Some(act("5/QĐ-UBND", date!(2026 - 06 - 01))),
            number: "12/GCN".to_owned(),
            ..Default::default()
        };
        office.acts().correct_certificate(office.nation.say(number)).await.unwrap();
        let found = office.check("", "12/GCN").await;
        assert_eq!((found.verdict(), found.certificates.len()), (pb::CheckVerdict::Found, 1));
        assert!(!format!("{found:?}").contains("Hợp tác xã"), "{found:?}");
        assert_eq!(office.check("", "13/GCN").await.verdict(), pb::CheckVerdict::NotFound);
        assert_eq!(office.check("12/GCN", "").await.verdict(), pb::CheckVerdict::Malformed);
        let claims = token::check(&made.token, &office.keys().await).unwrap();
        let forged = token::sign(&claims, &[1; 32], "k1").unwrap();
        assert_eq!(office.check(&forged, "").await.verdict(), pb::CheckVerdict::SignatureWrong);
        let strange = token::sign(&claims, &[1; 32], "k9").unwrap();
        assert_eq!(office.check(&strange, "").await.verdict(), pb::CheckVerdict::KeyUnknown);
        let nothing = tonic::Request::new(pb::VerifyCertificateRequest::default());
        let nothing = office.papers().verify_certificate(nothing).await;
        assert_eq!(refused(nothing), invalid(&[("token", "FIELD_REQUIRED")]));
    })
    .await;
}
