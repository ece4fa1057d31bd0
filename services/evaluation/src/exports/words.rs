//! Values of enums as cells, in Vietnamese.

use proto::evaluation::v1 as pb;
use proto::registry::v1::LegalForm;
use reference::cards::Group;
use reference::{products, regimes};
use sheet::Cell;

/// Gives an enum's values their words; an unset value is an empty cell.
macro_rules! words {
    ($($name:ident($enum:ty) { $($variant:ident = $text:literal),+ $(,)? })+) => {
        $(
            pub(super) fn $name(value: i32) -> Cell {
                Cell::from(match <$enum>::try_from(value).unwrap_or_default() {
                    <$enum>::Unspecified => "",
                    $(<$enum>::$variant => $text,)+
                })
            }
        )+
    };
}

words! {
    level(pb::CouncilLevel) { Commune = "Xã", District = "Huyện", Province = "Tỉnh", Central = "Trung ương" }
    role(pb::CouncilRole) {
        Chair = "Chủ tịch",
        Deputy = "Phó Chủ tịch",
        Secretary = "Thư ký",
        Member = "Ủy viên",
        HelpTeam = "Tổ giúp việc",
    }
    round_state(pb::RoundState) { Open = "Đang mở", Closed = "Đã đóng" }
    sitting_state(pb::SittingState) {
        Open = "Đang chấm",
        Rescore = "Chấm lại",
        Graded = "Đã xếp hạng",
        Decided = "Đã công nhận",
    }
    kind(pb::DossierKind) {
        First = "Đánh giá lần đầu",
        Upgrade = "Nâng hạng",
        ReEvaluation = "Đánh giá lại",
    }
    method(pb::SittingMethod) { Meeting = "Họp", Written = "Lấy ý kiến bằng văn bản" }
    outcome(pb::Outcome) {
        Graded = "Đã xếp hạng",
        RescoreRequired = "Phải chấm lại",
        Disqualified = "Loại",
        Stopped = "Dừng chấm",
        NotAssessed = "Không đánh giá",
    }
    status(pb::CertificateStatus) {
        NotYetValid = "Chưa có hiệu lực",
        Valid = "Còn hiệu lực",
        Expiring = "Sắp hết hạn",
        Grace = "Chờ đánh giá lại",
        Expired = "Hết hạn",
        Suspended = "Tạm đình chỉ",
        Revoked = "Thu hồi",
        Surrendered = "Nộp lại",
        Superseded = "Đã thay thế",
        DateUncertain = "Chưa rõ ngày quyết định",
    }
    code_form(pb::CodeForm) {
        Registered = "Theo năm đăng ký",
        Evaluated = "Theo năm đánh giá",
        Outdated = "Mã cũ, xã phải cấp lại theo Quyết định 26/2026/QĐ-TTg",
    }
    plan_state(pb::InspectionPlanState) { Open = "Đang thực hiện", Closed = "Đã kết thúc" }
    visit_state(pb::InspectionVisitState) { Planned = "Dự kiến", Held = "Đã kiểm tra", Cancelled = "Đã hủy" }
    visit_kind(pb::InspectionVisitKind) { Periodic = "Định kỳ", Sudden = "Đột xuất" }
    severity(pb::FindingSeverity) { Minor = "Nhẹ", Major = "Nặng", Critical = "Nghiêm trọng" }
    finding_state(pb::FindingState) {
        Open = "Chờ khắc phục",
        Reported = "Đã báo cáo khắc phục",
        Closed = "Đã khắc phục",
        Escalated = "Chuyển cơ quan có thẩm quyền",
    }
    complaint_kind(pb::ComplaintKind) {
        Complaint = "Khiếu nại",
        LookAgain = "Đề nghị xem lại",
        MarkMisuse = "Phản ánh sử dụng sai nhãn hiệu",
    }
    complaint_state(pb::ComplaintState) {
        Received = "Đã nhận",
        Accepted = "Đã thụ lý",
        Rejected = "Không thụ lý",
        Decided = "Đã giải quyết",
        Withdrawn = "Đã rút",
    }
    complaint_outcome(pb::ComplaintOutcome) {
        Upheld = "Đúng",
        UpheldInPart = "Đúng một phần",
        Dismissed = "Không đúng",
    }
    legal_form(LegalForm) {
        Company = "Doanh nghiệp",
        Cooperative = "Hợp tác xã",
        CooperativeGroup = "Tổ hợp tác",
        Household = "Hộ sản xuất kinh doanh",
        Farm = "Trang trại",
        TourismBody = "Tổ chức du lịch cộng đồng",
        Facility = "Cơ sở sản xuất",
    }
}

fn set(name: &str) -> Option<&'static products::ProductSet> {
    name.strip_prefix("productSets/").and_then(products::set)
}

/// The name of a product set.
pub(super) fn set_name(name: &str) -> Cell {
    set(name).map_or_else(|| Cell::from(name), |set| Cell::from(set.name_vi.as_str()))
}

/// The group that a product set belongs to.
pub(super) fn group(name: &str) -> Cell {
    set(name).map_or(Cell::Empty, |set| {
        Cell::from(match set.group {
            Group::Food => "Thực phẩm",
            Group::Beverage => "Đồ uống",
            Group::Herbal => "Dược liệu và sản phẩm từ dược liệu",
            Group::Handicraft => "Thủ công mỹ nghệ",
            Group::HandicraftDecor => "Thủ công mỹ nghệ, trang trí",
            Group::FabricGarment => "Vải, may mặc",
            Group::Ornamental => "Sinh vật cảnh",
            Group::Tourism => "Dịch vụ du lịch",
        })
    })
}

/// The number of the decision of a regime.
pub(super) fn regime(name: &str) -> Cell {
    let regime = name.strip_prefix("regimes/").and_then(regimes::get);
    regime.map_or(Cell::Empty, |regime| Cell::from(regime.decision.as_str()))
}

/// A year, which has no thousands.
pub(super) fn year(year: i32) -> Cell {
    if year == 0 { Cell::Empty } else { Cell::from(year.to_string()) }
}

/// A number as the contract writes it; nothing where there is none.
pub(super) fn decimal(text: &str) -> Cell {
    if text.is_empty() { Cell::Empty } else { Cell::Decimal(text.to_owned()) }
}

fn bundled(bundle: Option<&pb::JudgedBundle>, of: fn(&pb::BundledProduct) -> &str) -> Cell {
    let Some(bundle) = bundle else { return Cell::Empty };
    let all: Vec<&str> = bundle.products.iter().map(of).collect();
    Cell::from(all.join("; "))
}

/// The names of the products of a bundle; nothing for a single product.
pub(super) fn bundled_names(bundle: Option<&pb::JudgedBundle>) -> Cell {
    bundled(bundle, |product| product.display_name.as_str())
}

/// Their codes.
pub(super) fn bundled_codes(bundle: Option<&pb::JudgedBundle>) -> Cell {
    bundled(bundle, |product| product.code.as_str())
}
