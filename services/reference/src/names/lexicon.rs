//! The words of legal forms and activities, in full and short.

use std::sync::LazyLock;

use super::{Kind, spell};
use crate::text;

/// What a phrase at the beginning of a name means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A legal form.
    Form(Kind),
    /// An activity, in full.
    Activity(&'static str),
    /// "và".
    And,
}

/// Phrases in full. Of several that fit, the longest counts.
const PHRASES: [(&str, Meaning); 41] = [
    ("liên hiệp hợp tác xã", Meaning::Form(Kind::CooperativeUnion)),
    ("hợp tác xã", Meaning::Form(Kind::Cooperative)),
    ("tổ hợp tác", Meaning::Form(Kind::CooperativeGroup)),
    ("hộ kinh doanh cá thể", Meaning::Form(Kind::Household)),
    ("hộ kinh doanh", Meaning::Form(Kind::Household)),
    ("hộ gia đình", Meaning::Form(Kind::Household)),
    ("hộ", Meaning::Form(Kind::Household)),
    ("cơ sở", Meaning::Form(Kind::Facility)),
    ("trang trại", Meaning::Form(Kind::Farm)),
    ("công ty", Meaning::Form(Kind::Company)),
    ("doanh nghiệp", Meaning::Form(Kind::Company)),
    ("trách nhiệm hữu hạn", Meaning::Form(Kind::Limited)),
    ("một thành viên", Meaning::Form(Kind::LimitedOne)),
    ("1 thành viên", Meaning::Form(Kind::LimitedOne)),
    ("cổ phần", Meaning::Form(Kind::JointStock)),
    ("hợp danh", Meaning::Form(Kind::Partnership)),
    ("doanh nghiệp tư nhân", Meaning::Form(Kind::Private)),
    ("sản xuất", Meaning::Activity("sản xuất")),
    ("thương mại", Meaning::Activity("thương mại")),
    ("dịch vụ", Meaning::Activity("dịch vụ")),
    ("kinh doanh", Meaning::Activity("kinh doanh")),
    ("tổng hợp", Meaning::Activity("tổng hợp")),
    ("nông nghiệp", Meaning::Activity("nông nghiệp")),
    ("lâm nghiệp", Meaning::Activity("lâm nghiệp")),
    ("nông lâm nghiệp", Meaning::Activity("nông lâm nghiệp")),
    ("nông lâm ngư nghiệp", Meaning::Activity("nông lâm ngư nghiệp")),
    ("ngư nghiệp", Meaning::Activity("ngư nghiệp")),
    ("diêm nghiệp", Meaning::Activity("diêm nghiệp")),
    ("thủy sản", Meaning::Activity("thủy sản")),
    ("hải sản", Meaning::Activity("hải sản")),
    ("nông sản", Meaning::Activity("nông sản")),
    ("thực phẩm", Meaning::Activity("thực phẩm")),
    ("chế biến", Meaning::Activity("chế biến")),
    ("xuất nhập khẩu", Meaning::Activity("xuất nhập khẩu")),
    ("xây dựng", Meaning::Activity("xây dựng")),
    ("du lịch", Meaning::Activity("du lịch")),
    ("đầu tư", Meaning::Activity("đầu tư")),
    ("phát triển", Meaning::Activity("phát triển")),
    ("vận tải", Meaning::Activity("vận tải")),
    ("đầu tư phát triển", Meaning::Activity("đầu tư phát triển")),
    ("và", Meaning::And),
];

/// Where a short form counts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Where {
    /// Among the first words.
    Begin,
    /// As the very first word.
    First,
    /// After an activity.
    After,
}

/// Short forms. They are read in one word as well (SXKD, TMDV).
const SHORT: [(&str, &str, Where); 29] = [
    ("htx", "hợp tác xã", Where::Begin),
    ("lhhtx", "liên hiệp hợp tác xã", Where::Begin),
    ("tht", "tổ hợp tác", Where::First),
    ("hkd", "hộ kinh doanh", Where::First),
    ("cs", "cơ sở", Where::First),
    ("cssx", "cơ sở sản xuất", Where::First),
    // "Cty", as y after a consonant is spelled.
    ("cti", "công ty", Where::Begin),
    ("ct", "công ty", Where::First),
    ("ctcp", "công ty cổ phần", Where::First),
    ("dn", "doanh nghiệp", Where::First),
    ("dntn", "doanh nghiệp tư nhân", Where::Begin),
    ("tnhh", "trách nhiệm hữu hạn", Where::Begin),
    ("mtv", "một thành viên", Where::Begin),
    ("1tv", "một thành viên", Where::Begin),
    ("cp", "cổ phần", Where::Begin),
    ("sx", "sản xuất", Where::Begin),
    ("tm", "thương mại", Where::Begin),
    ("dv", "dịch vụ", Where::Begin),
    ("kd", "kinh doanh", Where::Begin),
    ("th", "tổng hợp", Where::After),
    ("nn", "nông nghiệp", Where::Begin),
    ("nln", "nông lâm nghiệp", Where::Begin),
    ("cb", "chế biến", Where::Begin),
    ("xnk", "xuất nhập khẩu", Where::Begin),
    ("xd", "xây dựng", Where::Begin),
    ("dl", "du lịch", Where::Begin),
    ("dt", "đầu tư", Where::Begin),
    ("pt", "phát triển", Where::Begin),
    ("vt", "vận tải", Where::Begin),
];

