//! The sheet of a certificate: A4 across, in Vietnamese, with the stars and the signed code.
//!
//! No decision gives a form for the certificate that we have seen; the layout follows those in use: national motto, authority, title,
//! product, holder, stars, decision, term, place of the signature.

use crate::Result;
use crate::font::{Fonts, Style};
use crate::pdf::{self, BLACK, Colour, Sheet};

/// What a certificate says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The authority, such as "Ủy ban nhân dân tỉnh Phú Yên".
    pub authority: String,
    /// The product.
    pub product: String,
    /// The products of a bundle that stand under it together; empty for a single product.
    pub products: Vec<String>,
    /// Its code; may be empty.
    pub code: String,
    /// The holder; may be empty.
    pub holder: String,
    /// Stars, 3 to 5.
    pub stars: u8,
    /// Its number.
    pub number: String,
    /// The decision, such as "Quyết định số 120/QĐ-UBND ngày 1/12/2021".
    pub decision: String,
    /// The term, such as "từ ngày 1/12/2021 đến hết ngày 30/11/2024".
    pub term: String,
    /// Place and day, such as "Phú Yên, ngày 1 tháng 12 năm 2021".
    pub place_and_day: String,
    /// The post that signs.
    pub signed_by: String,
    /// Which paper it is; 1 for the first.
    pub edition: i32,
    /// What the code holds.
    pub token: String,
    /// True marks the paper as an invented sample.
    pub sample: bool,
}

const WIDTH: f32 = 842.0;
const HEIGHT: f32 = 595.0;
const LEFT: f32 = 60.0;
const ACROSS: f32 = WIDTH - 2.0 * LEFT;
const RED: Colour = (178, 24, 24);
const GOLD: Colour = (196, 150, 30);
const GREY: Colour = (90, 90, 90);
const CODE: f32 = 120.0;

/// The bytes of the PDF.
///
/// # Errors
/// Where a font or the code cannot be made.
pub fn pdf(certificate: &Certificate) -> Result<Vec<u8>> {
    let fonts = Fonts::open()?;
    let mut sheet = Sheet::new(WIDTH, HEIGHT);
    for (inset, line) in [(22.0, 2.5), (29.0, 0.8)] {
        let (width, height) = (WIDTH - 2.0 * inset, HEIGHT - 2.0 * inset);
        sheet.items.push(pdf::Item::Frame { x: inset, y: inset, width, height, line, colour: GOLD });
    }
    let y = heading(&mut sheet, &fonts, certificate);
    let y = body(&mut sheet, &fonts, certificate, y);
    stars(&mut sheet, certificate.stars, y);
    foot(&mut sheet, &fonts, certificate)?;
    if certificate.sample {
        let at = (LEFT, ACROSS, HEIGHT - 38.0);
        sheet.centred(&fonts, at, "MẪU – KHÔNG CÓ GIÁ TRỊ", (Style::Bold, 15.0), RED);
    }
    let mut sheets = vec![sheet];
    if beside(&fonts, certificate).is_none() {
        sheets.extend(annex(&fonts, certificate));
    }
    pdf::bytes(&format!("Giấy chứng nhận {}", certificate.number), &sheets, &fonts)
}

/// Where the products of a bundle have room on the sheet itself: their lines and size. A long name of bundle or authority takes of it.
fn beside(fonts: &Fonts, certificate: &Certificate) -> Option<(Vec<String>, f32)> {
    if certificate.products.is_empty() {
        return Some((Vec::new(), 12.0));
    }
    let title = fonts.wrap(&certificate.product, Style::Bold, 24.0, ACROSS - 40.0).len();
    let authority = fonts.wrap(&certificate.authority.to_uppercase(), Style::Bold, 15.0, ACROSS).len();
    let room = 6_usize.saturating_sub(2 * title + authority);
    let text = format!("Gồm: {}", certificate.products.join("; "));
    [12.0, 11.0, 10.0, 9.0].into_iter().find_map(|size: f32| {
        let lines = fonts.wrap(&text, Style::Regular, size, ACROSS - 40.0);
        (lines.len() <= room).then_some((lines, size))
    })
}

