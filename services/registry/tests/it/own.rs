//! The account of a producer: it reaches what is its own, in every room, and nothing of its neighbours.

use kit::testing::{As, statements};
use proto::registry::v1 as pb;
use tonic::{Code, Status};

use crate::evidence_files::{paper, pdf, upload, upload_as};
use crate::office::{
    DAY, LA_HAI, Office, PHU_YEN, Refused, WARD_8, because, everywhere, mask, on, producer, product, refused,
    request_id,
};
use crate::promotion::{add, apply, fair, open};

fn forbidden() -> Refused {
    because(Code::PermissionDenied, "UNIT_FORBIDDEN")
}

/// A producer of Ward 8 with a product.
async fn house(office: &Office, title: &str) -> (pb::Producer, pb::Product) {
    let maker = office.add_producer(producer(title)).await.unwrap();
    let goods = office.add_product(product(&maker.name, &format!("Rượu {title}"))).await.unwrap();
    (maker, goods)
}

async fn rename(office: &Office, who: &As, name: &str, id: u128) -> Result<pb::Producer, Status> {
    let new = pb::Producer { name: name.to_owned(), display_name: "HTX Tên mới".to_owned(), ..Default::default() };
    let request = pb::UpdateProducerRequest {
        producer: Some(new),
        update_mask: mask(&["display_name"]),
        request_id: request_id(id),
        ..Default::default()
    };
    Ok(office.producers().update_producer(who.say(request)).await?.into_inner())
}

async fn get(office: &Office, who: &As, name: &str) -> Result<pb::Producer, Status> {
    let request = pb::GetProducerRequest { name: name.to_owned() };
    Ok(office.producers().get_producer(who.say(request)).await?.into_inner())
}

/// Products that a caller sees, in one statement.
async fn seen(office: &Office, who: &As) -> Vec<String> {
    let answer = office.products().list_products(who.count(pb::ListProductsRequest::default())).await.unwrap();
    assert_eq!(statements(&answer), 1);
    answer.into_inner().products.into_iter().map(|p| p.name).collect()
}

#[tokio::test]
async fn a_producer_sees_and_changes_itself_and_its_products_and_no_neighbour() {
    everywhere(async |office| {
        let ((mine, goods), (other, others)) = (house(&office, "HTX Một").await, house(&office, "HTX Hai").await);
        let me = office.world.as_producer(&mine.name, WARD_8);
        assert_eq!(get(&office, &me, &mine.name).await.unwrap().name, mine.name);
        assert_eq!(refused(get(&office, &me, &other.name).await), forbidden());
        assert_eq!(seen(&office, &me).await, [goods.name.as_str()]);
        let both = pb::BatchGetProductsRequest { names: vec![goods.name.clone(), others.name.clone()] };
        let answer = office.products().batch_get_products(me.say(both)).await;
        assert_eq!(refused(answer), because(Code::NotFound, "RESOURCE_NOT_FOUND"));
        let producers = office.producers().list_producers(me.say(pb::ListProducersRequest::default())).await.unwrap();
        assert_eq!(producers.into_inner().producers.len(), 1);

        let changed = rename(&office, &me, &mine.name, 1).await.unwrap();
        assert_eq!(changed.display_name, "HTX Tên mới");
        let again = rename(&office, &me, &mine.name, 1).await.unwrap();
        assert_eq!(again.etag, changed.etag, "a repeat is authorised again and takes no effect");
        assert_eq!(refused(rename(&office, &me, &other.name, 2).await), forbidden());
        let form = pb::Producer { legal_form: pb::LegalForm::Farm.into(), ..changed };
        let request = pb::UpdateProducerRequest {
            producer: Some(form),
            update_mask: mask(&["legal_form"]),
            ..Default::default()
        };
        let checked = office.producers().update_producer(me.say(request)).await;
        assert_eq!(refused(checked), because(Code::FailedPrecondition, "REGISTRATION_CHECKED"));
        let title = |name: &str| pb::UpdateProductRequest {
            product: Some(pb::Product {
                name: name.to_owned(), display_name: "Rượu đế".to_owned(), ..goods.clone()
            }),
            update_mask: mask(&["display_name"]),
            ..Default::default()
        };
        let own = pb::UpdateProductRequest { ..title(&goods.name) };
        assert_eq!(office.products().update_product(me.say(own)).await.unwrap().into_inner().display_name, "Rượu đế");
        let mut foreign = title(&others.name);
        if let Some(product) = foreign.product.as_mut() {
            product.etag.clear();
        }
        assert_eq!(refused(office.products().update_product(me.say(foreign)).await), forbidden());
    })
    .await;
}

