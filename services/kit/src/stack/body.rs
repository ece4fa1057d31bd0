//! Bodies: the request's is limited, the answer's is watched until its trailers.

use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http_body::{Body as HttpBody, Frame, SizeHint};
use proto::common::v1::ErrorReason as Common;
use tonic::body::Body;
use tonic::{Code, Status};

use super::{Rest, answer};
use crate::error::{BoxError, Error};
use crate::tasks::panic_text;
use crate::telemetry::{self, Observed};

/// Bytes before each message: one for compression, four for the length.
const PREFIX: usize = 5;

/// A request body of one message that may not be longer than a limit.
pub(super) struct Limited {
    inner: Body,
    left: usize,
}

impl Limited {
    pub(super) fn new(inner: Body, most: usize) -> Self {
        Self { inner, left: most.saturating_add(PREFIX) }
    }
}

impl HttpBody for Limited {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let frame = ready!(Pin::new(&mut self.inner).poll_frame(cx));
        let length = frame.as_ref().and_then(|f| f.as_ref().ok()).and_then(Frame::data_ref).map_or(0, Bytes::len);
        match self.left.checked_sub(length) {
            Some(left) => {
                self.left = left;
                Poll::Ready(frame)
            }
            None => Poll::Ready(Some(Err(Error::too_large().into()))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// The body of an answer. It ends the call's span and measurement, gives tonic's own endings a reason, and ends a stream
/// when its deadline has passed or the service goes down.
pub(super) struct Watched {
    inner: Body,
    observed: Observed,
    rest: Rest,
    /// What ends a stream from outside; a unary answer is sent to its end.
    ends: Option<BoxFuture<'static, Error>>,
    done: bool,
}

impl Watched {
    pub(super) fn new(inner: Body, observed: Observed, rest: Rest) -> Self {
        let ends = rest.method.streaming.then(|| {
            let (stop, deadline) = (rest.stop.clone(), rest.deadline);
            async move {
                let deadline = async move {
                    match deadline {
                        Some(deadline) => tokio::time::sleep_until(deadline).await,
                        None => std::future::pending().await,
                    }
                };
                tokio::select! {
                    () = stop.cancelled() => Error::unavailable_as(Common::ShuttingDown),
                    () = deadline => Error::deadline(),
                }
            }
            .boxed()
        });
        Self { inner, observed, rest, ends, done: false }
    }

    /// Ends the answer with an error of ours.
    fn fail(&mut self, error: Error) -> Frame<Bytes> {
        self.done = true;
        // The handler ends now, however long the caller keeps the answer.
        self.inner = Body::empty();
        self.rest.permit = None;
        self.observed.end(error.code());
        telemetry::failed(&self.rest.method.path, &self.rest.caller, &error);
        Frame::trailers(answer::trailers(error))
    }

    /// Ends a forwarded answer that has no end of its own.
    fn broken_off(&mut self, cause: impl Into<BoxError>) -> Frame<Bytes> {
        let peer = self.rest.method.home();
        self.fail(Error::unavailable_as(Common::PeerUnavailable).with("peer", peer).because(cause))
    }

    fn finish(&mut self, frame: Frame<Bytes>) -> Frame<Bytes> {
        match frame.into_trailers() {
            Ok(trailers) if !trailers.contains_key(Status::GRPC_STATUS) => self.broken_off("the answer has no status"),
            Ok(mut trailers) => {
                self.done = true;
                self.rest.permit = None;
                let code = answer::settle(&mut trailers, &self.rest.method.path, &self.rest.caller);
                self.observed.end(code.unwrap_or(Code::Unknown));
                Frame::trailers(trailers)
            }
            Err(frame) => frame,
        }
    }
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = &mut *self;
        if this.done {
            return Poll::Ready(None);
        }
        let _in_the_calls_context = this.observed.context().clone().attach();
        if let Some(Poll::Ready(error)) = this.ends.as_mut().map(|e| e.poll_unpin(cx)) {
            return Poll::Ready(Some(Ok(this.fail(error))));
        }
        let inner = Pin::new(&mut this.inner);
        let polled = std::panic::catch_unwind(AssertUnwindSafe(|| inner.poll_frame(cx)));
        let frame = match polled {
            Ok(polled) => ready!(polled),
            Err(panic) => {
                let cause = format!("the stream panicked: {}", panic_text(&*panic));
                return Poll::Ready(Some(Ok(this.fail(Error::internal(cause)))));
            }
        };
        let frame = match frame {
            Some(Ok(frame)) => this.finish(frame),
            // Only forwarded bodies break or end without trailers: the peer behind them is gone.
            Some(Err(status)) => this.broken_off(status),
            None => this.broken_off("the answer has no end"),
        };
        Poll::Ready(Some(Ok(frame)))
    }

    fn is_end_stream(&self) -> bool {
        self.done
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}
