//! Calls of many transactions: a file of a hundred thousand rows is stored in batches, and the answer is a stream. And what
//! rooms need beside calls: transactions of background work, stamps by which a service knows again what it gave out.

use std::future::Future;
use std::sync::Arc;

use prost::Message;
use sea_orm::DatabaseTransaction;
use tonic::{Request, Streaming};

use super::{Answer, Kit, Read, finish, judged};
use crate::call::Call;
use crate::error::Result;
use crate::feed::Feed;
use crate::incoming::Incoming;
use crate::journal::{self, Author, Fact};
use crate::values::day;
use crate::violations::Violations;

/// One of several transactions of a call, or one of background work: what [`Kit::write`] is for one. Its facts are written at once, so that a long
/// transaction holds none of them in memory.
pub struct Batch {
    tx: DatabaseTransaction,
    by: By,
    feed: Feed,
}

/// Who writes: the caller of a call, or the service itself.
enum By {
    Call(Arc<Call>),
    Own { service: &'static str, work: &'static str, now_us: i64 },
}

impl By {
    fn author(&self) -> Author<'_> {
        match self {
            Self::Call(call) => Author {
                caller: &call.caller.subject,
                method: &call.method.path,
                request_id: call.request_id,
                now_us: call.now_us,
                today: call.today,
            },
            Self::Own { service, work, now_us } => {
                Author { caller: service, method: work, request_id: None, now_us: *now_us, today: day::at(*now_us) }
            }
        }
    }
}

impl Batch {
    /// The transaction.
    #[must_use]
    pub fn tx(&self) -> &DatabaseTransaction {
        &self.tx
    }

    /// Writes what this part of the call does into the journal.
    ///
    /// # Errors
    /// What the database says.
    pub async fn record(&self, fact: Fact) -> Result<()> {
        journal::append(&self.tx, &self.by.author(), vec![fact]).await
    }

    /// Makes it last.
    ///
    /// # Errors
    /// What the database says; then nothing of it is stored.
    pub async fn commit(self) -> Result<()> {
        self.tx.commit().await?;
        self.feed.wake();
        Ok(())
    }

    /// Takes all of it back.
    ///
    /// # Errors
    /// What the database says.
    pub async fn rollback(self) -> Result<()> {
        Ok(self.tx.rollback().await?)
    }
}

impl Kit {
    /// Pours: as [`Kit::receive`] for work of many transactions, each begun by [`Kit::begin`]. The handler is given the
    /// checked first message and the rest of the stream; what it answers may itself be a stream.
    ///
    /// # Errors
    /// The violations of the first message, or what the handler refuses with.
    pub async fn pour<Q, P, A, F, Fut>(
        &self,
        request: Request<Streaming<Q>>,
        parse: impl FnOnce(&Q, &mut Violations) -> Option<P>,
        handler: F,
    ) -> Answer<A>
    where
        Q: Message + Default,
        F: FnOnce(Read<P>, Incoming<Q>) -> Fut,
        Fut: Future<Output = Result<A>> + Send,
    {
        let (metadata, extensions, stream) = request.into_parts();
        let mut rest = Incoming::new(stream);
        let first = rest.next().await.map_err(|e| self.send_early(&extensions, e))?.unwrap_or_default();
        let checked = self.check(Request::from_parts(metadata, extensions, first), parse)?;
        let call = checked.call.clone();
        let answer = match self.database() {
            Ok(database) => {
                handler(Read { call: checked.call, want: checked.want, database: database.clone() }, rest).await
            }
            Err(e) => Err(e),
        };
        finish(&call, answer.and_then(|a| judged(&call).map(|()| a)))
    }

    /// Begins one of several transactions of a call. Dropped, it rolls back.
    ///
    /// # Errors
    /// As [`Database::begin`].
    pub async fn begin(&self, call: &Arc<Call>) -> Result<Batch> {
        Ok(Batch { tx: self.database()?.begin().await?, by: By::Call(call.clone()), feed: self.feed()?.clone() })
    }

    /// Begins a transaction of the service's own, for background work that tells what it does; `work` stands in the
    /// journal in the place of a method.
    ///
    /// # Errors
    /// As [`Database::begin`].
    ///
    /// [`Database::begin`]: crate::Database::begin
    pub async fn begin_own(&self, work: &'static str) -> Result<Batch> {
        let by = By::Own { service: self.0.service, work, now_us: self.0.clock.now_us() };
        Ok(Batch { tx: self.database()?.begin().await?, by, feed: self.feed()?.clone() })
    }

    /// A stamp over bytes for one purpose, by which this service knows again what it gave out (codes of invitations): the
    /// same in all its replicas, made with the key of page tokens, so it ends with that key.
    #[must_use]
    pub fn stamp(&self, purpose: &str, of: &[u8]) -> [u8; 16] {
        self.0.pages.stamp(purpose, of)
    }

    /// True where this service made the stamp.
    #[must_use]
    pub fn stamped(&self, purpose: &str, of: &[u8], stamp: &[u8; 16]) -> bool {
        self.0.pages.stamped(purpose, of, stamp)
    }
}
