//! The answer in sentences, in Vietnamese and English.

use super::domain::answer::{Corner, Solved, Standing};
use super::domain::model::{Goal, Limit, Model};
use super::domain::solve::Found;

/// A sentence in both languages.
pub type Said = (String, String);

/// Most limits that are spelt out one by one.
const SPELT: usize = 12;

/// A whole number with a mark between thousands.
fn grouped(number: i64, mark: char) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(mark);
        }
        text.push(digit);
    }
    if number < 0 { format!("-{text}") } else { text }
}

fn vnd(amount: i64) -> Said {
    (format!("{} đồng", grouped(amount, '.')), format!("{} đồng", grouped(amount, ',')))
}

/// Per-mille of products with up to three decimals.
fn products(permille: i64) -> Said {
    let (whole, part) = (permille / 1000, permille.unsigned_abs() % 1000);
    let decimals = format!("{part:03}");
    let decimals = decimals.trim_end_matches('0');
    let text = |mark: &str| if part == 0 { whole.to_string() } else { format!("{whole}{mark}{decimals}") };
    (text(","), text("."))
}

fn amount(limit: Limit, number: i64) -> Said {
    match limit {
        Limit::Target(_) => {
            let (vi, en) = products(number);
            (format!("{vi} sản phẩm"), format!("{en} products"))
        }
        Limit::Group(_) => (format!("{} người", grouped(number, '.')), format!("{} persons", grouped(number, ','))),
        Limit::Support(_) => {
            (format!("{} sản phẩm", grouped(number, '.')), format!("{} products", grouped(number, ',')))
        }
        Limit::Ceiling(_) => vnd(number),
    }
}

/// The whole answer. `name` says what a limit is about, in both languages.
#[must_use]
pub fn sentences(model: &Model, solved: &Solved, name: &dyn Fn(Limit) -> Said) -> Vec<Said> {
    let mut said = vec![head(model, &solved.found)];
    if let Some(conflict) = &solved.conflict {
        let names: Vec<Said> = conflict.limits.iter().take(SPELT).map(|limit| name(*limit)).collect();
        let list = |pick: fn(&Said) -> &String| names.iter().map(|n| pick(n).as_str()).collect::<Vec<_>>().join("; ");
        let (vi, en) = (list(|n| &n.0), list(|n| &n.1));
        said.push(if conflict.minimal {
            (
                format!("Không thể đồng thời đạt: {vi}. Bỏ bất kỳ một trong các điều kiện này thì các điều kiện còn lại đạt được."),
                format!("These cannot hold together: {en}. Without any one of them the others can."),
            )
        } else {
            (format!("Không thể đồng thời đạt: {vi}."), format!("These cannot hold together: {en}."))
        });
    }
    said.extend(solved.limits.iter().filter(|s| s.binding).take(SPELT).map(|s| binding(model.goal, s, name)));
    said.extend(solved.corners.iter().filter(|c| matches!(c.corner, Corner::Best | Corner::Worst)).map(|corner| {
        let (cost, expected) = (vnd(corner.tally.cost_vnd), products(corner.tally.expected));
        let (vi, en) = match corner.corner {
            Corner::Best | Corner::LowLow | Corner::HighHigh => ("Nếu thuận lợi nhất", "At best"),
            Corner::Worst => ("Nếu bất lợi nhất", "At worst"),
        };
        let broken: Vec<Said> = corner.broken.iter().take(SPELT).map(|s| name(s.limit)).collect();
        let list = |pick: fn(&Said) -> &String| broken.iter().map(|n| pick(n).as_str()).collect::<Vec<_>>().join("; ");
        let kept = if broken.is_empty() {
            ("mọi điều kiện đều đạt".to_owned(), "every limit holds".to_owned())
        } else {
            (format!("không đạt: {}", list(|n| &n.0)), format!("these do not hold: {}", list(|n| &n.1)))
        };
        (
            format!("{vi}, phương án này tốn {}, kỳ vọng {} sản phẩm; {}.", cost.0, expected.0, kept.0),
            format!("{en} this plan costs {} and expects {} products; {}.", cost.1, expected.1, kept.1),
        )
    }));
    said
}

fn head(model: &Model, found: &Found) -> Said {
    let (best, answer) = match found {
        Found::Best(answer) => (true, answer),
        Found::Good(answer) => (false, answer),
        Found::Infeasible => {
            return ("Không có phương án nào đạt mọi điều kiện.".to_owned(), "No plan keeps every limit.".to_owned());
        }
        Found::Unknown => {
            return (
                "Chưa tìm được phương án và chưa chứng minh được là không có.".to_owned(),
                "No plan was found, nor was it proven that there is none.".to_owned(),
            );
        }
    };
    let (cost, expected) = (vnd(answer.tally.cost_vnd), products(answer.tally.expected));
    let taken = answer.plan.choices.iter().flatten().count();
    let (vi, en) = match (model.goal, best) {
        (Goal::Cheapest, true) => ("Không có phương án nào rẻ hơn", "No plan is cheaper"),
        (Goal::MostRecognised, true) => ("Không có phương án nào kỳ vọng nhiều hơn", "No plan expects more"),
        (_, false) => ("Chưa chứng minh được là tốt nhất", "It is not proven to be the best"),
    };
    (
        format!(
            "Phương án chọn {taken} sản phẩm, tốn {}, kỳ vọng {} sản phẩm được công nhận. {vi}.",
            cost.0, expected.0
        ),
        format!(
            "The plan takes {taken} candidates, costs {} and expects {} recognised products. {en}.",
            cost.1, expected.1
        ),
    )
}

