//! `ocop import`: sends a sheet to the suite and shows the verdict on every row.
//!
//! The suite reads the file and judges its rows (registry, `imports`), so the command line, a page and another system get
//! the same verdicts. The command makes the request id, from nothing but chance, and sends the same one again where another
//! writer was in the way or the connection was lost: what was stored is then told, not stored again.

pub mod certificates;
pub mod participants;
mod show;
pub mod units;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use bytes::Bytes;
use kit::{BoxError, explain};
use proto::registry::v1::import_service_client::ImportServiceClient;
use proto::registry::v1::{ImportKind, ImportRowsRequest, ImportSummary};
use tokio::fs::File;
use tokio::io::AsyncReadExt;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status};

pub use self::show::Output;
use self::show::Show;
use crate::client::Client;

/// Bytes of the file in a message.
const CHUNK: usize = 256 * 1024;
/// How often the same import is sent in all.
const TRIES: u32 = 4;

/// What the rows of a file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// Producers (chủ thể).
    Producers,
    /// Products (sản phẩm); producers that are not there yet are registered.
    Products,
    /// Persons (nhân sự).
    People,
    /// Officers: persons with posts (cán bộ).
    Officers,
    /// Administrative units (đơn vị hành chính).
    Units,
    /// Links between the units of two maps (chuyển đổi đơn vị hành chính).
    UnitLinks,
    /// Certificates of products that are there (giấy chứng nhận).
    Certificates,
    /// Participants of a training session: registrations, attendance or results (học viên).
    Participants,
    /// What persons completed before or elsewhere, by papers (giấy chứng nhận tập huấn).
    Completions,
}

/// How a file is imported.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// What its rows are.
    pub kind: Kind,
    /// Store nothing.
    pub dry_run: bool,
    /// Store what can be stored.
    pub partial: bool,
    /// How the verdicts are shown.
    pub output: Output,
}

/// What some kinds need beside their rows.
#[derive(Clone, Debug, clap::Args)]
pub struct Acts {
    #[command(flatten)]
    units: units::Act,
    #[command(flatten)]
    participants: participants::Participants,
}

/// Imports a file.
///
/// # Errors
/// The file cannot be read, or the suite does not answer.
pub async fn run(client: &Client, file: &Path, options: Options, acts: &Acts) -> Result<ExitCode, BoxError> {
    std::fs::metadata(file).map_err(|e| format!("{}: {e}", file.display()))?;
    let mut show = Show::new(options.output);
    let outcome = match options.kind {
        Kind::Certificates => certificates::import(client, file, options, &mut show).await?,
        Kind::Units | Kind::UnitLinks => units::import(client, file, (options, &acts.units), &mut show).await?,
        Kind::Participants | Kind::Completions => {
            participants::import(client, file, (options, &acts.participants), &mut show).await?
        }
        _ => import(client, file, options, &mut show).await?,
    };
    match outcome {
        Ok(summary) => {
            show.summary(&summary, options)?;
            Ok(if summary.refused { ExitCode::FAILURE } else { ExitCode::SUCCESS })
        }
        Err(status) => {
            show.refusal(&status)?;
            eprintln!("{:#}", explain::refusal(&status));
            Ok(ExitCode::FAILURE)
        }
    }
}

fn of(kind: Kind) -> ImportKind {
    match kind {
        Kind::Producers => ImportKind::Producers,
        Kind::Products => ImportKind::Products,
        Kind::People => ImportKind::People,
        Kind::Officers => ImportKind::Officers,
        Kind::Units => ImportKind::Units,
        Kind::UnitLinks => ImportKind::UnitLinks,
        Kind::Certificates | Kind::Participants | Kind::Completions => ImportKind::Unspecified,
    }
}

/// Sends the file until it gets an answer that stands.
async fn import(
    client: &Client,
    file: &Path,
    options: Options,
    show: &mut Show,
) -> Result<Result<ImportSummary, Box<Status>>, BoxError> {
    let name = file.file_name().map(|name| name.to_string_lossy().chars().take(300).collect()).unwrap_or_default();
    let mut random = [0; 16];
    rand::fill(&mut random);
    let first = ImportRowsRequest {
        kind: of(options.kind).into(),
        file_name: name,
        partial: options.partial,
        validate_only: options.dry_run,
        request_id: uuid::Builder::from_random_bytes(random).into_uuid().to_string(),
        chunk: Bytes::new(),
    };
    for attempt in 1.. {
        let outcome = once(client, file, first.clone(), show).await?;
        match outcome {
            // What was shown stands: it is not shown twice.
            Err(status) if attempt < TRIES && again(status.code()) && show.shown() == 0 => {
                tokio::time::sleep(Duration::from_millis(200 << attempt)).await;
            }
            outcome => return Ok(outcome.map_err(Box::new)),
        }
    }
    Err("the import was never sent".into())
}

fn again(code: Code) -> bool {
    matches!(code, Code::Aborted | Code::Unavailable)
}

async fn once(
    client: &Client,
    path: &Path,
    first: ImportRowsRequest,
    show: &mut Show,
) -> Result<Result<ImportSummary, Status>, BoxError> {
    let mut file = File::open(path).await.map_err(|e| format!("{}: {e}", path.display()))?;
    let (send, parts) = tokio::sync::mpsc::channel(2);
    // Reads no faster than the suite takes it; a suite that refuses ends the channel.
    let reading = async move {
        if send.send(first).await.is_err() {
            return Ok(());
        }
        loop {
            let mut chunk = Vec::with_capacity(CHUNK);
            if (&mut file).take(CHUNK as u64).read_to_end(&mut chunk).await? == 0 {
                return Ok::<_, std::io::Error>(());
            }
            let part = ImportRowsRequest { chunk: chunk.into(), ..ImportRowsRequest::default() };
            if send.send(part).await.is_err() {
                return Ok(());
            }
        }
    };
    let asking = async {
        let mut import = ImportServiceClient::new(client.channel.clone()).max_decoding_message_size(64 << 20);
        let answers = import.import_rows(client.request(ReceiverStream::new(parts))).await;
        let mut answers = match answers {
            Ok(answers) => answers.into_inner(),
            Err(status) => return Ok(Err(status)),
        };
        while let Some(answer) = answers.next().await {
            match answer {
                Ok(answer) => {
                    if let Some(progress) = answer.progress {
                        show.progress(progress);
                    }
                    answer.rows.into_iter().try_for_each(|row| show.row(row))?;
                    if let Some(summary) = answer.summary {
                        return Ok(Ok(summary));
                    }
                }
                Err(status) => return Ok(Err(status)),
            }
        }
        Err("the suite ended the answer before its summary".into())
    };
    let (read, answered) = tokio::join!(reading, asking);
    read.map_err(|e| format!("{}: {e}", path.display()))?;
    answered
}
