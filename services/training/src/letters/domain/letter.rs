//! Letters of invitation and the list of those invited, in the form of administrative papers.

use paper::document::{Block, Document, Table};
use time::Date;

use super::{Guest, Plan};

/// A place with a day in words: "Phú Yên, ngày 1 tháng 12 năm 2021".
fn place_and_day(plan: &Plan, day: Date) -> String {
    let place =
        ["tỉnh ", "thành phố "].into_iter().fold(plan.unit.as_str(), |name, word| name.trim_start_matches(word));
    format!("{place}, ngày {} tháng {} năm {}", day.day(), u8::from(day.month()), day.year())
}

fn head(plan: &Plan, day: Date, (title, subtitle): (&str, String)) -> Document {
    Document {
        authority: vec![format!("UBND {}", plan.unit)],
        number: "Số: …/GM-UBND".to_owned(),
        place_and_day: place_and_day(plan, day),
        title: title.to_owned(),
        subtitle,
        sample: plan.sample,
        ..Document::default()
    }
}

/// What a letter and a message tell of the session, a line each.
#[must_use]
pub fn particulars(plan: &Plan) -> Vec<String> {
    let mut lines = vec![format!("Nội dung: {}", plan.title), format!("Thời gian: {}", plan.times())];
    for (word, text) in [("Địa điểm", &plan.place), ("Giảng viên", &plan.trainer)] {
        if !text.is_empty() {
            lines.push(format!("{word}: {text}"));
        }
    }
    if !plan.materials.is_empty() {
        lines.push(format!("Tài liệu: {}", plan.materials.join("; ")));
    }
    lines
}

/// The letter to one person.
#[must_use]
pub fn letter(plan: &Plan, guest: &Guest, day: Date) -> Document {
    let subtitle = "Tham dự lớp tập huấn Chương trình mỗi xã một sản phẩm".to_owned();
    let mut blocks = vec![
        Block::Text(format!("UBND {} trân trọng kính mời Ông/Bà: {}", plan.unit, guest.name)),
        Block::Text(format!("Đơn vị: {}", guest.unit)),
        Block::Text("đến tham dự lớp tập huấn:".to_owned()),
    ];
    blocks.extend(particulars(plan).into_iter().map(|line| Block::Text(format!("– {line}"))));
    let reply_by = kit::day::text(guest.reply_by);
    blocks.push(Block::Text(format!(
        "Đề nghị Ông/Bà trả lời trước hết ngày {reply_by}, với đơn vị tổ chức hoặc bằng mã sau đây; ai có mã là trả lời thay \
         Ông/Bà, xin giữ cẩn thận."
    )));
    blocks.push(Block::Code(guest.code.clone()));
    blocks.push(Block::Text("Rất mong Ông/Bà sắp xếp thời gian tham dự đầy đủ, đúng giờ.".to_owned()));
    let signatures = vec![format!("TM. UBND {}", plan.unit)];
    let recipients = ["Như trên;", "Lưu: VT."].map(str::to_owned).to_vec();
    let sample = plan.sample || guest.sample;
    Document { blocks, signatures, recipients, sample, ..head(plan, day, ("GIẤY MỜI", subtitle)) }
}

/// The list of those invited; numbers go on from `first`.
#[must_use]
pub fn list(plan: &Plan, guests: &[Guest], (day, first): (Date, usize)) -> Document {
    let row = |(at, guest): (usize, &Guest)| {
        let number = (first + at).to_string();
        vec![number, guest.name.clone(), guest.unit.clone(), guest.state.to_owned(), String::new()]
    };
    let table = Table {
        shares: vec![1, 5, 4, 3, 3],
        head: ["TT", "Họ và tên", "Đơn vị", "Trả lời", "Ký tên"].map(str::to_owned).to_vec(),
        rows: guests.iter().enumerate().map(row).collect(),
    };
    let mut blocks: Vec<Block> = particulars(plan).into_iter().map(Block::Text).collect();
    blocks.push(Block::Table(table));
    let signatures = vec!["Người lập danh sách".to_owned(), format!("TM. UBND {}", plan.unit)];
    Document {
        blocks, signatures, ..head(plan, day, ("DANH SÁCH", "Khách mời dự lớp tập huấn".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::super::calendar::tests::plan;
    use super::*;

    #[test]
    fn a_letter_names_the_person_the_session_and_the_day_of_the_answer() {
        let guest = Guest {
            name: "Cán bộ OCOP Phường 8".to_owned(),
            unit: "Phường 8".to_owned(),
            reply_by: date!(2021 - 12 - 17),
            code: "abc".to_owned(),
            state: "",
            sample: true,
        };
        let letter = letter(&plan(), &guest, date!(2021 - 12 - 10));
        assert_eq!(letter.place_and_day, "Phú Yên, ngày 10 tháng 12 năm 2021");
        let texts: Vec<&str> =
            letter.blocks.iter().filter_map(|b| if let Block::Text(t) = b { Some(&**t) } else { None }).collect();
        let all = texts.join("\n");
        for part in
            ["Cán bộ OCOP Phường 8", "Sáng 20/12/2021 (07:30–11:30); Chiều 20/12/2021", "17/12/2021", "Hội trường"]
        {
            assert!(all.contains(part), "{part} is missing in {all}");
        }
        assert!(letter.blocks.contains(&Block::Code("abc".to_owned())) && letter.sample);
        let list = list(&plan(), &[guest], (date!(2021 - 12 - 10), 51));
        assert!(matches!(list.blocks.last(), Some(Block::Table(table)) if table.rows[0][0] == "51"));
    }
}
