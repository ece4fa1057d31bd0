//! Dossiers of bundles: all products of a bundle are judged under one dossier.

use futures_util::future::join_all;
use proto::registry::v1::{self as pb, CandidateState, DossierState as State};
use serde_json::Value;
use time::macros::date;
use tonic::Code;

use crate::dossier_desk::{
    House, IN_2026, SAUCE, begin, complete_of_2021, complete_of_2026, forward, get, hand_in, handing_in, held, house,
    seal, snapshot, submit, take_up, wanted, withdraw,
};
use crate::filing::{candidate, stands};
use crate::office::{DAY, Office, because, everywhere, everywhere_at, invalid, on, person, producer, product, refused};

/// A bundle of a house: its product leads two more.
async fn bundle_of(office: &Office, house: &House) -> pb::Bundle {
    let mut products = vec![house.product.clone()];
    for n in 1..3 {
        products.push(office.add_product(product(&house.maker, &format!("Rượu vị {n}"))).await.unwrap().name);
    }
    let bundle = pb::Bundle {
        display_name: "Bộ rượu ba vị".to_owned(),
        lead: house.product.clone(),
        products,
        form_date: on(DAY),
        ..Default::default()
    };
    let request = pb::CreateBundleRequest { bundle: Some(bundle), ..Default::default() };
    office.bundles().create_bundle(office.admin().say(request)).await.unwrap().into_inner()
}

fn of_bundle(bundle: &str) -> pb::Dossier {
    pb::Dossier { product: String::new(), bundle: bundle.to_owned(), ..wanted("") }
}

async fn change(office: &Office, bundle: &pb::Bundle, products: &[String]) -> pb::Bundle {
    let bundle = pb::Bundle { products: products.to_vec(), etag: String::new(), ..bundle.clone() };
    let update_mask = crate::office::mask(&["lead", "products"]);
    let request = pb::UpdateBundleRequest { bundle: Some(bundle), update_mask, ..Default::default() };
    office.bundles().update_bundle(office.admin().say(request)).await.unwrap().into_inner()
}

async fn dissolve(office: &Office, bundle: &str) {
    let request = pb::DissolveBundleRequest {
        name: bundle.to_owned(),
        dissolve_date: on(DAY),
        reason: "Bán riêng".to_owned(),
        ..Default::default()
    };
    office.bundles().dissolve_bundle(office.admin().say(request)).await.unwrap();
}

async fn of_product(office: &Office, product: &str) -> Vec<String> {
    let request = pb::ListDossiersRequest { product: product.to_owned(), ..Default::default() };
    let answer = office.dossiers().list_dossiers(office.admin().count(request)).await.unwrap();
    assert_eq!(kit::testing::statements(&answer), 1);
    answer.into_inner().dossiers.into_iter().map(|d| d.name).collect()
}

#[tokio::test]
async fn all_products_of_a_bundle_are_filed_and_sealed_under_one_dossier() {
    everywhere(async |office| {
        let house = house(&office, "HTX Bộ Mẫu").await;
        let bundle = bundle_of(&office, &house).await;
        let listed = candidate(&office, &bundle.products[1], 2021, Some(DAY)).await;
        let draft = begin(&office, of_bundle(&bundle.name)).await.unwrap();
        assert_eq!((&draft.product, &draft.bundle, &draft.products), (&house.product, &bundle.name, &bundle.products));
        complete_of_2021(&office, &house, &draft.name).await;
        assert_eq!(held(&office, &draft.name, date!(2021 - 07 - 05)).await, []);
        // Until it is filed the bundle's own products are meant; then they are fixed.
        change(&office, &bundle, &bundle.products[..2]).await;
        let filed = submit(&office, &draft.name, date!(2021 - 07 - 05)).await.unwrap();
        assert_eq!(filed.products, bundle.products[..2]);
        assert_eq!(stands(&office, &listed).await.0, CandidateState::Filed);
        change(&office, &bundle, &bundle.products).await;
        take_up(&office, &draft.name, date!(2021 - 07 - 06)).await.unwrap();
        forward(&office, &draft.name, date!(2021 - 07 - 07)).await.unwrap();
        hand_in(&office, handing_in(&draft.name, 5, date!(2021 - 07 - 08))).await.unwrap();
        let sealed = seal(&office, &draft.name, date!(2021 - 07 - 09)).await.unwrap();
        assert_eq!((sealed.state(), &sealed.products[..]), (State::Sealed, &bundle.products[..2]));
        let kept = snapshot(&office, &draft.name).await.unwrap();
        let content: Value = serde_json::from_slice(&kept.content).unwrap();
        assert_eq!(content["form"], "ocop.dossier/2");
        assert_eq!(
            (&content["product"]["name"], &content["bundle"]),
            (&house.product.clone().into(), &bundle.name.clone().into())
        );
        let members: Vec<&str> =
            content["products"].as_array().unwrap().iter().filter_map(|p| p["name"].as_str()).collect();
        assert_eq!(members, bundle.products[..2]);
        assert_eq!(of_product(&office, &bundle.products[1]).await, std::slice::from_ref(&draft.name));
        assert_eq!(of_product(&office, &bundle.products[2]).await, [""; 0]);
        let again = begin(&office, of_bundle(&bundle.name)).await.unwrap();
        assert_eq!(again.products, bundle.products, "a sealed dossier makes room for the next");
    })
    .await;
}

