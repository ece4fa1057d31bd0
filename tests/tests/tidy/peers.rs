//! Who calls whom, thrice: in the programs, in the settings that the manifests give them, and in the network's policies.
//! A call that one of the three forgets works on a desk and fails in the cluster.

use kit::Service;
use serde_json::Value;
use tests::repo::File;

use super::manifests::documents;
use crate::{Offences, keep};

/// The peers that a service cannot do without.
const NEEDED: [(&str, &[&str]); 6] = [
    (registry::Registry::NAME, registry::Registry::PEERS),
    (training::Training::NAME, training::Training::PEERS),
    (evaluation::Evaluation::NAME, evaluation::Evaluation::PEERS),
    (budget::Budget::NAME, budget::Budget::PEERS),
    (insights::Insights::NAME, insights::Insights::PEERS),
    (gateway::Gateway::NAME, gateway::Gateway::PEERS),
];

/// The peers that the manifests configure for a service.
fn configured(files: &[File], service: &str) -> Vec<String> {
    let path = format!("k8s/base/{service}/kustomization.yaml");
    let text = files.iter().filter(|f| f.path == path).flat_map(|f| f.text.lines());
    let names = text.filter_map(|line| line.split_once("OCOP_PEERS__")?.1.split_once('='));
    names.map(|(name, _)| name.to_lowercase()).collect()
}

/// A selector of pods takes the servers of a service.
fn takes(selector: &Value, service: &str) -> bool {
    let label = |key: &str| match key {
        "app.kubernetes.io/name" => format!("ocop-{service}"),
        "app.kubernetes.io/component" => "server".to_owned(),
        _ => String::new(),
    };
    let labels = selector.get("matchLabels").and_then(Value::as_object).into_iter().flatten();
    let expressions = selector.get("matchExpressions").and_then(Value::as_array).into_iter().flatten();
    let among = |e: &Value| {
        let own = label(e.get("key").and_then(Value::as_str).unwrap_or_default());
        let values = e.get("values").and_then(Value::as_array);
        e.get("operator").is_some_and(|o| o == "In") && values.is_some_and(|v| v.iter().any(|v| *v == own))
    };
    labels.into_iter().all(|(key, value)| *value == label(key)) && expressions.into_iter().all(among)
}

/// A policy lets pods of one service through to, or from, those of another.
fn allows(policy: &Value, (own, direction, side): (&str, &str, &str), other: &str) -> bool {
    let rules = policy.pointer(&format!("/spec/{direction}")).and_then(Value::as_array).into_iter().flatten();
    let mut ends = rules.flat_map(|rule| rule.get(side).and_then(Value::as_array).into_iter().flatten());
    let pods = |of: Option<&Value>, service: &str| of.is_some_and(|selector| takes(selector, service));
    policy.get("kind").is_some_and(|kind| kind == "NetworkPolicy")
        && pods(policy.pointer("/spec/podSelector"), own)
        && ends.any(|end| end.get("namespaceSelector").is_none() && pods(end.get("podSelector"), other))
}

fn unreachable_peers(files: &[File]) -> Offences {
    let base = files.iter().filter(|f| f.path == "k8s/base/network-policies.yaml");
    let policies: Vec<Value> = base.flat_map(|f| documents(f).unwrap_or_default()).collect();
    let mut offences = Vec::new();
    for (service, needed) in NEEDED {
        let configured = configured(files, service);
        let missing = needed.iter().filter(|peer| !configured.iter().any(|c| c == *peer));
        offences.extend(missing.map(|peer| format!("k8s: {service} is not told where {peer} is")));
        for peer in &configured {
            let out = policies.iter().any(|p| allows(p, (service, "egress", "to"), peer));
            let into = policies.iter().any(|p| allows(p, (peer, "ingress", "from"), service));
            if !(out && into) {
                offences.push(format!("k8s: {service} may not call {peer} (out {out}, in {into})"));
            }
        }
    }
    offences
}

#[test]
fn every_service_is_told_of_its_peers_and_may_call_them() {
    keep(unreachable_peers);
}

#[test]
fn a_peer_that_is_forgotten_is_found() {
    let told = |text: &str| ("k8s/base/budget/kustomization.yaml", text.to_owned());
    let policy = |own: &str, direction: &str, side: &str, other: &str| {
        format!(
            "kind: NetworkPolicy\nspec:\n  podSelector: {{matchLabels: {{app.kubernetes.io/name: ocop-{own}}}}}\n  {direction}:\n    - {side}:\n        - podSelector: {{matchLabels: {{app.kubernetes.io/name: ocop-{other}}}}}\n"
        )
    };
    let out = policy("budget", "egress", "to", "registry");
    let into = policy("registry", "ingress", "from", "budget");
    let literal = "- OCOP_PEERS__REGISTRY=http://ocop-registry:8080\n";
    let budget = |text: &str, policies: &str| {
        let (path, text) = told(text);
        let files = [(path, text), ("k8s/base/network-policies.yaml", policies.to_owned())];
        let files = files.map(|(path, text)| File { path: path.to_owned(), text });
        unreachable_peers(&files).into_iter().filter(|o| o.starts_with("k8s: budget")).collect::<Vec<_>>()
    };
    assert!(budget(literal, &format!("{out}---\n{into}")).is_empty());
    assert_eq!(budget(literal, &out), ["k8s: budget may not call registry (out true, in false)"]);
    assert_eq!(budget(literal, &into), ["k8s: budget may not call registry (out false, in true)"]);
    assert_eq!(budget("", &format!("{out}---\n{into}")), ["k8s: budget is not told where registry is"]);
}
