//! Prints invented papers with long names to files, to look at: `cargo run -p paper --example document -- FOLDER`.

use std::error::Error;
use std::path::PathBuf;

use paper::document::{Block, Document, Table};

fn texts<const N: usize>(of: [&str; N]) -> Vec<String> {
    of.map(str::to_owned).to_vec()
}

fn minutes() -> Document {
    let long = "Phó Giám đốc Sở Nông nghiệp và Phát triển nông thôn, kiêm Chánh Văn phòng Điều phối nông thôn mới tỉnh";
    let row = |at: usize| {
        let post = if at.is_multiple_of(2) { long } else { "Đại diện Sở Y tế" };
        vec![at.to_string(), post.to_owned(), "28".to_owned(), "19".to_owned(), "31".to_owned(), "78".to_owned()]
    };
    let table = Table {
        shares: vec![1, 7, 2, 2, 2, 2],
        head: texts(["TT", "Thành viên", "Phần A", "Phần B", "Phần C", "Tổng điểm"]),
        rows: (1..=31).map(row).collect(),
    };
    Document {
        authority: texts([
            "Ủy ban nhân dân tỉnh Phú Yên",
            "Hội đồng đánh giá, phân hạng sản phẩm OCOP cấp tỉnh năm 2021 (đợt 2)",
        ]),
        number: "Số: …/BB-HĐ".to_owned(),
        place_and_day: "Phú Yên, ngày 5 tháng 10 năm 2021".to_owned(),
        title: "BIÊN BẢN".to_owned(),
        subtitle: "Họp đánh giá, phân hạng sản phẩm OCOP".to_owned(),
        blocks: vec![
            Block::Text("Căn cứ Quyết định số 15/QĐ-UBND ngày 1/3/2021 về thành lập Hội đồng.".to_owned()),
            Block::Text(format!(
                "Sản phẩm: {}. Mã sản phẩm: 54-555-22018-1-2019.",
                "Nước mắm cá cơm ".repeat(12).trim()
            )),
            Block::Heading("I. Điểm của các thành viên".to_owned()),
            Block::Table(table),
            Block::Heading("II. Kết quả".to_owned()),
            Block::Text(format!("Mã kiểm chứng kết quả (SHA-256): {}", "0123456789abcdef".repeat(4))),
        ],
        signatures: texts(["Thư ký", "Chủ tịch Hội đồng"]),
        recipients: Vec::new(),
        across: false,
        sample: true,
    }
}

fn summary() -> Document {
    let row = |at: usize| {
        let name = if at.is_multiple_of(3) {
            "Rượu đế nếp cái hoa vàng ngâm hạ thổ ba năm của bà con làng Quán Đế"
        } else {
            "Cà phê"
        };
        [
            vec![at.to_string(), name.to_owned()],
            texts(["54-555-22018-120-2019", "5/10/2021", "78.66", "4", "4 sao", "Đã xếp hạng"]),
        ]
        .concat()
    };
    let head = ["TT", "Sản phẩm", "Mã sản phẩm", "Ngày họp", "Điểm TB", "Chênh lệch", "Hạng", "Kết luận"];
    let table = Table { shares: vec![2, 12, 9, 5, 4, 4, 6, 6], head: texts(head), rows: (1..=40).map(row).collect() };
    Document {
        title: "BẢNG TỔNG HỢP KẾT QUẢ".to_owned(),
        subtitle: "Đánh giá, phân hạng sản phẩm OCOP năm 2021 – Đợt 2".to_owned(),
        number: String::new(),
        blocks: vec![Block::Table(table)],
        across: true,
        sample: false,
        ..minutes()
    }
}

fn draft() -> Document {
    let head = texts(["TT", "Sản phẩm", "Mã sản phẩm", "Điểm", "Hạng"]);
    let rows = vec![texts(["1", "Cà phê Tuy Hòa", "66-22015-3-2026", "78.00", "4 sao"])];
    Document {
        authority: texts(["Ủy ban nhân dân tỉnh Đắk Lắk"]),
        number: "Số: …/QĐ-UBND (dự thảo)".to_owned(),
        place_and_day: "Đắk Lắk, ngày … tháng … năm 2026".to_owned(),
        title: "QUYẾT ĐỊNH".to_owned(),
        subtitle: "Về việc công nhận sản phẩm OCOP năm 2026".to_owned(),
        blocks: vec![
            Block::Centre("CHỦ TỊCH ỦY BAN NHÂN DÂN TỈNH ĐẮK LẮK".to_owned()),
            Block::Text("Căn cứ Quyết định số 26/2026/QĐ-TTg của Thủ tướng Chính phủ;".to_owned()),
            Block::Centre("QUYẾT ĐỊNH:".to_owned()),
            Block::Text("Điều 1. Công nhận 1 sản phẩm đạt hạng OCOP theo danh sách sau:".to_owned()),
            Block::Table(Table { shares: vec![2, 14, 9, 4, 4], head, rows }),
        ],
        signatures: texts(["Chủ tịch"]),
        recipients: texts(["Như Điều 3;", "Các chủ thể có sản phẩm;", "Lưu: VT."]),
        across: false,
        sample: false,
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| ".".to_owned()));
    for (name, document) in [("minutes", minutes()), ("summary", summary()), ("draft", draft())] {
        std::fs::write(folder.join(format!("{name}.pdf")), paper::document::pdf(&document)?)?;
        std::fs::write(folder.join(format!("{name}.docx")), paper::docx::bytes(&document)?)?;
    }
    Ok(())
}
