//! Adding up what participants say, and when it is shown.

use paper::document::{Block, Document, Table};
use time::{Date, Duration};

use crate::letters::domain::Plan;

/// Answers before which nothing is shown. No rule of law says how many; with fewer, colleagues guess who wrote what.
pub const LEAST: i32 = 5;
/// Days after the last day in which feedback is taken.
const DAYS: i64 = 60;

/// The questions of a session that nobody has set others for.
pub const USUAL: [&str; 5] = [
    "Nội dung tập huấn phù hợp với công việc của Ông/Bà",
    "Giảng viên truyền đạt dễ hiểu",
    "Tài liệu đầy đủ, dùng được sau lớp học",
    "Thời gian và địa điểm thuận tiện",
    "Ông/Bà áp dụng được điều đã học",
];

/// What participants said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// The questions.
    pub questions: Vec<String>,
    /// How many answered.
    pub answers: i32,
    /// How many gave 1, 2, 3, 4 and 5, for each question.
    pub counts: Vec<[i32; 5]>,
    /// The texts in the order of the alphabet.
    pub comments: Vec<String>,
}

impl Said {
    /// Nothing yet, to these questions.
    #[must_use]
    pub fn nothing(questions: Vec<String>) -> Self {
        let counts = vec![[0; 5]; questions.len()];
        Self { questions, counts, ..Self::default() }
    }

    /// Adds what one participant says; there is one score for each question.
    pub fn add(&mut self, scores: &[i32], comment: &str) {
        self.answers += 1;
        for (counts, score) in self.counts.iter_mut().zip(scores) {
            let at = usize::try_from(*score - 1).ok();
            if let Some(count) = at.and_then(|at| counts.get_mut(at)) {
                *count += 1;
            }
        }
        if !comment.is_empty() {
            self.comments.push(comment.to_owned());
            self.comments.sort();
        }
    }

    /// True where enough have answered for it to be shown.
    #[must_use]
    pub fn is_shown(&self) -> bool {
        self.answers >= LEAST
    }
}

/// The mean of scores with two decimals, half up; empty for nobody.
#[must_use]
pub fn mean(counts: &[i32; 5]) -> String {
    let total: i64 = counts.iter().map(|count| i64::from(*count)).sum();
    let sum: i64 = counts.iter().zip(1..).map(|(count, score)| i64::from(*count) * score).sum();
    if total == 0 {
        return String::new();
    }
    let hundredths = (200 * sum + total) / (2 * total);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// First and last day on which feedback is taken.
#[must_use]
pub fn taken(end_date: Date) -> (Date, Date) {
    (end_date, end_date.saturating_add(Duration::days(DAYS)))
}

/// The summary as a paper.
#[must_use]
pub fn paper(plan: &Plan, said: &Said) -> Document {
    let row = |(question, counts): (&String, &[i32; 5])| {
        let numbers = counts.iter().map(ToString::to_string);
        [question.clone()].into_iter().chain(numbers).chain([mean(counts)]).collect()
    };
    let table = Table {
        shares: vec![9, 1, 1, 1, 1, 1, 2],
        head: ["Câu hỏi", "1", "2", "3", "4", "5", "Trung bình"].map(str::to_owned).to_vec(),
        rows: said.questions.iter().zip(&said.counts).map(row).collect(),
    };
    let mut blocks = vec![
        Block::Text(format!("Thời gian: {}", plan.times())),
        Block::Text(format!("Số góp ý: {} (1: rất kém, 5: rất tốt; không ghi tên)", said.answers)),
        Block::Table(table),
    ];
    if !said.comments.is_empty() {
        blocks.push(Block::Heading("Ý kiến khác, theo thứ tự chữ cái".to_owned()));
        blocks.extend(said.comments.iter().map(|comment| Block::Text(format!("– {comment}"))));
    }
    Document {
        authority: vec![format!("UBND {}", plan.unit)],
        title: "TỔNG HỢP GÓP Ý".to_owned(),
        subtitle: format!("Lớp tập huấn: {}", plan.title),
        blocks,
        signatures: vec!["Người lập".to_owned()],
        sample: plan.sample,
        ..Document::default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn means_have_two_decimals_half_up() {
        for (counts, expected) in [
            ([0, 0, 0, 0, 0], ""),
            ([0, 0, 0, 1, 1], "4.50"),
            ([0, 0, 0, 1, 2], "4.67"),
            ([7, 1, 0, 0, 0], "1.13"),
            ([0, 0, 0, 0, 9], "5.00"),
        ] {
            assert_eq!(mean(&counts), expected, "{counts:?}");
        }
    }

    #[test]
    fn nothing_is_shown_of_fewer_than_five() {
        let mut said = Said::nothing(vec!["?".to_owned()]);
        for answered in 1..=5 {
            said.add(&[5], "");
            assert_eq!(said.is_shown(), answered == 5);
        }
    }

    proptest! {
        #[test]
        fn the_order_of_answering_leaves_no_trace(
            mut all in proptest::collection::vec((1i32..=5, "[a-c]{0,3}"), 0..8)
        ) {
            let add = |all: &[(i32, String)]| {
                let mut said = Said::nothing(vec!["?".to_owned()]);
                all.iter().for_each(|(score, comment)| said.add(&[*score], comment));
                said
            };
            let before = add(&all);
            all.reverse();
            prop_assert_eq!(&add(&all), &before);
            prop_assert_eq!(before.counts[0].iter().sum::<i32>(), before.answers);
        }
    }
}