/// The products of a bundle on sheets of their own, all of them.
fn annex(fonts: &Fonts, certificate: &Certificate) -> Vec<Sheet> {
    let (size, step, top, bottom) = (11.0, 16.0, 96.0, HEIGHT - 50.0);
    let head = format!("Danh sách sản phẩm kèm theo Giấy chứng nhận số {}", certificate.number);
    let begin = || {
        let mut sheet = Sheet::new(WIDTH, HEIGHT);
        sheet.centred(fonts, (LEFT, ACROSS, 60.0), &head, (Style::Bold, 14.0), BLACK);
        if certificate.sample {
            let at = (LEFT, ACROSS, HEIGHT - 38.0);
            sheet.centred(fonts, at, "MẪU – KHÔNG CÓ GIÁ TRỊ", (Style::Bold, 15.0), RED);
        }
        sheet
    };
    let (mut sheets, mut sheet, mut y) = (Vec::new(), begin(), top);
    for (at, product) in certificate.products.iter().enumerate() {
        for line in fonts.wrap(&format!("{}. {product}", at + 1), Style::Regular, size, ACROSS) {
            if y > bottom {
                sheets.push(std::mem::replace(&mut sheet, begin()));
                y = top;
            }
            sheet.text((LEFT, y), &line, (Style::Regular, size), BLACK);
            y += step;
        }
    }
    sheets.push(sheet);
    sheets
}

