//! Bundles: products under one certificate, what may lie in one, and what becomes of them.

use kit::testing::{As, statements};
use proto::registry::v1 as pb;
use time::Date;
use time::macros::date;
use tonic::{Code, Status};

use crate::office::{
    DAY, LA_HAI, Office, WARD_8, because, everywhere, invalid, mask, on, producer, product, refused, request_id,
};
use crate::promotion::products;

fn bundle(goods: &[String]) -> pb::Bundle {
    pb::Bundle {
        display_name: "Bộ rượu  ba vị".to_owned(),
        lead: goods.first().cloned().unwrap_or_default(),
        products: goods.to_vec(),
        form_date: on(date!(2021 - 07 - 01)),
        ..Default::default()
    }
}

async fn add(office: &Office, new: pb::Bundle) -> Result<pb::Bundle, Status> {
    let request = pb::CreateBundleRequest { bundle: Some(new), ..Default::default() };
    Ok(office.bundles().create_bundle(office.admin().say(request)).await?.into_inner())
}

async fn update(office: &Office, new: pb::Bundle, paths: &[&str]) -> Result<pb::Bundle, Status> {
    let request = pb::UpdateBundleRequest { bundle: Some(new), update_mask: mask(paths), ..Default::default() };
    Ok(office.bundles().update_bundle(office.admin().say(request)).await?.into_inner())
}

async fn dissolve(office: &Office, name: &str, day: Date, id: u128) -> Result<pb::Bundle, Status> {
    let request = pb::DissolveBundleRequest {
        name: name.to_owned(),
        dissolve_date: on(day),
        reason: "Bán riêng".to_owned(),
        request_id: request_id(id),
        ..Default::default()
    };
    Ok(office.bundles().dissolve_bundle(office.admin().say(request)).await?.into_inner())
}

/// The bundle that a product says it lies in.
async fn holder(office: &Office, product: &str) -> String {
    let request = pb::GetProductRequest { name: product.to_owned() };
    office.products().get_product(office.admin().say(request)).await.unwrap().into_inner().bundle
}

async fn list(office: &Office, who: &As, show_dissolved: bool) -> Vec<String> {
    let request = pb::ListBundlesRequest { show_dissolved, ..Default::default() };
    let answer = office.bundles().list_bundles(who.count(request)).await.unwrap();
    assert_eq!(statements(&answer), 1);
    answer.into_inner().bundles.into_iter().map(|b| b.name).collect()
}

#[tokio::test]
async fn products_are_put_together_changed_and_parted() {
    everywhere(async |office| {
        let goods = products(&office, WARD_8, 4).await;
        let made = add(&office, bundle(&goods[..2])).await.unwrap();
        assert_eq!((made.code.as_str(), made.unit.as_str()), ("54-555-22018-1-2021", WARD_8));
        assert_eq!(
            (holder(&office, &goods[0]).await, holder(&office, &goods[2]).await),
            (made.name.clone(), String::new())
        );
        let read = pb::GetBundleRequest { name: made.name.clone() };
        assert_eq!(office.bundles().get_bundle(office.admin().say(read)).await.unwrap().into_inner(), made);

        let wider = pb::Bundle { lead: goods[2].clone(), products: goods[1..].to_vec(), ..made.clone() };
        let now = update(&office, wider.clone(), &["lead", "products"]).await.unwrap();
        assert_eq!((now.code.as_str(), now.products.len()), ("54-555-22018-3-2021", 3));
        assert_eq!(
            (holder(&office, &goods[0]).await, holder(&office, &goods[3]).await),
            (String::new(), now.name.clone())
        );
        assert_eq!(refused(update(&office, wider, &["products"]).await), because(Code::Aborted, "ETAG_STALE"));
        let named = pb::Bundle { display_name: "Bộ mới".to_owned(), ..now.clone() };
        assert_eq!(update(&office, named, &["display_name"]).await.unwrap().display_name, "Bộ mới");

        let early = refused(dissolve(&office, &made.name, DAY, 1).await);
        assert_eq!(early, invalid(&[("dissolve_date", "DATE_ORDER")]));
        let gone = dissolve(&office, &made.name, date!(2021 - 08 - 01), 2).await.unwrap();
        assert_eq!((gone.products.len(), gone.reason.as_str()), (3, "Bán riêng"), "it keeps what it held");
        assert_eq!(dissolve(&office, &made.name, date!(2021 - 08 - 01), 2).await.unwrap(), gone);
        let dissolved = because(Code::FailedPrecondition, "BUNDLE_DISSOLVED");
        assert_eq!(refused(dissolve(&office, &made.name, date!(2021 - 08 - 02), 3).await), dissolved);
        assert_eq!(refused(update(&office, gone, &["display_name"]).await), dissolved);
        assert_eq!(holder(&office, &goods[1]).await, "");
        assert_eq!(list(&office, &office.admin(), false).await, Vec::<String>::new());
        assert_eq!(list(&office, &office.admin(), true).await, [made.name]);
        assert!(add(&office, bundle(&goods)).await.is_ok(), "what stands alone may be put together again");
    })
    .await;
}

