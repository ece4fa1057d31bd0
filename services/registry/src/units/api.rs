//! UnitService.

use kit::{Answer, Kit, Page};
use proto::registry::v1 as pb;
use proto::registry::v1::unit_service_server::UnitService;
use reference::units::Unit;
use tonic::Request;

use super::{domain, wire};

/// The RPCs of this room.
#[derive(Clone)]
pub struct Api {
    kit: Kit,
}

impl Api {
    /// The RPCs over a kit.
    #[must_use]
    pub fn new(kit: Kit) -> Self {
        Self { kit }
    }
}

/// A page of the units that are wanted, and one more.
pub(crate) fn page(want: &wire::List, page: &Page) -> Vec<&'static Unit> {
    let parent = want.parent.map(|unit| unit.name.as_str());
    let last = page.after.as_ref().and_then(|after| after.first().cloned()).unwrap_or_default();
    let all = reference::units::list(parent, want.level, want.as_of);
    let most = usize::try_from(page.size).unwrap_or(usize::MAX).saturating_add(1);
    all.into_iter().filter(|unit| unit.code > last).take(most).collect()
}

#[tonic::async_trait]
impl UnitService for Api {
    async fn get_unit(&self, request: Request<pb::GetUnitRequest>) -> Answer<pb::Unit> {
        self.kit.compute(request, wire::get_unit, |_, want| {
            let found = domain::named(&want.name, want.as_of);
            wire::unit_named(&want.name, found, "as_of").map(wire::unit)
        })
    }

    async fn list_units(&self, request: Request<pb::ListUnitsRequest>) -> Answer<pb::ListUnitsResponse> {
        self.kit.compute(request, wire::list_units, |_, want| {
            let (units, next_page_token) = want.page.cut(page(&want, &want.page), |unit| vec![unit.code.clone()]);
            Ok(pb::ListUnitsResponse { units: units.into_iter().map(wire::unit).collect(), next_page_token })
        })
    }

    async fn map_unit(&self, request: Request<pb::MapUnitRequest>) -> Answer<pb::MapUnitResponse> {
        self.kit.compute(request, wire::map_unit, |_, want| {
            let found = domain::named(&want.name, want.from_date);
            let unit = wire::unit_named(&want.name, found, "from_date")?;
            let links = reference::units::map(&unit.name, unit.valid_from, want.to_date);
            let links = links.map_err(|fault| wire::map_fault(unit, want.to_date, fault))?;
            Ok(pb::MapUnitResponse { links: links.iter().map(wire::link).collect() })
        })
    }
}
