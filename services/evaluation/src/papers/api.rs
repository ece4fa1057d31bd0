//! CertificatePaperService.

use kit::{Answer, Error, Fact, Kit, day};
use proto::common::v1::ErrorReason as Common;
use proto::evaluation::v1 as pb;
use proto::evaluation::v1::ErrorReason;
use proto::evaluation::v1::certificate_paper_service_server::CertificatePaperService;
use sea_orm::ConnectionTrait;
use tonic::Request;
use uuid::Uuid;

use super::domain::{fits, gets_paper};
use super::seal::{self, Seal};
use super::store::{self, Key, Paper};
use super::wire::{self, Check, Issue};
use crate::certificates;
use crate::certificates::domain::{status, windows};
use crate::certificates::store::Standing;
use crate::shared::peer::Registry;
use crate::shared::store::{cursor, of_text, to_text};

/// Where the keys belong.
const COUNTRY: &str = "units/vn";

/// The RPCs of this room.
#[derive(Clone)]
pub struct Api {
    kit: Kit,
    registry: Registry,
    seal: Seal,
}

impl Api {
    /// The RPCs over a kit, the registry, and what seals secrets.
    #[must_use]
    pub fn new(kit: Kit, registry: Registry, seal: Seal) -> Self {
        Self { kit, registry, seal }
    }

    /// The name of who holds a certificate, as the registry has it.
    async fn holder(&self, call: &kit::Call, certificate: &str) -> kit::Result<String> {
        let Some(id) = kit::name::parse(certificate, certificates::wire::COLLECTION) else { return Ok(String::new()) };
        let found = certificates::store::find(self.kit.database()?.reader(), id, call.today).await?;
        let Some(standing) = found else { return Ok(String::new()) };
        if let Some(holder) = standing.certificate.holder {
            let producer = self.registry.producer(call, &kit::name::of("producers", holder)).await?;
            return Ok(producer.map(|producer| producer.display_name).unwrap_or_default());
        }
        let product = kit::name::of("products", standing.certificate.product);
        let product = self.registry.product(call, &product).await?;
        Ok(product.map(|product| product.producer_display_name).unwrap_or_default())
    }
}

/// A new key of this serial.
fn new_key(seal: &Seal, serial: i32, now_us: i64) -> kit::Result<Key> {
    let (kid, seed) = (format!("k{serial}"), paper::token::seed());
    let (public, sealed) = (paper::token::public(&seed, &kid).x, seal.close(&kid, &seed)?);
    Ok(Key { serial, kid, public, sealed, create_us: now_us, retire_us: None })
}

/// All keys, the newest first; those that an older release left in plain are sealed now. Only a rotation does it: until then
/// replicas of that release, which read no sealed secret, go on signing beside this one.
async fn sealed_keys(tx: &impl ConnectionTrait, seal: &Seal) -> kit::Result<Vec<Key>> {
    let mut keys = store::keys(tx).await?;
    for key in &mut keys {
        if let Some(seed) = seal::plain(&key.sealed) {
            (key.public, key.sealed) = (paper::token::public(&seed, &key.kid).x, seal.close(&key.kid, &seed)?);
            store::put_sealed(tx, key).await?;
        }
    }
    Ok(keys)
}

/// How many keys an older release left in plain. Says so in the log, once the database has its tables.
pub(crate) async fn warn_of_plain(kit: &Kit) -> kit::Result<usize> {
    let keys = store::keys(kit.database()?.reader()).await?;
    let plain = keys.iter().filter(|key| seal::plain(&key.sealed).is_some()).count();
    if plain > 0 {
        tracing::warn!(plain, "keys that sign certificates lie in plain in the database: call RotateSigningKey");
    }
    Ok(plain)
}

