//! What the page says. Everything that comes from elsewhere is escaped.

use std::fmt::Write as _;

use http::StatusCode;
use kit::explain;
use proto::google::r#type::Date;
use proto::training::v1::{AnswerInvitationResponse, InvitationNotice, InvitationState};
use tonic::{Code, Status};

/// What is said to a request that is none of the page's.
pub(super) const OTHERWISE: &str = "Yêu cầu không hợp lệ. Xin mở lại liên kết trong giấy mời.";
/// What is said to a form without an answer.
pub(super) const NO_ANSWER: &str = "Xin chọn tham dự hoặc không tham dự.";

const STYLE: &str = "body{font:18px/1.5 sans-serif;margin:0;background:#f4f4f0;color:#1d1d1b}\
main{max-width:36rem;margin:2rem auto;padding:1.5rem;background:#fff;border:1px solid #ccc}\
h1{font-size:1.4rem}dt{font-weight:bold}dd{margin:0 0 .6rem}\
input,textarea{font:inherit;width:100%;box-sizing:border-box}\
button{font:inherit;padding:.6rem 1.2rem;margin:.4rem .4rem 0 0}code{word-break:break-all}";

/// A text between tags or within quotes.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

fn whole(body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"vi\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>Trả lời giấy mời tập huấn</title><style>{STYLE}</style></head>\
         <body><main><h1>Giấy mời tập huấn</h1>{body}</main></body></html>"
    )
}

/// A page of one sentence.
pub(super) fn words(words: &str) -> String {
    whole(&format!("<p role=\"status\">{}</p>", escaped(words)))
}

/// Asks for the code of a letter.
pub(super) fn ask() -> String {
    whole(
        "<form method=\"get\" action=\"giay-moi\"><label for=\"code\">Mã ghi trên giấy mời</label>\
         <input id=\"code\" name=\"code\" maxlength=\"60\" autocomplete=\"off\" required>\
         <button>Xem giấy mời</button></form>",
    )
}

fn day(date: Option<&Date>) -> String {
    date.map(|d| format!("{:02}/{:02}/{:04}", d.day, d.month, d.year)).unwrap_or_default()
}

/// What was answered before, in words.
fn before(state: InvitationState) -> &'static str {
    match state {
        InvitationState::Accepted => "Ông/Bà đã trả lời: tham dự.",
        InvitationState::Declined => "Ông/Bà đã trả lời: không tham dự.",
        InvitationState::Cancelled => "Giấy mời này đã được hủy.",
        InvitationState::Unspecified | InvitationState::Draft | InvitationState::Sent | InvitationState::Failed => "",
    }
}

/// What an invitation says, with the form where it can be answered.
pub(super) fn notice(notice: &InvitationNotice, code: &str) -> String {
    let mut body = String::new();
    if notice.sample {
        body.push_str("<p><strong>[MẪU]</strong> Dữ liệu minh họa.</p>");
    }
    let organiser = format!("UBND {}", notice.organiser);
    let (times, reply_by) = (notice.times.join("; "), day(notice.reply_by.as_ref()));
    body.push_str("<dl>");
    for (name, value) in [
        ("Lớp tập huấn", notice.title.as_str()),
        ("Đơn vị tổ chức", &organiser),
        ("Thời gian", &times),
        ("Địa điểm", &notice.place),
        ("Đề nghị trả lời trước hết ngày", &reply_by),
    ] {
        if !value.is_empty() {
            // A string takes everything.
            let _always = write!(body, "<dt>{name}</dt><dd>{}</dd>", escaped(value));
        }
    }
    body.push_str("</dl>");
    let said = before(notice.state());
    if !said.is_empty() {
        let _always = write!(body, "<p role=\"status\">{said}</p>");
    }
    if !notice.acceptable && !notice.declinable {
        body.push_str("<p>Không thể trả lời giấy mời này nữa. Xin liên hệ đơn vị tổ chức.</p>");
        return whole(&body);
    }
    let _always = write!(
        body,
        "<form method=\"post\" action=\"giay-moi\"><input type=\"hidden\" name=\"code\" value=\"{}\">",
        escaped(code)
    );
    if notice.acceptable {
        body.push_str("<button name=\"answer\" value=\"accept\">Tham dự</button>");
    } else {
        body.push_str("<p>Đã hết hạn đăng ký tham dự.</p>");
    }
    if notice.declinable {
        body.push_str(
            "<p><label for=\"reason\">Lý do, nếu không tham dự (không bắt buộc)</label>\
             <input id=\"reason\" name=\"reason\" maxlength=\"300\" autocomplete=\"off\"></p>\
             <button name=\"answer\" value=\"decline\">Không tham dự</button>",
        );
    }
    body.push_str("</form>");
    whole(&body)
}

