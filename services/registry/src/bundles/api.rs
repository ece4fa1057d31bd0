//! BundleService.

use kit::{Answer, Error, Fact, Kit, Result, Write, name};
use proto::registry::v1 as pb;
use proto::registry::v1::bundle_service_server::BundleService;
use time::Date;
use tonic::{Request, async_trait};
use uuid::Uuid;

use super::domain::{Member, Refusal, together};
use super::store::{self, Bundle};
use super::wire::{self, Content};
use crate::producers::store::shown_id;
use crate::products::store::{Product, product_batch};
use crate::shared::own;
use crate::shared::wire::too_early;

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

fn tell<P>(w: &Write<P>, bundle: &Bundle, on: Date) {
    let fact = Fact::of(&name::of("bundles", bundle.id)).at(&bundle.unit).on(on);
    w.record(fact.sample(bundle.sample).tells(&wire::recorded(bundle)));
}

/// The products, locked and judged; the lead is the first.
async fn judged<P>(w: &Write<P>, own: Uuid, content: &Content) -> Result<Vec<Product>> {
    store::products_lock(w.tx(), &content.products).await?;
    let mut found = product_batch(w.tx(), &content.products).await?;
    let scope = w.call.scope();
    let known = |id: &Uuid| found.iter().any(|p| p.id == *id && scope.holds(&p.unit_path));
    let missing: Vec<Uuid> = content.products.iter().copied().filter(|id| !known(id)).collect();
    if !missing.is_empty() {
        return Err(wire::unknown(content, &missing));
    }
    let member = |p: &Product| Member {
        id: p.id,
        producer: p.producer_id,
        product_set: p.product_set.clone(),
        bundle: p.bundle_id,
    };
    let members: Vec<Member> = found.iter().map(member).collect();
    together(own, content.lead, &members).map_err(|refusal| wire::refusal(content, refusal))?;
    found.sort_by_key(|p| p.id != content.lead);
    Ok(found)
}

/// A bundle stays its producer's: dossiers of it are.
async fn stays<P>(w: &Write<P>, bundle: &Bundle, products: &[Product], content: &Content) -> Result<()> {
    let own = shown_id(w.tx(), bundle.producer_id).await?;
    let foreign: Vec<Uuid> = products.iter().filter(|p| p.producer_id != own).map(|p| p.id).collect();
    if foreign.is_empty() { Ok(()) } else { Err(wire::refusal(content, Refusal::Mixed(foreign))) }
}

/// The bundle, locked, in the caller's units, live and not changed since it was read.
async fn live<P>(w: &Write<P>, id: Uuid, etag: &str) -> Result<Bundle> {
    let name = name::of("bundles", id);
    let bundle = store::bundle_lock(w.tx(), id).await?.ok_or_else(|| Error::not_found(&name))?;
    w.call.at(&bundle.unit_path)?;
    if bundle.dissolve_date.is_some() {
        return Err(wire::dissolved(id));
    }
    kit::fresh(etag, bundle.version, &name)?;
    Ok(bundle)
}

/// What a bundle takes from its products.
fn of_products(mut bundle: Bundle, products: &[Product], content: &Content) -> Result<Bundle> {
    let lead = products.first().ok_or_else(|| Error::internal("a bundle without products"))?;
    let last = products.iter().map(|p| p.registration_date).max().unwrap_or(bundle.form_date);
    if bundle.form_date < last {
        return Err(too_early("bundle.form_date", last));
    }
    bundle.lead_id = lead.id;
    bundle.products.clone_from(&content.products);
    bundle.producer_id = lead.producer_id;
    bundle.product_set.clone_from(&lead.product_set);
    bundle.code.clone_from(&lead.code);
    bundle.unit.clone_from(&lead.unit);
    bundle.unit_path.clone_from(&lead.unit_path);
    bundle.sample = products.iter().any(|p| p.sample);
    Ok(bundle)
}

