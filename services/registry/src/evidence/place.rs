//! Where objects lie: a folder of this machine, or a bucket of an S3-compatible server.
//!
//! TLS to the server is rustls with ring, and its certificate is judged by the system's roots: object_store's own `aws`
//! feature would bring a second provider, so that `aws-base` and reqwest without one are taken instead.

use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use futures_util::StreamExt;
use kit::BoxError;
use kit::config::FilesConfig;
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::prefix::PrefixStore;
use object_store::{ClientOptions, ObjectStore, ObjectStoreExt};

/// Bytes written at a time in a folder.
const FOLDER_PART: usize = 256 * 1024;
/// Bytes sent at a time to a server: the least that S3 takes for a part that is not the last.
const SERVER_PART: usize = 5 * 1024 * 1024;

/// A place for objects.
pub(super) struct Objects {
    pub(super) store: Arc<dyn ObjectStore>,
    /// Bytes written at a time.
    pub(super) part: usize,
    /// The folder, where it is one.
    root: Option<PathBuf>,
}

/// Opens the place that the settings name; none where they name none.
pub(super) fn open(config: &FilesConfig) -> Result<Option<Objects>, BoxError> {
    let Some(url) = config.url.as_deref() else { return Ok(None) };
    match (url.strip_prefix("file://"), url.strip_prefix("s3://")) {
        (Some(path), _) => folder(path).map(Some),
        (_, Some(bucket)) => server(config, bucket).map(Some),
        _ => Err("files.url must be file:///FOLDER or s3://BUCKET/PREFIX".into()),
    }
}

fn folder(path: &str) -> Result<Objects, BoxError> {
    let root = PathBuf::from(path);
    let told = |error: std::io::Error| format!("files.url: {path}: {error}");
    // Nobody else on the machine has business with these files.
    let mut private = std::fs::DirBuilder::new();
    private.recursive(true).mode(0o700).create(root.join("incoming")).map_err(told)?;
    let store = Arc::new(LocalFileSystem::new_with_prefix(&root)?.with_fsync(true));
    Ok(Objects { store, part: FOLDER_PART, root: Some(root) })
}

fn server(config: &FilesConfig, place: &str) -> Result<Objects, BoxError> {
    // The client takes the process's provider; there may be one already.
    let _already = rustls::crypto::ring::default_provider().install_default();
    let path = config.s3_credentials.as_ref().ok_or("files.s3_credentials is not set")?;
    let text = std::fs::read_to_string(path).map_err(|e| format!("files.s3_credentials: {}: {e}", path.display()))?;
    let (id, secret) = text.trim().split_once('\n').ok_or("files.s3_credentials: there must be two lines")?;
    let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
    let plain = config.s3_endpoint.as_ref().is_some_and(|endpoint| endpoint.starts_with("http:"));
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(bucket)
        .with_region(&config.s3_region)
        .with_access_key_id(id.trim())
        .with_secret_access_key(secret.trim())
        .with_client_options(ClientOptions::new().with_allow_http(plain).with_connect_timeout(Duration::from_secs(5)));
    if let Some(endpoint) = &config.s3_endpoint {
        builder = builder.with_endpoint(endpoint);
    }
    let store = PrefixStore::new(builder.build()?, prefix);
    Ok(Objects { store: Arc::new(store), part: SERVER_PART, root: None })
}

impl Objects {
    /// Removes what was written under a prefix before an instant. Answers how much.
    pub(super) async fn sweep(&self, prefix: &'static str, before_us: i64) -> Result<u64, BoxError> {
        let mut gone = 0;
        match &self.root {
            // Files that are still being written are no objects, so the folder itself is looked at.
            Some(root) => {
                let mut entries = tokio::fs::read_dir(root.join(prefix)).await?;
                while let Some(entry) = entries.next_entry().await? {
                    let old = written_us(&entry.path()).await.is_some_and(|at| at < before_us);
                    gone += u64::from(old && tokio::fs::remove_file(entry.path()).await.is_ok());
                }
            }
            None => {
                let mut objects = self.store.list(Some(&prefix.into()));
                while let Some(object) = objects.next().await.transpose()? {
                    if object.last_modified.timestamp_micros() < before_us {
                        self.store.delete(&object.location).await?;
                        gone += 1;
                    }
                }
            }
        }
        Ok(gone)
    }
}

async fn written_us(path: &Path) -> Option<i64> {
    let written = tokio::fs::metadata(path).await.ok()?.modified().ok()?;
    i64::try_from(written.duration_since(UNIX_EPOCH).ok()?.as_micros()).ok()
}
