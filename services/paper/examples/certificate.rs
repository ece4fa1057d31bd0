//! Prints an invented certificate to a file, to look at: `cargo run -p paper --example certificate -- certificate.pdf`.

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).unwrap_or_else(|| "certificate.pdf".to_owned());
    let seed = [7; 32];
    let claims = paper::token::Claims {
        c: "0190a0a0-0000-7000-8000-000000000001".to_owned(),
        n: "120/QĐ-UBND/3".to_owned(),
        p: "Nước mắm cá cơm truyền thống Gành Đỏ".to_owned(),
        s: 4,
        d: "2021-12-01".to_owned(),
        e: "2024-12-01".to_owned(),
        i: 2,
    };
    let certificate = paper::certificate::Certificate {
        authority: "Ủy ban nhân dân tỉnh Phú Yên".to_owned(),
        product: claims.p.clone(),
        products: Vec::new(),
        code: "54-557-22114-3-2021".to_owned(),
        holder: "Hợp tác xã mẫu Phường 8".to_owned(),
        stars: 4,
        number: claims.n.clone(),
        decision: "Quyết định số 120/QĐ-UBND ngày 1/12/2021".to_owned(),
        term: "Có giá trị từ ngày 1/12/2021 đến hết ngày 30/11/2024".to_owned(),
        place_and_day: "Phú Yên, ngày 1 tháng 12 năm 2021".to_owned(),
        signed_by: "Phó Chủ tịch Ủy ban nhân dân tỉnh".to_owned(),
        edition: 2,
        token: paper::token::sign(&claims, &seed, "k1")?,
        sample: true,
    };
    std::fs::write(path, paper::certificate::pdf(&certificate)?)?;
    Ok(())
}
