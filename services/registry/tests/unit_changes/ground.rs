//! What these tests share: one at a time, a national office, and a reorganisation of Phú Yên's neighbour that never was.

use std::sync::Arc;

use proto::registry::v1::unit_change_service_client::UnitChangeServiceClient;
use proto::registry::v1::{self as pb, Share, UnitType};
use time::Date;
use time::macros::date;
use tokio::sync::Mutex;
use tonic::Status;

use crate::office::{Office, everywhere, on};

/// The day on which the invented reorganisation begins.
pub const DAY: Date = date!(2027 - 01 - 01);
/// The day before.
pub const EVE: Date = date!(2026 - 12 - 31);

static TURN: Mutex<()> = Mutex::const_new(());

/// As [`everywhere`], while no other test of this process runs.
pub async fn alone(test: impl AsyncFn(Arc<Office>)) {
    let _turn = TURN.lock().await;
    everywhere(test).await;
}

impl Office {
    /// The service for changes.
    pub fn unit_changes(&self) -> UnitChangeServiceClient<kit::Link> {
        UnitChangeServiceClient::new(self.world.link("registry"))
    }

    pub async fn draft(&self, change: pb::UnitChange) -> Result<pb::UnitChange, Status> {
        let request = pb::CreateUnitChangeRequest { unit_change: Some(change), ..Default::default() };
        Ok(self.unit_changes().create_unit_change(self.nation().say(request)).await?.into_inner())
    }

    pub async fn enforce(&self, name: &str) -> Result<pb::UnitChange, Status> {
        let force_date = on(self.world.clock.today());
        let request = pb::EnforceUnitChangeRequest { name: name.to_owned(), force_date, ..Default::default() };
        Ok(self.unit_changes().enforce_unit_change(self.nation().say(request)).await?.into_inner())
    }

    pub async fn verify(&self, request: pb::VerifyUnitChangeRequest) -> Result<pb::VerifyUnitChangeResponse, Status> {
        Ok(self.unit_changes().verify_unit_change(self.nation().say(request)).await?.into_inner())
    }

    /// Drafts a change and puts it in force.
    pub async fn reorganise(&self, change: pb::UnitChange) -> pb::UnitChange {
        let draft = self.draft(change).await.unwrap();
        self.enforce(&draft.name).await.unwrap()
    }
}

/// A unit that begins.
pub fn begins(code: &str, display_name: &str, kind: UnitType, parent: &str) -> pb::UnitRow {
    pb::UnitRow {
        code: code.to_owned(),
        display_name: display_name.to_owned(),
        r#type: kind.into(),
        parent: parent.to_owned(),
        valid_from: on(DAY),
        valid_to: None,
    }
}

/// A unit that ends.
pub fn ends(code: &str) -> pb::UnitRow {
    pb::UnitRow { code: code.to_owned(), valid_to: on(EVE), ..Default::default() }
}

/// A link.
pub fn link(from: &str, to: &str, share: Share, default_target: bool) -> pb::UnitLinkRow {
    pb::UnitLinkRow {
        from_code: from.to_owned(),
        to_code: to.to_owned(),
        share: share.into(),
        default_target,
        ..Default::default()
    }
}

/// A change with these rows.
pub fn change(unit_rows: Vec<pb::UnitRow>, link_rows: Vec<pb::UnitLinkRow>) -> pb::UnitChange {
    pb::UnitChange {
        title: "Sắp xếp mẫu".to_owned(),
        begin_date: on(DAY),
        source: "Nghị quyết mẫu 01/NQ".to_owned(),
        source_date: on(date!(2021 - 10 - 01)),
        unit_rows,
        link_rows,
        ..Default::default()
    }
}

/// Phường Bình Kiến is divided between Phường Tuy Hòa, which begins anew, and a new ward; what remains is the default.
pub fn division() -> pb::UnitChange {
    change(
        vec![
            ends("22015"),
            ends("22045"),
            begins("22015", "Phường Tuy Hòa", UnitType::Ward, "units/66"),
            begins("22045", "Phường Bình Kiến", UnitType::Ward, "units/66-20250701"),
            begins("22046", "Phường Mẫu Mới", UnitType::Ward, "units/66"),
        ],
        vec![
            link("22015", "22015", Share::Whole, true),
            link("22045", "22015", Share::Part, false),
            link("22045", "22045", Share::Part, true),
            link("22045", "22046", Share::Part, false),
        ],
    )
}