#[tokio::test]
async fn the_role_alone_and_the_name_alone_reach_nothing() {
    everywhere(async |office| {
        let (mine, goods) = house(&office, "HTX Một").await;
        let elsewhere = office.world.as_producer(&mine.name, LA_HAI);
        for who in [office.world.as_role("producer", WARD_8), office.world.as_role("producer", "units/vn"), elsewhere] {
            assert_eq!(refused(get(&office, &who, &mine.name).await), forbidden());
            assert_eq!(seen(&office, &who).await, Vec::<String>::new());
        }
        let wide = office.world.as_producer(&mine.name, PHU_YEN);
        assert_eq!(seen(&office, &wide).await, [goods.name]);
    })
    .await;
}

#[tokio::test]
async fn a_repeat_of_a_producer_is_refused_once_the_account_is_anothers() {
    everywhere(async |office| {
        let ((mine, _), (other, _)) = (house(&office, "HTX Một").await, house(&office, "HTX Hai").await);
        rename(&office, &office.world.as_producer(&mine.name, WARD_8), &mine.name, 7).await.unwrap();
        // The same subject with a token of another producer.
        let held = [kit::Held { role: proto::common::v1::Role::Producer, unit: WARD_8.to_owned() }];
        let id = kit::name::parse(&other.name, "producers").unwrap();
        let now_other = office.world.as_account(&format!("test-{}", mine.name), &held, &[id]);
        assert_eq!(refused(rename(&office, &now_other, &mine.name, 7).await), forbidden());
    })
    .await;
}

