//! Papers and keys between the wire and the domain.

use kit::{Page, Violations, day, instant, name as names};
use paper::token::{Claims, Jwk, Jwks, Refused};
use proto::common::v1::ErrorReason as Common;
use proto::evaluation::v1 as pb;
use serde::{Deserialize, Serialize};
use time::Date;
use uuid::Uuid;

use super::domain::{Reason, place_and_day, term_in_words};
use super::store::{Key, Paper};
use crate::certificates;
use crate::certificates::store::{Certificate, Standing};

/// The collection.
pub const COLLECTION: &str = "certificatePapers";

/// The name of a paper.
#[must_use]
pub fn name(id: Uuid) -> String {
    names::of(COLLECTION, id)
}

/// A paper to be issued.
pub struct Issue {
    /// The certificate.
    pub certificate: Uuid,
    /// Why.
    pub reason: Reason,
    /// Its day.
    pub paper_date: Date,
    /// Its place.
    pub place: String,
    /// The post that signs.
    pub signed_by: String,
}

/// A page of papers.
pub struct List {
    /// Of this certificate.
    pub certificate: Option<Uuid>,
    /// The page.
    pub page: Page,
}

/// What is checked.
pub enum Check {
    /// A token.
    Token(String),
    /// A number.
    Number(String),
}

/// Reads a request.
pub fn issue(req: &pb::IssueCertificatePaperRequest, v: &mut Violations) -> Option<Issue> {
    let certificate = v.name("name", &req.name, certificates::wire::COLLECTION);
    let paper_date = v.act_date("paper_date", req.paper_date.as_ref());
    let place = reference::wire::line(v, "place", &req.place);
    let signed_by = reference::wire::line(v, "signed_by", &req.signed_by);
    let reason = REASONS.iter().find(|(pb, _)| i32::from(*pb) == req.reason).map(|(_, reason)| *reason);
    Some(Issue {
        certificate: certificate?,
        reason: reason?,
        paper_date: paper_date?,
        place: place?,
        signed_by: signed_by?,
    })
}

/// Reads a request.
pub fn get(req: &pb::GetCertificatePaperRequest, v: &mut Violations) -> Option<Uuid> {
    v.name("name", &req.name, COLLECTION)
}

/// Reads a request.
pub fn render(req: &pb::DownloadCertificatePaperRequest, v: &mut Violations) -> Option<Uuid> {
    v.name("name", &req.name, COLLECTION)
}

/// Reads a request.
pub fn list(req: &pb::ListCertificatePapersRequest, v: &mut Violations) -> Option<List> {
    let certificate = v.opt_name("certificate", &req.certificate, certificates::wire::COLLECTION);
    let page = v.page(req.page_size, &req.page_token, &[&req.certificate]);
    Some(List { certificate: certificate?, page: page? })
}

/// Reads a request.
pub fn check(req: &pb::VerifyCertificateRequest, v: &mut Violations) -> Option<Check> {
    let (token, number) = (req.token.trim(), reference::wire::clean(&req.number));
    if token.is_empty() && number.is_empty() {
        v.add("token", Common::FieldRequired, &[]);
        return None;
    }
    Some(if token.is_empty() { Check::Number(number) } else { Check::Token(token.to_owned()) })
}

const REASONS: [(pb::PaperReason, Reason); 5] = [
    (pb::PaperReason::First, Reason::First),
    (pb::PaperReason::Lost, Reason::Lost),
    (pb::PaperReason::Damaged, Reason::Damaged),
    (pb::PaperReason::Corrected, Reason::Corrected),
    (pb::PaperReason::Transferred, Reason::Transferred),
];

/// What a paper says of its certificate, frozen with it: a print of later years says the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sheet {
    authority: String,
    product: String,
    code: String,
    stars: i32,
    number: String,
    decision: String,
    term: String,
    /// The products of a bundle; none in sheets of before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    products: Vec<String>,
}

/// What a certificate is of: the product, or the bundle.
fn title(c: &Certificate) -> String {
    c.bundle.as_ref().map_or_else(|| c.product_display_name.clone(), |bundle| bundle.display_name.clone())
}

/// What a paper says of a certificate today.
#[must_use]
pub fn sheet(c: &Certificate) -> Sheet {
    let of_bundle = c.bundle.iter().flat_map(|bundle| &bundle.products);
    let decided = c.term.decided.latest;
    let day = format!("{}/{}/{}", decided.day(), u8::from(decided.month()), decided.year());
    let decision = if c.decision_number.is_empty() {
        format!("Quyết định ngày {day}")
    } else {
        format!("Quyết định số {} ngày {day}", c.decision_number)
    };
    Sheet {
        authority: c.authority.clone(),
        product: title(c),
        code: c.product_code.clone(),
        stars: c.stars,
        number: c.number.clone(),
        decision,
        term: term_in_words(c.term.decided, c.term.out()),
        products: of_bundle.map(|product| product.display_name.clone()).collect(),
    }
}

