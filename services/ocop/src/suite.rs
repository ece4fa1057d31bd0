//! The suite in one process.

use std::fs::{File, TryLockError};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use kit::auth::Keys;
use kit::{BoxError, Clock, Config, Held, Host, Running};
use proto::common::v1::Role;
use uuid::Uuid;

/// The services in the order of their calls: whoever is called is mounted before who calls.
#[must_use]
pub fn mounted(host: Host) -> Host {
    host.mount::<registry::Registry>()
        .mount::<training::Training>()
        .mount::<evaluation::Evaluation>()
        .mount::<budget::Budget>()
        .mount::<insights::Insights>()
        .mount::<gateway::Gateway>()
}

/// Names of the services that keep something, in the order of mounting.
pub const KEEPING: [&str; 5] = ["registry", "training", "evaluation", "budget", "insights"];

/// What `ocop up` is told.
pub struct Settings {
    /// The folder of all data.
    pub data_dir: PathBuf,
    /// Where the gateway listens.
    pub listen: SocketAddr,
    /// Where health and metrics are answered.
    pub admin_listen: SocketAddr,
}

/// How long an admin token lives; it is renewed when half of it has passed.
const TOKEN_LIFE: Duration = Duration::from_secs(24 * 3600);

/// The suite in this process. Nobody else serves its folder meanwhile.
pub struct Suite {
    /// The services.
    pub running: Running,
    lock: File,
}

/// Starts everything: when it returns both addresses are bound; `Running::ready` waits for the rest.
///
/// # Errors
/// Why it cannot start; another process that serves the folder among it.
pub async fn start(settings: &Settings, mut config: Config) -> Result<Suite, BoxError> {
    config.server.listen = settings.listen;
    config.server.admin_listen = settings.admin_listen;
    let dir = &settings.data_dir;
    private_folder(dir)?;
    let lock = lock(dir)?;
    let keys = Keys::load_or_create(&dir.join("keys"))?;
    write_token(dir, &keys)?;
    let running = mounted(Host::new(config).data_dir(dir)).start().await?;
    Ok(Suite { running, lock })
}

impl Suite {
    /// Ends in order, then lets others have the folder.
    pub async fn stop(self) {
        self.running.stop().await;
        drop(self.lock);
    }
}

/// Makes the folder of an installation, where there is none, so that only its owner can look into it: the databases hold
/// names of persons. One that is there stays as its owner made it.
///
/// # Errors
/// It cannot be made.
pub fn private_folder(dir: &Path) -> Result<(), BoxError> {
    use std::os::unix::fs::DirBuilderExt;
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir);
    Ok(made.map_err(|error| format!("{}: {error}", dir.display()))?)
}

/// Takes the folder for this process. The system lets go of it when the process ends, however it ends.
fn lock(dir: &Path) -> Result<File, BoxError> {
    use std::io::Write;
    let path = dir.join("ocop.lock");
    let named = |error: std::io::Error| format!("{}: {error}", path.display());
    let mut file = File::options().create(true).truncate(false).read(true).write(true).open(&path).map_err(named)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let holder = std::fs::read_to_string(&path).unwrap_or_default();
            let text = format!(
                "{} is served by another ocop (process {}); stop that one, or name another folder with --data-dir",
                dir.display(),
                holder.trim()
            );
            return Err(text.into());
        }
        Err(TryLockError::Error(error)) => return Err(named(error).into()),
    }
    file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id())).map_err(named)?;
    Ok(file)
}

/// Where the admin token is.
#[must_use]
pub fn token_file(data_dir: &Path) -> PathBuf {
    data_dir.join("admin.token")
}

/// Renews the admin token for as long as the suite runs.
pub async fn renew_token(data_dir: PathBuf) {
    loop {
        tokio::time::sleep(TOKEN_LIFE / 2).await;
        let renewed = Keys::load_or_create(&data_dir.join("keys"))
            .map_err(BoxError::from)
            .and_then(|keys| write_token(&data_dir, &keys));
        if let Err(error) = renewed {
            tracing::warn!(%error, "the admin token was not renewed");
        }
    }
}

fn write_token(data_dir: &Path, keys: &Keys) -> Result<(), BoxError> {
    private_file(&token_file(data_dir), &admin_token(keys)?)
}

/// A token of the installation's admin.
///
/// # Errors
/// The installation has no signing key.
pub fn admin_token(keys: &Keys) -> Result<String, BoxError> {
    let admin = Held { role: Role::NationalAdmin, unit: "units/vn".to_owned() };
    mint(keys, "admin", &[admin], &[], TOKEN_LIFE)
}

/// A token signed by this installation; `producers` are those whose account it is.
///
/// # Errors
/// The installation has no signing key.
pub fn mint(keys: &Keys, subject: &str, roles: &[Held], producers: &[Uuid], ttl: Duration) -> Result<String, BoxError> {
    let signer = keys.signer().ok_or("this installation has no signing key")?;
    Ok(signer.mint_for(subject, roles, producers, ttl, Clock::System.now_us())?)
}

/// Writes a file that only its owner may read, whole or not at all.
fn private_file(path: &Path, text: &str) -> Result<(), BoxError> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let next = path.with_extension("new");
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let mut file = options.open(&next)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&next, path)?;
    Ok(())
}
