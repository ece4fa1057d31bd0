//! ImportService.

use std::io::Write as _;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{FutureExt, Stream, StreamExt, stream};
use kit::{Answer, Error, Incoming, Kit, Result};
use proto::common::v1::ErrorReason as Common;
use proto::registry::v1 as pb;
use proto::registry::v1::import_service_server::ImportService;
use sha2::{Digest, Sha256};
use sheet::take::template;
use tokio::sync::{Semaphore, mpsc};
use tonic::{Request, Status, Streaming, async_trait};

use super::domain::columns::Kind;
use super::run::Job;
use super::wire;

/// Imports at the same time; each has a thread, some batches in memory and a writing connection.
const IMPORTS: usize = 2;
/// Most bytes of a file.
const MOST_BYTES: usize = 128 * 1024 * 1024;
/// Messages that wait for a caller.
const WAITING: usize = 4;

/// The RPCs.
pub struct Api {
    kit: Kit,
    turns: Arc<Semaphore>,
}

/// What is told while a file is taken in.
type Verdicts = Pin<Box<dyn Stream<Item = Result<pb::ImportRowsResponse, Status>> + Send>>;

impl Api {
    /// Over the service's kit.
    #[must_use]
    pub fn new(kit: Kit) -> Self {
        Self { kit, turns: Arc::new(Semaphore::new(IMPORTS)) }
    }
}

/// Takes a file in, to one without a name that goes with its handle.
async fn take(first: &[u8], mut rest: Incoming<pb::ImportRowsRequest>) -> Result<(std::fs::File, Vec<u8>)> {
    let mut file = tempfile::tempfile().map_err(Error::internal)?;
    let (mut hash, mut size) = (Sha256::new(), 0_usize);
    let mut put = |chunk: &[u8]| {
        size = size.saturating_add(chunk.len());
        if size > MOST_BYTES {
            return Err(wire::too_large(MOST_BYTES));
        }
        hash.update(chunk);
        file.write_all(chunk).map_err(Error::internal)
    };
    put(first)?;
    while let Some(message) = rest.next().await? {
        put(&message.chunk)?;
    }
    Ok((file, hash.finalize().to_vec()))
}

/// The job's own stream: it is carried out while somebody reads, and taken back when nobody does.
fn told(job: Job, turn: tokio::sync::OwnedSemaphorePermit) -> Verdicts {
    let (tell, mut told) = mpsc::channel(WAITING);
    let work = async move {
        let _turn = turn;
        let outcome = job.run(&tell).await;
        if let Err(error) = outcome {
            let _nobody_listens = tell.send(Err(Status::from(error))).await;
        }
    };
    let work = work.into_stream().filter_map(|()| async { None });
    Box::pin(stream::select(stream::poll_fn(move |context| told.poll_recv(context)), work))
}

#[async_trait]
impl ImportService for Api {
    type ImportRowsStream = Verdicts;

    async fn import_rows(&self, request: Request<Streaming<pb::ImportRowsRequest>>) -> Answer<Verdicts> {
        self.kit
            .pour(request, wire::import_rows, |r, rest| async move {
                let kind = r.want.kind()?;
                // Every row is judged by its own unit; a caller without any has no row to bring.
                let _scope = r.call.scope();
                let turn = self.turns.clone().try_acquire_owned();
                let turn = turn.map_err(|_| Error::exhausted(Common::Overloaded, Duration::from_secs(2)))?;
                let (file, sha256) = take(&r.want.chunk, rest).await?;
                let job = Job { kit: self.kit.clone(), call: r.call, want: r.want, kind, file, sha256 };
                Ok(told(job, turn))
            })
            .await
    }

    async fn get_import_template(&self, request: Request<pb::GetImportTemplateRequest>) -> Answer<pb::ImportTemplate> {
        self.kit.compute(request, wire::get_template, |_, (kind, name, csv)| {
            let kind: Kind = kind.ok_or_else(|| Error::not_found(name))?;
            let content = if csv {
                template::csv(kind.columns())
            } else {
                template::xlsx(kind.columns()).map_err(Error::internal)?
            };
            Ok(wire::template(kind, csv, content))
        })
    }
}
