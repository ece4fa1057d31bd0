//! Many at once: on one line, and between two.

use proto::budget::v1::{self as pb, EntryKind};

use super::stage::{engines, entry, insist, lump, moving, stage};

/// Writers on the hot line, and what each posts.
const CLIENTS: i64 = 64;
const EACH: i64 = 5;

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_clients_on_one_hot_line_lose_nothing() {
    for engine in engines() {
        let stage = stage(engine).await;
        let estimate = stage.assigned(vec![lump(1_000_000)]).await;
        let line = estimate.lines[0].name.clone();
        let mut clients = tokio::task::JoinSet::new();
        for client in 0..CLIENTS {
            let (ledger, finance, line) = (stage.ledger(), stage.finance(), line.clone());
            clients.spawn(async move {
                for step in 0..EACH {
                    let request = entry(&line, EntryKind::Commit, client * EACH + step + 1);
                    insist(|| {
                        let (mut ledger, request) = (ledger.clone(), finance.say(request.clone()));
                        async move { ledger.post_entry(request).await }
                    })
                    .await
                    .unwrap();
                }
            });
        }
        while let Some(done) = clients.join_next().await {
            done.unwrap();
        }
        let posted = CLIENTS * EACH;
        let sum = posted * (posted + 1) / 2;
        assert_eq!(stage.balances(&line).await, (1_000_000 - sum, sum, 0, 0));
        let entries = stage.entries(&line).await;
        assert_eq!(i64::try_from(entries.len()).unwrap(), posted + 1);
        let mut amounts: Vec<i64> = entries[1..].iter().map(|e| e.amount_vnd).collect();
        amounts.sort_unstable();
        assert_eq!(amounts, (1..=posted).collect::<Vec<_>>(), "each once");
        assert!(stage.verdict(&estimate.plan).await.sound);
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn transfers_in_opposite_directions_and_in_a_circle_never_block_one_another_or_lose_anything() {
    for engine in engines() {
        let stage = stage(engine).await;
        let estimate = stage.assigned(vec![lump(10_000), lump(10_000), lump(10_000)]).await;
        let mut writers = tokio::task::JoinSet::new();
        for writer in 0_usize..24 {
            let (transfers, ledger, finance) = (stage.transfers(), stage.ledger(), stage.finance());
            let name = |at: usize| estimate.lines[at % 3].name.clone();
            // Forth, back, and round the circle; some bind money of the same lines meanwhile.
            let (from, to) = match writer % 4 {
                0 => (name(0), name(1)),
                1 => (name(1), name(0)),
                2 => (name(writer), name(writer + 1)),
                _ => (name(writer), name(writer)),
            };
            writers.spawn(async move {
                for round in 0..6 {
                    if from == to {
                        let request = entry(&from, EntryKind::Commit, 3);
                        insist(|| {
                            let (mut ledger, request) = (ledger.clone(), finance.say(request.clone()));
                            async move { ledger.post_entry(request).await }
                        })
                        .await
                        .unwrap();
                    } else {
                        let document_number = format!("{writer}/{round}/QĐ-STC");
                        let transfer = Some(pb::Transfer { document_number, ..moving(&from, &to, 7) });
                        let request = pb::CreateTransferRequest { transfer, ..Default::default() };
                        insist(|| {
                            let (mut transfers, request) = (transfers.clone(), finance.say(request.clone()));
                            async move { transfers.create_transfer(request).await }
                        })
                        .await
                        .unwrap();
                    }
                }
            });
        }
        while let Some(done) = writers.join_next().await {
            done.unwrap();
        }
        let (mut available, mut committed) = (0, 0);
        for line in &estimate.lines {
            let found = stage.balances(&line.name).await;
            available += found.0;
            committed += found.1;
        }
        assert_eq!((available, committed), (30_000 - 6 * 6 * 3, 6 * 6 * 3));
        let verdict = stage.verdict(&estimate.plan).await;
        assert!(verdict.sound, "{verdict:?}");
        assert_eq!(verdict.entries, 3 + 6 * 6 + 18 * 6 * 2);
        stage.end().await;
    }
}