#[tokio::test]
async fn a_producer_keeps_its_own_evidence() {
    everywhere(async |office| {
        let ((mine, _), (other, _)) = (house(&office, "HTX Một").await, house(&office, "HTX Hai").await);
        let me = office.world.as_producer(&mine.name, WARD_8);
        let own = upload_as(&office, &me, paper(&mine.name), &pdf(900, 1)).await.unwrap();
        let theirs = upload(&office, paper(&other.name), &pdf(900, 2)).await.unwrap();
        assert_eq!(refused(upload_as(&office, &me, paper(&other.name), &pdf(900, 3)).await), forbidden());
        let list = office.evidence().list_evidence(me.say(pb::ListEvidenceRequest::default())).await.unwrap();
        assert_eq!(list.into_inner().evidence.iter().map(|e| &e.name).collect::<Vec<_>>(), [&own.name]);
        let ask = |name: &str| me.say(pb::GetEvidenceRequest { name: name.to_owned(), ..Default::default() });
        assert!(office.evidence().get_evidence(ask(&own.name)).await.is_ok());
        assert_eq!(refused(office.evidence().get_evidence(ask(&theirs.name)).await), forbidden());
        let versions =
            |name: &str| me.say(pb::ListEvidenceVersionsRequest { name: name.to_owned(), ..Default::default() });
        assert!(office.evidence().list_evidence_versions(versions(&own.name)).await.is_ok());
        assert_eq!(refused(office.evidence().list_evidence_versions(versions(&theirs.name)).await), forbidden());
        let file = |name: &str| me.say(pb::DownloadEvidenceRequest { name: name.to_owned(), ..Default::default() });
        assert!(office.evidence().download_evidence(file(&own.name)).await.is_ok());
        let denied = office.evidence().download_evidence(file(&theirs.name)).await.map(|_| ());
        assert_eq!(refused(denied), forbidden());
        let drop = |name: &str| {
            let (name, reason) = (name.to_owned(), "Nhầm tệp".to_owned());
            me.say(pb::WithdrawEvidenceRequest { name, reason, ..Default::default() })
        };
        assert_eq!(refused(office.evidence().withdraw_evidence(drop(&theirs.name)).await), forbidden());
        assert!(office.evidence().withdraw_evidence(drop(&own.name)).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn a_producer_applies_to_fairs_and_sees_its_support_and_nobody_elses() {
    everywhere(async |office| {
        let ((mine, goods), (_, others)) = (house(&office, "HTX Một").await, house(&office, "HTX Hai").await);
        let me = office.world.as_producer(&mine.name, WARD_8);
        let market = add(&office, fair("Hội chợ")).await.unwrap().name;
        open(&office, &market, DAY).await.unwrap();
        let own = apply(&office, &me, &market, &goods.name, DAY).await.unwrap();
        assert_eq!(refused(apply(&office, &me, &market, &others.name, DAY).await), forbidden());
        let theirs = apply(&office, &office.admin(), &market, &others.name, DAY).await.unwrap();
        let list = office.promotion().list_applications(me.count(pb::ListApplicationsRequest::default())).await;
        let list = list.unwrap();
        assert_eq!(statements(&list), 1);
        assert_eq!(list.into_inner().applications.iter().map(|a| &a.name).collect::<Vec<_>>(), [&own.name]);
        let ask = |name: &str| me.say(pb::GetApplicationRequest { name: name.to_owned() });
        assert!(office.promotion().get_application(ask(&own.name)).await.is_ok());
        assert_eq!(refused(office.promotion().get_application(ask(&theirs.name)).await), forbidden());
        let leave = |name: &str| {
            let (name, withdraw_date) = (name.to_owned(), on(DAY));
            me.say(pb::WithdrawApplicationRequest { name, withdraw_date, ..Default::default() })
        };
        assert_eq!(refused(office.promotion().withdraw_application(leave(&theirs.name)).await), forbidden());
        assert!(office.promotion().withdraw_application(leave(&own.name)).await.is_ok());

        let mut packages = Vec::new();
        for product in [&goods, &others] {
            let package = crate::support::support(&product.name);
            packages.push(crate::support::add(&office, package).await.unwrap().name);
        }
        let list = office.support().list_support_packages(me.say(pb::ListSupportPackagesRequest::default())).await;
        let names: Vec<String> = list.unwrap().into_inner().support_packages.into_iter().map(|p| p.name).collect();
        assert_eq!(names, [packages[0].as_str()]);
        let ask = |name: &str| me.say(pb::GetSupportPackageRequest { name: name.to_owned() });
        assert!(office.support().get_support_package(ask(&packages[0])).await.is_ok());
        assert_eq!(refused(office.support().get_support_package(ask(&packages[1])).await), forbidden());
        let sums = office.support().get_support_totals(me.say(pb::GetSupportTotalsRequest::default())).await.unwrap();
        assert_eq!(sums.into_inner().totals.iter().map(|t| t.packages).sum::<i64>(), 1);
    })
    .await;
}

#[tokio::test]
async fn what_a_merged_registration_had_belongs_to_the_one_that_stands() {
    everywhere(async |office| {
        let ((from, goods), (into, others)) = (house(&office, "HTX Một").await, house(&office, "HTX Hai").await);
        let old = upload(&office, paper(&from.name), &pdf(900, 1)).await.unwrap();
        let request =
            pb::MergeProducersRequest { from: from.name.clone(), into: into.name.clone(), ..Default::default() };
        office.merges().merge_producers(office.admin().say(request)).await.unwrap();
        let stands = office.world.as_producer(&into.name, WARD_8);
        let mut all = seen(&office, &stands).await;
        all.sort();
        let mut both = [goods.name, others.name];
        both.sort();
        assert_eq!(all, both);
        let ask = |who: &As| who.say(pb::GetEvidenceRequest { name: old.name.clone(), ..Default::default() });
        assert!(office.evidence().get_evidence(ask(&stands)).await.is_ok());
        let merged = office.world.as_producer(&from.name, WARD_8);
        assert_eq!(seen(&office, &merged).await, Vec::<String>::new());
        assert_eq!(refused(office.evidence().get_evidence(ask(&merged)).await), forbidden());
    })
    .await;
}
