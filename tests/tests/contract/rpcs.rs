//! What every RPC declares: who may call it, and how it is reached over HTTP.

use std::collections::BTreeMap;

use kit::inventory;
use prost_reflect::{DescriptorPool, Kind, MessageDescriptor, MethodDescriptor};
use proto::common::v1::{Role, Scope};
use proto::pool;
use tests::surface::{HttpRule, broken, http_rules, methods, services};

use crate::none;

/// Verbs of methods that change nothing, whatever HTTP verb they take.
const READS: [&str; 14] = [
    "Get", "List", "BatchGet", "Resolve", "Map", "Match", "Grade", "Search", "Verify", "Watch", "Download", "Check",
    "Compare", "Export",
];

/// True for a method that changes nothing by its name. `GradeSitting` settles a sitting; `Grade` alone calculates.
pub(crate) fn reads(method: &MethodDescriptor) -> bool {
    let begins = |verb: &str| {
        let Some(rest) = method.name().strip_prefix(verb) else { return false };
        rest.is_empty() || (verb != "Grade" && rest.starts_with(|c: char| c.is_uppercase()))
    };
    READS.into_iter().any(begins)
}

/// What is wrong with the access that a method declares.
fn access_fault(roles: &[Role], scope: Scope) -> Option<&'static str> {
    let mut once = roles.to_vec();
    once.sort_by_key(|role| *role as i32);
    once.dedup();
    match scope {
        Scope::Unspecified => Some("declares no access"),
        _ if roles.is_empty() != (scope == Scope::Public) => {
            Some("a public method has no roles, every other one has some")
        }
        _ if roles.contains(&Role::Unspecified) => Some("ROLE_UNSPECIFIED is no role"),
        _ if once.len() != roles.len() => Some("names a role twice"),
        _ => None,
    }
}

#[test]
fn every_method_says_who_may_call_it() {
    assert!(methods(pool()).len() > 80, "the inventory has more than eighty methods");
    assert_eq!(inventory::methods().count(), methods(pool()).len(), "the kit knows the methods of the descriptors");
    let faults = inventory::methods().filter_map(|m| Some(format!("{}: {}", m.path, access_fault(&m.roles, m.scope)?)));
    none(&faults.collect::<Vec<_>>());
}

#[test]
fn an_undeclared_or_contradictory_access_is_found() {
    assert!(access_fault(&[Role::Trainer], Scope::Unspecified).is_some());
    assert!(access_fault(&[], Scope::Row).is_some() && access_fault(&[Role::Trainer], Scope::Public).is_some());
    assert!(access_fault(&[Role::Unspecified], Scope::None).is_some());
    assert!(access_fault(&[Role::Trainer, Role::Analyst, Role::Trainer], Scope::List).is_some());
    assert!(access_fault(&[Role::Trainer], Scope::List).is_none() && access_fault(&[], Scope::Public).is_none());
}

/// What of the rows of producers everybody may read: a certificate is published with its decision.
const PUBLISHED: [&str; 2] = ["CertificateService/GetCertificate", "CertificateService/ListCertificates"];

#[test]
fn a_producer_reaches_only_what_is_its_own() {
    let producers = inventory::methods().filter(|m| m.roles.contains(&Role::Producer) || m.own);
    let wrong = producers.filter(|m| {
        let judged = matches!(m.scope, Scope::Row | Scope::Request | Scope::List);
        let published = PUBLISHED.iter().any(|path| m.path.ends_with(path));
        m.own != (judged && !published) || !m.roles.contains(&Role::Producer)
    });
    none(&wrong.map(|m| format!("{}: {} own {}", m.path, m.scope.as_str_name(), m.own)).collect::<Vec<_>>());
}

/// What persons without an account do with a code or pass that this installation gave them: it names the row, and is judged
/// in the place of a unit.
const BY_CODE: [&str; 3] = [
    "ocop.training.v1.InvitationService/AnswerInvitation",
    "ocop.training.v1.CheckInService/EnterHalfDay",
    "ocop.training.v1.SessionFeedbackService/GiveFeedback",
];

#[test]
fn every_mutation_is_judged_by_a_unit() {
    let by_code = |m: &inventory::Method| m.scope == Scope::Public && BY_CODE.iter().any(|path| m.path.ends_with(path));
    let changes = inventory::methods().filter(|m| m.mutation && !by_code(m));
    let unjudged = changes.filter(|m| matches!(m.scope, Scope::None | Scope::Public | Scope::List));
    none(&unjudged.map(|m| format!("{}: {} for a change", m.path, m.scope.as_str_name())).collect::<Vec<_>>());
}

#[test]
fn every_list_shows_only_rows_of_the_callers_units_or_reference_data() {
    let lists = inventory::methods().filter(|m| m.name.starts_with("List"));
    let wrong = lists.filter(|m| !matches!(m.scope, Scope::List | Scope::None | Scope::Row | Scope::Request));
    none(&wrong.map(|m| format!("{}: {}", m.path, m.scope.as_str_name())).collect::<Vec<_>>());
}

