//! The whole suite in one process, on fresh databases of either engine, and its doors: the gateway over the network, and
//! each service as the others reach it.

use budget::Budget;
use evaluation::Evaluation;
use gateway::Gateway;
use insights::Insights;
use kit::inventory::Method;
use kit::testing::{Backend, World};
use kit::{Link, inventory};
use registry::Registry;
use tonic::transport::{Channel, Endpoint};
use training::Training;

/// The suite.
pub struct Suite {
    /// Its world: clock, tokens, links, databases.
    pub world: World,
    gateway: Channel,
}

impl Suite {
    /// Starts the suite as `ocop up` mounts it, and waits until it is ready.
    pub async fn start(backend: Backend) -> Self {
        let world = World::on(backend).mount::<Registry>().mount::<Training>().mount::<Evaluation>();
        let world = world.mount::<Budget>().mount::<Insights>().mount::<Gateway>().start().await;
        let gateway = Endpoint::from_shared(world.url()).expect("the gateway's address").connect_lazy();
        Self { world, gateway }
    }

    /// The gateway, over HTTP/2.
    #[must_use]
    pub fn gateway(&self) -> Channel {
        self.gateway.clone()
    }

    /// The service of a method, as the gateway and its peers reach it.
    #[must_use]
    pub fn service_of(&self, method: &Method) -> Link {
        let service = method.package.split('.').nth(1).expect("ocop.<service>.v1");
        self.world.link(service)
    }

    /// Ends it.
    pub async fn stop(self) {
        drop(self.gateway);
        self.world.stop().await;
    }
}

/// A method by `package.Service/Method` below `ocop.`, such as `registry.v1.ProducerService/GetProducer`.
#[must_use]
pub fn method(name: &str) -> &'static Method {
    let found = inventory::method(&format!("/ocop.{name}"));
    found.expect("the contract has the method")
}
