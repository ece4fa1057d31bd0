//! The RPCs of tasks.

use kit::{Answer, Error, Kit, Result};
use proto::budget::v1::task_service_server::TaskService;
use proto::budget::v1::{self as pb, ListTaskReportsResponse, ListTasksResponse, Task, TaskReport};
use tonic::{Request, async_trait};

use super::acts::{self, answer};
use super::{store, wire};

/// The RPCs.
pub struct Api {
    kit: Kit,
}

impl Api {
    /// Over the service's kit.
    #[must_use]
    pub fn new(kit: Kit) -> Self {
        Self { kit }
    }
}

async fn step(w: kit::Write<wire::Step>) -> Result<Task> {
    let task = acts::take(&w).await?;
    answer(&w, task)
}

#[async_trait]
impl TaskService for Api {
    async fn create_task(&self, request: Request<pb::CreateTaskRequest>) -> Answer<Task> {
        let id = self.kit.new_id();
        self.kit
            .write(request, wire::create_task, move |w| async move {
                let task = acts::create(&w, id).await?;
                answer(&w, task)
            })
            .await
    }

    async fn get_task(&self, request: Request<pb::GetTaskRequest>) -> Answer<Task> {
        self.kit
            .read(request, wire::get_task, |r| async move {
                let task = store::fetch(r.db(), r.want.id).await?;
                let task = task.ok_or_else(|| Error::not_found(wire::name_of(r.want.id)))?;
                r.call.at(&task.unit_path)?;
                wire::task(task, r.want.as_of)
            })
            .await
    }

    async fn list_tasks(&self, request: Request<pb::ListTasksRequest>) -> Answer<ListTasksResponse> {
        self.kit
            .read(request, wire::list_tasks, |r| async move {
                let (filter, page, as_of) = &r.want;
                let tasks = store::list(r.db(), &r.call.scope(), filter, page).await?;
                let (tasks, next_page_token) = page.cut(tasks, |task| vec![task.id.to_string()]);
                let tasks = tasks.into_iter().map(|task| wire::task(task, *as_of)).collect::<Result<_>>()?;
                Ok(ListTasksResponse { tasks, next_page_token })
            })
            .await
    }

    async fn update_task(&self, request: Request<pb::UpdateTaskRequest>) -> Answer<Task> {
        self.kit
            .write(request, wire::update_task, move |w| async move {
                let task = acts::change(&w).await?;
                answer(&w, task)
            })
            .await
    }

    async fn start_task(&self, request: Request<pb::StartTaskRequest>) -> Answer<Task> {
        self.kit.write(request, wire::start_task, step).await
    }

    async fn complete_task(&self, request: Request<pb::CompleteTaskRequest>) -> Answer<Task> {
        self.kit.write(request, wire::complete_task, step).await
    }

    async fn cancel_task(&self, request: Request<pb::CancelTaskRequest>) -> Answer<Task> {
        self.kit.write(request, wire::cancel_task, step).await
    }

    async fn reopen_task(&self, request: Request<pb::ReopenTaskRequest>) -> Answer<Task> {
        self.kit.write(request, wire::reopen_task, step).await
    }

    async fn create_task_report(&self, request: Request<pb::CreateTaskReportRequest>) -> Answer<TaskReport> {
        let id = self.kit.new_id();
        self.kit
            .write(
                request,
                wire::create_task_report,
                move |w| async move { acts::report(&w, id).await.map(wire::report) },
            )
            .await
    }

    async fn list_task_reports(&self, request: Request<pb::ListTaskReportsRequest>) -> Answer<ListTaskReportsResponse> {
        self.kit
            .read(request, wire::list_task_reports, |r| async move {
                let (filter, page) = &r.want;
                let reports = store::reports(r.db(), &r.call.scope(), filter, page).await?;
                let (reports, next_page_token) = page.cut(reports, |report| vec![report.id.to_string()]);
                let task_reports = reports.into_iter().map(wire::report).collect();
                Ok(ListTaskReportsResponse { task_reports, next_page_token })
            })
            .await
    }
}
