//! What people call things in Vietnamese, in files and on paper.

use crate::estimates::lines::{Category, Source};

/// What a line pays for.
#[must_use]
pub fn category(of: Category) -> &'static str {
    match of {
        Category::Information => "Thông tin, truyền thông",
        Category::Training => "Đào tạo, tập huấn",
        Category::ProductDevelopment => "Tư vấn, phát triển sản phẩm",
        Category::Evaluation => "Đánh giá, phân hạng",
        Category::TradePromotion => "Xúc tiến thương mại",
        Category::Packaging => "Bao bì, nhãn, tem truy xuất",
        Category::Machinery => "Hỗ trợ máy móc, thiết bị",
        Category::Bonus => "Thưởng sản phẩm",
        Category::Management => "Quản lý, giám sát",
    }
}

/// Where the money comes from.
#[must_use]
pub fn source(of: Source) -> &'static str {
    match of {
        Source::Central => "Ngân sách trung ương",
        Source::Provincial => "Ngân sách tỉnh",
        Source::District => "Ngân sách huyện",
        Source::ProducersOwn => "Vốn của chủ thể",
        Source::Credit => "Tín dụng",
        Source::Donor => "Tài trợ",
    }
}
