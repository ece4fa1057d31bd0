//! PostgreSQL's own load driver with the statement of the product workload: what the database does without gRPC.

use std::path::{Path, PathBuf};
use std::time::Duration;

use kit::BoxError;
use proto::registry::v1 as pb;
use tokio::process::Command;

use super::limit::PRODUCT;

/// Products that the script reads in turn; pgbench has no random choice among texts.
const CHOICE: usize = 50;

/// pgbench with a script for one database.
pub(super) struct PgBench {
    program: PathBuf,
    arguments: Vec<String>,
}

impl PgBench {
    /// Writes the script; none where pgbench is not installed.
    pub(super) fn prepare(dir: &Path, url: &str, products: &[pb::Product]) -> Result<Option<Self>, BoxError> {
        let Some(program) = find() else { return Ok(None) };
        let file = dir.join("product.sql");
        let mut arguments: Vec<String> = ["-n", "-M", "prepared", "-j", "2", "-c"].map(str::to_owned).into();
        arguments.push(kit::Config::default().database.max_connections.to_string());
        arguments.extend(["-f".to_owned(), file.display().to_string()]);
        let mut script = String::new();
        for (number, product) in products.iter().take(CHOICE).enumerate() {
            script.push_str(&PRODUCT.replace("$1", &format!(":id{number}")).replace("$2", "1"));
            script.push_str(";\n");
            let id = product.name.trim_start_matches("products/");
            arguments.extend(["-D".to_owned(), format!("id{number}={id}")]);
        }
        std::fs::write(&file, script)?;
        arguments.push(url.to_owned());
        Ok(Some(Self { program, arguments }))
    }

    /// Statements per second over a time.
    pub(super) async fn run(&self, time: Duration) -> Result<f64, BoxError> {
        let mut command = Command::new(&self.program);
        command.args(["-T", &time.as_secs().max(1).to_string()]).args(&self.arguments).kill_on_drop(true);
        let output = command.output().await?;
        let text = String::from_utf8_lossy(&output.stdout);
        let tps = transactions_per_second(&text).filter(|_| output.status.success());
        let tps = tps.ok_or_else(|| format!("pgbench: {}", String::from_utf8_lossy(&output.stderr)))?;
        Ok(tps * CHOICE as f64)
    }
}

/// On the path, or where Debian keeps it: the newest version.
fn find() -> Option<PathBuf> {
    let mut places: Vec<PathBuf> = ["/usr/local/bin", "/usr/bin"].iter().map(PathBuf::from).collect();
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|e| e.path().join("bin"))
        .collect();
    versions.sort();
    places.splice(0..0, versions.into_iter().rev());
    places.into_iter().map(|dir| dir.join("pgbench")).find(|program| program.is_file())
}

fn transactions_per_second(output: &str) -> Option<f64> {
    let line = output.lines().find_map(|line| line.strip_prefix("tps = "))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_read_from_what_pgbench_prints() {
        let printed = "latency average = 1.0 ms\ntps = 1234.567890 (without initial connection time)\n";
        assert_eq!(transactions_per_second(printed), Some(1234.56789));
        assert_eq!(transactions_per_second("pgbench: error"), None);
    }
}
