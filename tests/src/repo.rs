//! The files of the repository that people write and read.

use std::fs;
use std::path::{Path, PathBuf};

/// A text file of the repository.
#[derive(Clone, Debug)]
pub struct File {
    /// Its path from the repository's root, with `/`.
    pub path: String,
    /// What stands in it.
    pub text: String,
}

impl File {
    /// A file that exists only in a test of a rule.
    #[must_use]
    pub fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    /// Its name without folders.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// What follows the last dot of its name; empty where there is none.
    #[must_use]
    pub fn extension(&self) -> &str {
        self.name().rsplit_once('.').map_or("", |(_, extension)| extension)
    }
}

/// Folders that no person writes: what builds, runs and the version control leave behind.
const NOT_OURS: [&str; 3] = ["target", "data", ".git"];

/// The repository's root.
#[must_use]
pub fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    root.expect("the crate lies in the repository").to_path_buf()
}

/// Every text file of the repository in the order of paths. Files that are no UTF-8 text are left out.
#[must_use]
pub fn files() -> Vec<File> {
    let root = root();
    let mut found = Vec::new();
    below(&root, &root, &mut found);
    found.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(found.len() > 100, "the repository has more than a hundred files; found {} in {root:?}", found.len());
    found
}

fn below(root: &Path, dir: &Path, found: &mut Vec<File>) {
    for entry in fs::read_dir(dir).expect("a folder of the repository can be read") {
        let path = entry.expect("an entry can be read").path();
        let short = path.strip_prefix(root).expect("it lies in the repository").to_string_lossy().replace('\\', "/");
        if path.is_dir() {
            if !NOT_OURS.contains(&short.as_str()) {
                below(root, &path, found);
            }
        } else if let Ok(text) = fs::read_to_string(&path) {
            found.push(File { path: short, text });
        }
    }
}
