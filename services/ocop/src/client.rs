//! Calls to a running suite.

use std::path::Path;
use std::time::Duration;

use kit::BoxError;
use tonic::Request;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::{Channel, Endpoint};

/// The way to a suite, with a token.
#[derive(Clone)]
pub struct Client {
    /// The connection.
    pub channel: Channel,
    authorization: Option<MetadataValue<Ascii>>,
}

impl Client {
    /// Connects; the token is read from the file where there is one.
    ///
    /// # Errors
    /// The server does not answer, or the file cannot be read.
    pub async fn connect(server: &str, token_file: Option<&Path>) -> Result<Self, BoxError> {
        let url = if server.contains("://") { server.to_owned() } else { format!("http://{server}") };
        let endpoint = Endpoint::from_shared(url).map_err(|e| format!("--server {server}: {e}"))?;
        let endpoint = endpoint.connect_timeout(Duration::from_secs(5));
        let channel = endpoint.connect().await.map_err(|e| format!("{server} does not answer: {}", root(&e)))?;
        let authorization = match token_file {
            Some(path) => {
                let token = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
                Some(format!("Bearer {}", token.trim()).parse()?)
            }
            None => None,
        };
        Ok(Self { channel, authorization })
    }

    /// The same way with another token.
    ///
    /// # Errors
    /// The token is not ASCII.
    pub fn with_token(&self, token: &str) -> Result<Self, BoxError> {
        Ok(Self { channel: self.channel.clone(), authorization: Some(format!("Bearer {token}").parse()?) })
    }

    /// A request with the token.
    pub fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        if let Some(authorization) = &self.authorization {
            request.metadata_mut().insert("authorization", authorization.clone());
        }
        request
    }
}

/// What is at the bottom of an error: the transport's own words only say that there is one.
fn root(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}