/// Company forms at the end of a name.
const ENDINGS: [(&str, Kind); 9] = [
    ("công ty trách nhiệm hữu hạn", Kind::Limited),
    ("trách nhiệm hữu hạn", Kind::Limited),
    ("tnhh", Kind::Limited),
    ("mtv", Kind::LimitedOne),
    ("một thành viên", Kind::LimitedOne),
    ("co ltd", Kind::Limited),
    ("cổ phần", Kind::JointStock),
    ("cp", Kind::JointStock),
    ("jsc", Kind::JointStock),
];

/// Titles of communes, which names of cooperatives carry or leave out.
const TITLES: [&str; 3] = ["xã", "phường", "thị trấn"];

/// A phrase in the spelling of names, with and without marks.
struct Phrase<T> {
    spelled: Vec<String>,
    bare: Vec<String>,
    means: T,
}

fn phrase<T>(full: &str, means: T) -> Phrase<T> {
    let spelled: Vec<String> = spell(full).split(' ').map(str::to_owned).collect();
    Phrase { bare: spelled.iter().map(|word| text::fold(word)).collect(), spelled, means }
}

fn table<T: Copy>(phrases: &[(&str, T)]) -> Vec<Phrase<T>> {
    let mut table: Vec<_> = phrases.iter().map(|(full, means)| phrase(full, *means)).collect();
    table.sort_by_key(|phrase| std::cmp::Reverse(phrase.spelled.len()));
    table
}

static BEGINNINGS: LazyLock<Vec<Phrase<Meaning>>> = LazyLock::new(|| table(&PHRASES));
static COMMUNES: LazyLock<Vec<Phrase<()>>> = LazyLock::new(|| table(&TITLES.map(|title| (title, ()))));
static ENDS: LazyLock<Vec<Phrase<Kind>>> = LazyLock::new(|| table(&ENDINGS));

impl<T> Phrase<T> {
    /// Several words typed without any mark mean the phrase too; one word alone does not: "ho" may be "hồ".
    fn is(&self, words: &[String]) -> bool {
        words == self.spelled.as_slice() || (words.len() > 1 && words == self.bare.as_slice())
    }
}

/// The longest phrase that the words begin with: how many words it has, and what it means.
pub(super) fn at_start(words: &[String]) -> Option<(usize, Meaning)> {
    let found = BEGINNINGS.iter().find(|p| words.get(..p.spelled.len()).is_some_and(|begin| p.is(begin)));
    found.map(|p| (p.spelled.len(), p.means))
}

/// The words without titles of communes before other words.
pub(super) fn without_titles(words: &[String]) -> Vec<&str> {
    let (mut rest, mut left) = (words, Vec::new());
    while let Some((first, behind)) = rest.split_first() {
        let title = COMMUNES.iter().find_map(|p| rest.strip_prefix(p.spelled.as_slice()));
        rest = title.filter(|next| !next.is_empty()).unwrap_or_else(|| {
            left.push(first.as_str());
            behind
        });
    }
    left
}

/// The longest company form that the words end with.
pub(super) fn at_end(words: &[String]) -> Option<(usize, Kind)> {
    let end = |length: usize| words.get(words.len().checked_sub(length)?..);
    let found = ENDS.iter().find(|p| end(p.spelled.len()).is_some_and(|end| p.is(end)));
    found.map(|p| (p.spelled.len(), p.means))
}

/// The first word written out, where it is a short form or several in one. `first`: nothing stands before it;
/// `after`: an activity does.
pub(super) fn written_out(words: &[String], first: bool, after: bool) -> Option<Vec<String>> {
    let word = words.first()?.as_str();
    let counts = |place: Where| match place {
        Where::Begin => true,
        Where::First => first,
        Where::After => after,
    };
    let whole = SHORT.iter().find(|(short, ..)| *short == word);
    let parts = match whole {
        Some((_, full, place)) if counts(*place) => vec![*full],
        Some(_) => return None,
        None if word.len() <= LONGEST => parts(word)?,
        None => return None,
    };
    Some(parts.iter().flat_map(|full| spell(full).split(' ').map(str::to_owned).collect::<Vec<_>>()).collect())
}

/// Longest word that is tried as several short forms.
const LONGEST: usize = 12;

/// A word that is short forms without a break. They are no syllables, so no word of a name is taken for them.
fn parts(word: &str) -> Option<Vec<&'static str>> {
    if word.is_empty() {
        return Some(Vec::new());
    }
    SHORT.iter().find_map(|(short, full, _)| {
        let mut rest = parts(word.strip_prefix(short)?)?;
        rest.insert(0, full);
        Some(rest)
    })
}