fn binding(goal: Goal, standing: &Standing, name: &dyn Fn(Limit) -> Said) -> Said {
    let (of, asked, got) =
        (name(standing.limit), amount(standing.limit, standing.asked), amount(standing.limit, standing.got));
    let worth = worth(goal, standing).unwrap_or_default();
    (
        format!("Điều kiện ràng buộc: {} (yêu cầu {}, đạt {}).{}", of.0, asked.0, got.0, worth.0),
        format!("Binding: {} (asks {}, gets {}).{}", of.1, asked.1, got.1, worth.1),
    )
}

/// What one more is worth at the margin, by the multiplier of the relaxed problem.
fn worth(goal: Goal, standing: &Standing) -> Option<Said> {
    let micro = standing.marginal_micro;
    if micro == 0 {
        return None;
    }
    Some(match (goal, standing.limit) {
        (Goal::Cheapest, Limit::Target(_)) => {
            let cost = vnd(micro / 1000);
            (
                format!(" Thêm một sản phẩm kỳ vọng tốn khoảng {}.", cost.0),
                format!(" One more expected product costs about {}.", cost.1),
            )
        }
        (Goal::Cheapest, _) => {
            let saved = vnd(micro);
            (
                format!(" Thêm 1.000.000 đồng tiết kiệm khoảng {}.", saved.0),
                format!(" One more million đồng saves about {}.", saved.1),
            )
        }
        (Goal::MostRecognised, Limit::Target(_)) => {
            let lost = products(micro / 1000);
            (
                format!(" Thêm một sản phẩm yêu cầu làm giảm khoảng {} sản phẩm kỳ vọng.", lost.0),
                format!(" Asking for one more loses about {} expected products.", lost.1),
            )
        }
        (Goal::MostRecognised, _) => {
            let gained = products(micro.saturating_mul(100));
            (
                format!(" Thêm 100.000.000 đồng tăng khoảng {} sản phẩm kỳ vọng.", gained.0),
                format!(" A further 100 million đồng gains about {} expected products.", gained.1),
            )
        }
    })
}

/// Which of two results has no plan; none where both have one.
#[must_use]
pub fn without_plan(first: bool, second: bool) -> Option<Said> {
    let (vi, en) = match (first, second) {
        (true, true) => return None,
        (false, true) => ("Kịch bản thứ nhất không có phương án", "The first has no plan"),
        (true, false) => ("Kịch bản thứ hai không có phương án", "The second has no plan"),
        (false, false) => ("Cả hai kịch bản đều không có phương án", "Neither has a plan"),
    };
    Some((format!("{vi}, nên không so sánh được."), format!("{en}, so there is nothing to compare.")))
}

/// What a second result has more than a first.
#[must_use]
pub fn compared(more_cost_vnd: i64, more_expected_permille: i64, different: usize) -> Said {
    let (cost, expected) = (vnd(more_cost_vnd.saturating_abs()), products(more_expected_permille.saturating_abs()));
    let than = |number: i64, more: &'static str, less: &'static str| if number < 0 { less } else { more };
    (
        format!(
            "Phương án thứ hai {} {}, kỳ vọng {} {} sản phẩm; {different} sản phẩm được chọn khác.",
            than(more_cost_vnd, "tốn thêm", "tốn ít hơn"),
            cost.0,
            than(more_expected_permille, "thêm", "ít hơn"),
            expected.0
        ),
        format!(
            "The second costs {} {} and expects {} {} products; {different} candidates are treated differently.",
            cost.1,
            than(more_cost_vnd, "more", "less"),
            expected.1,
            than(more_expected_permille, "more", "fewer")
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_each_language_writes_them() {
        assert_eq!(vnd(1_234_567), ("1.234.567 đồng".to_owned(), "1,234,567 đồng".to_owned()));
        assert_eq!(vnd(-12), ("-12 đồng".to_owned(), "-12 đồng".to_owned()));
        assert_eq!(products(15_050), ("15,05".to_owned(), "15.05".to_owned()));
        assert_eq!(products(2000), ("2".to_owned(), "2".to_owned()));
    }

    #[test]
    fn what_one_more_is_worth_is_said_per_unit_that_people_think_in() {
        let of = |limit, marginal_micro| Standing { limit, asked: 1, got: 1, binding: true, marginal_micro };
        // 62.5 đồng for one per-mille of a product are 62,500 for one.
        let target = worth(Goal::Cheapest, &of(Limit::Target(0), 62_500_000)).unwrap();
        assert_eq!(target.1, " One more expected product costs about 62,500 đồng.");
        // 0.000016 per-mille for one đồng are 1.6 products for a hundred million.
        let ceiling = worth(Goal::MostRecognised, &of(Limit::Ceiling(0), 16)).unwrap();
        assert_eq!(ceiling.1, " A further 100 million đồng gains about 1.6 expected products.");
        assert_eq!(worth(Goal::Cheapest, &of(Limit::Group(0), 0)), None);
    }
}
