//! What a text is written in. Vietnamese offices have twenty years of files in TCVN3 (ABC) and VNI: bytes, or since then
//! Unicode characters, that only an old font shows as Vietnamese. They are told from real Vietnamese by letters that it does
//! not have, and refused with advice: guessing letters would store names that nobody wrote.

use std::io::BufRead;

use super::{SheetFault, unreadable};

/// Letters of TCVN3 that stand in no Vietnamese word: đ ă â ê ô ơ ư and most letters with tones.
const TCVN3: &str = "¨©ª«¬®µ¶·¸¹»¼½¾ÆÇËÎÏÑÖ×ØÜÞßåæçäëîïñöø÷ûüþ";
/// What VNI writes behind a vowel for a tone or a mark, as far as no Vietnamese word has it there.
const VNI: &str = "ùøûõïåäëüþÙØÛÕÏÅÄËÜÞ";
/// Vowels that VNI writes these behind.
const VOWELS: &str = "aeoAEO";
/// Tones of Windows-1258, behind a vowel.
const TONES: [u8; 5] = [0xCC, 0xEC, 0xD2, 0xF2, 0xDE];

/// Counts what speaks for an old font.
#[derive(Clone, Debug, Default)]
pub(super) struct Fonts {
    tcvn3: u64,
    vni: u64,
    vietnamese: u64,
}

impl Fonts {
    /// Looks at a text.
    pub(super) fn add(&mut self, text: &str) {
        if text.is_ascii() {
            return;
        }
        let mut before = ' ';
        for c in text.chars() {
            let after_letter = before.is_alphabetic() || TCVN3.contains(before);
            match c {
                'ă' | 'đ' | 'ơ' | 'ư' | 'Ă' | 'Đ' | 'Ơ' | 'Ư' | '\u{1EA0}'..='\u{1EF9}' => self.vietnamese += 1,
                '\u{300}' | '\u{301}' | '\u{303}' | '\u{309}' | '\u{323}' => self.vietnamese += 1,
                _ => {}
            }
            self.tcvn3 += u64::from(after_letter && TCVN3.contains(c)) + u64::from(c == '®' && !after_letter);
            self.vni += u64::from(VOWELS.contains(before) && VNI.contains(c)) + u64::from(c == 'ñ' || c == 'Ñ');
            before = c;
        }
    }

    /// The font that the texts were written for.
    pub(super) fn judge(&self) -> Option<&'static str> {
        let most = self.tcvn3.max(self.vni);
        if most < 3 || most <= self.vietnamese.saturating_mul(2) {
            return None;
        }
        Some(if self.tcvn3 >= self.vni { "TCVN3 (ABC)" } else { "VNI" })
    }
}

/// Reads a whole text and finds that it is UTF-8.
pub(super) fn survey(reader: &mut impl BufRead) -> Result<(), SheetFault> {
    let mut seen = Seen::default();
    let mut rest: Vec<u8> = Vec::new();
    let mut first = true;
    let mut utf8 = true;
    loop {
        let piece = reader.fill_buf().map_err(unreadable)?;
        if first {
            if piece.starts_with(&[0xFF, 0xFE]) || piece.starts_with(&[0xFE, 0xFF]) {
                return Err(SheetFault::Encoding("UTF-16"));
            }
            first = false;
        }
        if piece.is_empty() {
            break;
        }
        seen.add(piece);
        if utf8 {
            rest.extend_from_slice(piece);
            match std::str::from_utf8(&rest) {
                Ok(_) => rest.clear(),
                Err(e) if e.error_len().is_none() => drop(rest.drain(..e.valid_up_to())),
                Err(_) => utf8 = false,
            }
        }
        let read = piece.len();
        reader.consume(read);
    }
    if seen.zeros > 0 {
        // Every second byte of Latin letters in UTF-16 is zero.
        return Err(if seen.zeros * 4 > seen.all { SheetFault::Encoding("UTF-16") } else { unreadable("binary") });
    }
    if utf8 && rest.is_empty() { Ok(()) } else { Err(SheetFault::Encoding(seen.guess())) }
}

/// What bytes that are not UTF-8 look like.
#[derive(Default)]
struct Seen {
    fonts: Fonts,
    tones: u64,
    zeros: u64,
    all: u64,
    before: u8,
}

impl Seen {
    fn add(&mut self, piece: &[u8]) {
        self.all += piece.len() as u64;
        for byte in piece {
            self.zeros += u64::from(*byte == 0);
            let vowel = matches!(
                self.before,
                b'a' | b'e' | b'i' | b'o' | b'u' | b'y' | 0xE2 | 0xEA | 0xF4 | 0xE3 | 0xF5 | 0xFD
            );
            self.tones += u64::from(vowel && TONES.contains(byte)) + u64::from(matches!(byte, 0xF0 | 0xD0 | 0xFD));
            self.before = *byte;
        }
        if piece.is_ascii() {
            return;
        }
        // Latin-1 has each byte at its own number; a pair that two pieces cut is not missed by a count.
        let latin: String = piece.iter().map(|byte| char::from(*byte)).collect();
        self.fonts.add(&latin);
    }

    fn guess(&self) -> &'static str {
        let Fonts { tcvn3, vni, .. } = self.fonts;
        match tcvn3.max(vni).max(self.tones) {
            0 => "không phải UTF-8 (not UTF-8)",
            most if most == tcvn3 => "TCVN3 (ABC)",
            most if most == vni => "VNI",
            _ => "Windows-1258",
        }
    }
}
