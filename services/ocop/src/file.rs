//! A file that the suite sends in parts, put where it belongs.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use http::uri::PathAndQuery;
use kit::BoxError;
use prost::Message;
use prost_reflect::{DynamicMessage, MethodDescriptor};
use proto::common::v1::SheetPart;
use tokio_stream::StreamExt;
use tonic::client::Grpc;

use crate::call::{Failure, Raw, refused};
use crate::client::Client;

/// Asks a method for its file, writes it, and says where it is.
///
/// # Errors
/// The suite's refusal, or why the file could not be written.
pub async fn fetch(
    client: &Client,
    method: &MethodDescriptor,
    message: &DynamicMessage,
    out: Option<&Path>,
    say: impl Fn(String) -> io::Result<()>,
) -> Result<(), Failure> {
    let path = PathAndQuery::try_from(format!("/{}/{}", method.parent_service().full_name(), method.name()))?;
    let mut grpc = Grpc::new(client.channel.clone());
    grpc.ready().await?;
    let one = tokio_stream::once(message.encode_to_vec().into());
    let mut parts = grpc.streaming(client.request(one), path, Raw).await.map_err(refused)?.into_inner();
    let first = parts.next().await.ok_or("the suite sent no file")?.map_err(refused)?;
    let first = SheetPart::decode(first)?;
    let mut target = Target::open(out, &first.file_name)?;
    target.write(&first.data)?;
    while let Some(part) = parts.next().await {
        target.write(&SheetPart::decode(part.map_err(refused)?)?.data)?;
    }
    if let Some(place) = target.finish()? {
        let samples = match first.sample_count {
            0 => String::new(),
            count => format!(", {count} of them samples"),
        };
        say(format!("{}: {} rows{samples}", place.display(), first.row_count))?;
    }
    Ok(())
}

/// Where the file goes. A file that does not come whole leaves nothing under its name.
enum Target {
    Stdout,
    File { draft: tempfile::NamedTempFile, place: PathBuf },
}

impl Target {
    fn open(out: Option<&Path>, name: &str) -> Result<Self, BoxError> {
        if out == Some(Path::new("-")) {
            return Ok(Self::Stdout);
        }
        // Only the last part of a name: where the file goes is not the server's to say.
        let name = Path::new(name).file_name().ok_or("the suite gave the file no name")?;
        let place = match out {
            Some(folder) if folder.is_dir() => folder.join(name),
            Some(file) => file.to_owned(),
            None => PathBuf::from(name),
        };
        let folder = place.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let draft = tempfile::NamedTempFile::new_in(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        Ok(Self::File { draft, place })
    }

    fn write(&mut self, data: &[u8]) -> io::Result<()> {
        match self {
            Self::Stdout => io::stdout().write_all(data),
            Self::File { draft, .. } => draft.write_all(data),
        }
    }

    fn finish(self) -> Result<Option<PathBuf>, BoxError> {
        match self {
            Self::Stdout => Ok(None),
            Self::File { draft, place } => {
                draft.persist(&place).map_err(|e| format!("{}: {}", place.display(), e.error))?;
                Ok(Some(place))
            }
        }
    }
}
