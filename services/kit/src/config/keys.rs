//! The keys, each declared once.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use super::Key;
use super::check::{Kind, masked};

macro_rules! section {
    ($(#[doc = $about:literal])+ $name:ident $section:literal {
        $($(#[doc = $doc:literal])+ $key:ident: $type:ty = $default:expr, $kind:expr;)+
    }) => {
        $(#[doc = $about])+
        #[derive(Clone, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct $name {
            $($(#[doc = $doc])+ pub $key: $type,)+
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($key: $default,)+ }
            }
        }

        impl $name {
            pub(super) const KEYS: &'static [Key] = &[$(
                Key { section: $section, name: stringify!($key), doc: concat!($($doc),+), kind: $kind },
            )+];
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let table = Table::try_from(self).unwrap_or_default();
                write!(f, "{} {}", $section, masked(Value::Table(table)))
            }
        }
    };
}

fn local(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

section! {
    /// Listeners and their limits.
    ServerConfig "server" {
        /// Address of the RPCs; port 0 takes a free one.
        listen: SocketAddr = local(8080), Kind::Address;
        /// Address of /livez, /readyz and /metrics; never open to the world.
        admin_listen: SocketAddr = local(9090), Kind::Address;
        /// Largest request message in bytes. It can only be lowered: 4 MiB is also what the generated servers take.
        max_message_bytes: usize = 4 * 1024 * 1024, Kind::Count { least: 1024, most: 4 * 1024 * 1024 };
        /// Calls and streams at the same time on one connection; a client beyond it waits or is refused.
        max_streams: u32 = 200, Kind::Count { least: 1, most: 10_000 };
        /// Connections at the same time; the next one waits in the listener's queue.
        max_connections: usize = 4096, Kind::Count { least: 1, most: 1_000_000 };
        /// Unary calls at work at the same time, and as many streams; beyond it calls are refused with RetryInfo.
        max_in_flight: usize = 256, Kind::Count { least: 1, most: 100_000 };
        /// Seconds between NOT_SERVING and the last accepted connection, so that balancers notice.
        drain_seconds: u64 = 2, Kind::Count { least: 0, most: 600 };
        /// Seconds for calls in flight to end when the service stops or a connection is too old; then it is closed.
        grace_seconds: u64 = 25, Kind::Count { least: 1, most: 600 };
        /// Seconds a unary call may take where the caller says nothing.
        default_deadline_seconds: u64 = 30, Kind::Count { least: 1, most: 3600 };
        /// Seconds after which a connection is closed gracefully, so that clients find new replicas; 0 is never.
        max_connection_age_seconds: u64 = 0, Kind::Count { least: 0, most: 86_400 };
    }
}

section! {
    /// The service's own database.
    DatabaseConfig "database" {
        /// sqlite://FILE or postgres://USER:PASSWORD@HOST/DATABASE.
        url: String = "sqlite://ocop.db".to_owned(), Kind::Url(&["sqlite", "postgres", "postgresql"]);
        /// Connections to PostgreSQL; about twice the server's cores, more is slower.
        max_connections: u32 = 4, Kind::Count { least: 2, most: 1000 };
        /// Reading connections to SQLite; there is always one that writes.
        read_connections: u32 = 4, Kind::Count { least: 1, most: 64 };
        /// Milliseconds to wait for a connection, and on SQLite for the writer.
        acquire_timeout_ms: u64 = 5000, Kind::Count { least: 10, most: 600_000 };
        /// Milliseconds after which PostgreSQL ends a statement.
        statement_timeout_ms: u64 = 10_000, Kind::Count { least: 10, most: 3_600_000 };
        /// Bring the tables up to date at start. Where false, a service on a database that is behind is not ready.
        migrate_on_start: bool = false, Kind::Flag;
    }
}

section! {
    /// What replicas share and may lose.
    RedisConfig "redis" {
        /// redis://HOST:6379 or rediss://…; without it every process keeps to itself.
        url: Option<String> = None, Kind::Url(&["redis", "rediss", "unix", "redis+unix"]);
    }
}

section! {
    /// Whose tokens are believed.
    AuthConfig "auth" {
        /// The `iss` of tokens (their `aud` is always `ocop`).
        issuer: String = crate::auth::ISSUER.to_owned(), Kind::Text;
        /// PEM file, or folder of such files, with the public keys that verify tokens; read again while the service runs.
        verify_keys: Option<PathBuf> = None, Kind::Path;
        /// PEM private key with which this service signs tokens of its own; only services that call peers in their own name need it.
        signing_key: Option<PathBuf> = None, Kind::Path;
        /// File of at least 32 secret bytes that sign page tokens, the same for all replicas of a service. Without it the key is derived from the signing key, or made at start (pages then end with the process). The codes of invitations, passes, check-in codes and marks of feedback of the training service are made of it too: with another key letters that were handed out are void and feedback can be given twice, so keep it.
        page_key: Option<PathBuf> = None, Kind::Path;
        /// File of at least 32 secret bytes that seal what a database must not show (the keys that sign certificates), the same for all replicas of the evaluation service. Without it the file `seal.key` beside the SQLite databases, made at the first start; on PostgreSQL the evaluation service does not start without it.
        seal_key: Option<PathBuf> = None, Kind::Path;
    }
}

section! {
    /// Logs and traces.
    TelemetryConfig "telemetry" {
        /// OTLP (gRPC) collector, such as http://collector:4317; without it no spans are made.
        otlp_endpoint: Option<String> = None, Kind::Url(&["http", "https"]);
        /// Part of the traces that are recorded where the caller has not decided, 0.0 to 1.0.
        sample_ratio: f64 = 0.01, Kind::Ratio;
        /// text for people, json for machines.
        log_format: String = "text".to_owned(), Kind::Choice(&["text", "json"]);
        /// error, warn, info, debug or trace; or directives such as info,kit=debug.
        log_level: String = "info".to_owned(), Kind::Text;
    }
}

section! {
    /// Where uploaded files lie.
    FilesConfig "files" {
        /// file:///FOLDER or s3://BUCKET/PREFIX; without it the folder `files` beside the SQLite databases, and on PostgreSQL no place for files (uploads are then refused).
        url: Option<String> = None, Kind::Url(&["file", "s3"]);
        /// Server of an s3:// place, such as https://minio:9000; without it that of AWS in the region.
        s3_endpoint: Option<String> = None, Kind::Url(&["http", "https"]);
        /// Region of an s3:// place.
        s3_region: String = "us-east-1".to_owned(), Kind::Text;
        /// File with the access key's id and its secret on two lines, for an s3:// place.
        s3_credentials: Option<PathBuf> = None, Kind::Path;
        /// Largest file in bytes.
        max_bytes: u64 = 50 * 1024 * 1024, Kind::Count { least: 1, most: 5_000_000_000 };
        /// Virus scanner: tcp://HOST:PORT or unix:///SOCKET of a clamd, or exec:PROGRAM ARGUMENTS that reads the file from its standard input and ends with 0 for clean and 1 for infected. Without it files are not scanned.
        scan: Option<String> = None, Kind::Url(&["tcp", "unix", "exec"]);
    }
}

section! {
    /// How mail is sent.
    MailConfig "mail" {
        /// smtps://HOST:465 for TLS from the start, smtp://HOST:587 for STARTTLS, which is then required; smtp://HOST:25?tls=none for neither, only where nobody listens between. Without it no mail is sent and invitations are handed over.
        server: Option<String> = None, Kind::Url(&["smtp", "smtps"]);
        /// From whom mail comes, such as OCOP <ocop@phuyen.example>; needed where a server is set.
        sender: Option<String> = None, Kind::Text;
        /// File with user and password on two lines, where the server asks for them.
        credentials: Option<PathBuf> = None, Kind::Path;
        /// PEM file with the certificate of the authority that the server's certificate comes from, where that is not a public one.
        root_certificate: Option<PathBuf> = None, Kind::Path;
        /// Page on which invited persons answer; ?code=… is added. Without it the mail tells the code alone.
        answer_url: Option<String> = None, Kind::Url(&["http", "https"]);
        /// How often a message is tried before it is given up; the pauses grow from one minute to one hour.
        attempts: u32 = 10, Kind::Count { least: 1, most: 100 };
        /// Milliseconds between two looks for messages that are due.
        poll_ms: u64 = 5000, Kind::Count { least: 10, most: 3_600_000 };
        /// Seconds that the server has for each answer.
        timeout_seconds: u64 = 30, Kind::Count { least: 1, most: 600 };
    }
}

section! {
    /// Limits per caller.
    LimitsConfig "limits" {
        /// Calls of one caller in a minute; 0 is no limit.
        calls_per_minute: u32 = 0, Kind::Count { least: 0, most: 10_000_000 };
    }
}