/// The key that signs, and its secret; the first one is made when it is first needed.
async fn signing(tx: &impl ConnectionTrait, seal: &Seal, now_us: i64) -> kit::Result<(Key, [u8; 32])> {
    let mut keys = store::keys(tx).await?;
    if keys.is_empty() {
        keys = store::add_key(tx, &new_key(seal, 1, now_us)?).await?;
    }
    let key = keys.into_iter().next().ok_or_else(|| Error::internal("there is no signing key"))?;
    let seed = match seal::plain(&key.sealed) {
        Some(seed) => seed,
        None => seal.open(&key.kid, &key.sealed)?,
    };
    Ok((key, seed))
}

/// Refuses where the certificate gets no paper, or not for this reason.
fn allowed(want: &Issue, standing: &Standing, papers: i32, today: time::Date) -> kit::Result<()> {
    let certificate = &standing.certificate;
    let name = certificates::wire::name(certificate.id);
    let decided = certificate.term.decided.latest;
    if want.paper_date < decided {
        let detail = format!("{} < {}", day::text(want.paper_date), day::text(decided));
        return Err(Error::violation("paper_date", Common::DateOrder, &[("detail", &detail)]));
    }
    let now = status(&certificate.term, &standing.events, &windows(), today);
    if !gets_paper(now) {
        let refused = Error::refused(ErrorReason::CertificateStatusForbids).with("name", name);
        let refused = refused.with("date", day::text(today)).with("status", certificates::wire::status_name(now));
        return Err(refused.with("act", "ISSUE_PAPER").with("possible", "-"));
    }
    if !fits(want.reason, papers) {
        return Err(Error::refused(ErrorReason::PaperReasonWrong).with("name", name).with("count", papers));
    }
    Ok(())
}

#[tonic::async_trait]
impl CertificatePaperService for Api {
    async fn issue_certificate_paper(
        &self,
        request: Request<pb::IssueCertificatePaperRequest>,
    ) -> Answer<pb::CertificatePaper> {
        let (kit, seal) = (&self.kit, &self.seal);
        let call = kit.prepare(&request)?;
        let holder = &self.holder(&call, &request.get_ref().name).await?;
        kit.write(request, wire::issue, move |w: kit::Write<Issue>| async move {
            let (want, id) = (&w.want, w.want.certificate);
            let product = certificates::store::there(certificates::store::product_of(w.tx(), id).await?, id)?;
            certificates::store::lock_products(w.tx(), &[product]).await?;
            let found = certificates::store::find(w.tx(), id, w.call.today).await?;
            let standing = certificates::store::there(found, id)?;
            let certificate = &standing.certificate;
            w.call.at(&certificate.unit_path)?;
            let papers = store::latest(w.tx(), id).await?;
            allowed(want, &standing, papers, w.call.today)?;
            let (key, seed) = signing(w.tx(), seal, w.call.now_us).await?;
            let claims = wire::claims(certificate, papers + 1);
            let paper = Paper {
                id: kit.new_id(),
                certificate: id,
                unit: certificate.unit.clone(),
                unit_path: certificate.unit_path.clone(),
                edition: papers + 1,
                reason: want.reason,
                paper_date: want.paper_date,
                place: want.place.clone(),
                signed_by: want.signed_by.clone(),
                holder: holder.clone(),
                sheet: to_text(&wire::sheet(certificate))?,
                token: paper::token::sign(&claims, &seed, &key.kid).map_err(Error::internal)?,
                kid: key.kid,
                sample: certificate.sample,
                create_us: w.call.now_us,
            };
            store::insert(w.tx(), &paper).await?;
            let fact = Fact::of(&wire::name(paper.id)).at(&paper.unit).on(paper.paper_date).sample(paper.sample);
            w.record(fact.tells(&wire::issued(&paper)));
            Ok(wire::paper(&paper))
        })
        .await
    }

    async fn get_certificate_paper(
        &self,
        request: Request<pb::GetCertificatePaperRequest>,
    ) -> Answer<pb::CertificatePaper> {
        let handler = |r: kit::Read<Uuid>| async move { Ok(wire::paper(&readable(&r).await?)) };
        self.kit.read(request, wire::get, handler).await
    }