fn heading(sheet: &mut Sheet, fonts: &Fonts, certificate: &Certificate) -> f32 {
    let mut centred = |y, text: &str, font, colour| sheet.centred(fonts, (LEFT, ACROSS, y), text, font, colour);
    centred(66.0, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", (Style::Bold, 14.0), BLACK);
    centred(84.0, "Độc lập - Tự do - Hạnh phúc", (Style::Bold, 13.0), BLACK);
    let mut y = 116.0;
    for line in fonts.wrap(&certificate.authority.to_uppercase(), Style::Bold, 15.0, ACROSS) {
        sheet.centred(fonts, (LEFT, ACROSS, y), &line, (Style::Bold, 15.0), BLACK);
        y += 19.0;
    }
    sheet.centred(fonts, (LEFT, ACROSS, y + 26.0), "GIẤY CHỨNG NHẬN", (Style::Bold, 34.0), RED);
    sheet.centred(fonts, (LEFT, ACROSS, y + 53.0), "SẢN PHẨM OCOP", (Style::Bold, 18.0), RED);
    y + 86.0
}

fn body(sheet: &mut Sheet, fonts: &Fonts, certificate: &Certificate, from: f32) -> f32 {
    let mut y = from;
    let code =
        if certificate.code.is_empty() { String::new() } else { format!("Mã sản phẩm: {}", certificate.code) };
    let holder =
        if certificate.holder.is_empty() { String::new() } else { format!("Chủ thể: {}", certificate.holder) };
    let rank = format!("Đạt hạng: {} sao", certificate.stars);
    let (of_bundle, small) = match beside(fonts, certificate) {
        Some((lines, size)) => (lines.join(" "), size),
        None => (format!("Gồm {} sản phẩm theo danh sách kèm theo", certificate.products.len()), 12.0),
    };
    let lines = [
        (certificate.product.as_str(), Style::Bold, 24.0, RED),
        (of_bundle.as_str(), Style::Regular, small, BLACK),
        (holder.as_str(), Style::Regular, 15.0, BLACK),
        (code.as_str(), Style::Regular, 12.0, GREY),
        (rank.as_str(), Style::Bold, 18.0, BLACK),
    ];
    for (text, style, size, colour) in lines.into_iter().filter(|(text, ..)| !text.is_empty()) {
        for line in fonts.wrap(text, style, size, ACROSS - 40.0).iter().take(3) {
            sheet.centred(fonts, (LEFT, ACROSS, y), line, (style, size), colour);
            y += size * 1.3;
        }
        y += 6.0;
    }
    y
}

/// The stars in a row below the body.
fn stars(sheet: &mut Sheet, count: u8, top: f32) {
    let (radius, gap) = (15.0, 40.0);
    let middle = WIDTH / 2.0;
    let half = f32::from(count.saturating_sub(1)) / 2.0;
    for at in 0..count {
        let x = middle + (f32::from(at) - half) * gap;
        let corner = |k: u8| {
            let angle = std::f32::consts::PI * (f32::from(k) / 5.0 - 0.5);
            let reach = if k.is_multiple_of(2) { radius } else { radius * 0.4 };
            (x + reach * angle.cos(), top + 6.0 + reach * angle.sin())
        };
        sheet.items.push(pdf::Item::Figure { points: (0..10).map(corner).collect(), colour: GOLD });
    }
}

fn foot(sheet: &mut Sheet, fonts: &Fonts, certificate: &Certificate) -> Result<()> {
    let top = HEIGHT - 50.0 - CODE;
    sheet.items.push(pdf::qr(&certificate.token, (LEFT, top - 6.0), CODE)?);
    sheet.text((LEFT, top + CODE + 6.0), "Kiểm tra: ocop certificate check", (Style::Italic, 8.0), GREY);
    let (left, width) = (LEFT + CODE + 20.0, 290.0);
    let edition = match certificate.edition {
        1 => String::new(),
        edition => format!("Bản cấp lại lần {}", edition - 1),
    };
    let mut y = top + 10.0;
    for text in [&format!("Số: {}", certificate.number), &certificate.decision, &certificate.term, &edition] {
        for line in fonts.wrap(text, Style::Regular, 11.5, width).iter().filter(|line| !line.is_empty()) {
            sheet.text((left, y), line, (Style::Regular, 11.5), BLACK);
            y += 15.0;
        }
    }
    let (right, across) = (left + width + 10.0, WIDTH - LEFT - left - width - 10.0);
    sheet.centred(fonts, (right, across, top + 10.0), &certificate.place_and_day, (Style::Italic, 12.0), BLACK);
    let mut y = top + 30.0;
    for line in fonts.wrap(&certificate.signed_by.to_uppercase(), Style::Bold, 12.0, across) {
        sheet.centred(fonts, (right, across, y), &line, (Style::Bold, 12.0), BLACK);
        y += 16.0;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(crate) fn sample() -> Certificate {
        Certificate {
            authority: "Ủy ban nhân dân tỉnh Phú Yên".to_owned(),
            product: "Nước mắm cá cơm truyền thống Gành Đỏ".to_owned(),
            products: Vec::new(),
            code: "54-557-22114-3-2021".to_owned(),
            holder: "Hợp tác xã mẫu Phường 8".to_owned(),
            stars: 4,
            number: "120/QĐ-UBND/3".to_owned(),
            decision: "Quyết định số 120/QĐ-UBND ngày 1/12/2021".to_owned(),
            term: "Có giá trị từ ngày 1/12/2021 đến hết ngày 30/11/2024".to_owned(),
            place_and_day: "Phú Yên, ngày 1 tháng 12 năm 2021".to_owned(),
            signed_by: "Phó Chủ tịch Ủy ban nhân dân tỉnh".to_owned(),
            edition: 2,
            token: "x".repeat(420),
            sample: true,
        }
    }

    #[test]
    fn the_same_certificate_gives_the_same_small_pdf() {
        let bytes = pdf(&sample()).unwrap();
        assert!(bytes.starts_with(b"%PDF-"));
        assert!(bytes.len() < 200_000, "{} bytes", bytes.len());
        assert_eq!(bytes, pdf(&sample()).unwrap());
        let other = Certificate { stars: 3, ..sample() };
        assert_ne!(bytes, pdf(&other).unwrap());
    }

    #[test]
    fn the_products_of_a_bundle_stand_on_the_sheet_or_all_of_them_on_a_list_behind_it() {
        let fonts = Fonts::open().unwrap();
        let of = |many: usize, name: &str| {
            let products: Vec<String> = (1..=many).map(|at| format!("{name} {at}")).collect();
            Certificate { products, ..sample() }
        };
        assert_eq!(beside(&fonts, &sample()), Some((Vec::new(), 12.0)));
        let few = of(3, "Cà phê rang xay");
        let (lines, size) = beside(&fonts, &few).unwrap();
        assert_eq!((lines.join(" "), size), (format!("Gồm: {}", few.products.join("; ")), 12.0));
        let many = of(30, &"Cà phê rang xay nguyên chất hảo hạng ".repeat(5));
        assert_eq!(beside(&fonts, &many), None);
        assert!(annex(&fonts, &many).len() > 1, "no product is left out for want of room");
        for certificate in [&few, &many] {
            assert_ne!(pdf(certificate).unwrap(), pdf(&sample()).unwrap());
        }
    }

    #[test]
    fn a_text_that_no_code_can_hold_is_refused() {
        assert!(pdf(&Certificate { token: "x".repeat(4000), ..sample() }).is_err());
    }
}
