//! Compiles every `ocop/**.proto` with protox (pure Rust, no protoc) into one descriptor set and the Rust of it.

use std::path::{Path, PathBuf};
use std::{env, fs};

fn protos_below(dir: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            protos_below(&path, found)?;
        } else if path.extension().is_some_and(|e| e == "proto") {
            found.push(path);
        }
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "cargo tells a build script where to write by its environment")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed=ocop");
    println!("cargo:rerun-if-changed=google");
    println!("cargo:rerun-if-changed=buf");
    let mut files = Vec::new();
    protos_below(Path::new("ocop"), &mut files)?;
    files.sort();
    let mut compiler = protox::Compiler::new(["."])?;
    compiler.include_imports(true).include_source_info(true).open_files(&files)?;
    // The encoded set keeps custom options (access, http, validation), which prost's own types would drop.
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("descriptors.bin"), compiler.encode_file_descriptor_set())?;
    let mut names = tonic_prost_build::Config::new();
    names.enable_type_names();
    tonic_prost_build::configure()
        .bytes(".")
        .build_transport(false)
        .include_file("tree.rs")
        .compile_fds_with_config(compiler.file_descriptor_set(), names)?;
    Ok(())
}
