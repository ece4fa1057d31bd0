//! Every container that the manifests run is hardened: no root, no writing outside of its volumes, no capabilities,
//! bounded resources, and probes for what serves.
//!
//! Read is the YAML as it lies in `k8s/`, not what kustomize makes of it: a container with an image is whole and must
//! have everything; one without is a patch and must not take anything away.

use serde_json::Value;
use tests::repo::File;

use crate::{Offences, finds, keep};

/// What runs containers. Jobs end by themselves and have no probes.
const WORKLOADS: [&str; 6] = ["Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod"];

/// Every YAML document of the manifests.
pub fn documents(file: &File) -> Result<Vec<Value>, String> {
    let documents = file.text.split("\n---").filter(|part| {
        part.lines().any(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#') && line.trim() != "---")
    });
    documents
        .map(|text| serde_saphyr::from_str(text.trim_start_matches("---")).map_err(|e| format!("{}: {e}", file.path)))
        .collect()
}

fn pod_spec<'a>(kind: &str, document: &'a Value) -> Option<&'a Value> {
    let place = match kind {
        "CronJob" => "/spec/jobTemplate/spec/template/spec",
        "Pod" => "/spec",
        _ => "/spec/template/spec",
    };
    document.pointer(place)
}

/// What a container says itself, else what its pod says for all.
fn setting<'a>(container: &'a Value, pod: &'a Value, key: &str) -> Option<&'a Value> {
    let own = container.pointer(&format!("/securityContext/{key}"));
    own.or_else(|| pod.pointer(&format!("/securityContext/{key}")))
}

fn faults_of_container(container: &Value, pod: &Value, serves: bool) -> Vec<&'static str> {
    let is = |key: &str, value: bool| setting(container, pod, key).and_then(Value::as_bool) == Some(value);
    let own = |path: &str| container.pointer(path);
    let dropped = own("/securityContext/capabilities/drop").and_then(Value::as_array);
    let quantity = |path: &str| own(path).is_some_and(|v| v.is_string() || v.is_number());
    let image = own("/image").and_then(Value::as_str).unwrap_or_default();
    let checks = [
        (is("runAsNonRoot", true), "runAsNonRoot is not true"),
        (is("readOnlyRootFilesystem", true), "readOnlyRootFilesystem is not true"),
        (is("allowPrivilegeEscalation", false), "allowPrivilegeEscalation is not false"),
        (dropped.is_some_and(|d| d.iter().any(|c| c == "ALL")), "capabilities are not all dropped"),
        (setting(container, pod, "seccompProfile").is_some(), "has no seccompProfile"),
        (quantity("/resources/requests/cpu"), "requests no cpu"),
        (quantity("/resources/requests/memory"), "requests no memory"),
        (quantity("/resources/limits/memory"), "has no memory limit"),
        (!image.ends_with(":latest"), "takes whatever image is the latest"),
        (!serves || own("/readinessProbe").is_some(), "has no readinessProbe"),
        (!serves || own("/livenessProbe").is_some(), "has no livenessProbe"),
    ];
    checks.into_iter().filter(|(holds, _)| !holds).map(|(_, fault)| fault).collect()
}

/// What a patch must not do.
fn faults_of_patch(container: &Value) -> Vec<&'static str> {
    let is = |key: &str, value: bool| {
        container.pointer(&format!("/securityContext/{key}")).and_then(Value::as_bool) == Some(value)
    };
    let checks = [
        (is("runAsNonRoot", false), "takes runAsNonRoot away"),
        (is("readOnlyRootFilesystem", false), "takes readOnlyRootFilesystem away"),
        (is("allowPrivilegeEscalation", true), "allows privilege escalation"),
        (is("privileged", true), "is privileged"),
    ];
    checks.into_iter().filter(|(fires, _)| *fires).map(|(_, fault)| fault).collect()
}

