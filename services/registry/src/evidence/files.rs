//! The bytes: objects named by the SHA-256 of what they hold, so that the same file lies here once and never changes.
//!
//! A file comes in as an object under `incoming/`, with a constant part of it in memory, and is moved to its address,
//! `sha256/ab/cd/<hash>`, once it has passed. The move replaces what may lie there, which holds the same bytes. An upload that
//! is dropped takes its object with it; what a killed process leaves under `incoming/` is swept after a day.
//!
//! The place is a folder, or a bucket of an S3-compatible server; which one, only [`super::place`] knows. Incomplete multipart
//! uploads of killed processes are no objects yet: on S3 a lifecycle rule of the bucket ends them.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use kit::{BoxError, Clock, Error, Result, Setup, Violations};
use object_store::path::Path;
use object_store::{ObjectStoreExt, WriteMultipart};
use proto::common::v1::ErrorReason as Common;
use proto::registry::v1::ErrorReason;
use sha2::{Digest, Sha256};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

use super::domain::{self, Announced, Head, MediaType};
use super::place::{self, Objects};
use super::scan::Scanner;

/// Uploads at the same time; each holds some parts of its file in memory and a file handle.
const UPLOADS: usize = 16;
/// Parts under way at a time.
const PARTS: usize = 2;
/// Bytes sent in one message.
const PIECE: usize = 256 * 1024;
/// Age of what is swept.
const LEFT_BEHIND: Duration = Duration::from_secs(24 * 3600);
/// Time between two sweeps.
const SWEEP: Duration = Duration::from_secs(3600);

/// The place of all files; none where the installation has none. Cheap to clone.
#[derive(Clone)]
pub struct Files(Option<Arc<Place>>);

struct Place {
    objects: Objects,
    most: u64,
    scanner: Option<Scanner>,
    uploads: Arc<Semaphore>,
}

/// A file that has passed and lies at its address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// SHA-256 in hexadecimal.
    pub sha256: String,
    /// Size in bytes.
    pub size: u64,
    /// Its type.
    pub kind: MediaType,
}

impl Files {
    /// Opens the place that the settings name, and keeps it clean.
    ///
    /// # Errors
    /// The place cannot be opened, or a setting cannot be read.
    pub fn open(setup: &Setup) -> Result<Self, BoxError> {
        let config = &setup.config.files;
        let scanner = config.scan.as_deref().map(Scanner::new).transpose()?;
        let Some(objects) = place::open(config)? else {
            tracing::warn!("files.url is not set: evidence cannot be uploaded");
            return Ok(Self(None));
        };
        let uploads = Arc::new(Semaphore::new(UPLOADS));
        let files = Self(Some(Arc::new(Place { objects, most: config.max_bytes, scanner, uploads })));
        let (sweeping, clock) = (files.clone(), setup.kit.clock().clone());
        setup.tasks.spawn("files left behind", move |stop| async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = sweeping.sweep_for_ever(clock) => {}
            }
        });
        Ok(files)
    }

    fn place(&self) -> Result<&Arc<Place>> {
        self.0.as_ref().ok_or_else(|| Error::refused(ErrorReason::FilesNotConfigured))
    }

    /// Begins to take a file in. `id` is a new one.
    ///
    /// # Errors
    /// The announced size is beyond the limit, or there is no place for it now.
    pub async fn begin(&self, id: Uuid, announced: &Announced) -> Result<Taking> {
        let place = self.place()?.clone();
        if announced.size.is_some_and(|size| size > place.most) {
            return Err(too_large("size_bytes", place.most));
        }
        let turn = place.uploads.clone().try_acquire_owned();
        let turn = turn.map_err(|_| Error::exhausted(Common::Overloaded, Duration::from_secs(2)))?;
        let at = Path::from(format!("incoming/{id}"));
        let upload = place.objects.store.put_multipart(&at).await.map_err(gone)?;
        let upload = WriteMultipart::new_with_chunk_size(upload, place.objects.part);
        let (head, tail) = (Vec::new(), Vec::new());
        Ok(Taking { place, at, upload, hash: Sha256::new(), size: 0, head, tail, _turn: turn })
    }

    /// The bytes of a file, in pieces fit to be sent.
    ///
    /// # Errors
    /// UNAVAILABLE where the place does not answer; INTERNAL where the file is not there.
    pub async fn read(&self, sha256: &str) -> Result<BoxStream<'static, Result<Bytes>>> {
        self.place()?.read(&address(sha256)?).await
    }

    async fn sweep_for_ever(&self, clock: Clock) {
        loop {
            if let Err(error) = self.sweep(clock.now_us()).await {
                tracing::warn!("sweeping files left behind: {error}");
            }
            tokio::time::sleep(SWEEP).await;
        }
    }

    /// Removes what was left under `incoming/` more than a day ago. Answers how much.
    ///
    /// # Errors
    /// The place cannot be read.
    pub async fn sweep(&self, now_us: i64) -> Result<u64, BoxError> {
        let Some(place) = &self.0 else { return Ok(0) };
        let before_us = now_us - i64::try_from(LEFT_BEHIND.as_micros())?;
        place.objects.sweep("incoming", before_us).await
    }
}

