//! `ocop form`.

use std::fs;

use serde_json::{Value, json};

use super::installation::Installation;

#[test]
fn an_estimate_is_printed_as_a_workbook_and_as_pages() {
    let installation = Installation::new();
    let up = installation.up();
    let plan = json!({"unit": "units/54", "year": 2021, "title": "Kế hoạch mẫu", "decisionNumber": "1/KH-UBND",
        "decisionDate": {"year": 2021, "month": 2, "day": 26}, "sample": true});
    let plan = &up.call(&installation, "ocop.budget.v1.PlanService/CreatePlan", &json!({"plan": plan}).to_string())[0];
    let line = json!({"category": "SPENDING_CATEGORY_TRADE_PROMOTION", "description": "Tham gia hội chợ",
        "source": "FUNDING_SOURCE_PROVINCIAL", "lumpSum": {"amountVnd": "5000000", "reason": "Chưa có định mức"}});
    let estimate = json!({"plan": plan["name"], "title": "Dự toán mẫu",
        "draftDate": {"year": 2021, "month": 3, "day": 1}, "lines": [line]});
    let create = "ocop.budget.v1.EstimateService/CreateEstimate";
    let mint = ["token", "mint", "--subject", "officer", "--role", "province_officer", "--unit", "units/54"];
    let token = installation.path().with_file_name("officer.token");
    fs::write(&token, installation.run(&mint).good()).unwrap();
    let ask = json!({"estimate": estimate}).to_string();
    let made = up.run(&installation, &["call", create, &ask, "--token-file", &token.display().to_string()]).good();
    let estimate: Value = serde_json::from_str(&made).unwrap();
    let name = estimate["name"].as_str().unwrap();
    let folder = installation.path().join("out");
    fs::create_dir(&folder).unwrap();
    let out = folder.display().to_string();
    for (format, begins) in [("xlsx", &b"PK"[..]), ("pdf", b"%PDF")] {
        let said = up.run(&installation, &["form", name, "--format", format, "--out", &out]).good();
        let (place, told) = said.split_once(": ").unwrap();
        assert_eq!(told, "1 rows, 1 of them samples\n");
        assert!(place.ends_with(&format!("-mau.{format}")), "{said}");
        assert!(fs::read(place).unwrap().starts_with(begins), "{said}");
    }
    let forms = up.run(&installation, &["form"]).good();
    assert_eq!(forms, "aggregations/…\nassignments/…\nestimates/…\nplans/…\n");
    let none = up.run(&installation, &["form", "norms/1"]);
    assert!(
        none.code == Some(1) && none.err.contains("there is no form of norms/1; there are forms of agg"),
        "{none:?}"
    );
    let lost = format!("estimates/{}", uuid::Uuid::nil());
    let (said, _) = up.run(&installation, &["form", &lost, "--format", "pdf"]).refusal();
    assert_eq!(said, "NOT_FOUND RESOURCE_NOT_FOUND");
    up.stop();
}
