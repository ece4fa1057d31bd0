//! Background work of a service: started by name, told to stop in reverse order, given a limited time to do so.
//!
//! Deliberately absent: restarts. A task that must survive its own faults loops over them itself and says so in the log;
//! one that panics is reported and stays down.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// The background work of one process. Cheap to clone.
#[derive(Clone, Default)]
pub struct Tasks {
    running: Arc<Mutex<Vec<Task>>>,
    stop: CancellationToken,
}

struct Task {
    name: &'static str,
    stop: CancellationToken,
    work: JoinHandle<()>,
}

impl Tasks {
    /// Tasks that are also told to stop when `stop` is cancelled.
    #[must_use]
    pub fn below(stop: &CancellationToken) -> Self {
        Self { running: Arc::default(), stop: stop.child_token() }
    }

    /// Starts work that runs until it ends or its token is cancelled. Must be called inside the runtime.
    pub fn spawn<F, Fut>(&self, name: &'static str, work: F)
    where
        F: FnOnce(CancellationToken) -> Fut,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let stop = self.stop.child_token();
        let work = AssertUnwindSafe(work(stop.clone())).catch_unwind();
        let work = tokio::spawn(async move {
            if let Err(panic) = work.await {
                tracing::error!(task = name, cause = panic_text(&*panic), "a background task panicked");
            }
        });
        self.running.lock().unwrap_or_else(PoisonError::into_inner).push(Task { name, stop, work });
    }

    /// Stops all tasks, the youngest first; each gets `limit`, then it is dropped where it stands.
    pub async fn stop(&self, limit: Duration) {
        while let Some(task) = self.youngest() {
            task.stop.cancel();
            let abort = task.work.abort_handle();
            if tokio::time::timeout(limit, task.work).await.is_err() {
                tracing::warn!(task = task.name, "a background task did not stop in time");
                abort.abort();
            }
        }
    }

    fn youngest(&self) -> Option<Task> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }
}

/// What a panic said.
pub(crate) fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "panicked".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn tasks_stop_youngest_first_and_a_stubborn_one_is_dropped() {
        let tasks = Tasks::default();
        let order = Arc::new(Mutex::new(Vec::new()));
        for name in ["first", "second"] {
            let order = order.clone();
            tasks.spawn(name, move |stop| async move {
                stop.cancelled().await;
                order.lock().unwrap().push(name);
            });
        }
        tasks.spawn("stubborn", |_| std::future::pending());
        tasks.spawn("broken", |_| async { panic!("as expected") });
        tasks.stop(Duration::from_millis(100)).await;
        assert_eq!(*order.lock().unwrap(), ["second", "first"]);
    }

    #[tokio::test]
    async fn a_cancelled_parent_stops_all() {
        let root = CancellationToken::new();
        let tasks = Tasks::below(&root);
        let (done, wait) = tokio::sync::oneshot::channel();
        tasks.spawn("one", |stop| async move {
            stop.cancelled().await;
            done.send(()).unwrap();
        });
        root.cancel();
        wait.await.unwrap();
    }
}