/// A paper as it is printed.
#[must_use]
pub fn printed(sheet: Sheet, paper: &Paper) -> paper::certificate::Certificate {
    paper::certificate::Certificate {
        authority: sheet.authority,
        product: sheet.product,
        products: sheet.products,
        code: sheet.code,
        holder: paper.holder.clone(),
        stars: u8::try_from(sheet.stars).unwrap_or_default(),
        number: sheet.number,
        decision: sheet.decision,
        term: sheet.term,
        place_and_day: place_and_day(&paper.place, paper.paper_date),
        signed_by: paper.signed_by.clone(),
        edition: paper.edition,
        token: paper.token.clone(),
        sample: paper.sample,
    }
}

/// What the token of a paper says: nothing personal.
#[must_use]
pub fn claims(c: &Certificate, edition: i32) -> Claims {
    Claims {
        c: c.id.to_string(),
        n: c.number.clone(),
        p: title(c),
        s: c.stars,
        d: day::iso(c.term.decided.latest),
        e: day::iso(c.term.out().latest),
        i: edition,
    }
}

/// The public keys.
#[must_use]
pub fn jwks(keys: &[Key]) -> Jwks {
    Jwks { keys: keys.iter().map(|key| Jwk::ed25519(&key.kid, &key.public)).collect() }
}

/// The public keys as they are answered.
#[must_use]
pub fn key_set(keys: &[Key]) -> pb::SigningKeySet {
    let public = |key: &Key| {
        let jwk = Jwk::ed25519(&key.kid, &key.public);
        pb::SigningKey {
            kid: jwk.kid,
            kty: jwk.kty,
            crv: jwk.crv,
            x: jwk.x,
            create_time: Some(instant::pb(key.create_us)),
            retire_time: key.retire_us.map(instant::pb),
        }
    };
    pb::SigningKeySet { keys: keys.iter().map(public).collect() }
}

/// The event of a paper.
#[must_use]
pub fn issued(paper: &Paper) -> pb::PaperIssued {
    pb::PaperIssued {
        paper: name(paper.id),
        certificate: certificates::wire::name(paper.certificate),
        edition: paper.edition,
        key_id: paper.kid.clone(),
    }
}

/// A paper as it is answered.
#[must_use]
pub fn paper(paper: &Paper) -> pb::CertificatePaper {
    let reason = REASONS.iter().find(|(_, of)| *of == paper.reason).map(|(pb, _)| *pb);
    pb::CertificatePaper {
        name: name(paper.id),
        certificate: certificates::wire::name(paper.certificate),
        edition: paper.edition,
        reason: reason.unwrap_or_default().into(),
        paper_date: Some(day::pb(paper.paper_date)),
        place: paper.place.clone(),
        signed_by: paper.signed_by.clone(),
        holder_display_name: paper.holder.clone(),
        token: paper.token.clone(),
        key_id: paper.kid.clone(),
        sample: paper.sample,
        create_time: Some(instant::pb(paper.create_us)),
    }
}

/// The print as it is answered.
#[must_use]
pub fn rendered(paper: &Paper, content: Vec<u8>) -> pb::DownloadCertificatePaperResponse {
    pb::DownloadCertificatePaperResponse {
        media_type: "application/pdf".to_owned(),
        file_name: format!("giay-chung-nhan-{}-{}.pdf", paper.certificate.simple(), paper.edition),
        content: content.into(),
    }
}

/// The answer to a token that is no good.
#[must_use]
pub fn refused(refused: Refused, as_of: Date) -> pb::VerifyCertificateResponse {
    let verdict = match refused {
        Refused::Malformed => pb::CheckVerdict::Malformed,
        Refused::KeyUnknown => pb::CheckVerdict::KeyUnknown,
        Refused::SignatureWrong => pb::CheckVerdict::SignatureWrong,
    };
    pb::VerifyCertificateResponse {
        verdict: verdict.into(),
        as_of: Some(day::pb(as_of)),
        ..pb::VerifyCertificateResponse::default()
    }
}

/// What stands now of certificates.
#[must_use]
pub fn checked(found: &[Standing], (edition, latest): (i32, i32), as_of: Date) -> pb::VerifyCertificateResponse {
    let one = |standing: &Standing| {
        let c = certificates::wire::certificate(standing, as_of);
        pb::CheckedCertificate {
            number: c.number,
            product_display_name: c.product_display_name,
            product_code: c.product_code,
            stars: c.stars,
            authority: c.authority,
            decision_date: c.decision_date,
            end_date: c.end_date,
            status: c.status,
            in_force: c.in_force,
            sample: c.sample,
            bundle: c.bundle,
        }
    };
    let verdict = if found.is_empty() { pb::CheckVerdict::NotFound } else { pb::CheckVerdict::Found };
    pb::VerifyCertificateResponse {
        verdict: verdict.into(),
        certificates: found.iter().map(one).collect(),
        edition,
        latest_edition: latest,
        as_of: Some(day::pb(as_of)),
    }
}
