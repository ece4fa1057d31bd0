//! Names of producers as they are matched: one spelling for what is written in many, the legal-form words apart from
//! what names the producer, and the keys by which similar names are found.
//!
//! What is folded: case, Unicode form, where the tone stands in its syllable (Hoà, Hòa), y and i where they sound alike
//! (Lý, Lí; never Thúy, Thúi), đ and d, punctuation, runs of blanks; legal-form words and activities are written out
//! (HTX, TNHH, CP, TM & DV, SXKD, …) where a name begins with them, and company forms where it ends with them.
//!
//! What is not folded, because two producers may differ in nothing else: tones, the marks of vowels, breaks between
//! words, numbers, activities. [`ProducerName::key`] is equal without marks and breaks too, and serves to find, not to
//! decide. All functions are pure; services store the keys, so a change of what is folded comes with a migration that
//! writes them anew.
//!
//! Deliberately absent: translations and trade names in other languages, and any judgement: whether two registrations
//! are of one producer is the registry's to say.

mod lexicon;

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::text;
use lexicon::Meaning;

/// What the legal-form words of a name say. Finer than the contract's legal forms: a joint-stock company and a limited
/// one of the same name are two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Hợp tác xã.
    Cooperative,
    /// Liên hiệp hợp tác xã.
    CooperativeUnion,
    /// Tổ hợp tác.
    CooperativeGroup,
    /// Hộ kinh doanh, hộ sản xuất.
    Household,
    /// Cơ sở, cơ sở sản xuất.
    Facility,
    /// Trang trại.
    Farm,
    /// Công ty or doanh nghiệp, of which the name does not say what kind.
    Company,
    /// Công ty trách nhiệm hữu hạn.
    Limited,
    /// Công ty trách nhiệm hữu hạn một thành viên.
    LimitedOne,
    /// Công ty cổ phần.
    JointStock,
    /// Công ty hợp danh.
    Partnership,
    /// Doanh nghiệp tư nhân.
    Private,
}

impl Kind {
    /// The words in full.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Cooperative => "hợp tác xã",
            Self::CooperativeUnion => "liên hiệp hợp tác xã",
            Self::CooperativeGroup => "tổ hợp tác",
            Self::Household => "hộ kinh doanh",
            Self::Facility => "cơ sở",
            Self::Farm => "trang trại",
            Self::Company => "công ty",
            Self::Limited => "công ty trách nhiệm hữu hạn",
            Self::LimitedOne => "công ty trách nhiệm hữu hạn một thành viên",
            Self::JointStock => "công ty cổ phần",
            Self::Partnership => "công ty hợp danh",
            Self::Private => "doanh nghiệp tư nhân",
        }
    }

    /// True for companies and private enterprises.
    #[must_use]
    pub fn is_company(self) -> bool {
        self >= Self::Company
    }

    /// Both together, where a name may carry both ("công ty" and "cổ phần").
    fn and(self, other: Self) -> Option<Self> {
        match (self, other) {
            (one, two) if one == two && one.is_company() => Some(one),
            (Self::Company, two) if two.is_company() => Some(two),
            (one, Self::Company) if one.is_company() => Some(one),
            (Self::Limited, Self::LimitedOne) | (Self::LimitedOne, Self::Limited) => Some(Self::LimitedOne),
            _ => None,
        }
    }
}

/// The one spelling of a text: lower case, words parted by one blank, the tone at the end of its word, đ as d, y as i
/// where they sound alike, "&" as "và". Tones and the marks of vowels stay. In NFC; spelling it again changes nothing.
#[must_use]
pub fn spell(text: &str) -> String {
    let mut spelled = String::with_capacity(text.len() + 8);
    let mut word = Word::default();
    for c in text.nfkd().flat_map(char::to_lowercase) {
        if is_combining_mark(c) {
            word.mark(c);
        } else if c.is_alphanumeric() {
            word.letter(c);
        } else {
            word.end(&mut spelled);
            if c == '&' {
                "và".nfd().for_each(|c| if is_combining_mark(c) { word.mark(c) } else { word.letter(c) });
                word.end(&mut spelled);
            }
        }
    }
    word.end(&mut spelled);
    spelled.nfc().collect()
}

