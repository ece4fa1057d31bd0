//! The messages of a caller's stream, as a handler may wait for them.

use std::time::Duration;

use proto::common::v1::ErrorReason as Common;
use tonic::{Code, Status, Streaming};

use crate::error::{Error, Result};

/// Longest wait for the next message: a caller that falls silent must not keep its place among the streams.
const SILENCE: Duration = Duration::from_secs(60);

/// A caller's stream.
pub struct Incoming<Q>(Streaming<Q>);

impl<Q> Incoming<Q> {
    pub(crate) fn new(stream: Streaming<Q>) -> Self {
        Self(stream)
    }

    /// The next message; none where the caller has ended the stream.
    ///
    /// # Errors
    /// DEADLINE_EXCEEDED where none comes for a minute, RESOURCE_EXHAUSTED for one that is too large, INVALID_ARGUMENT for
    /// one that cannot be read, CANCELLED where the caller left.
    pub async fn next(&mut self) -> Result<Option<Q>> {
        let message = tokio::time::timeout(SILENCE, self.0.message()).await;
        message.map_err(|_| Error::deadline())?.map_err(broken)
    }
}

/// What tonic's codec or transport says of a broken stream.
fn broken(status: Status) -> Error {
    match status.code() {
        Code::OutOfRange | Code::ResourceExhausted => Error::too_large().because(status),
        Code::Internal | Code::Unimplemented if !status.message().starts_with("h2 ") => {
            Error::malformed(Common::MessageUndecodable).with("detail", status.message().to_owned()).because(status)
        }
        _ => Error::left(status),
    }
}
