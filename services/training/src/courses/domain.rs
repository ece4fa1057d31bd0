//! What a course is.

use reference::units::Unit;
use time::Date;

/// Percent of the half days that somebody must attend to pass where the course says nothing else (the domain guide's
/// default; the law is silent).
pub const PASS_PERCENT: i32 = 80;

/// Days after a session in which attendance may be changed without a reason where the course says nothing else (the suite's
/// own default; the law is silent).
pub const CORRECTION_DAYS: i32 = 7;

/// Whom a course is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Audience {
    /// Programme officers.
    Officers,
    /// Managers of registered producers.
    ProducerManagers,
    /// Members of councils and of their help teams.
    Councils,
}

impl Audience {
    /// Every audience.
    pub const ALL: [Self; 3] = [Self::Officers, Self::ProducerManagers, Self::Councils];

    /// The word that it is stored as.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Officers => "officers",
            Self::ProducerManagers => "producer_managers",
            Self::Councils => "councils",
        }
    }

    /// What is stored as this word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|a| a.word() == word)
    }

    /// As sheets have it.
    #[must_use]
    pub fn name_vi(self) -> &'static str {
        match self {
            Self::Officers => "Cán bộ OCOP",
            Self::ProducerManagers => "Người quản lý chủ thể",
            Self::Councils => "Thành viên hội đồng, tổ giúp việc",
        }
    }
}

/// What a course is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// Managing and directing the programme.
    ProgrammeManagement,
    /// Evaluating and ranking products.
    EvaluationAndRanking,
    /// Managing production and business.
    BusinessManagement,
    /// Developing products from what a place has.
    ProductDevelopment,
    /// Making a business plan.
    BusinessPlan,
    /// Quality, standards and complete dossiers.
    Standardisation,
    /// Trade promotion and the product's story.
    Promotion,
}

impl Topic {
    /// Every topic.
    pub const ALL: [Self; 7] = [
        Self::ProgrammeManagement,
        Self::EvaluationAndRanking,
        Self::BusinessManagement,
        Self::ProductDevelopment,
        Self::BusinessPlan,
        Self::Standardisation,
        Self::Promotion,
    ];

    /// The word that it is stored as.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::ProgrammeManagement => "programme_management",
            Self::EvaluationAndRanking => "evaluation_and_ranking",
            Self::BusinessManagement => "business_management",
            Self::ProductDevelopment => "product_development",
            Self::BusinessPlan => "business_plan",
            Self::Standardisation => "standardisation",
            Self::Promotion => "promotion",
        }
    }

    /// What is stored as this word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.word() == word)
    }

    /// As sheets have it.
    #[must_use]
    pub fn name_vi(self) -> &'static str {
        match self {
            Self::ProgrammeManagement => "Quản lý, điều hành Chương trình",
            Self::EvaluationAndRanking => "Đánh giá, phân hạng sản phẩm",
            Self::BusinessManagement => "Quản trị sản xuất, kinh doanh",
            Self::ProductDevelopment => "Phát triển sản phẩm",
            Self::BusinessPlan => "Xây dựng phương án kinh doanh",
            Self::Standardisation => "Chất lượng, tiêu chuẩn, hồ sơ",
            Self::Promotion => "Xúc tiến thương mại, câu chuyện sản phẩm",
        }
    }
}

/// A course to be set up.
#[derive(Clone, Debug)]
pub struct NewCourse {
    /// The unit whose programme sets it up.
    pub unit: &'static Unit,
    /// Title in NFC.
    pub title: String,
    /// Whom it is for.
    pub audience: Audience,
    /// What it is about.
    pub topic: Topic,
    /// Length in half days, above zero.
    pub half_days: i32,
    /// Percent of a session's half days that somebody must attend to pass, 1 to 100.
    pub pass_percent: i32,
    /// What is taught.
    pub outline: String,
    /// Points of its test that somebody must reach; none where it has none.
    pub test_pass_points: Option<i32>,
    /// How long a certificate of completion is good for, in months; 0 for good.
    pub validity_months: i32,
    /// Days after a session in which attendance may be changed without a reason.
    pub correction_days: i32,
    /// The course of which it is the next version.
    pub replaces: Option<uuid::Uuid>,
    /// Its lessons in hours; 0 where not told.
    pub hours: i32,
    /// The day on which it was adopted.
    pub adopt_date: Date,
    /// An invented sample.
    pub sample: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_read_back() {
        for audience in Audience::ALL {
            assert_eq!(Audience::of(audience.word()), Some(audience));
        }
        for topic in Topic::ALL {
            assert_eq!(Topic::of(topic.word()), Some(topic));
        }
        assert_eq!(Audience::of("council"), None);
        assert_eq!(Topic::of(""), None);
    }
}
