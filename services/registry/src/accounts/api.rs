//! ProducerAccountService.

use kit::{Answer, Error, Fact, Kit, OnUnique, Write, name};
use proto::registry::v1::producer_account_service_server::ProducerAccountService;
use proto::registry::v1::{self as pb, ErrorReason};
use time::Date;
use tonic::{Request, async_trait};

use super::store::{self, Account, Accounts};
use super::{domain, wire};
use crate::producers::{self, store::producer_lock};
use crate::shared::reach::reach;
use crate::shared::records;
use crate::shared::wire::unknown_producer;

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

fn tell<P>(w: &Write<P>, account: &Account, on: Date) {
    let fact = Fact::of(&name::of("producerAccounts", account.id)).at(&account.unit).on(on);
    w.record(fact.sample(account.sample).tells(&wire::recorded(account)));
}

#[async_trait]
impl ProducerAccountService for Api {
    async fn create_producer_account(
        &self,
        request: Request<pb::CreateProducerAccountRequest>,
    ) -> Answer<pb::ProducerAccount> {
        self.kit
            .write(request, wire::create, move |w| async move {
                let want = &w.want;
                let producer = producer_lock(w.tx(), want.producer).await?;
                let producer = producer.ok_or_else(|| unknown_producer("producer_account.producer", want.producer))?;
                w.call.at(&producer.new.unit_path)?;
                producers::wire::takes_part(&producer, want.begin_date)?;
                if let Some(held) = store::held(w.tx(), producer.id, &want.subject).await? {
                    return Err(Error::exists_as(ErrorReason::AccountHeld, name::of("producerAccounts", held)));
                }
                let account = Account {
                    id: self.kit.new_id(),
                    unit: producer.new.unit,
                    unit_path: producer.new.unit_path,
                    producer_id: producer.id,
                    subject: want.subject.clone(),
                    begin_date: want.begin_date,
                    end_date: None,
                    sample: want.sample || producer.new.sample,
                    version: 1,
                    create_us: w.call.now_us,
                    update_us: w.call.now_us,
                };
                let code = name::of("producerAccounts", account.id);
                records::insert::<Accounts>(w.tx(), &account).await.on_unique(ErrorReason::AccountHeld, code)?;
                tell(&w, &account, account.begin_date);
                Ok(wire::account(account))
            })
            .await
    }

    async fn get_producer_account(
        &self,
        request: Request<pb::GetProducerAccountRequest>,
    ) -> Answer<pb::ProducerAccount> {
        self.kit
            .read(
                request,
                |req, v| v.name("name", &req.name, "producerAccounts"),
                |r| async move {
                    let account = records::fetch::<Accounts>(r.db(), r.want).await?;
                    let account = account.ok_or_else(|| Error::not_found(name::of("producerAccounts", r.want)))?;
                    r.call.at(&account.unit_path)?;
                    Ok(wire::account(account))
                },
            )
            .await
    }

    async fn list_producer_accounts(
        &self,
        request: Request<pb::ListProducerAccountsRequest>,
    ) -> Answer<pb::ListProducerAccountsResponse> {
        self.kit
            .read(request, wire::list, |r| async move {
                let (filter, page) = &r.want;
                let all = sea_orm::Condition::all();
                let found = records::list::<Accounts>(r.db(), &reach(&r.call), filter, all, page).await?;
                let (found, next_page_token) = page.cut(found, |a| vec![a.id.to_string()]);
                let producer_accounts = found.into_iter().map(wire::account).collect();
                Ok(pb::ListProducerAccountsResponse { producer_accounts, next_page_token })
            })
            .await
    }

    async fn end_producer_account(
        &self,
        request: Request<pb::EndProducerAccountRequest>,
    ) -> Answer<pb::ProducerAccount> {
        self.kit
            .write(request, wire::end, move |w| async move {
                let name = name::of("producerAccounts", w.want.id);
                let account = records::lock::<Accounts>(w.tx(), w.want.id).await?;
                let mut account = account.ok_or_else(|| Error::not_found(&name))?;
                w.call.at(&account.unit_path)?;
                kit::fresh(&w.want.etag, account.version, &name)?;
                let last = domain::end(account.begin_date, account.end_date, w.want.on);
                account.end_date = Some(last.map_err(|refusal| wire::refusal(&name, refusal))?);
                account.version += 1;
                account.update_us = w.call.now_us;
                records::update::<Accounts>(w.tx(), &account).await?;
                tell(&w, &account, w.want.on);
                Ok(wire::account(account))
            })
            .await
    }
}