#[tokio::test]
async fn a_bundle_has_one_producer_one_set_and_no_product_of_another() {
    everywhere(async |office| {
        let goods = products(&office, WARD_8, 3).await;
        let other = office.add_producer(producer("HTX Khác")).await.unwrap().name;
        let foreign = office.add_product(product(&other, "Rượu")).await.unwrap().name;
        let foreign_too = office.add_product(product(&other, "Rượu vị chanh")).await.unwrap().name;
        let before = office.rows().await;
        let nil = format!("products/{}", uuid::Uuid::nil());
        let wrong = pb::Bundle {
            display_name: " ".to_owned(),
            lead: nil.clone(),
            products: vec![goods[0].clone(), goods[0].clone(), "x".to_owned()],
            form_date: on(date!(2021 - 12 - 16)),
            ..Default::default()
        };
        let all = [
            ("bundle.display_name", "FIELD_REQUIRED"),
            ("bundle.products[1]", "RESOURCE_EXISTS"),
            ("bundle.products[2]", "FIELD_FORMAT"),
            ("bundle.form_date", "DATE_IN_FUTURE"),
        ];
        assert_eq!(refused(add(&office, wrong).await), invalid(&all));
        let leaderless = pb::Bundle { lead: foreign.clone(), ..bundle(&goods) };
        assert_eq!(refused(add(&office, leaderless).await), invalid(&[("bundle.lead", "BUNDLE_MIXED")]));
        let alone = refused(add(&office, bundle(&goods[..1])).await);
        assert_eq!(alone.code, Code::InvalidArgument);
        let missing = refused(add(&office, bundle(&[goods[0].clone(), nil])).await);
        assert_eq!(missing, invalid(&[("bundle.products[1]", "REFERENCE_UNKNOWN")]));
        let mixed = refused(add(&office, bundle(&[goods[0].clone(), foreign.clone()])).await);
        assert_eq!(mixed, invalid(&[("bundle.products[1]", "BUNDLE_MIXED")]));
        let early = pb::Bundle { form_date: on(date!(2021 - 06 - 29)), ..bundle(&goods) };
        assert_eq!(refused(add(&office, early).await), invalid(&[("bundle.form_date", "DATE_ORDER")]));
        assert_eq!(office.rows().await, before);
        let made = add(&office, bundle(&goods[..2])).await.unwrap();
        let sold = pb::Bundle { name: made.name, ..bundle(&[foreign, foreign_too]) };
        let both = [("bundle.products[0]", "BUNDLE_MIXED"), ("bundle.products[1]", "BUNDLE_MIXED")];
        assert_eq!(refused(update(&office, sold, &["lead", "products"]).await), invalid(&both));
        let taken = refused(add(&office, bundle(&goods[1..])).await);
        assert_eq!(taken, because(Code::FailedPrecondition, "PRODUCT_BUNDLED"));
    })
    .await;
}

#[tokio::test]
async fn of_two_bundles_that_want_the_same_product_one_gets_it() {
    everywhere(async |office| {
        let goods = products(&office, WARD_8, 3).await;
        let wanted = [vec![goods[0].clone(), goods[1].clone()], vec![goods[2].clone(), goods[1].clone()]];
        let tasks = wanted.map(|goods| {
            let office = office.clone();
            tokio::spawn(async move { add(&office, bundle(&goods)).await })
        });
        let mut made = 0;
        for task in tasks {
            match task.await.unwrap() {
                Ok(_) => made += 1,
                refusal => assert_eq!(refused(refusal), because(Code::FailedPrecondition, "PRODUCT_BUNDLED")),
            }
        }
        assert_eq!((made, office.rows_of(&["bundle"]).await), (1, vec![("bundle", 1)]));
    })
    .await;
}

#[tokio::test]
async fn bundles_are_seen_by_those_whose_units_or_products_they_are() {
    everywhere(async |office| {
        let goods = products(&office, WARD_8, 2).await;
        let made = add(&office, bundle(&goods)).await.unwrap();
        let foreign = office.world.as_role("commune_officer", LA_HAI);
        assert_eq!(list(&office, &foreign, true).await, Vec::<String>::new());
        let request = pb::CreateBundleRequest { bundle: Some(bundle(&goods)), ..Default::default() };
        let refusal = refused(office.bundles().create_bundle(foreign.say(request)).await);
        assert_eq!(refusal.violations.len(), 2, "products outside the caller's units are unknown to it");
        let me = office.world.as_producer(&made.producer, WARD_8);
        assert_eq!(list(&office, &me, false).await, std::slice::from_ref(&made.name));
        let other = office.add_producer(producer("HTX Khác")).await.unwrap().name;
        let other = office.world.as_producer(&other, WARD_8);
        let request = other.say(pb::GetBundleRequest { name: made.name });
        let refusal = refused(office.bundles().get_bundle(request).await);
        assert_eq!(refusal, because(Code::PermissionDenied, "UNIT_FORBIDDEN"));
    })
    .await;
}