    async fn list_certificate_papers(
        &self,
        request: Request<pb::ListCertificatePapersRequest>,
    ) -> Answer<pb::ListCertificatePapersResponse> {
        let handler = |r: kit::Read<wire::List>| async move {
            let rows = store::list(r.db(), &r.call.scope(), r.want.certificate, &r.want.page).await?;
            let (rows, next_page_token) = r.want.page.cut(rows, |row| cursor(row.paper_date, row.id));
            Ok(pb::ListCertificatePapersResponse { papers: rows.iter().map(wire::paper).collect(), next_page_token })
        };
        self.kit.read(request, wire::list, handler).await
    }

    async fn download_certificate_paper(
        &self,
        request: Request<pb::DownloadCertificatePaperRequest>,
    ) -> Answer<pb::DownloadCertificatePaperResponse> {
        let handler = |r: kit::Read<Uuid>| async move {
            let paper = readable(&r).await?;
            let printed = wire::printed(of_text(&paper.sheet)?, &paper);
            let content = paper::certificate::pdf(&printed).map_err(Error::internal)?;
            Ok(wire::rendered(&paper, content))
        };
        self.kit.read(request, wire::render, handler).await
    }

    async fn verify_certificate(
        &self,
        request: Request<pb::VerifyCertificateRequest>,
    ) -> Answer<pb::VerifyCertificateResponse> {
        let handler = |r: kit::Read<Check>| async move {
            let today = r.call.today;
            let token = match &r.want {
                Check::Number(number) => {
                    let found = certificates::store::by_number(r.db(), number, today).await?;
                    return Ok(wire::checked(&found, (0, 0), today));
                }
                Check::Token(token) => token,
            };
            let claims = match paper::token::check(token, &wire::jwks(&store::keys(r.db()).await?)) {
                Ok(claims) => claims,
                Err(refused) => return Ok(wire::refused(refused, today)),
            };
            let Ok(id) = Uuid::try_parse(&claims.c) else {
                return Err(Error::internal("a token of ours names no certificate"));
            };
            let found: Vec<Standing> = certificates::store::find(r.db(), id, today).await?.into_iter().collect();
            let latest = store::latest(r.db(), id).await?;
            Ok(wire::checked(&found, (claims.i, latest), today))
        };
        self.kit.read(request, wire::check, handler).await
    }

    async fn get_signing_key_set(&self, request: Request<pb::GetSigningKeySetRequest>) -> Answer<pb::SigningKeySet> {
        let handler = |r: kit::Read<()>| async move { Ok(wire::key_set(&store::keys(r.db()).await?)) };
        self.kit.read(request, kit::plain, handler).await
    }

    async fn rotate_signing_key(&self, request: Request<pb::RotateSigningKeyRequest>) -> Answer<pb::SigningKeySet> {
        let seal = &self.seal;
        let handler = |w: kit::Write<()>| async move {
            w.call.at(COUNTRY)?;
            let serial = sealed_keys(w.tx(), seal).await?.first().map_or(0, |key| key.serial) + 1;
            let keys = store::add_key(w.tx(), &new_key(seal, serial, w.call.now_us)?).await?;
            let key_id = keys.first().map(|key| key.kid.clone()).unwrap_or_default();
            let event = pb::PaperIssued { key_id: key_id.clone(), ..pb::PaperIssued::default() };
            w.record(Fact::of(&format!("signingKeys/{key_id}")).at(COUNTRY).tells(&event));
            Ok(wire::key_set(&keys))
        };
        self.kit.write(request, kit::plain, handler).await
    }
}

/// A paper that the caller may see.
async fn readable(r: &kit::Read<Uuid>) -> kit::Result<Paper> {
    let paper = store::find(r.db(), r.want).await?.ok_or_else(|| Error::not_found(wire::name(r.want)))?;
    r.call.at(&paper.unit_path)?;
    Ok(paper)
}
