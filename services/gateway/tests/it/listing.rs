//! Reflection in both versions and health: they answer at the gateway for all services, without a token.

use std::collections::BTreeSet;

use tokio_stream::StreamExt;
use tonic::Code;
use tonic::transport::Channel;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use super::peer::{Crossing, Says};
use super::stage::stage;

macro_rules! reflection {
    ($name:ident, $version:ident) => {
        /// Names of all services, and how many files tell each of them.
        async fn $name(channel: Channel) -> BTreeSet<String> {
            use tonic_reflection::pb::$version::ServerReflectionRequest;
            use tonic_reflection::pb::$version::server_reflection_client::ServerReflectionClient;
            use tonic_reflection::pb::$version::server_reflection_request::MessageRequest;
            use tonic_reflection::pb::$version::server_reflection_response::MessageResponse;
            let mut client = ServerReflectionClient::new(channel);
            let mut ask = async |message: MessageRequest| {
                let request = ServerReflectionRequest { host: String::new(), message_request: Some(message) };
                let answers = client.server_reflection_info(tokio_stream::once(request)).await.unwrap();
                answers.into_inner().next().await.unwrap().unwrap().message_response.unwrap()
            };
            let MessageResponse::ListServicesResponse(list) = ask(MessageRequest::ListServices(String::new())).await
            else {
                panic!("no list")
            };
            let names: BTreeSet<String> = list.service.into_iter().map(|s| s.name).collect();
            for name in &names {
                match ask(MessageRequest::FileContainingSymbol(name.clone())).await {
                    MessageResponse::FileDescriptorResponse(files) => {
                        assert!(!files.file_descriptor_proto.is_empty(), "{name}");
                    }
                    other => panic!("{name}: {other:?}"),
                }
            }
            names
        }
    };
}

reflection!(listed_v1, v1);
reflection!(listed_v1alpha, v1alpha);

async fn health(channel: Channel, service: &str) -> Result<ServingStatus, Code> {
    let request = HealthCheckRequest { service: service.to_owned() };
    let answer = HealthClient::new(channel).check(request).await;
    answer.map(|a| a.into_inner().status()).map_err(|s| s.code())
}

#[tokio::test(flavor = "multi_thread")]
async fn reflection_lists_the_services_of_the_process_in_both_versions() {
    let stage = stage().await;
    let names = listed_v1(stage.channel().await).await;
    assert_eq!(names, listed_v1alpha(stage.channel().await).await);
    for name in ["ocop.registry.v1.UnitService", "ocop.evaluation.v1.RuleService", "grpc.health.v1.Health"] {
        assert!(names.contains(name), "{name}: {names:?}");
    }
    for name in names.iter().filter(|n| n.starts_with("ocop.")) {
        assert_eq!(health(stage.channel().await, name).await, Ok(ServingStatus::Serving), "{name}");
    }
    assert_eq!(health(stage.channel().await, "").await, Ok(ServingStatus::Serving));
    assert_eq!(health(stage.channel().await, "ocop.nobody.v1.Service").await, Err(Code::NotFound));
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_of_its_own_lists_every_service_of_the_contract() {
    let crossing = Crossing::to(Says::frames(b"\0\0\0\0\0")).await;
    let names = listed_v1(crossing.channel().await).await;
    assert_eq!(names, listed_v1alpha(crossing.channel().await).await);
    let contract: BTreeSet<String> = kit::inventory::methods().map(|m| m.service.clone()).collect();
    let ours: BTreeSet<String> = names.iter().filter(|n| n.starts_with("ocop.")).cloned().collect();
    assert_eq!(ours, contract);
    for name in &contract {
        assert_eq!(health(crossing.channel().await, name).await, Ok(ServingStatus::Serving), "{name}");
    }
}
