//! Products of a sheet: the part of a divided commune that they go to, and producers that may not take part.

use prost::Message;
use proto::registry::v1::ImportVerdict::{Created, Rejected};
use proto::registry::v1::{self as pb};
use time::macros::date;

use crate::assignments::{PART, WARD_9, assign};
use crate::feed::watch;
use crate::imports::{Answered, import, of};
use crate::office::{Office, everywhere, on, producer};

const HEAD: &str = "Tên sản phẩm,Tên chủ thể,Loại hình,Mã số thuế,Mã xã,Ngày đăng ký\n";

async fn taxed(office: &Office, name: &str, number: u64, unit: &str, form: pb::LegalForm) -> (String, String) {
    let code = reference::tax_code::make(number);
    let new = pb::Producer { tax_code: code.clone(), unit: unit.to_owned(), legal_form: form.into(), ..producer(name) };
    (office.add_producer(new).await.unwrap().name, code)
}

/// The code of the product that a row made.
async fn code_of(office: &Office, answered: &Answered, at: usize) -> String {
    let name = answered.rows.get(at).and_then(|row| row.names.first()).cloned().expect("a product");
    let request = pb::GetProductRequest { name };
    office.products().get_product(office.admin().say(request)).await.unwrap().into_inner().code
}

#[tokio::test]
async fn a_row_goes_to_the_part_that_its_producer_was_assigned_to_else_to_the_default_which_is_noted() {
    everywhere(async |office| {
        office.world.clock.set_noon(date!(2024 - 12 - 15));
        let form = pb::LegalForm::Household;
        let (one, first) = taxed(&office, "Hộ kinh doanh Một", 11, WARD_9, form).await;
        let (_, second) = taxed(&office, "Hộ kinh doanh Hai", 12, WARD_9, form).await;
        assign(&office, &one, PART).await.unwrap();
        let rows = format!(
            "{HEAD}Rượu A,Hộ kinh doanh Một,Hộ,{first},22024,15/12/2024\n\
             Rượu B,Hộ kinh doanh Hai,Hộ,{second},22024,15/12/2024\n\
             Rượu C,Hộ kinh doanh Một,Hộ,{first},22024,30/06/2021\n"
        );
        let answered = import(&office, of(pb::ImportKind::Products), rows).await.unwrap();
        assert_eq!(answered.verdicts(), [(2, Created, ""), (3, Created, "PART_BY_DEFAULT"), (4, Created, "")]);
        assert_eq!(answered.summary.written, 3);
        let codes = [0, 1, 2].map(|at| code_of(&office, &answered, at));
        let codes = futures_util::future::join_all(codes).await;
        assert_eq!(codes, ["54-555-22018-1-2024", "54-555-22024-1-2024", "54-555-22024-2-2021"]);
        // What is recorded late moves along with its producer, as after CreateProduct.
        let payloads = watch(&office, 0).await.into_iter().filter_map(|event| event.payload);
        let moved: Vec<_> = payloads
            .filter(|payload| payload.type_url.ends_with("UnitAssignmentRecorded"))
            .map(|payload| pb::UnitAssignmentRecorded::decode(payload.value.as_slice()).unwrap())
            .filter(|told| told.resources.contains(&answered.rows[2].names[0]))
            .collect();
        assert_eq!(moved.len(), 1, "{moved:?}");
        assert_eq!((moved[0].from_unit.as_str(), moved[0].to_unit.as_str()), (WARD_9, PART));
    })
    .await;
}

#[tokio::test]
async fn a_row_of_a_producer_that_may_not_take_part_on_its_day_is_rejected() {
    everywhere(async |office| {
        let form = pb::LegalForm::Company;
        let (large, first) = taxed(&office, "Công ty TNHH Lớn Mẫu", 21, crate::office::WARD_8, form).await;
        let (_, second) = taxed(&office, "Công ty TNHH Nhỏ Mẫu", 22, crate::office::WARD_8, form).await;
        for (class, from) in
            [(pb::SizeClass::Medium, date!(2021 - 01 - 15)), (pb::SizeClass::Large, date!(2021 - 06 - 01))]
        {
            let fact = pb::ProducerSize {
                producer: large.clone(),
                size_class: class.into(),
                begin_date: on(from),
                basis: "Báo cáo tài chính".to_owned(),
                ..Default::default()
            };
            let request = pb::CreateProducerSizeRequest { producer_size: Some(fact), ..Default::default() };
            office.eligibility().create_producer_size(office.admin().say(request)).await.unwrap();
        }
        office.world.clock.set_noon(date!(2026 - 06 - 15));
        let rows = format!(
            "{HEAD}Rượu A,Công ty TNHH Lớn Mẫu,Công ty,{first},22015,01/06/2026\n\
             Rượu B,Công ty TNHH Nhỏ Mẫu,Công ty,{second},22015,01/06/2026\n\
             Rượu C,Công ty TNHH Lớn Mẫu,Công ty,{first},22018,30/06/2021\n"
        );
        let before = office.rows().await;
        let answered = import(&office, of(pb::ImportKind::Products), &rows).await.unwrap();
        let verdicts = [(2, Rejected, "FORM_NOT_ELIGIBLE"), (3, Created, ""), (4, Created, "")];
        assert_eq!(answered.verdicts(), verdicts, "the list of 2021 only advises");
        let reason = &answered.rows[0].reasons[0];
        assert!(reason.message_vi.contains("26/2026/QĐ-TTg") && reason.column == "legal_form", "{reason:?}");
        assert_eq!(office.rows().await, before);
        let partial = pb::ImportRowsRequest { partial: true, ..of(pb::ImportKind::Products) };
        let kept = import(&office, partial, &rows).await.unwrap();
        assert_eq!((kept.verdicts(), kept.summary.written), (answered.verdicts(), 2));
    })
    .await;
}
