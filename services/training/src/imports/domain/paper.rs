//! What a row says of a paper about training before or elsewhere.

use reference::text::fold;
use sheet::take::cells::day;
use sheet::take::columns::{Column, column, needed};
use time::Date;

use super::{Problem, Reading};
use crate::courses::domain::{Audience, Topic};

pub(super) const AUDIENCE: Column = needed(column(
    "audience",
    "Đối tượng",
    &["đối tượng tập huấn"],
    [
        "Cán bộ OCOP; Người quản lý chủ thể; Thành viên hội đồng, tổ giúp việc",
        "officers, producer_managers or councils: as whom the person was trained",
    ],
));
pub(super) const TOPIC: Column = needed(column(
    "topic",
    "Chuyên đề",
    &["nội dung tập huấn"],
    [
        "Tên chuyên đề như trong tệp xuất danh sách khóa tập huấn",
        "Such as evaluation_and_ranking, or as exports write it",
    ],
));
pub(super) const DAY: Column = needed(column(
    "complete_date",
    "Ngày hoàn thành",
    &["ngày cấp", "ngày kết thúc"],
    ["Ngày hoàn thành ghi trên giấy", "The day on which it was completed, as the paper has it"],
));
pub(super) const HOURS: Column = column(
    "hours",
    "Số giờ",
    &["số giờ học", "số tiết"],
    ["Số giờ ghi trên giấy; để trống nếu không ghi", "Hours as the paper tells them; empty where it tells none"],
);
pub(super) const ISSUER: Column = needed(column(
    "issuer",
    "Cơ quan cấp",
    &["đơn vị cấp", "nơi cấp"],
    ["Cơ quan, tổ chức cấp giấy chứng nhận", "The body that issued the paper"],
));
pub(super) const NUMBER: Column = column(
    "certificate_number",
    "Số giấy chứng nhận",
    &["số hiệu", "số giấy"],
    ["Số ghi trên giấy; để trống nếu không có", "Number of the paper; empty where it has none"],
);
pub(super) const EVIDENCE: Column = needed(column(
    "evidence",
    "Nơi lưu bản giấy",
    &["căn cứ", "hồ sơ lưu"],
    ["Số hồ sơ, tập lưu có bản giấy hoặc bản sao", "The file in which the paper or its copy lies"],
));

/// What a paper says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paper {
    /// Whose training it was.
    pub audience: Audience,
    /// What it was about.
    pub topic: Topic,
    /// When it was completed.
    pub complete_date: Date,
    /// Hours; 0 where none are told.
    pub hours: i32,
    /// Who issued it.
    pub issuer: String,
    /// Its number; empty where it has none.
    pub number: String,
    /// Where it lies.
    pub evidence: String,
}

/// The one whose word or name this is.
fn one_of<T: Copy>(told: &str, all: &[T], names: impl Fn(T) -> [&'static str; 2]) -> Option<T> {
    let told = fold(told);
    all.iter().copied().find(|one| names(*one).into_iter().any(|name| fold(name) == told))
}

impl Reading<'_> {
    /// A text that no row is without.
    fn needed(&mut self, column: &'static str) -> Option<String> {
        let text = self.text(column);
        if text.is_empty() && self.mapping.cell(self.cells, column).is_empty() {
            self.fault(column, Problem::Required);
        }
        (!text.is_empty()).then_some(text)
    }

    fn named<T: Copy>(
        &mut self,
        (column, expected): (&'static str, &'static str),
        all: &[T],
        names: impl Fn(T) -> [&'static str; 2],
    ) -> Option<T> {
        let told = self.needed(column)?;
        let found = one_of(&told, all, names);
        if found.is_none() {
            self.fault(column, Problem::Form(expected));
        }
        found
    }

    /// A day that is not in the future.
    fn day(&mut self, today: Date) -> Option<Date> {
        match day(self.mapping.cell(self.cells, DAY.name)) {
            Ok(None) => self.fault(DAY.name, Problem::Required),
            Err(_) => self.fault(DAY.name, Problem::Form("dd/mm/yyyy")),
            Ok(Some(day)) if day > today => self.fault(DAY.name, Problem::Future(day)),
            Ok(Some(day)) => return Some(day),
        }
        None
    }

    /// What the row says of a paper; none where something of it is wrong.
    pub(super) fn paper(&mut self, today: Date) -> Option<Paper> {
        let audiences = "Cán bộ OCOP | Người quản lý chủ thể | Thành viên hội đồng, tổ giúp việc";
        let audience =
            self.named((AUDIENCE.name, audiences), &Audience::ALL, |audience| [audience.word(), audience.name_vi()]);
        let topic = self.named((TOPIC.name, "Đánh giá, phân hạng sản phẩm | …"), &Topic::ALL, |topic| {
            [topic.word(), topic.name_vi()]
        });
        let complete_date = self.day(today);
        let hours = self.number(HOURS.name, 2000, "0..2000").unwrap_or_default();
        let (issuer, number, evidence) = (self.needed(ISSUER.name), self.text(NUMBER.name), self.needed(EVIDENCE.name));
        Some(Paper {
            audience: audience?,
            topic: topic?,
            complete_date: complete_date?,
            hours,
            issuer: issuer?,
            number,
            evidence: evidence?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn audiences_and_topics_are_read_by_word_and_by_name() {
        let topic = |told| one_of(told, &Topic::ALL, |topic| [topic.word(), topic.name_vi()]);
        for (told, expected) in [
            ("evaluation_and_ranking", Some(Topic::EvaluationAndRanking)),
            ("ĐÁNH GIÁ, PHÂN HẠNG SẢN PHẨM", Some(Topic::EvaluationAndRanking)),
            ("danh gia, phan hang san pham", Some(Topic::EvaluationAndRanking)),
            ("đánh giá", None),
            ("", None),
        ] {
            assert_eq!(topic(told), expected, "{told}");
        }
        for topic_of in Topic::ALL {
            assert_eq!(topic(topic_of.name_vi()), Some(topic_of));
        }
        for audience in Audience::ALL {
            let read = one_of(audience.name_vi(), &Audience::ALL, |a| [a.word(), a.name_vi()]);
            assert_eq!(read, Some(audience));
        }
    }
}
