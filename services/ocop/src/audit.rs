//! `ocop audit verify`: walks the hash chain of every service's journal and names the first entry that was changed.

use std::path::Path;

use kit::BoxError;
use kit::config::DatabaseConfig;
use kit::db::Database;
use kit::journal::{self, Verdict};

use crate::suite::KEEPING;

/// Verifies every chain below a data folder.
///
/// # Errors
/// A database cannot be read.
pub async fn verify(data_dir: &Path) -> Result<Vec<(&'static str, Verdict)>, BoxError> {
    let mut verdicts = Vec::new();
    for service in KEEPING {
        let file = data_dir.join(format!("{service}.db"));
        if !file.exists() {
            return Err(format!("{} does not exist", file.display()).into());
        }
        let config = DatabaseConfig { url: format!("sqlite://{}", file.display()), ..DatabaseConfig::default() };
        // The operator reads causes; nobody else sees this.
        let named = |error: kit::Error| format!("{}: {error:?}", file.display());
        let database = Database::open(&config, service).await.map_err(named)?;
        let verdict = journal::verify(&database).await.map_err(named)?;
        database.close().await;
        verdicts.push((service, verdict));
    }
    Ok(verdicts)
}
