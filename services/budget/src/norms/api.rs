//! The RPCs of norms.

use kit::{Answer, Error, Fact, Kit};
use proto::budget::v1::norm_service_server::NormService;
use proto::budget::v1::{self as pb, ErrorReason, ListNormsResponse, Norm};
use tonic::{Request, async_trait};

use super::wire::Named;
use super::{store, wire};
use crate::shared::wire::not_before;

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

fn fact(norm: &store::Norm) -> Fact {
    let fact = Fact::of(&wire::name_of(&norm.id.to_string())).at(&norm.owner_unit).sample(norm.sample);
    fact.tells(&wire::recorded(norm))
}

#[async_trait]
impl NormService for Api {
    async fn create_norm(&self, request: Request<pb::CreateNormRequest>) -> Answer<Norm> {
        let id = self.kit.new_id();
        self.kit
            .write(request, wire::create_norm, move |w| async move {
                let new = &w.want;
                w.call.at(&new.owner.path)?;
                store::alone(w.tx(), new).await?;
                if let Some(other) = store::overlapping(w.tx(), new).await? {
                    return Err(wire::overlaps(other));
                }
                let taken = (ErrorReason::NormOverlaps, new.name_vi.as_str());
                let norm = store::insert(w.tx(), id, new, w.call.now_us, taken).await;
                let norm = norm.map_err(|e| e.with("norm", &new.name_vi))?;
                w.record(fact(&norm));
                Ok(wire::own(norm))
            })
            .await
    }

    async fn get_norm(&self, request: Request<pb::GetNormRequest>) -> Answer<Norm> {
        self.kit
            .read(request, wire::get_norm, |r| async move {
                match &r.want {
                    Named::Reference(norm) => Ok(wire::reference(norm)),
                    Named::Nobody(name) => Err(Error::not_found(name)),
                    Named::Own(id) => {
                        let norm = store::fetch(r.db(), *id).await?;
                        norm.map(wire::own).ok_or_else(|| Error::not_found(wire::name_of(&id.to_string())))
                    }
                }
            })
            .await
    }

    async fn list_norms(&self, request: Request<pb::ListNormsRequest>) -> Answer<ListNormsResponse> {
        self.kit
            .read(request, wire::list_norms, |r| async move {
                let (cut, page) = &r.want;
                let after = page.after.as_deref().and_then(<[String]>::first).map(String::as_str);
                let own = store::list(r.db(), cut, after, page).await?.into_iter().map(wire::own);
                // Ids of rows begin with digits and those of the reference data with letters: by name, rows come first.
                let reference = cut.reference(after).into_iter().map(wire::reference);
                let norms = own.chain(reference).take(usize::try_from(page.size + 1).unwrap_or(usize::MAX)).collect();
                let id = |norm: &Norm| norm.name.trim_start_matches("norms/").to_owned();
                let (norms, next_page_token) = page.cut(norms, |norm| vec![id(norm)]);
                Ok(ListNormsResponse { norms, next_page_token })
            })
            .await
    }

    async fn end_norm(&self, request: Request<pb::EndNormRequest>) -> Answer<Norm> {
        self.kit
            .write(request, wire::end_norm, move |w| async move {
                let (id, last) = (w.want.id, w.want.last);
                let norm = store::lock(w.tx(), id).await?;
                let norm = norm.ok_or_else(|| Error::not_found(wire::name_of(&id.to_string())))?;
                w.call.at(&norm.owner_path)?;
                not_before("valid_to", last, norm.valid_from)?;
                if let Some(known) = norm.valid_to.filter(|known| *known <= last) {
                    return Err(wire::ended(id, known));
                }
                let norm = store::end(w.tx(), norm, last).await?;
                w.record(fact(&norm));
                Ok(wire::own(norm))
            })
            .await
    }
}
