//! One service in this process, on a ground of its own, with somebody who may ask it.

use std::time::Duration;

use kit::auth::Keys;
use kit::stack::{COUNT, STATEMENTS};
use kit::{BoxError, Clock, Config, Held, Host, Running, Service};
use proto::common::v1::Role;
use tonic::transport::Endpoint;
use tonic::{Request, Response};

use super::ground::{Ground, Side};

/// A service that runs, and a caller at the root of the units.
pub(super) struct Stand {
    running: Running,
    token: String,
}

impl Stand {
    /// Starts it on free ports; ready when this returns.
    pub(super) async fn start<S: Service>(ground: &Ground, roles: &[Role]) -> Result<Self, BoxError> {
        let dir = ground.dir(Side::Suite);
        let any_port = ([127, 0, 0, 1], 0).into();
        let mut config = Config::default();
        config.server.listen = any_port;
        config.server.admin_listen = any_port;
        config.server.drain_seconds = 0;
        config.telemetry.log_level = "off".to_owned();
        let host = Host::new(config).data_dir(&dir).database(S::NAME, ground.url(Side::Suite));
        let mut running = host.mount::<S>().start().await?;
        running.ready().await?;
        let signer = Keys::load_or_create(&dir.join("keys"))?.signer().ok_or("the folder holds no signing key")?;
        let held: Vec<Held> = roles.iter().map(|role| Held { role: *role, unit: "units/vn".to_owned() }).collect();
        let token = signer.mint("bench", &held, Duration::from_secs(86_400), Clock::System.now_us())?;
        Ok(Self { running, token })
    }

    /// Where it answers.
    pub(super) fn endpoint(&self) -> Result<Endpoint, BoxError> {
        Ok(Endpoint::new(format!("http://{}", self.running.addr()))?)
    }

    /// A request of the caller's.
    pub(super) fn say<T>(&self, message: T) -> Result<Request<T>, BoxError> {
        let mut request = Request::new(message);
        request.metadata_mut().insert("authorization", format!("Bearer {}", self.token).parse()?);
        Ok(request)
    }

    /// The same, which asks for the number of its statements too.
    pub(super) fn counted<T>(&self, message: T) -> Result<Request<T>, BoxError> {
        let mut request = self.say(message)?;
        request.metadata_mut().insert(COUNT, "statements".parse()?);
        Ok(request)
    }

    /// Ends it in order.
    pub(super) async fn stop(self) {
        self.running.stop().await;
    }
}

/// How many statements a counted answer took.
pub(super) fn statements<T>(answer: &Response<T>) -> Result<String, BoxError> {
    Ok(answer.metadata().get(STATEMENTS).ok_or("the answer does not say its statements")?.to_str()?.to_owned())
}

/// One of some times in their order, in milliseconds.
pub(super) fn ms(times: &mut [Duration], part: impl Fn(usize) -> usize) -> f64 {
    times.sort_unstable();
    times.get(part(times.len())).map_or(0.0, |time| time.as_secs_f64() * 1e3)
}
