//! A mail server of a test: takes what it is told to take, and remembers it.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// How one message is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meets {
    /// Taken.
    Taken,
    /// Not now.
    Later,
    /// Never.
    Never,
    /// The line goes dead after the message, before the answer.
    Vanishes,
}

/// The server.
pub struct Smtp {
    pub at: SocketAddr,
    shared: Arc<Mutex<Shared>>,
    work: JoinHandle<()>,
}

#[derive(Default)]
struct Shared {
    /// How the next messages are met; taken when it is empty.
    script: VecDeque<Meets>,
    /// What was sent, taken or not: recipient and message.
    seen: Vec<(String, String)>,
}

impl Smtp {
    /// A server that meets its first messages so.
    pub async fn start(script: &[Meets]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let shared = Arc::new(Mutex::new(Shared { script: script.iter().copied().collect(), seen: Vec::new() }));
        let of = shared.clone();
        let work = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // A line that breaks is the client's to notice.
                let _ = talk(stream, &of).await;
            }
        });
        Self { at, shared, work }
    }

    /// How the next messages are met.
    pub fn will(&self, script: &[Meets]) {
        self.shared.lock().unwrap().script.extend(script);
    }

    /// What was sent so far: recipient and message.
    pub fn seen(&self) -> Vec<(String, String)> {
        self.shared.lock().unwrap().seen.clone()
    }

    /// Ends it: nobody listens there any more.
    pub async fn stop(self) {
        self.work.abort();
        let _ = self.work.await;
    }
}

async fn talk(stream: TcpStream, shared: &Mutex<Shared>) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 test ESMTP\r\n").await?;
    let (mut to, mut meets) = (String::new(), Meets::Taken);
    while let Some(line) = lines.next_line().await? {
        let upper = line.to_ascii_uppercase();
        if upper.starts_with("EHLO") || upper.starts_with("HELO") {
            write.write_all(b"250-test\r\n250 8BITMIME\r\n").await?;
        } else if upper.starts_with("RCPT TO:") {
            to = line["RCPT TO:".len()..].split(' ').next().unwrap().trim_matches(['<', '>']).to_owned();
            meets = shared.lock().unwrap().script.pop_front().unwrap_or(Meets::Taken);
            let answer = match meets {
                Meets::Never => format!("550 5.1.1 <{to}>: no such user\r\n"),
                _ => "250 2.1.5 ok\r\n".to_owned(),
            };
            write.write_all(answer.as_bytes()).await?;
        } else if upper == "DATA" {
            write.write_all(b"354 go on\r\n").await?;
            let mut message = String::new();
            while let Some(line) = lines.next_line().await? {
                if line == "." {
                    break;
                }
                message.push_str(line.strip_prefix('.').unwrap_or(&line));
                message.push('\n');
            }
            shared.lock().unwrap().seen.push((to.clone(), message));
            match meets {
                Meets::Vanishes => return Ok(()),
                Meets::Later => write.write_all(b"451 4.3.0 try later\r\n").await?,
                Meets::Taken | Meets::Never => write.write_all(b"250 2.0.0 taken\r\n").await?,
            }
        } else if upper == "QUIT" {
            write.write_all(b"221 bye\r\n").await?;
            return Ok(());
        } else {
            write.write_all(b"250 ok\r\n").await?;
        }
    }
    Ok(())
}
