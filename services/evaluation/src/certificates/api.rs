//! CertificateService.

use kit::{Answer, Call, Error, Kit};
use proto::evaluation::v1 as pb;
use proto::evaluation::v1::certificate_service_server::CertificateService;
use tonic::Request;

use super::domain::renewal::ends_of_reminders;
use super::domain::windows;
use super::enter::enter;
use super::store::{self, Certificate};
use super::wire;
use crate::shared::bundles::{Whole, id_of};
use crate::shared::peer::Registry;
use crate::shared::store::cursor;

/// The RPCs of this room.
#[derive(Clone)]
pub struct Api {
    kit: Kit,
    registry: Registry,
}

impl Api {
    /// The RPCs over a kit and the registry.
    #[must_use]
    pub fn new(kit: Kit, registry: Registry) -> Self {
        Self { kit, registry }
    }

    /// The bundle that a certificate is recorded for; none where it is not told, or not known.
    async fn bundle(&self, call: &Call, request: &pb::RecordCertificateRequest) -> kit::Result<Option<Whole>> {
        let told = request.certificate.as_ref().and_then(|certificate| certificate.bundle.as_ref());
        let Some(told) = told else { return Ok(None) };
        let Some(known) = self.registry.bundle_named(call, &told.bundle).await? else { return Ok(None) };
        let (lead, products) = (id_of(&known.lead, "products")?, known.products.clone());
        Whole::of((&self.kit, &self.registry, call), known, lead, products).await.map(Some)
    }
}

#[tonic::async_trait]
impl CertificateService for Api {
    async fn get_certificate(&self, request: Request<pb::GetCertificateRequest>) -> Answer<pb::Certificate> {
        let handler = |r: kit::Read<wire::Get>| async move {
            let found = store::find(r.db(), r.want.id, r.want.as_of).await?;
            let standing = store::there(found, r.want.id)?;
            r.call.at(&standing.certificate.unit_path)?;
            Ok(wire::certificate(&standing, r.want.as_of))
        };
        self.kit.read(request, wire::get, handler).await
    }

    async fn list_certificates(
        &self,
        request: Request<pb::ListCertificatesRequest>,
    ) -> Answer<pb::ListCertificatesResponse> {
        let handler = |r: kit::Read<wire::List>| async move {
            let filter = r.want.filter(r.call.scope());
            let rows = store::list(r.db(), &filter, &windows(), &r.want.page).await?;
            let (rows, next_page_token) =
                r.want.page.cut(rows, |row| cursor(row.certificate.term.decided.latest, row.certificate.id));
            let certificates = rows.iter().map(|row| wire::certificate(row, filter.as_of)).collect();
            Ok(pb::ListCertificatesResponse { certificates, next_page_token })
        };
        self.kit.read(request, wire::list, handler).await
    }

    async fn list_certificate_reminders(
        &self,
        request: Request<pb::ListCertificateRemindersRequest>,
    ) -> Answer<pb::ListCertificateRemindersResponse> {
        let handler = |r: kit::Read<wire::Reminders>| async move {
            let (want, scope) = (&r.want, r.call.scope());
            let ends = ends_of_reminders(want.from, want.to);
            let rows = store::reminded(r.db(), &scope, &want.within, &ends, want.from, &want.page).await?;
            let (rows, next_page_token) =
                want.page.cut(rows, |row| cursor(row.certificate.term.out().earliest, row.certificate.id));
            let reminders = rows.iter().flat_map(|row| wire::reminders(row, want.from, want.to)).collect();
            Ok(pb::ListCertificateRemindersResponse { reminders, next_page_token })
        };
        self.kit.read(request, wire::list_reminders, handler).await
    }

    async fn record_certificate(&self, request: Request<pb::RecordCertificateRequest>) -> Answer<pb::Certificate> {
        let call = self.kit.prepare(&request)?;
        let named = request.get_ref().certificate.as_ref().map(|c| c.product.clone()).unwrap_or_default();
        let product = self.registry.product(&call, &named).await?;
        let kit = &self.kit;
        let whole = self.bundle(&call, request.get_ref()).await?;
        let (found, whole) = (whole.is_some(), &whole.unwrap_or_default());
        let parse = |req: &_, v: &mut _| wire::record(req, product.as_ref(), found, v);
        kit.write(request, parse, move |w: kit::Write<wire::Record>| async move {
            let certificate = recorded(kit, &w.want, w.call.now_us)?;
            let bundle = whole.led_by(certificate.product)?.cloned();
            let certificate = Certificate { bundle, sample: certificate.sample || whole.sample, ..certificate };
            w.call.at(&certificate.unit_path)?;
            for fact in enter(w.tx(), &w.call, std::slice::from_ref(&certificate)).await? {
                w.record(fact);
            }
            let standing = store::there(store::find(w.tx(), certificate.id, w.call.today).await?, certificate.id)?;
            Ok(wire::certificate(&standing, w.call.today))
        })
        .await
    }
}

/// The certificate that a request records.
fn recorded(kit: &Kit, want: &wire::Record, now_us: i64) -> kit::Result<Certificate> {
    let unit_path = reference::units::path(&want.of.unit)
        .ok_or_else(|| Error::internal(format!("the registry names the unknown unit {}", want.of.unit)))?;
    Ok(Certificate {
        id: kit.new_id(),
        product: want.product,
        product_display_name: want.of.display_name.clone(),
        product_code: want.of.code.clone(),
        unit: want.of.unit.clone(),
        unit_path,
        stars: want.stars,
        number: want.number.clone(),
        decision: None,
        serial: 0,
        decision_number: want.decision_number.clone(),
        term: want.term,
        authority: want.authority.clone(),
        regime: want.regime.id.clone(),
        sitting: None,
        source_text: want.source_text.clone(),
        source_url: want.source_url.clone(),
        sample: want.sample,
        create_us: now_us,
        holder: None,
        bundle: None,
    })
}