/// What is wrong with the ways to a method over HTTP.
fn http_faults(method: &MethodDescriptor) -> Vec<String> {
    let rules = http_rules(method);
    let mut faults = Vec::new();
    if rules.is_empty() {
        faults.push("has no google.api.http".to_owned());
    }
    for rule in rules {
        if !rule.template.starts_with("/v1/") {
            faults.push(format!("{} does not begin with /v1/", rule.template));
        }
        if rule.verb == "GET" && !rule.body.is_empty() {
            faults.push(format!("{} is a GET with a body", rule.template));
        }
        let fields =
            rule.variables().into_iter().chain((!matches!(rule.body.as_str(), "" | "*")).then(|| rule.body.clone()));
        for field in fields.filter(|field| !has(&method.input(), field)) {
            faults.push(format!("{}: the request has no field {field}", rule.template));
        }
        // A change by GET would be repeated by every cache and crawler; a standard method has the verb of its kind.
        let verb = match method.name() {
            name if name.starts_with("Get") || name.starts_with("List") || name.starts_with("BatchGet") => "GET",
            name if name.starts_with("Update") => "PATCH",
            name if name.starts_with("Delete") => "DELETE",
            _ if !reads(method) => "POST",
            _ => rule.verb.as_str(),
        };
        if rule.verb != verb {
            faults.push(format!("{} is a {}, not a {verb}", rule.template, rule.verb));
        }
    }
    faults.into_iter().map(|fault| format!("{}: {fault}", method.full_name())).collect()
}

/// True where a dotted name is a field of a message or of those in it.
fn has(message: &MessageDescriptor, field: &str) -> bool {
    let (first, rest) = field.split_once('.').map_or((field, None), |(first, rest)| (first, Some(rest)));
    let Some(found) = message.get_field_by_name(first) else { return false };
    match (rest, found.kind()) {
        (None, _) => true,
        (Some(rest), Kind::Message(inner)) => has(&inner, rest),
        (Some(_), _) => false,
    }
}

fn unreached(pool: &DescriptorPool) -> Vec<String> {
    let unary = methods(pool).into_iter().filter(|m| !m.is_client_streaming() && !m.is_server_streaming());
    unary.flat_map(|m| http_faults(&m)).collect()
}

#[test]
fn every_unary_method_is_reached_over_http() {
    none(&unreached(pool()));
}

#[test]
fn a_method_without_a_way_over_http_is_found() {
    let found = unreached(&broken(|_| {}));
    assert!(found.len() > 80 && found.iter().all(|f| f.ends_with("has no google.api.http")), "{found:#?}");
}

/// Ways that belong to more than one method.
fn shared_ways(rules: impl Iterator<Item = (String, HttpRule)>) -> Vec<String> {
    let mut ways: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for (method, rule) in rules {
        ways.entry((rule.verb.clone(), rule.pattern())).or_default().push(method);
    }
    let twice = ways.into_iter().filter(|(_, methods)| methods.len() > 1);
    twice.map(|((verb, path), methods)| format!("{verb} {path}: {}", methods.join(", "))).collect()
}

#[test]
fn no_two_methods_have_the_same_way_over_http() {
    let rules = methods(pool()).into_iter().flat_map(|m| {
        let rules = http_rules(&m);
        rules.into_iter().map(move |rule| (m.full_name().to_owned(), rule))
    });
    none(&shared_ways(rules));
}

#[test]
fn one_way_to_two_methods_is_found_whatever_its_variables_are_called() {
    let rule = |method: &str, verb: &str, template: &str| {
        (method.to_owned(), HttpRule { verb: verb.to_owned(), template: template.to_owned(), body: String::new() })
    };
    let (one, two) = (rule("A", "GET", "/v1/{name=plans/*}"), rule("B", "GET", "/v1/{plan.name=plans/*}"));
    assert_eq!(shared_ways([one.clone(), two].into_iter()), ["GET /v1/plans/*: A, B"]);
    assert!(shared_ways([one, rule("B", "PATCH", "/v1/{name=plans/*}")].into_iter()).is_empty());
}

#[test]
fn every_package_that_keeps_something_has_one_feed() {
    for package in ["registry", "training", "evaluation", "budget"] {
        let package = format!("ocop.{package}.v1");
        let feeds: Vec<_> =
            services(pool()).filter(|s| s.package_name() == package && s.name() == "FeedService").collect();
        let [feed] = feeds.as_slice() else { panic!("{package} has {} feeds", feeds.len()) };
        let watch = feed.methods().find(|m| m.name() == "Watch").expect("a feed is watched");
        assert!(watch.is_server_streaming() && !watch.is_client_streaming(), "{package}");
        assert_eq!(watch.input().full_name(), "ocop.common.v1.WatchRequest", "{package}");
        assert_eq!(watch.output().full_name(), "ocop.common.v1.WatchResponse", "{package}");
    }
}

#[test]
fn the_roles_are_those_that_others_count_on() {
    let names = "national_admin province_admin province_officer district_officer commune_officer council_chair \
                 council_secretary council_member help_team finance_officer committee_leader trainer inspector producer \
                 analyst service";
    for name in names.split_whitespace() {
        let role = kit::auth::role_named(name).unwrap_or_else(|| panic!("{name} is no role"));
        assert_eq!(kit::auth::role_name(role), name);
    }
    let all = proto::pool().get_enum_by_name("ocop.common.v1.Role").expect("the roles").values().count();
    assert_eq!(all, names.split_whitespace().count() + 1, "a role was added: say in the contract what it may do");
}
