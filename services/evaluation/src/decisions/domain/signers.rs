//! Whether a post signs what a level recognises, by the words in which it is told. Pure.

use reference::regimes::Signers;
use reference::text::fold;

use crate::councils::domain::Level;

/// Words of other posts and bodies, by which what signs is not the post that was found in it. Behind the name of a unit they are
/// parts of a place's name ("Hải Phòng", "Vụ Bản").
const OTHERS: [&str; 9] = ["hoi", "so", "giam", "phong", "chanh", "cuc", "vu", "trung", "mat"];

/// What a post may be of that is no committee: by the first word behind the post, and by the first two.
const BODIES: [&str; 3] = ["hoi", "trung", "mat"];
const BODIES_OF_TWO: [[&str; 2]; 4] = [["cong", "doan"], ["lien", "doan"], ["lien", "minh"], ["phong", "thuong"]];

/// True where the post is one that signs for this level. "Phó Chủ tịch UBND tỉnh" signs for a province, "Giám đốc Sở" does not, nor
/// does the chair of a district for a province, or that of a council.
#[must_use]
pub fn signs(signers: &Signers, level: Level, post: &str) -> bool {
    let folded = fold(post);
    let words: Vec<&str> = folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let mut posts = signers.posts.iter().chain(&signers.in_place);
    let found = posts.find_map(|of| {
        let of = fold(of);
        let of: Vec<&str> = of.split(' ').collect();
        let at = words.windows(of.len()).position(|part| part == of.as_slice())?;
        Some((at, at + of.len()))
    });
    let Some((begins, ends)) = found else { return false };
    let (before, behind) = (words.get(..begins).unwrap_or_default(), words.get(ends..).unwrap_or_default());
    let unit = (0..before.len()).find(|at| is_unit(before.get(*at..).unwrap_or_default())).unwrap_or(before.len());
    let other = before.iter().take(unit).any(|word| OTHERS.contains(word)) || is_body(behind);
    !other && of_level(before, level) && of_level(behind, level)
}

/// True where the words begin with a kind of unit.
fn is_unit(words: &[&str]) -> bool {
    matches!(words, ["tinh" | "huyen" | "quan" | "tp", ..] | ["thanh", "pho", ..] | ["thi", "xa", ..])
}

/// True where the words behind a post begin with a body that is no committee.
fn is_body(behind: &[&str]) -> bool {
    behind.first().is_some_and(|word| BODIES.contains(word))
        || BODIES_OF_TWO.iter().any(|body| behind.starts_with(body))
}

/// True where the first unit that is named is of the level, or none is.
fn of_level(words: &[&str], level: Level) -> bool {
    let mut before = "";
    for word in words {
        let here = match (before, *word) {
            ("thi", "xa") | (_, "huyen" | "quan") => Some(level == Level::District),
            ("thi", "tran") | (_, "xa" | "phuong") => Some(false),
            (_, "tinh") => Some(level == Level::Province),
            // A city is a province or a district.
            ("thanh", "pho") | (_, "tp") => Some(matches!(level, Level::Province | Level::District)),
            (_, "bo") => Some(level == Level::Central),
            (_, "so") => Some(false),
            _ => None,
        };
        if let Some(here) = here {
            return here;
        }
        before = word;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_level_has_its_posts_and_those_that_sign_in_their_place() {
        use Level as L;
        let cases = [
            (L::Province, "Chủ tịch UBND tỉnh", true),
            (L::Province, "Phó Chủ tịch UBND tỉnh", true),
            (L::Province, "KT. CHỦ TỊCH, PHÓ CHỦ TỊCH", true),
            (L::Province, "TM. Ủy ban nhân dân tỉnh, Chủ tịch", true),
            (L::Province, "TM. Ủy ban nhân dân, Chủ tịch", true),
            (L::Province, "Q. Chủ tịch Ủy ban nhân dân thành phố Cần Thơ", true),
            (L::Province, "chu tich", true),
            (L::Province, "Chủ tịch UBND tỉnh (mẫu)", true),
            (L::Province, "TM. UBND thành phố Hải Phòng, Chủ tịch", true),
            (L::Province, "TM. Ủy ban nhân dân thành phố Hải Phòng, KT. Chủ tịch, Phó Chủ tịch", true),
            (L::Province, "Chủ tịch UBND TP. Hải Phòng", true),
            (L::Province, "Chủ tịch Hải Phòng", true),
            (L::Province, "Chủ tịch Công đoàn tỉnh", false),
            (L::Province, "Phó Chủ tịch Liên đoàn Lao động tỉnh", false),
            (L::Province, "Chủ tịch Liên minh Hợp tác xã tỉnh", false),
            (L::Province, "Chủ tịch Hội Nông dân tỉnh", false),
            (L::Province, "TM. Hội đồng OCOP tỉnh, Chủ tịch", false),
            (L::Province, "Chánh Văn phòng, TL. Chủ tịch", false),
            (L::Province, "Chủ tịch UBND huyện Tuy An", false),
            (L::Province, "Chủ tịch UBND xã An Chấn", false),
            (L::Province, "Phó Chủ tịch Hội đồng", false),
            (L::Province, "Giám đốc Sở Nông nghiệp và Phát triển nông thôn", false),
            (L::Province, "Giám đốc Sở, Phó Chủ tịch Hội đồng", false),
            (L::Province, "Bộ trưởng", false),
            (L::District, "Chủ tịch UBND huyện Tuy An", true),
            (L::District, "Phó Chủ tịch UBND thị xã Sông Cầu", true),
            (L::District, "Chủ tịch UBND thành phố Tuy Hòa, tỉnh Phú Yên", true),
            (L::District, "TM. UBND huyện Yên Phong, Chủ tịch", true),
            (L::District, "TM. UBND huyện Vụ Bản, Chủ tịch", true),
            (L::Province, "TM. UBND huyện Vụ Bản, Chủ tịch", false),
            (L::District, "Chủ tịch UBND quận Liên Chiểu", true),
            (L::District, "Chủ tịch UBND tỉnh", false),
            (L::Central, "Bộ trưởng Bộ Nông nghiệp và Môi trường", true),
            (L::Central, "KT. Bộ trưởng, Thứ trưởng", true),
            (L::Central, "Chủ tịch UBND tỉnh", false),
            (L::Central, "Cục trưởng", false),
            (L::Central, "", false),
        ];
        for (level, post, expected) in cases {
            let signers = reference::regimes::signers(level.as_str()).unwrap();
            assert_eq!(signs(signers, level, post), expected, "{level:?} {post}");
        }
    }
}
