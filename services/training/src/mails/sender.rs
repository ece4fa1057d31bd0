//! The way to the mail server, where the installation has one.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use kit::BoxError;
use kit::config::MailConfig;
use lettre::message::header::ContentType;
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::{AsyncSmtpTransportBuilder, Error};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use tokio::sync::Notify;
use uuid::Uuid;

use super::domain::{Outcome, scrubbed};

/// Longest time that sending one message may take: shorter than the shortest pause, so that nobody takes it meanwhile.
const LONGEST: Duration = Duration::from_secs(50);
/// What servers answer to a wrong or missing password: our fault, not the address's.
const OURS: [u16; 4] = [530, 534, 535, 538];

/// The way to the mail server. Cheap to clone.
#[derive(Clone)]
pub struct Sender(Arc<Parts>);

struct Parts {
    server: Option<(AsyncSmtpTransport<Tokio1Executor>, Mailbox)>,
    answer_url: Option<String>,
    attempts: u32,
    poll: Duration,
    woken: Notify,
}

/// A message to be sent.
pub(super) struct Letter {
    /// Its id: the Message-ID that stays.
    pub(super) id: Uuid,
    /// To whom.
    pub(super) address: String,
    /// What about.
    pub(super) subject: String,
    /// The text.
    pub(super) body: String,
    /// The calendar file, and what it asks calendars to do.
    pub(super) calendar: (String, &'static str),
    /// When it is sent.
    pub(super) now_us: i64,
}

impl Sender {
    /// The way that the settings name.
    ///
    /// # Errors
    /// A setting that cannot be used.
    pub fn open(config: &MailConfig) -> Result<Self, BoxError> {
        let server = config.server.as_deref().map(|url| server(config, url)).transpose()?;
        Ok(Self(Arc::new(Parts {
            server,
            answer_url: config.answer_url.clone(),
            attempts: config.attempts,
            poll: Duration::from_millis(config.poll_ms),
            woken: Notify::new(),
        })))
    }

    /// True where mail can be sent.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.0.server.is_some()
    }

    /// The address that mail comes from.
    #[must_use]
    pub fn address(&self) -> Option<String> {
        self.0.server.as_ref().map(|(_, from)| from.email.to_string())
    }

    /// The page on which invited persons answer.
    #[must_use]
    pub fn answer_url(&self) -> Option<&str> {
        self.0.answer_url.as_deref()
    }

    /// How often a message is tried.
    pub(super) fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Says that messages were queued.
    pub fn wake(&self) {
        self.0.woken.notify_one();
    }

    /// Waits until messages were queued, or for the time between two looks.
    pub(super) async fn wait(&self) {
        tokio::select! {
            () = self.0.woken.notified() => {}
            () = tokio::time::sleep(self.0.poll) => {}
        }
    }

    /// Hands a message to the server; false beside what became of it where the server is not there.
    pub(super) async fn send(&self, letter: &Letter) -> (Outcome, bool) {
        let Some((transport, from)) = &self.0.server else {
            return (Outcome::Later("mail.server is not set".to_owned()), false);
        };
        let message = match message(letter, from) {
            Ok(message) => message,
            Err(error) => return (Outcome::Never(scrubbed(&error.to_string(), &letter.address)), true),
        };
        match tokio::time::timeout(LONGEST, transport.send(message)).await {
            Err(_) => (Outcome::Later("the mail server took too long".to_owned()), false),
            Ok(Ok(_)) => (Outcome::Taken, true),
            Ok(Err(error)) => {
                let words = scrubbed(&words(&error), &letter.address);
                let ours = error.status().is_some_and(|code| OURS.contains(&code.into()));
                let there = error.is_transient() || error.is_permanent();
                if error.is_permanent() && !ours {
                    return (Outcome::Never(words), there);
                }
                (Outcome::Later(words), there && !ours)
            }
        }
    }
}

/// An error with what it comes from.
fn words(error: &Error) -> String {
    let mut words = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let cause_words = cause.to_string();
        if !words.contains(&cause_words) {
            words = format!("{words}: {cause_words}");
        }
        source = cause.source();
    }
    words
}

fn server(config: &MailConfig, url: &str) -> Result<(AsyncSmtpTransport<Tokio1Executor>, Mailbox), BoxError> {
    let sender = config.sender.as_deref().ok_or("mail.sender is not set")?;
    let from: Mailbox = sender.parse().map_err(|error| format!("mail.sender: {error}"))?;
    let bare = url.split('?').next().unwrap_or(url);
    let open = url.starts_with("smtp:") && url.ends_with("?tls=none");
    let mut builder: AsyncSmtpTransportBuilder = AsyncSmtpTransport::<Tokio1Executor>::from_url(bare)
        .map_err(|error| format!("mail.server: {error}"))?
        .timeout(Some(Duration::from_secs(config.timeout_seconds)));
    if !open {
        let host = bare.split("://").nth(1).unwrap_or_default().split('/').next().unwrap_or_default();
        let host = host.rsplit('@').next().unwrap_or_default();
        let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
        let tls = tls(config, host)?;
        builder = builder.tls(if url.starts_with("smtps:") { Tls::Wrapper(tls) } else { Tls::Required(tls) });
    }
    if let Some(path) = &config.credentials {
        let text = std::fs::read_to_string(path).map_err(|e| format!("mail.credentials: {}: {e}", path.display()))?;
        let mut lines = text.lines().map(str::trim);
        let (Some(user), Some(password)) = (lines.next(), lines.next()) else {
            return Err(format!("mail.credentials: {} has not two lines", path.display()).into());
        };
        builder = builder.credentials(Credentials::new(user.to_owned(), password.to_owned()));
    }
    Ok((builder.build(), from))
}

fn tls(config: &MailConfig, host: &str) -> Result<TlsParameters, BoxError> {
    let mut tls = TlsParameters::builder(host.to_owned());
    if let Some(path) = &config.root_certificate {
        let pem = std::fs::read(path).map_err(|e| format!("mail.root_certificate: {}: {e}", path.display()))?;
        let root = Certificate::from_pem(&pem).map_err(|e| format!("mail.root_certificate: {e}"))?;
        tls = tls.add_root_certificate(root);
    }
    tls.build_rustls().map_err(|error| format!("mail.server: {error}").into())
}

fn message(letter: &Letter, from: &Mailbox) -> Result<Message, BoxError> {
    let to: Address = letter.address.parse()?;
    let (calendar, method) = &letter.calendar;
    let kind = ContentType::parse(&format!("text/calendar; charset=utf-8; method={method}"))?;
    let file = Attachment::new("lop-tap-huan.ics".to_owned()).body(calendar.clone(), kind);
    let sent = SystemTime::UNIX_EPOCH + Duration::from_micros(u64::try_from(letter.now_us).unwrap_or(0));
    let message = Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, to))
        .subject(letter.subject.clone())
        .date(sent)
        .message_id(Some(format!("<{}@{}>", letter.id, from.email.domain())))
        .multipart(MultiPart::mixed().singlepart(SinglePart::plain(letter.body.clone())).singlepart(file))?;
    Ok(message)
}
