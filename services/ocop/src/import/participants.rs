//! `ocop import participants`: sends a list of participants of a session to training and shows the verdict on every row.
//! `ocop import completions` does the same with a list of papers about training before or elsewhere.
//!
//! The suite judges the rows (training, `imports`). It stores all of them or none: where it refuses, the command asks once
//! more for the verdicts alone, so that whoever sent the file sees which rows are at fault.

use std::path::Path;
use std::time::Duration;

use kit::BoxError;
use proto::registry::v1::{ImportSummary, ImportedRow};
use proto::training::v1::import_service_client::ImportServiceClient;
use proto::training::v1::{ImportAttendanceRequest, ImportCompletionsRequest, ImportRegistrationsRequest};
use tonic::{Code, Status};
use tonic_types::StatusExt;

use super::show::Show;
use super::{Kind, Options, TRIES, again};
use crate::client::Client;

/// What a list of participants is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum List {
    /// Persons to be registered (đăng ký).
    Registrations,
    /// Who was there (điểm danh).
    Attendance,
    /// Who was there and has passed (kết quả).
    Completions,
}

/// What a list of participants needs beside its rows.
#[derive(Clone, Debug, clap::Args)]
pub struct Participants {
    /// For participants: the session, such as sessions/….
    #[arg(long, value_name = "SESSION")]
    session: Option<String>,
    /// For participants: what the list is of.
    #[arg(long, value_enum, default_value_t = List::Registrations)]
    list: List,
    /// For participants to be registered: the unit that sends them; without it the session's own.
    #[arg(long, value_name = "UNIT")]
    sender: Option<String>,
    /// For completions: the unit whose office has seen the papers.
    #[arg(long, value_name = "UNIT")]
    recorder: Option<String>,
    /// For participants: why records of attendance change late.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

type Told = Result<(Vec<ImportedRow>, ImportSummary), Status>;

/// Imports the file.
///
/// # Errors
/// The file cannot be read, or no session, or no unit, is told.
pub async fn import(
    client: &Client,
    path: &Path,
    (options, act): (Options, &Participants),
    show: &mut Show,
) -> Result<Result<ImportSummary, Box<Status>>, BoxError> {
    let content = std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let what = match options.kind {
        Kind::Completions => What::Papers(act.recorder.clone().ok_or("completions need --recorder units/…")?),
        _ => What::Of(act.session.clone().ok_or("participants need --session sessions/…")?),
    };
    let mut random = [0; 16];
    rand::fill(&mut random);
    let request_id = uuid::Builder::from_random_bytes(random).into_uuid().to_string();
    let sent = Sent { client, act, what, content: content.into(), partial: options.partial, request_id };
    let mut answer = sent.send(options.dry_run).await;
    for attempt in 1..TRIES {
        if !answer.as_ref().is_err_and(|status| again(status.code())) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200 << attempt)).await;
        answer = sent.send(options.dry_run).await;
    }
    if answer.as_ref().is_err_and(refused_by_rows) {
        answer = sent.send(true).await;
    }
    match answer {
        Ok((rows, summary)) => {
            rows.into_iter().try_for_each(|row| show.row(row))?;
            Ok(Ok(summary))
        }
        Err(status) => Ok(Err(Box::new(status))),
    }
}

/// True where rows of the file are at fault.
fn refused_by_rows(status: &Status) -> bool {
    let reason = status.get_details_error_info().map(|info| info.reason);
    status.code() == Code::FailedPrecondition && reason.as_deref() == Some("IMPORT_REFUSED")
}

/// What a list is of: a session, or papers that a unit records.
enum What {
    Of(String),
    Papers(String),
}

/// A list on its way.
struct Sent<'a> {
    client: &'a Client,
    act: &'a Participants,
    what: What,
    content: bytes::Bytes,
    partial: bool,
    request_id: String,
}

impl Sent<'_> {
    async fn send(&self, validate_only: bool) -> Told {
        let mut training = ImportServiceClient::new(self.client.channel.clone());
        let (content, partial, request_id) = (self.content.clone(), self.partial, self.request_id.clone());
        let session = match &self.what {
            What::Of(session) => session.clone(),
            What::Papers(unit) => {
                let unit = unit.clone();
                let ask = ImportCompletionsRequest { unit, content, partial, request_id, validate_only };
                let answer = training.import_completions(self.client.request(ask)).await?.into_inner();
                return Ok((answer.rows, answer.summary.unwrap_or_default()));
            }
        };
        if self.act.list == List::Registrations {
            let unit = self.act.sender.clone().unwrap_or_default();
            let ask = ImportRegistrationsRequest { session, unit, content, partial, request_id, validate_only };
            let answer = training.import_registrations(self.client.request(ask)).await?.into_inner();
            return Ok((answer.rows, answer.summary.unwrap_or_default()));
        }
        let ask = ImportAttendanceRequest {
            session,
            content,
            with_results: self.act.list == List::Completions,
            correction_reason: self.act.reason.clone().unwrap_or_default(),
            partial,
            request_id,
            validate_only,
        };
        let answer = training.import_attendance(self.client.request(ask)).await?.into_inner();
        Ok((answer.rows, answer.summary.unwrap_or_default()))
    }
}
