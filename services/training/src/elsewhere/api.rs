//! The RPCs of paper completions.

use std::collections::BTreeMap;

use kit::states::step;
use kit::{Answer, Error, Fact, Kit, Result, Write};
use proto::training::v1::paper_completion_service_server::PaperCompletionService;
use proto::training::v1::{self as pb, ListPaperCompletionsResponse, PaperCompletion};
use reference::units::Unit;
use time::Date;
use tonic::{Request, async_trait};
use uuid::Uuid;

use super::domain::{NewPaper, PAPER, PaperState, PaperStep};
use super::store::PaperCompletion as Kept;
use super::{store, wire};
use crate::completions;
use crate::courses::domain::{Audience, Topic};
use crate::sessions::wire::name_of as session_name;

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

/// What somebody completed: the person, as whom, about what, when.
pub(crate) type What = (Uuid, Audience, Topic, Date);

/// What persons have completed by all that is recorded, with the name of the session or the paper.
pub(crate) async fn completed<P>(w: &Write<P>, persons: Vec<Uuid>) -> Result<BTreeMap<What, String>> {
    let found = completions::store::of_persons(w.tx(), &persons).await?;
    let read = |c: completions::store::Completion| {
        let what = (c.person, Audience::of(&c.audience)?, Topic::of(&c.topic)?, c.complete_date);
        Some((what, if c.paper { wire::name_of(c.session_id) } else { session_name(c.session_id) }))
    };
    Ok(found.into_iter().filter_map(read).collect())
}

/// Records papers that were judged.
pub(crate) async fn enter<P>(w: &Write<P>, unit: &Unit, new: Vec<NewPaper>) -> Result<()> {
    let now_us = w.call.now_us;
    let kept: Vec<Kept> = new.iter().map(|paper| wire::kept(paper, unit, now_us)).collect();
    store::insert(w.tx(), &kept).await?;
    completions::store::insert(w.tx(), new.iter().map(|paper| wire::counts(paper, now_us)).collect()).await?;
    w.record(Fact::of(&unit.name).at(&unit.name).tells(&wire::imported(unit, kept.len())));
    for paper in &kept {
        w.record(fact(paper));
    }
    Ok(())
}

fn fact(paper: &Kept) -> Fact {
    let fact = Fact::of(&wire::name_of(paper.id)).at(&paper.unit).on(paper.complete_date).sample(paper.sample);
    fact.tells(&wire::recorded(paper))
}

#[async_trait]
impl PaperCompletionService for Api {
    async fn get_paper_completion(&self, request: Request<pb::GetPaperCompletionRequest>) -> Answer<PaperCompletion> {
        self.kit
            .read(request, wire::get, |r| async move {
                let paper = store::fetch(r.db(), r.want).await?;
                let paper = paper.ok_or_else(|| Error::not_found(wire::name_of(r.want)))?;
                r.call.at(&paper.unit_path)?;
                Ok(wire::paper_completion(paper))
            })
            .await
    }

    async fn list_paper_completions(
        &self,
        request: Request<pb::ListPaperCompletionsRequest>,
    ) -> Answer<ListPaperCompletionsResponse> {
        self.kit
            .read(request, wire::list, |r| async move {
                let (filter, page) = &r.want;
                let found = store::list(r.db(), &r.call.scope(), filter, page).await?;
                let (found, next_page_token) = page.cut(found, store::cursor);
                let paper_completions = found.into_iter().map(wire::paper_completion).collect();
                Ok(ListPaperCompletionsResponse { paper_completions, next_page_token })
            })
            .await
    }

    async fn withdraw_paper_completion(
        &self,
        request: Request<pb::WithdrawPaperCompletionRequest>,
    ) -> Answer<PaperCompletion> {
        self.kit
            .write(request, wire::withdraw, move |w| async move {
                let id = w.want.id;
                let found = store::lock(w.tx(), id).await?;
                let mut paper = found.ok_or_else(|| Error::not_found(wire::name_of(id)))?;
                w.call.at(&paper.unit_path)?;
                kit::fresh(&w.want.etag, paper.version, &wire::name_of(id))?;
                let state = PaperState::of_number(paper.state);
                let state = state.ok_or_else(|| Error::internal(format!("{id} has no state")))?;
                let next = step(PAPER, state, PaperStep::Withdraw).map_err(|found| wire::forbids(&found))?;
                paper.state = next.number();
                w.want.reason.clone_into(&mut paper.reason);
                paper.version += 1;
                paper.update_us = w.call.now_us;
                store::update(w.tx(), &paper).await?;
                completions::store::take_back(w.tx(), id, &[paper.person], w.call.now_us).await?;
                w.record(fact(&paper));
                Ok(wire::paper_completion(paper))
            })
            .await
    }
}