/// A word while it is read.
#[derive(Default)]
struct Word {
    letters: String,
    tones: String,
    /// The two letters before, without their marks.
    before: [Option<char>; 2],
}

impl Word {
    fn letter(&mut self, c: char) {
        let c = match (c, self.before) {
            ('đ', _) => 'd',
            // A vowel of its own: after a consonant, alone, or after the u of qu.
            ('y', [Some('q'), Some('u')] | [_, None]) => 'i',
            ('y', [_, Some(last)]) if !matches!(last, 'a' | 'e' | 'i' | 'o' | 'u' | 'y') => 'i',
            (c, _) => c,
        };
        self.letters.push(c);
        self.before = [self.before[1], Some(c)];
    }

    fn mark(&mut self, mark: char) {
        match mark {
            _ if self.letters.is_empty() => {}
            '\u{300}' | '\u{301}' | '\u{303}' | '\u{309}' | '\u{323}' => self.tones.push(mark),
            _ => self.letters.push(mark),
        }
    }

    fn end(&mut self, spelled: &mut String) {
        if !self.letters.is_empty() {
            if !spelled.is_empty() {
                spelled.push(' ');
            }
            spelled.push_str(&self.letters);
            spelled.push_str(&self.tones);
        }
        *self = Self::default();
    }
}

/// A producer's name taken apart. Words are spelled as [`spell`] does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProducerName {
    /// What its legal-form words say; none where it has none.
    pub kind: Option<Kind>,
    /// The activities before what names it: "nông nghiệp", "dịch vụ".
    activity: Vec<String>,
    /// What names it.
    proper: Vec<String>,
}

impl ProducerName {
    /// Takes a name apart.
    #[must_use]
    pub fn of(name: &str) -> Self {
        let rest = spell(name).split_whitespace().map(str::to_owned).collect();
        let mut reader = Reader { rest, ..Reader::default() };
        while reader.step() {}
        reader.trail();
        Self { kind: reader.kind, activity: reader.activity, proper: reader.rest }
    }

    /// The name without its legal-form words, activities written out.
    #[must_use]
    pub fn core(&self) -> String {
        let words: Vec<&str> = self.activity.iter().chain(&self.proper).map(String::as_str).collect();
        words.join(" ")
    }

    /// The whole name in one spelling; taking it apart gives the same again.
    #[must_use]
    pub fn canonical(&self) -> String {
        let form = self.kind.map(|kind| spell(kind.words())).unwrap_or_default();
        format!("{form} {}", self.core()).trim().to_owned()
    }

    /// What names the producer, without marks and breaks.
    #[must_use]
    pub fn proper(&self) -> String {
        text::fold_tight(&self.naming().join(" "))
    }

    /// As [`ProducerName::proper`], without the titles of communes ("xã", "phường", "thị trấn") in it.
    #[must_use]
    pub fn untitled(&self) -> String {
        text::fold_tight(&lexicon::without_titles(self.naming()).join(" "))
    }

    /// False for a name that names nobody: nothing but legal form, activities and "cá nhân" in the place of a person.
    #[must_use]
    pub fn is_distinct(&self) -> bool {
        !self.naming().is_empty()
    }

    /// The key to find equal names by: the core without marks and breaks.
    #[must_use]
    pub fn key(&self) -> String {
        text::fold_tight(&self.core())
    }

    /// The key to find names by that begin alike: the first two words of what names it, without marks.
    #[must_use]
    pub fn head(&self) -> String {
        let words = self.naming();
        text::fold(&words.get(..2).unwrap_or(words).join(" "))
    }

    /// The key to find names by that end alike: the last two words of what names it, without marks.
    #[must_use]
    pub fn tail(&self) -> String {
        let words = self.naming();
        text::fold(&words.get(words.len().saturating_sub(2)..).unwrap_or(words).join(" "))
    }