#[tokio::test]
async fn a_product_has_one_open_dossier_its_bundles_too() {
    everywhere(async |office| {
        let house = house(&office, "HTX Một Bộ Mẫu").await;
        let bundle = bundle_of(&office, &house).await;
        let open = because(Code::AlreadyExists, "DOSSIER_OPEN");
        let single = begin(&office, wanted(&bundle.products[2])).await.unwrap();
        assert_eq!((&single.bundle[..], &single.products[..]), ("", &bundle.products[2..]));
        assert_eq!(refused(begin(&office, of_bundle(&bundle.name)).await), open);
        withdraw(&office, &single.name, DAY).await.unwrap();
        let wants = [of_bundle(&bundle.name), wanted(&bundle.products[1]), of_bundle(&bundle.name)];
        let all = join_all(wants.into_iter().map(|want| begin(&office, want))).await;
        let won = all.iter().filter(|answer| answer.is_ok()).count();
        assert_eq!(won, 1);
        for answer in all.into_iter().filter(Result::is_err) {
            assert_eq!(refused(answer), open);
        }
        // What joined the bundle meanwhile and has a dossier of its own holds the submission back.
        let dossiers = of_product(&office, &bundle.products[1]).await;
        withdraw(&office, &dossiers[0], DAY).await.unwrap();
        let smaller = change(&office, &bundle, &bundle.products[..2]).await;
        let draft = begin(&office, of_bundle(&bundle.name)).await.unwrap();
        complete_of_2021(&office, &house, &draft.name).await;
        begin(&office, wanted(&bundle.products[2])).await.unwrap();
        change(&office, &smaller, &bundle.products).await;
        let rows = office.rows().await;
        assert_eq!(refused(submit(&office, &draft.name, date!(2021 - 07 - 05)).await), open);
        assert_eq!(office.rows().await, rows);
        assert_eq!(get(&office, &draft.name).await.products, bundle.products[..2]);
    })
    .await;
}

#[tokio::test]
async fn a_dossier_is_of_a_product_or_of_a_bundle_that_stands() {
    everywhere(async |office| {
        let house = house(&office, "HTX Tách Mẫu").await;
        let bundle = bundle_of(&office, &house).await;
        let both = pb::Dossier { product: house.product.clone(), ..of_bundle(&bundle.name) };
        assert_eq!(refused(begin(&office, both).await), invalid(&[("dossier.product", "FIELD_FORMAT")]));
        let neither = refused(begin(&office, of_bundle("")).await);
        assert_eq!(neither, invalid(&[("dossier.product", "FIELD_REQUIRED")]));
        let nobody = kit::name::of("bundles", uuid::Uuid::from_u128(9));
        let unknown = invalid(&[("dossier.bundle", "REFERENCE_UNKNOWN")]);
        assert_eq!(refused(begin(&office, of_bundle(&nobody)).await), unknown);
        let draft = begin(&office, of_bundle(&bundle.name)).await.unwrap();
        complete_of_2021(&office, &house, &draft.name).await;
        dissolve(&office, &bundle.name).await;
        let gone = ("BUNDLE_DISSOLVED".to_owned(), "bundle".to_owned());
        assert_eq!(held(&office, &draft.name, date!(2021 - 07 - 05)).await, [gone]);
        let incomplete = because(Code::FailedPrecondition, "DOSSIER_INCOMPLETE");
        assert_eq!(refused(submit(&office, &draft.name, date!(2021 - 07 - 05)).await), incomplete);
        withdraw(&office, &draft.name, date!(2021 - 07 - 06)).await.unwrap();
        let dissolved = because(Code::FailedPrecondition, "BUNDLE_DISSOLVED");
        assert_eq!(refused(begin(&office, of_bundle(&bundle.name)).await), dissolved);
    })
    .await;
}

#[tokio::test]
async fn a_bundle_is_filed_where_its_lead_stands_then() {
    everywhere_at(IN_2026, async |office| {
        let maker = office.add_producer(producer("HTX Đổi Đầu Mẫu")).await.unwrap().name;
        let goods = |name: &str, day| pb::Product {
            product_set: SAUCE.to_owned(),
            registration_date: on(day),
            ..product(&maker, name)
        };
        let old = office.add_product(goods("Nước mắm cũ", date!(2021 - 07 - 01))).await.unwrap();
        let new = office.add_product(goods("Nước mắm mới", date!(2026 - 02 - 02))).await.unwrap();
        assert_ne!(old.unit, new.unit);
        let bundle = pb::Bundle {
            display_name: "Bộ nước mắm".to_owned(),
            lead: old.name.clone(),
            products: vec![old.name.clone(), new.name.clone()],
            form_date: on(date!(2026 - 02 - 02)),
            ..Default::default()
        };
        let request = pb::CreateBundleRequest { bundle: Some(bundle), ..Default::default() };
        let bundle = office.bundles().create_bundle(office.admin().say(request)).await.unwrap().into_inner();
        let draft = begin(&office, of_bundle(&bundle.name)).await.unwrap();
        assert_eq!(draft.unit, old.unit);
        let person = pb::Person { registration_date: on(DAY), ..person("Người đại diện mẫu") };
        let person = office.add_person(person).await.unwrap().name;
        let house = House { maker, product: new.name.clone(), person };
        complete_of_2026(&office, &house, &draft.name).await;
        change(&office, &pb::Bundle { lead: new.name.clone(), ..bundle.clone() }, &bundle.products).await;
        let filed = submit(&office, &draft.name, date!(2026 - 06 - 01)).await.unwrap();
        assert_eq!((&filed.product, &filed.unit), (&new.name, &new.unit));
        let commune = new.unit.trim_start_matches("units/").split('-').next().unwrap_or_default();
        assert!(filed.commune_slip.contains(commune), "{}", filed.commune_slip);
    })
    .await;
}
