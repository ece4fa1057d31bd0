//! The products that the press names: every row gets a verdict.

use proto::registry::v1 as pb;
use time::macros::date;

use crate::imports::{import_as, of};
use crate::office::everywhere;

/// Our own copy of the file, and the one that this repository was given, where it is there.
fn files() -> Vec<Vec<u8>> {
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/../ocop/demo/phu-yen-2021/products_press.csv");
    let given = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/ocop_products_press.csv");
    let own = std::fs::read(own).expect("the demo's own copy");
    std::iter::once(own).chain(std::fs::read(given)).collect()
}

#[tokio::test]
async fn all_rows_of_the_press_have_a_verdict_and_a_second_import_creates_nothing() {
    everywhere(async |office| {
        office.world.clock.set_noon(date!(2026 - 11 - 24));
        let nation = office.world.as_role("national_admin", "units/vn");
        for file in files() {
            let partial = pb::ImportRowsRequest { partial: true, ..of(pb::ImportKind::Products) };
            let first = import_as(&office, &nation, partial.clone(), &file).await.unwrap();
            let rows: Vec<i32> = first.rows.iter().map(|row| row.row).collect();
            assert_eq!(rows, (2..=75).collect::<Vec<_>>(), "74 rows");
            let clear = |row: &pb::ImportedRow| row.verdict() == pb::ImportVerdict::Created || !row.reasons.is_empty();
            assert!(first.rows.iter().all(clear), "every other verdict has a reason");
            let again = import_as(&office, &nation, partial, &file).await.unwrap();
            assert_eq!((again.rows.len(), again.summary.created, again.summary.written), (74, 0, 0));
        }
        let products = office.rows_of(&["product"]).await[0].1;
        assert!(products >= 40, "{products} products");
    })
    .await;
}
