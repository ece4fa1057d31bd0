//! A small suite behind a gateway, and a client that speaks HTTP/1.1 byte by byte.

use std::net::SocketAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use evaluation::Evaluation;
use gateway::Gateway;
use kit::Held;
use kit::auth::Keys;
use kit::testing::{As, Backend, World};
use prost::Message;
use proto::common::v1::Role;
use registry::Registry;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tonic::transport::Channel;

/// Phường 8 of Tuy Hòa as it was in 2021.
pub const WARD_8: &str = "units/22018-20180507";
/// One unit.
pub const GET_UNIT: &str = "/ocop.registry.v1.UnitService/GetUnit";
/// A mutation.
pub const CREATE_PRODUCER: &str = "/ocop.registry.v1.ProducerService/CreateProducer";
/// A stream.
pub const WATCH: &str = "/ocop.registry.v1.FeedService/Watch";
/// The largest message.
pub const MOST: usize = 4 * 1024 * 1024;

/// Registry and evaluation behind a gateway; nobody has configured the others.
pub struct Stage {
    pub world: World,
}

/// Starts a stage.
pub async fn stage() -> Stage {
    let world = World::on(Backend::Sqlite);
    Stage { world: world.mount::<Registry>().mount::<Evaluation>().mount::<Gateway>().start().await }
}

impl Stage {
    /// Where the gateway listens.
    pub fn addr(&self) -> SocketAddr {
        self.world.url().trim_start_matches("http://").parse().unwrap()
    }

    /// Somebody who may do everything.
    pub fn admin(&self) -> As {
        self.world.as_role("national_admin", "units/vn")
    }

    /// A gRPC channel.
    pub async fn channel(&self) -> Channel {
        Channel::from_shared(self.world.url()).unwrap().connect().await.unwrap()
    }

    /// A Connect call in JSON by the administrator.
    pub async fn json(&self, path: &str, body: &str) -> Answer {
        self.json_with(path, body, &[]).await
    }

    /// The same with further headers.
    pub async fn json_with(&self, path: &str, body: &str, headers: &[(&str, &str)]) -> Answer {
        let authorization = bearer(&self.admin().token);
        let mut all = vec![("content-type", "application/json"), ("authorization", authorization.as_str())];
        all.extend_from_slice(headers);
        http(self.addr(), "POST", path, &all, body.as_bytes()).await
    }

    /// Ends it.
    pub async fn end(self) {
        self.world.stop().await;
    }
}

/// The value of an `authorization` header.
pub fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

/// A token that no key of the stage has signed.
pub fn foreign_token(now_us: i64) -> String {
    let held = Held { role: Role::NationalAdmin, unit: "units/vn".to_owned() };
    let signer = Keys::generate().unwrap().signer().unwrap();
    signer.mint("stranger", &[held], std::time::Duration::from_secs(3600), now_us).unwrap()
}

/// An HTTP answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// The body as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        assert_eq!(self.header("content-type"), Some("application/json"), "{self:?}");
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The answer of a call that went well.
    pub fn good(&self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text());
        self.json()
    }

    /// HTTP status, Connect's code and the machine reason of a refusal; every refusal has words in both languages and
    /// can be found in the log.
    pub fn refusal(&self) -> (u16, String, String) {
        let body = self.json();
        let info = &body["details"][0];
        assert_eq!(info["type"], "google.rpc.ErrorInfo", "{body}");
        assert!(!body["message"].as_str().unwrap().is_empty(), "{body}");
        assert!(!info["debug"]["messageVi"].as_str().unwrap().is_empty(), "{body}");
        let bytes = STANDARD_NO_PAD.decode(info["value"].as_str().unwrap()).unwrap();
        let raw = tonic_types::pb::ErrorInfo::decode(bytes.as_slice()).unwrap();
        assert_eq!(info["debug"]["reason"], raw.reason, "the readable form says the same: {body}");
        (self.status, body["code"].as_str().unwrap().to_owned(), raw.reason)
    }
}

/// A refusal as [`Answer::refusal`] gives it.
pub fn refused(status: u16, code: &str, reason: &str) -> (u16, String, String) {
    (status, code.to_owned(), reason.to_owned())
}

/// One request on a connection of its own, written and read at the same time.
pub async fn http(addr: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    let mut head = format!("{method} {path} HTTP/1.1\r\nhost: {addr}\r\nconnection: close\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
    let (mut from, mut to) = TcpStream::connect(addr).await.unwrap().into_split();
    let request = [head.as_bytes(), body].concat();
    // A server that refuses early need not read all of it.
    let writing = tokio::spawn(async move { to.write_all(&request).await.map(|()| to) });
    let mut read = Vec::new();
    let outcome = from.read_to_end(&mut read).await;
    let answer = answer(&read).unwrap_or_else(|| panic!("no whole answer ({outcome:?}): {read:?}"));
    writing.abort();
    answer
}

fn answer(bytes: &[u8]) -> Option<Answer> {
    let end = bytes.windows(4).position(|w| w == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..end]).ok()?;
    let body = &bytes[end + 4..];
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let chunked = headers.iter().any(|(n, v)| n == "transfer-encoding" && v == "chunked");
    let body = if chunked { unchunked(body)? } else { body.to_vec() };
    let answer = Answer { status, headers, body };
    let whole = answer.header("content-length").is_none_or(|l| l.parse() == Ok(answer.body.len()));
    whole.then_some(answer)
}

fn unchunked(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|w| w == b"\r\n")?;
        let length = usize::from_str_radix(std::str::from_utf8(&rest[..end]).ok()?, 16).ok()?;
        rest = &rest[end + 2..];
        if length == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(..length)?);
        rest = rest.get(length + 2..)?;
    }
}