fn blank(id: Uuid, display_name: &str, form_date: Date, now_us: i64) -> Bundle {
    Bundle {
        id,
        display_name: display_name.to_owned(),
        lead_id: Uuid::nil(),
        products: Vec::new(),
        producer_id: Uuid::nil(),
        product_set: String::new(),
        code: String::new(),
        unit: String::new(),
        unit_path: String::new(),
        form_date,
        dissolve_date: None,
        reason: String::new(),
        sample: false,
        version: 1,
        create_us: now_us,
        update_us: now_us,
    }
}

#[async_trait]
impl BundleService for Api {
    async fn create_bundle(&self, request: Request<pb::CreateBundleRequest>) -> Answer<pb::Bundle> {
        self.kit
            .write(request, wire::create, move |w| async move {
                let (id, want) = (self.kit.new_id(), &w.want);
                let products = judged(&w, id, &want.content).await?;
                let blank = blank(id, &want.display_name, want.form_date, w.call.now_us);
                let bundle = of_products(blank, &products, &want.content)?;
                w.call.at(&bundle.unit_path)?;
                store::bundle_insert(w.tx(), &bundle).await?;
                store::hold(w.tx(), bundle.id, &bundle.products).await?;
                tell(&w, &bundle, bundle.form_date);
                Ok(wire::bundle(bundle))
            })
            .await
    }

    async fn get_bundle(&self, request: Request<pb::GetBundleRequest>) -> Answer<pb::Bundle> {
        self.kit
            .read(
                request,
                |req, v| v.name("name", &req.name, "bundles"),
                |r| async move {
                    let bundle = store::bundle_fetch(r.db(), r.want).await?;
                    let bundle = bundle.ok_or_else(|| Error::not_found(name::of("bundles", r.want)))?;
                    own::at(&r.call, r.db(), &bundle.unit_path, bundle.producer_id).await?;
                    Ok(wire::bundle(bundle))
                },
            )
            .await
    }

    async fn list_bundles(&self, request: Request<pb::ListBundlesRequest>) -> Answer<pb::ListBundlesResponse> {
        self.kit
            .read(request, wire::list, |r| async move {
                let (filter, page) = &r.want;
                let found = store::bundle_list(r.db(), &r.call.reach(), filter, page).await?;
                let (found, next_page_token) = page.cut(found, |b| vec![b.id.to_string()]);
                Ok(pb::ListBundlesResponse { bundles: found.into_iter().map(wire::bundle).collect(), next_page_token })
            })
            .await
    }

    async fn update_bundle(&self, request: Request<pb::UpdateBundleRequest>) -> Answer<pb::Bundle> {
        self.kit
            .write(request, wire::update, move |w| async move {
                let want = &w.want;
                let mut bundle = live(&w, want.id, &want.etag).await?;
                if let Some(content) = &want.content {
                    let products = judged(&w, bundle.id, content).await?;
                    stays(&w, &bundle, &products, content).await?;
                    bundle = of_products(bundle, &products, content)?;
                    store::hold(w.tx(), bundle.id, &bundle.products).await?;
                }
                if let Some(new) = &want.display_name {
                    bundle.display_name.clone_from(new);
                }
                bundle.version += 1;
                bundle.update_us = w.call.now_us;
                store::bundle_update(w.tx(), &bundle).await?;
                tell(&w, &bundle, w.call.today);
                Ok(wire::bundle(bundle))
            })
            .await
    }

    async fn dissolve_bundle(&self, request: Request<pb::DissolveBundleRequest>) -> Answer<pb::Bundle> {
        self.kit
            .write(request, wire::dissolve, move |w| async move {
                let want = &w.want;
                let mut bundle = live(&w, want.id, &want.etag).await?;
                if want.on < bundle.form_date {
                    return Err(too_early("dissolve_date", bundle.form_date));
                }
                bundle.dissolve_date = Some(want.on);
                bundle.reason.clone_from(&want.reason);
                bundle.version += 1;
                bundle.update_us = w.call.now_us;
                store::hold(w.tx(), bundle.id, &[]).await?;
                store::bundle_update(w.tx(), &bundle).await?;
                tell(&w, &bundle, want.on);
                Ok(wire::bundle(bundle))
            })
            .await
    }
}