    /// The numbers in it, in order, without leading zeros.
    #[must_use]
    pub fn numbers(&self) -> Vec<&str> {
        let all = self.naming().iter().filter(|word| word.bytes().all(|b| b.is_ascii_digit()));
        all.map(|word| word.trim_start_matches('0')).collect()
    }

    fn naming(&self) -> &[String] {
        match self.proper.as_slice() {
            [one, two, rest @ ..] if *one == spell("cá") && *two == spell("nhân") => rest,
            all => all,
        }
    }
}

/// How alike what names two producers is, from 0 to 1: the share of pairs of neighbouring letters that both have.
#[must_use]
pub fn likeness(one: &str, two: &str) -> f64 {
    let pairs = |text: &str| {
        let letters: Vec<char> = text.chars().collect();
        let mut pairs: HashMap<[char; 2], u32> = HashMap::new();
        for pair in letters.array_windows::<2>() {
            *pairs.entry(*pair).or_default() += 1;
        }
        pairs
    };
    if one == two {
        return 1.0;
    }
    let (one, two) = (pairs(one), pairs(two));
    let shared: u32 = one.iter().map(|(pair, count)| (*count).min(two.get(pair).copied().unwrap_or(0))).sum();
    let all: u32 = one.values().sum::<u32>() + two.values().sum::<u32>();
    if all == 0 { 0.0 } else { f64::from(2 * shared) / f64::from(all) }
}

/// A name while it is read.
#[derive(Default)]
struct Reader {
    kind: Option<Kind>,
    activity: Vec<String>,
    rest: Vec<String>,
}

impl Reader {
    /// Takes the next legal-form word or activity off the beginning; false where what names the producer begins.
    fn step(&mut self) -> bool {
        let after = !self.activity.is_empty();
        if let Some(written) = lexicon::written_out(&self.rest, self.kind.is_none() && !after, after) {
            self.rest.splice(..1, written);
            return true;
        }
        let Some((length, meaning)) = lexicon::at_start(&self.rest) else { return false };
        match meaning {
            Meaning::Form(kind) => {
                let both = self.kind.map_or(Some(kind), |first| first.and(kind));
                let Some(both) = both.filter(|kind| !after || kind.is_company()) else { return false };
                self.kind = Some(both);
            }
            Meaning::Activity(full) if !self.is_part_of_form(full) => {
                self.activity.extend(spell(full).split(' ').map(str::to_owned));
            }
            Meaning::Activity(_) => {}
            // Between two activities it is left out, anywhere else it is a part of the name.
            Meaning::And if after && self.goes_on(length) => {}
            Meaning::And => return false,
        }
        self.rest.drain(..length);
        true
    }

    /// "Sản xuất" and "kinh doanh" directly after "hộ" and "cơ sở" say nothing more than these.
    fn is_part_of_form(&self, activity: &str) -> bool {
        let form = matches!(self.kind, Some(Kind::Household | Kind::Facility));
        form && self.activity.is_empty() && matches!(activity, "sản xuất" | "kinh doanh")
    }

    /// True where another activity stands behind the first words.
    fn goes_on(&self, length: usize) -> bool {
        let next = self.rest.get(length..).unwrap_or_default();
        let written = lexicon::written_out(next, false, true);
        let next = written.as_deref().unwrap_or(next);
        matches!(lexicon::at_start(next), Some((_, Meaning::Activity(_))))
    }

    /// Takes company forms off the end ("Minh Triết TNHH").
    fn trail(&mut self) {
        while let Some((length, kind)) = lexicon::at_end(&self.rest) {
            let both = self.kind.map_or(Some(kind), |first| first.and(kind));
            let Some(both) = both.filter(|_| self.rest.len() > length) else { return };
            self.kind = Some(both);
            self.rest.truncate(self.rest.len() - length);
        }
    }
}