fn faults_of_document(document: &Value) -> Vec<String> {
    let kind = document.get("kind").and_then(Value::as_str).unwrap_or_default();
    let Some(pod) = WORKLOADS.contains(&kind).then(|| pod_spec(kind, document)).flatten() else { return Vec::new() };
    let name = document.pointer("/metadata/name").and_then(Value::as_str).unwrap_or("?");
    let mut faults = Vec::new();
    let whole = |c: &&Value| c.get("image").is_some();
    for (list, serves) in [("containers", !matches!(kind, "Job" | "CronJob")), ("initContainers", false)] {
        for container in pod.get(list).and_then(Value::as_array).into_iter().flatten() {
            let of = container.get("name").and_then(Value::as_str).unwrap_or("?");
            let found = if whole(&container) {
                faults_of_container(container, pod, serves)
            } else {
                faults_of_patch(container)
            };
            faults.extend(found.into_iter().map(|fault| format!("{kind} {name}, {of}: {fault}")));
        }
    }
    let runs = pod.get("containers").and_then(Value::as_array).is_some_and(|c| c.iter().any(|c| whole(&c)));
    if runs && pod.get("automountServiceAccountToken").and_then(Value::as_bool) != Some(false) {
        faults.push(format!("{kind} {name}: mounts a service account's token"));
    }
    for key in ["hostNetwork", "hostPID", "hostIPC"] {
        if pod.get(key).and_then(Value::as_bool) == Some(true) {
            faults.push(format!("{kind} {name}: {key}"));
        }
    }
    faults
}

fn soft_containers(files: &[File]) -> Offences {
    let mut offences = Vec::new();
    for file in files.iter().filter(|f| f.path.starts_with("k8s/") && matches!(f.extension(), "yaml" | "yml")) {
        match documents(file) {
            Ok(documents) => {
                let faults = documents.iter().flat_map(faults_of_document);
                offences.extend(faults.map(|fault| format!("{}: {fault}", file.path)));
            }
            Err(fault) => offences.push(fault),
        }
    }
    offences
}

#[test]
fn every_container_is_hardened() {
    keep(soft_containers);
}

#[test]
fn the_manifests_run_every_service() {
    let files = tests::repo::files();
    for service in ["registry", "training", "evaluation", "budget", "insights", "gateway"] {
        let runs = |f: &File| f.path.starts_with("k8s/base/") && f.text.contains(&format!("ocop-{service}"));
        assert!(files.iter().any(runs), "no manifest below k8s/base names ocop-{service}");
    }
}

const HARD: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec:
  template:
    spec:
      automountServiceAccountToken: false
      securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
      containers:
        - name: c
          image: ocop:1
          securityContext:
            readOnlyRootFilesystem: true
            allowPrivilegeEscalation: false
            capabilities: {drop: [ALL]}
          resources: {requests: {cpu: 100m, memory: 64Mi}, limits: {memory: 128Mi}}
          readinessProbe: {httpGet: {path: /readyz, port: admin}}
          livenessProbe: {httpGet: {path: /livez, port: admin}}
";

#[test]
fn each_softness_of_a_container_is_found() {
    finds(soft_containers, &[("k8s/a.yaml", HARD)], &[]);
    for (hard, soft, planted) in [
        ("runAsNonRoot: true", "runAsNonRoot: false", "runAsNonRoot"),
        ("readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false", "readOnlyRootFilesystem"),
        ("allowPrivilegeEscalation: false", "privileged: false", "allowPrivilegeEscalation"),
        ("drop: [ALL]", "drop: [NET_RAW]", "capabilities"),
        ("seccompProfile: {type: RuntimeDefault}", "fsGroup: 1", "seccompProfile"),
        ("cpu: 100m, ", "", "requests no cpu"),
        ("limits: {memory: 128Mi}", "limits: {}", "no memory limit"),
        ("readinessProbe", "startupProbe", "readinessProbe"),
        ("livenessProbe", "startupProbe", "livenessProbe"),
        ("ocop:1", "ocop:latest", "latest"),
        ("automountServiceAccountToken: false", "hostname: a", "token"),
    ] {
        let text = HARD.replace(hard, soft);
        assert_ne!(text, HARD, "{hard} is planted");
        finds(soft_containers, &[("k8s/a.yaml", &text)], &[planted]);
    }
}

#[test]
fn a_patch_that_softens_a_container_is_found_and_other_patches_are_not() {
    let patch = |setting: &str| {
        format!(
            "kind: Deployment\nmetadata: {{name: a}}\nspec:\n  template:\n    spec:\n      containers:\n        - name: c\n          {setting}\n"
        )
    };
    let soft = patch("securityContext: {privileged: true}");
    let calm = patch("env: []");
    let two = format!("kind: Service\n---\n{soft}");
    finds(soft_containers, &[("k8s/o/a.yaml", &calm), ("k8s/o/b.yaml", &two)], &["is privileged"]);
}
