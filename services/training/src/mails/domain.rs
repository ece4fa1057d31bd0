//! What a message says, and when it is tried again.

use crate::letters::domain::letter::particulars;
use crate::letters::domain::{Guest, Plan};

kit::numbered! {
    /// What a message is about.
    pub enum MailKind {
        /// Asks a person to come.
        Invite = 1 "INVITE",
        /// Reminds a person to answer.
        Remind = 2 "REMIND",
        /// The invitation is cancelled.
        Cancel = 3 "CANCEL",
        /// Place or hours changed.
        Change = 4 "CHANGE",
    }
}

kit::numbered! {
    /// Where a message stands.
    pub enum MailState {
        /// To be sent.
        Queued = 1 "QUEUED",
        /// Taken by the server.
        Sent = 2 "SENT",
        /// Given up.
        Failed = 3 "FAILED",
        /// Overtaken by events.
        Needless = 4 "NEEDLESS",
    }
}

/// What trying to send gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The server took it.
    Taken,
    /// It is not taken now.
    Later(String),
    /// It will never be taken.
    Never(String),
    /// Nobody needs it any more.
    Needless,
}

const MINUTE_US: i64 = 60_000_000;

/// Microseconds after which a message is due again that was tried this often: from one minute, doubled, to one hour.
#[must_use]
pub fn pause_us(attempts: i32) -> i64 {
    let doubled = u32::try_from(attempts - 1).unwrap_or(0).min(6);
    (MINUTE_US << doubled).min(60 * MINUTE_US)
}

/// The state after a try, and why it is not taken.
#[must_use]
pub fn after(outcome: &Outcome, attempts: i32, most: u32) -> (MailState, String) {
    let given_up = u32::try_from(attempts).unwrap_or(0) >= most;
    match outcome {
        Outcome::Taken => (MailState::Sent, String::new()),
        Outcome::Needless => (MailState::Needless, String::new()),
        Outcome::Never(why) => (MailState::Failed, why.clone()),
        Outcome::Later(why) if given_up => (MailState::Failed, why.clone()),
        Outcome::Later(why) => (MailState::Queued, why.clone()),
    }
}

/// A server's words without the address in them, in one line of at most 300 characters.
#[must_use]
pub fn scrubbed(words: &str, address: &str) -> String {
    let mut text = words.replace(address, "…");
    for part in address.split('@').filter(|part| part.len() > 2) {
        text = text.replace(part, "…");
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(300).collect()
}

/// The subject.
#[must_use]
pub fn subject(kind: MailKind, plan: &Plan, sample: bool) -> String {
    let what = match kind {
        MailKind::Invite => "Giấy mời tập huấn",
        MailKind::Remind => "Nhắc trả lời giấy mời tập huấn",
        MailKind::Cancel => "Hủy giấy mời tập huấn",
        MailKind::Change => "Thay đổi lớp tập huấn",
    };
    format!("{}{what}: {}", if plan.sample || sample { "[MẪU] " } else { "" }, plan.title)
}

/// The text.
#[must_use]
pub fn body(kind: MailKind, plan: &Plan, guest: &Guest, reason: &str) -> String {
    let opening = match kind {
        MailKind::Invite => format!("UBND {} trân trọng kính mời Ông/Bà đến tham dự lớp tập huấn:", plan.unit),
        MailKind::Remind => format!("UBND {} chưa nhận được trả lời của Ông/Bà về lớp tập huấn:", plan.unit),
        MailKind::Cancel => format!("UBND {} xin báo giấy mời dự lớp tập huấn sau đã hủy:", plan.unit),
        MailKind::Change => format!("UBND {} xin báo lớp tập huấn Ông/Bà được mời có thay đổi:", plan.unit),
    };
    let mut lines = vec![format!("Kính gửi Ông/Bà {},", guest.name), String::new(), opening, String::new()];
    lines.extend(particulars(plan).into_iter().map(|line| format!("- {line}")));
    lines.push(String::new());
    match kind {
        MailKind::Invite | MailKind::Remind => {
            let by = kit::day::text(guest.reply_by);
            lines.push(format!("Đề nghị Ông/Bà trả lời trước hết ngày {by}, với đơn vị tổ chức hoặc bằng mã:"));
            lines.push(guest.code.clone());
            lines.push("Ai có mã này là trả lời thay Ông/Bà, xin giữ cẩn thận.".to_owned());
        }
        MailKind::Cancel if !reason.is_empty() => lines.push(format!("Lý do: {reason}")),
        MailKind::Cancel | MailKind::Change => {}
    }
    lines.extend([String::new(), "Trân trọng.".to_owned(), format!("UBND {}", plan.unit)]);
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::letters::domain::calendar::tests::plan;

    #[test]
    fn pauses_grow_from_a_minute_to_an_hour() {
        let minutes: Vec<i64> = (1..=9).map(|attempts| pause_us(attempts) / MINUTE_US).collect();
        assert_eq!(minutes, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert_eq!(pause_us(i32::MAX), 60 * MINUTE_US);
    }

    #[test]
    fn a_message_is_tried_until_it_is_taken_refused_for_good_or_given_up() {
        let later = || Outcome::Later("450".to_owned());
        for (outcome, attempts, state) in [
            (Outcome::Taken, 1, MailState::Sent),
            (later(), 2, MailState::Queued),
            (later(), 3, MailState::Failed),
            (Outcome::Never("550".to_owned()), 1, MailState::Failed),
            (Outcome::Needless, 1, MailState::Needless),
        ] {
            assert_eq!(after(&outcome, attempts, 3).0, state, "{outcome:?}");
        }
    }

    #[test]
    fn a_reminder_tells_the_session_and_the_code_and_a_cancellation_its_reason() {
        let guest = Guest {
            name: "Cán bộ mẫu".to_owned(),
            unit: "Phường 8".to_owned(),
            reply_by: time::macros::date!(2021 - 12 - 17),
            code: "MÃ".to_owned(),
            state: "",
            sample: false,
        };
        let text = body(MailKind::Remind, &plan(), &guest, "");
        assert!(text.contains("Cán bộ mẫu") && text.contains("17/12/2021") && text.contains("\nMÃ\n"), "{text}");
        let text = body(MailKind::Cancel, &plan(), &guest, "Bão");
        assert!(text.contains("Lý do: Bão") && !text.contains("MÃ"), "{text}");
        assert_eq!(
            subject(MailKind::Cancel, &plan(), false),
            "[MẪU] Hủy giấy mời tập huấn: Quản lý, điều hành; đánh giá"
        );
    }

    proptest! {
        #[test]
        fn no_address_is_left_in_what_a_server_says(name in "[a-z]{3,12}", host in "[a-z]{3,9}\\.vn", words in "[A-Za-z <>]{0,60}") {
            let address = format!("{name}@{host}");
            let left = scrubbed(&format!("550 5.1.1 <{address}>: {words}\r\n rejected {host}"), &address);
            prop_assert!(!left.contains(&address) && !left.contains('\n'));
            prop_assert!(left.chars().count() <= 300);
        }
    }
}
