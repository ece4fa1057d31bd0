//! The page on which an invited person answers: `GET /giay-moi?code=…` shows what the invitation says, and the form on it posts
//! the answer. The code of the letter or mail is all that is needed; it is for this one purpose, and nothing but this
//! installation makes it (training, `shared::code`).
//!
//! Reading changes nothing, so that a mail program that looks a link up answers for nobody. The page names no person: whoever
//! sees a forwarded link learns of a session, not of a guest. It needs no script, loads nothing, is kept by no cache, tells no
//! other site where it was, and can be shown in no frame.
//!
//! Deliberately absent: signing in, sessions and cookies; and a token against forged posts, since who can forge one has the
//! code and may answer.

mod html;

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use http::header::{self, HeaderName, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use kit::Kit;
use kit::stack::Stack;
use proto::training::v1::invitation_service_client::InvitationServiceClient;
use proto::training::v1::{AnswerInvitationRequest, CheckInvitationCodeRequest, InvitationAnswer};
use tonic::body::Body;

/// Where the page is.
pub(crate) const PATH: &str = "/giay-moi";

/// Most bytes of a form, and longest time for them: a code and a reason of 300 characters, percent-encoded.
const FORM: (usize, Duration) = (8 * 1024, Duration::from_secs(10));

/// What a browser may do with the page: show it and post its form.
const HEADERS: [(HeaderName, &str); 6] = [
    (header::CONTENT_TYPE, "text/html; charset=utf-8"),
    (header::CACHE_CONTROL, "no-store"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (HeaderName::from_static("x-robots-tag"), "noindex, nofollow"),
];

/// What somebody sent with a form.
struct Form {
    code: String,
    answer: InvitationAnswer,
    reason: String,
}

/// Answers a request for the page.
pub(crate) async fn page(kit: &Kit, stack: Stack, request: Request<Body>) -> Response<Body> {
    let mut invitations = InvitationServiceClient::new(stack);
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        let code = fields(request.uri().query().unwrap_or_default().as_bytes()).remove("code").unwrap_or_default();
        if code.trim().is_empty() {
            return shown(StatusCode::OK, html::ask());
        }
        return match invitations.check_invitation_code(CheckInvitationCodeRequest { code: code.clone() }).await {
            Ok(notice) => shown(StatusCode::OK, html::notice(&notice.into_inner(), &code)),
            Err(status) => shown(html::status(&status), html::refused(&status)),
        };
    }
    if request.method() != Method::POST {
        let mut refusal = shown(StatusCode::METHOD_NOT_ALLOWED, html::words(html::OTHERWISE));
        refusal.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD, POST"));
        return refusal;
    }
    let form = match form(request).await {
        Ok(form) => form,
        Err((status, words)) => return shown(status, html::words(words)),
    };
    let ask = AnswerInvitationRequest {
        code: form.code.clone(),
        answer: form.answer.into(),
        reason: form.reason,
        request_id: kit.new_id().to_string(),
    };
    match invitations.answer_invitation(ask).await {
        Ok(answer) => shown(StatusCode::OK, html::answered(&answer.into_inner())),
        Err(status) => shown(html::status(&status), html::refused(&status)),
    }
}

/// The fields of a form or of a query; of one that is told twice, the last.
fn fields(told: &[u8]) -> BTreeMap<String, String> {
    form_urlencoded::parse(told).into_owned().collect()
}

/// Reads the form.
async fn form(request: Request<Body>) -> Result<Form, (StatusCode, &'static str)> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, html::OTHERWISE));
    }
    let body = Limited::new(request.into_body(), FORM.0).collect();
    let body = match tokio::time::timeout(FORM.1, body).await {
        Err(_) => return Err((StatusCode::REQUEST_TIMEOUT, html::OTHERWISE)),
        Ok(Err(_)) => return Err((StatusCode::PAYLOAD_TOO_LARGE, html::OTHERWISE)),
        Ok(Ok(body)) => body.to_bytes(),
    };
    let mut fields = fields(&body);
    let answer = match fields.get("answer").map(String::as_str) {
        Some("accept") => InvitationAnswer::Accept,
        Some("decline") => InvitationAnswer::Decline,
        _ => return Err((StatusCode::BAD_REQUEST, html::NO_ANSWER)),
    };
    let mut take = |name: &str| fields.remove(name).unwrap_or_default();
    // Whoever comes wrote no reason for it; browsers send the field all the same.
    let reason = if answer == InvitationAnswer::Decline { take("reason") } else { String::new() };
    Ok(Form { code: take("code"), answer, reason })
}

/// The page as a browser gets it.
fn shown(status: StatusCode, html: String) -> Response<Body> {
    let mut response = Response::new(Body::new(Full::new(Bytes::from(html))));
    *response.status_mut() = status;
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
