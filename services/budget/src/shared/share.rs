//! Shares of money.

/// A part of a whole in percent: two decimals, half up; empty where the whole is nothing.
#[must_use]
pub fn percent(part: i64, whole: i64) -> String {
    if whole <= 0 {
        return String::new();
    }
    let hundredths = (i128::from(part) * 20_000 + i128::from(whole)).div_euclid(i128::from(whole) * 2);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_have_two_decimals_half_up_and_nothing_has_none() {
        for (part, whole, expected) in
            [(1, 3, "33.33"), (2, 3, "66.67"), (1, 8, "12.50"), (0, 5, "0.00"), (5, 5, "100.00"), (0, 0, "")]
        {
            assert_eq!(percent(part, whole), expected);
        }
        assert_eq!(percent(1, 80_000), "0.00");
        assert_eq!(percent(1, 20_000), "0.01", "half up");
    }
}
