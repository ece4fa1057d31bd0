//! AdviceService.

use kit::{Answer, Error, Kit, Violations};
use proto::evaluation::v1 as pb;
use proto::evaluation::v1::ErrorReason;
use proto::evaluation::v1::advice_service_server::AdviceService;
use tonic::Request;

use super::wire;
use crate::sittings::api::steps;
use crate::sittings::store as sittings;
use crate::sittings::wire::name;

/// The RPCs of this room.
#[derive(Clone)]
pub struct Api {
    kit: Kit,
}

impl Api {
    /// The RPCs over a kit.
    #[must_use]
    pub fn new(kit: Kit) -> Self {
        Self { kit }
    }
}

#[tonic::async_trait]
impl AdviceService for Api {
    async fn resolve_advice(&self, request: Request<pb::ResolveAdviceRequest>) -> Answer<pb::Advice> {
        self.kit.compute(request, wire::from_marks, |_, want| {
            let want = want?;
            Ok(wire::advice(want.card, &want.input, &want.graded, &want.wishes))
        })
    }

    async fn resolve_sitting_advice(&self, request: Request<pb::ResolveSittingAdviceRequest>) -> Answer<pb::Advice> {
        let handler = |r: kit::Read<wire::FromSitting>| async move {
            let whole = steps::there(sittings::find(r.db(), r.want.sitting).await?, r.want.sitting)?;
            r.call.at(&whole.sitting.unit_path)?;
            let not_graded = || Error::refused(ErrorReason::SittingNotGraded).with("name", name(r.want.sitting));
            let (card, input, graded) = steps::regraded(&whole)?.ok_or_else(not_graded)?;
            let mut violations = Violations::default();
            match wire::wishes(card, &r.want.wishes, &mut violations) {
                Some(wishes) => Ok(wire::advice(card, &input, &graded, &wishes)),
                None => Err(Error::invalid(violations)),
            }
        };
        self.kit.read(request, wire::from_sitting, handler).await
    }
}
