//! What the budget tells the other services.

use prost::{Message, Name};
use proto::budget::v1::{EntryKind, EntryPosted, EstimateMoved, Measure, PlanSet};
use proto::common::v1::Event;
use tonic::Code;

use super::stage::{PROVINCE, day, engines, entry, lump, plan_2021, refused, said, stage};

/// What an event tells.
pub fn payload<M: Message + Name + Default>(event: &Event) -> M {
    let payload = event.payload.as_ref().unwrap();
    assert_eq!(payload.type_url, M::type_url());
    M::decode(payload.value.as_slice()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_feed_tells_plan_estimate_and_entries_in_order_without_gaps() {
    for engine in engines() {
        let stage = stage(engine).await;
        let estimate = stage.assigned(vec![lump(100)]).await;
        let line = &estimate.lines[0].name;
        let posted = stage.post(entry(line, EntryKind::Commit, 60)).await.unwrap();
        let events = stage.events().await;
        let positions: Vec<i64> = events.iter().map(|e| e.position).collect();
        assert_eq!(positions, (1..=8).collect::<Vec<i64>>());
        assert!(events.iter().all(|e| e.unit == PROVINCE && !e.sample && e.record_time.is_some()));
        let set: PlanSet = payload(&events[0]);
        assert_eq!((&set.plan, set.unit.as_str(), set.year), (&estimate.plan, PROVINCE, 2021));
        let targets: Vec<(Measure, i64)> = set.targets.iter().map(|t| (t.measure(), t.value)).collect();
        assert_eq!(targets[0], (Measure::ProductsRecognised, 15));
        assert_eq!(targets.len(), 3);
        let moves: Vec<(String, i64)> = events[1..6]
            .iter()
            .map(|event| {
                let moved: EstimateMoved = payload(event);
                assert_eq!((&moved.estimate, &moved.plan), (&estimate.name, &estimate.plan));
                (moved.stage, moved.amount_vnd)
            })
            .collect();
        let stages = ["DRAFT", "SUBMITTED", "APPRAISED", "APPROVED", "ASSIGNED"];
        assert_eq!(moves, stages.map(|stage| (format!("ESTIMATE_STAGE_{stage}"), 100)));
        let opening: EntryPosted = payload(&events[6]);
        assert_eq!((opening.kind.as_str(), opening.amount_vnd), ("ENTRY_KIND_ASSIGN", 100));
        let told: EntryPosted = payload(&events[7]);
        assert_eq!((&told.entry, &told.line, told.kind.as_str()), (&posted.name, line, "ENTRY_KIND_COMMIT"));
        let days: Vec<_> = events.iter().map(|e| e.act_date.unwrap()).collect();
        let expected = [
            day(2021, 2, 26),
            day(2021, 3, 1),
            day(2021, 3, 5),
            day(2021, 3, 15),
            day(2021, 3, 20),
            day(2021, 4, 1),
            day(2021, 4, 1),
            day(2021, 6, 1),
        ];
        assert_eq!(days, expected, "every act carries its own day");
        assert_eq!(stage.events_after(6).await.unwrap(), events[6..]);
        assert_eq!(said(stage.events_after(9).await), refused(Code::FailedPrecondition, "POSITION_UNKNOWN"));
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_names_the_entry_it_corrects_and_a_changed_plan_tells_all_its_targets() {
    for engine in engines() {
        let stage = stage(engine).await;
        let estimate = stage.assigned(vec![lump(100)]).await;
        let wrong = stage.post(entry(&estimate.lines[0].name, EntryKind::Commit, 60)).await.unwrap();
        let mut back = entry(&estimate.lines[0].name, EntryKind::Commit, 10);
        back.reverses.clone_from(&wrong.name);
        stage.post(back).await.unwrap();
        let mut plan = plan_2021();
        plan.name.clone_from(&estimate.plan);
        plan.targets.truncate(1);
        plan.targets[0].value = 20;
        let change = proto::budget::v1::UpdatePlanRequest {
            plan: Some(plan),
            update_mask: Some(prost_types::FieldMask { paths: vec!["targets".to_owned()] }),
            ..Default::default()
        };
        stage.plans().update_plan(stage.officer().say(change)).await.unwrap();
        let events = stage.events().await;
        let told: EntryPosted = payload(&events[events.len() - 2]);
        assert_eq!((&told.reverses, told.kind.as_str(), told.amount_vnd), (&wrong.name, "ENTRY_KIND_COMMIT", 10));
        let set: PlanSet = payload(&events[events.len() - 1]);
        assert_eq!(set.targets.iter().map(|t| t.value).collect::<Vec<_>>(), [20]);
        stage.end().await;
    }
}
