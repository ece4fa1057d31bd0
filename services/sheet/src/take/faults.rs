//! Why a file is no sheet of its kind, as a request's violations.

use kit::Violations;
use proto::registry::v1::ErrorReason;

use super::SheetFault;
use super::columns::{Column, HeaderFault, known};

/// The file cannot be read as a sheet.
pub fn of_sheet(v: &mut Violations, field: &str, fault: SheetFault) {
    match fault {
        SheetFault::Encoding(encoding) => v.add(field, ErrorReason::SheetEncoding, &[("encoding", encoding)]),
        SheetFault::Font(font) => v.add(field, ErrorReason::SheetFontLegacy, &[("font", font)]),
        SheetFault::Unreadable(detail) => v.add(field, ErrorReason::SheetUnreadable, &[("detail", &detail)]),
        SheetFault::TooLarge(most) => v.add(field, ErrorReason::SheetTooLarge, &[("most", &most.to_string())]),
    }
}

/// Its header is not that of such a sheet.
pub fn of_header(v: &mut Violations, columns: &[Column], faults: &[HeaderFault]) {
    let known = known(columns);
    for (at, fault) in faults.iter().enumerate() {
        let (reason, column) = match fault {
            HeaderFault::Missing(column) => (ErrorReason::SheetColumnMissing, *column),
            HeaderFault::Repeated(column) => (ErrorReason::SheetColumnRepeated, *column),
            HeaderFault::Unknown(column) => (ErrorReason::SheetColumnUnknown, column.as_str()),
        };
        v.add(format!("header[{at}]"), reason, &[("column", column), ("known", &known)]);
    }
}