impl Place {
    async fn read(&self, at: &Path) -> Result<BoxStream<'static, Result<Bytes>>> {
        let object = self.objects.store.get(at).await.map_err(gone)?;
        let pieces = stream::unfold((object.into_stream(), false), |(mut bytes, ended)| async move {
            if ended {
                return None;
            }
            let mut piece = BytesMut::with_capacity(PIECE);
            while piece.len() < PIECE {
                match bytes.next().await {
                    Some(Ok(part)) => piece.extend_from_slice(&part),
                    Some(Err(error)) => return Some((Err(gone(error)), (bytes, true))),
                    None if piece.is_empty() => return None,
                    None => return Some((Ok(piece.freeze()), (bytes, true))),
                }
            }
            Some((Ok(piece.freeze()), (bytes, false)))
        });
        Ok(pieces.boxed())
    }
}

/// A file on its way in. Dropped before [`Taking::end`], it leaves nothing.
pub struct Taking {
    place: Arc<Place>,
    at: Path,
    upload: WriteMultipart,
    hash: Sha256,
    size: u64,
    head: Vec<u8>,
    tail: Vec<u8>,
    _turn: OwnedSemaphorePermit,
}

impl Taking {
    /// Takes the next bytes.
    ///
    /// # Errors
    /// The file is too large or of no type that is taken; UNAVAILABLE where the place does not answer.
    pub async fn put(&mut self, chunk: Bytes) -> Result<()> {
        self.size = self.size.saturating_add(chunk.len() as u64);
        if self.size > self.place.most {
            return Err(too_large("chunk", self.place.most));
        }
        let wanted = domain::HEAD.saturating_sub(self.head.len());
        self.head.extend(chunk.iter().take(wanted));
        if wanted > 0 && self.head.len() == domain::HEAD && domain::head(&self.head).is_none() {
            return Err(type_refused());
        }
        self.hash.update(&chunk);
        let last = chunk.len().saturating_sub(domain::TAIL);
        self.tail.extend_from_slice(chunk.get(last..).unwrap_or_default());
        if self.tail.len() > 2 * domain::TAIL {
            self.tail.drain(..self.tail.len() - domain::TAIL);
        }
        self.upload.wait_for_capacity(PARTS).await.map_err(gone)?;
        self.upload.put(chunk);
        Ok(())
    }

    /// Gives the file up. Dropping does the same in a folder; a server must be told.
    pub async fn give_up(self) {
        if let Err(error) = self.upload.abort().await {
            tracing::warn!("giving up an upload: {error}");
        }
    }

    /// Ends the file: judges it as a whole, has it scanned and moves it to its address.
    ///
    /// # Errors
    /// The violations of the file, all of them; FILE_INFECTED; UNAVAILABLE where place or scanner do not answer.
    pub async fn end(self, announced: &Announced) -> Result<Kept> {
        let Self { place, at, upload, hash, size, head, tail, _turn } = self;
        let sha256 = hex::encode(hash.finalize());
        let kind = match domain::head(&head) {
            Some(Head::Known(kind)) => Some(kind),
            Some(Head::Zip) => domain::office(tail.get(tail.len().saturating_sub(domain::TAIL)..).unwrap_or_default()),
            None => None,
        };
        let faults = faults(size, &sha256, kind, announced);
        let Some(kind) = kind.filter(|_| faults.is_empty()) else {
            upload.abort().await.map_err(gone)?;
            return Err(Error::invalid(faults));
        };
        upload.finish().await.map_err(gone)?;
        let passed = match &place.scanner {
            Some(scanner) => scanner.scan(place.read(&at).await?).await,
            None => Ok(()),
        };
        if let Err(refusal) = passed {
            place.objects.store.delete(&at).await.map_err(gone)?;
            return Err(refusal);
        }
        place.objects.store.rename(&at, &address(&sha256)?).await.map_err(gone)?;
        Ok(Kept { sha256, size, kind })
    }
}

/// What is wrong with a whole file.
fn faults(size: u64, sha256: &str, kind: Option<MediaType>, announced: &Announced) -> Violations {
    let mut v = Violations::default();
    if size == 0 {
        v.add("chunk", Common::FieldRequired, &[]);
    } else if kind.is_none() {
        v.add("chunk", ErrorReason::FileTypeRefused, &[("expected", domain::TAKEN)]);
    }
    if announced.size.is_some_and(|told| told != size) {
        v.add("size_bytes", ErrorReason::FileSizeDiffers, &[("found", &size.to_string())]);
    }
    if announced.sha256.as_ref().is_some_and(|told| told != sha256) {
        v.add("sha256", ErrorReason::FileHashDiffers, &[("found", sha256)]);
    }
    v
}

fn too_large(field: &str, most: u64) -> Error {
    Error::violation(field, ErrorReason::FileTooLarge, &[("most", &most.to_string())])
}

fn type_refused() -> Error {
    Error::violation("chunk", ErrorReason::FileTypeRefused, &[("expected", domain::TAKEN)])
}

/// Where a file lies.
fn address(sha256: &str) -> Result<Path> {
    match (sha256.get(..2), sha256.get(2..4)) {
        (Some(first), Some(second)) => Ok(Path::from(format!("sha256/{first}/{second}/{sha256}"))),
        _ => Err(Error::internal("a stored hash is not one")),
    }
}

/// What a fault of the place means. A file that is recorded and not there is a fault of ours.
fn gone(error: object_store::Error) -> Error {
    match error {
        object_store::Error::NotFound { .. } => Error::internal(error),
        error => Error::unavailable("files").because(error),
    }
}
