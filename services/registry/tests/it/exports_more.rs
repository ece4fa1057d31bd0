//! The lists of growers and of what is on its way to evaluation as files.

use proto::registry::v1 as pb;
use time::macros::date;
use tonic::{Code, Response, Status, Streaming};

use crate::changes::{household, propose, to_cooperative};
use crate::dossier_desk::{begin, house, wanted};
use crate::exports::{csv, got, records};
use crate::filing::candidate;
use crate::office::{DAY, LA_HAI, Office, PHU_YEN, because, everywhere, invalid, on, product, refused};
use crate::returns::year_2020;
use crate::sites::{add_area, add_site, area, site};

pub type Parts = Result<Response<Streaming<proto::common::v1::SheetPart>>, Status>;

/// The rows of a file, the header first.
pub async fn rows(answer: Parts) -> Vec<Vec<String>> {
    records(&got(answer).await.unwrap().bytes, b';')
}

/// The cell of a row under a header.
pub fn under<'a>(rows: &'a [Vec<String>], header: &str) -> &'a str {
    let (names, cells) = (rows.first().expect("a header"), rows.get(1).expect("a row"));
    let at = names.iter().position(|name| name == header).expect(header);
    cells.get(at).expect("a cell")
}

async fn bundle(office: &Office, products: &[String]) {
    let bundle = pb::Bundle {
        display_name: "Bộ hai vị".to_owned(),
        lead: products.first().cloned().unwrap_or_default(),
        products: products.to_vec(),
        form_date: on(DAY),
        ..Default::default()
    };
    let request = pb::CreateBundleRequest { bundle: Some(bundle), ..Default::default() };
    office.bundles().create_bundle(office.admin().say(request)).await.unwrap();
}

#[tokio::test]
async fn what_is_on_its_way_to_evaluation_is_written_with_products_and_producers() {
    everywhere(async |office| {
        let house = house(&office, "HTX Tệp Mẫu").await;
        let second = office.add_product(product(&house.maker, "Rượu hai")).await.unwrap().name;
        candidate(&office, &house.product, 2021, Some(DAY)).await;
        begin(&office, wanted(&house.product)).await.unwrap();
        bundle(&office, &[house.product.clone(), second]).await;
        let (exports, who) = (|| office.exports(), office.admin());
        let request = pb::ExportProductCandidatesRequest { sheet: csv(), ..Default::default() };
        let found = rows(exports().export_product_candidates(who.say(request)).await).await;
        assert_eq!((found.len(), under(&found, "Trạng thái")), (2, "Đưa vào kế hoạch"));
        assert_eq!((under(&found, "Chủ thể"), under(&found, "Mã sản phẩm")), ("HTX Tệp Mẫu", "54-555-22018-1-2021"));
        let request = pb::ExportDossiersRequest { sheet: csv(), ..Default::default() };
        let found = rows(exports().export_dossiers(who.say(request)).await).await;
        assert_eq!((under(&found, "Trạng thái"), under(&found, "Sản phẩm")), ("Đang lập", "Rượu HTX Tệp Mẫu"));
        let request = pb::ExportBundlesRequest { sheet: csv(), ..Default::default() };
        let found = rows(exports().export_bundles(who.say(request)).await).await;
        assert_eq!((under(&found, "Tên bộ"), under(&found, "Số sản phẩm")), ("Bộ hai vị", "2"));
        let foreign = office.world.as_role("commune_officer", LA_HAI);
        let request = pb::ExportDossiersRequest { sheet: csv(), ..Default::default() };
        assert_eq!(rows(exports().export_dossiers(foreign.say(request)).await).await.len(), 1, "only a header");
        let list = Some(pb::ListDossiersRequest { regime: "regimes/q7".to_owned(), ..Default::default() });
        let wrong = pb::ExportDossiersRequest { list, ..Default::default() };
        let answer = got(exports().export_dossiers(who.say(wrong)).await).await.map(|_| ());
        assert_eq!(refused(answer), invalid(&[("list.regime", "REFERENCE_UNKNOWN")]));
        let products = pb::ExportProductsRequest { sheet: csv(), ..Default::default() };
        let found = rows(exports().export_products(who.say(products)).await).await;
        assert_eq!(under(&found, "Tình trạng công nhận"), "Chưa công nhận");
    })
    .await;
}

#[tokio::test]
async fn what_producers_have_and_report_is_written_with_their_names() {
    everywhere(async |office| {
        let maker = office.add_producer(household("Hộ Tệp Mẫu")).await.unwrap().name;
        add_site(&office, site(&maker)).await.unwrap();
        add_area(&office, area(&maker)).await.unwrap();
        let request = pb::CreateYearlyReturnRequest { yearly_return: Some(year_2020(&maker)), ..Default::default() };
        office.returns().create_yearly_return(office.admin().say(request)).await.unwrap();
        propose(&office, to_cooperative(&maker)).await.unwrap();
        let contact = pb::Contact {
            producer: maker.clone(),
            kind: pb::ContactKind::Phone.into(),
            value: "0900000009".to_owned(),
            ..Default::default()
        };
        let contact = pb::CreateContactRequest { contact: Some(contact), ..Default::default() };
        office.contacts().create_contact(office.admin().say(contact)).await.unwrap();
        let (exports, who) = (|| office.exports(), office.admin());
        let list = Some(pb::ListSitesRequest { as_of: on(date!(2021 - 06 - 29)), ..Default::default() });
        let request = pb::ExportSitesRequest { sheet: csv(), list };
        assert_eq!(rows(exports().export_sites(who.say(request)).await).await.len(), 1, "not yet in use");
        let request = pb::ExportSitesRequest { sheet: csv(), ..Default::default() };
        let found = rows(exports().export_sites(who.say(request)).await).await;
        assert_eq!((under(&found, "Chủ thể"), under(&found, "Loại")), ("Hộ Tệp Mẫu", "Cửa hàng"));
        let request = pb::ExportMaterialAreasRequest { sheet: csv(), ..Default::default() };
        let found = rows(exports().export_material_areas(who.say(request)).await).await;
        assert_eq!((under(&found, "Nguyên liệu"), under(&found, "Chứng nhận")), ("Lúa nếp", "VietGAP"));
        let request = pb::ExportYearlyReturnsRequest { sheet: csv(), ..Default::default() };
        let found = rows(exports().export_yearly_returns(who.say(request)).await).await;
        assert_eq!((under(&found, "Năm"), under(&found, "Doanh thu (đồng)")), ("2020", "900000000"));
        let request = pb::ExportProducerChangesRequest { sheet: csv(), ..Default::default() };
        let found = rows(exports().export_producer_changes(who.say(request)).await).await;
        assert_eq!((under(&found, "Tên cũ"), under(&found, "Tên mới")), ("Hộ Tệp Mẫu", "HTX Sông Ba"));
        let request = pb::ExportContactsRequest { sheet: csv(), ..Default::default() };
        let found = rows(exports().export_contacts(who.say(request.clone())).await).await;
        assert_eq!((under(&found, "Liên hệ"), under(&found, "Che bớt")), ("0900000009", ""));
        let masked = office.world.as_role("inspector", PHU_YEN);
        let found = rows(exports().export_contacts(masked.say(request.clone())).await).await;
        assert!(under(&found, "Liên hệ").contains('*') && under(&found, "Che bớt") == "x", "{found:?}");
        let role = office.world.as_role("trainer", PHU_YEN);
        let answer = got(exports().export_contacts(role.say(request)).await).await.map(|_| ());
        assert_eq!(refused(answer), because(Code::PermissionDenied, "ROLE_MISSING"));
    })
    .await;
}