/// What follows from an answer.
pub(super) fn answered(answer: &AnswerInvitationResponse) -> String {
    if answer.state() != InvitationState::Accepted {
        return words("Đã ghi nhận: Ông/Bà không tham dự. Xin cảm ơn.");
    }
    let said = match answer.waiting_place {
        0 => "Đã ghi nhận: Ông/Bà tham dự và đã có chỗ. Xin cảm ơn.".to_owned(),
        place => format!("Đã ghi nhận: Ông/Bà tham dự. Lớp đã đủ người; Ông/Bà đứng thứ {place} trong danh sách chờ."),
    };
    let mut body = format!("<p role=\"status\">{said}</p>");
    if !answer.pass.is_empty() {
        let _always = write!(
            body,
            "<p>Thẻ tham dự, dùng để tự điểm danh và góp ý; xin giữ cẩn thận:</p><p><code>{}</code></p>",
            escaped(&answer.pass)
        );
    }
    whole(&body)
}

/// Why it cannot be, in the words that every refusal has.
pub(super) fn refused(status: &Status) -> String {
    let told = explain::refusal(status);
    let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
    let mut said: Vec<String> = told.get("messageVi").and_then(text).into_iter().collect();
    let violations = told.get("violations").and_then(serde_json::Value::as_array);
    said.extend(violations.into_iter().flatten().filter_map(|v| v.get("descriptionVi").and_then(text)));
    if said.is_empty() {
        said.push("Hệ thống chưa trả lời được. Xin thử lại sau.".to_owned());
    }
    let lines: Vec<String> = said.iter().map(|line| format!("<p role=\"alert\">{}</p>", escaped(line))).collect();
    whole(&lines.concat())
}

/// The HTTP status of a refusal.
pub(super) fn status(status: &Status) -> StatusCode {
    match status.code() {
        Code::InvalidArgument => StatusCode::BAD_REQUEST,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::FailedPrecondition | Code::Aborted => StatusCode::CONFLICT,
        Code::ResourceExhausted => StatusCode::TOO_MANY_REQUESTS,
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::DeadlineExceeded => StatusCode::GATEWAY_TIMEOUT,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_elsewhere_becomes_a_tag() {
        let hostile = "\"><script>alert('x')</script>&";
        let said = InvitationNotice {
            title: hostile.to_owned(),
            organiser: hostile.to_owned(),
            place: hostile.to_owned(),
            times: vec![hostile.to_owned()],
            acceptable: true,
            declinable: true,
            ..Default::default()
        };
        let answer = AnswerInvitationResponse {
            state: InvitationState::Accepted.into(),
            pass: hostile.to_owned(),
            ..Default::default()
        };
        for page in [notice(&said, hostile), answered(&answer), words(hostile)] {
            assert!(!page.contains("<script") && !page.contains("\"><s"), "{page}");
            assert!(page.contains("&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;"), "{page}");
        }
    }

    #[test]
    fn what_cannot_be_answered_has_no_form() {
        let over = InvitationNotice { state: InvitationState::Cancelled.into(), ..Default::default() };
        assert!(!notice(&over, "x").contains("<form"));
        let late = InvitationNotice { declinable: true, ..Default::default() };
        let page = notice(&late, "x");
        assert!(page.contains("value=\"decline\"") && !page.contains("value=\"accept\""));
    }
}
