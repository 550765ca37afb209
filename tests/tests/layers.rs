//! The direction of dependencies: edges between the workspace's crates go downwards only, and the pure crates
//! never reach I/O.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use serde_json::Value;

/// Each crate and the workspace crates that it may use; a new crate needs a line here.
const MAY_USE: &[(&str, &[&str])] = &[
    ("amana-domain", &[]),
    ("amana-crypto", &["amana-domain"]),
    ("amana-media", &[]),
    ("amana-protocol", &["amana-domain", "amana-crypto"]),
    ("amana-search", &[]),
    ("amana-vault", &["amana-domain", "amana-crypto", "amana-protocol"]),
    (
        "amana-client",
        &["amana-domain", "amana-crypto", "amana-media", "amana-protocol", "amana-search", "amana-vault"],
    ),
    ("amana-server", &["amana-domain", "amana-crypto", "amana-protocol"]),
    (
        "amana-cli",
        &["amana-domain", "amana-crypto", "amana-protocol", "amana-vault", "amana-client", "amana-server"],
    ),
    (
        "amana-tests",
        &[
            "amana-domain",
            "amana-crypto",
            "amana-protocol",
            "amana-vault",
            "amana-client",
            "amana-server",
            "amana-cli",
        ],
    ),
    (
        "amana-bench",
        &[
            "amana-domain",
            "amana-crypto",
            "amana-protocol",
            "amana-search",
            "amana-vault",
            "amana-client",
            "amana-server",
        ],
    ),
    ("xtask", &[]),
];

/// Crates without I/O, and what they must not reach through any number of edges.
const PURE: &[&str] = &["amana-domain", "amana-crypto", "amana-media", "amana-search"];
const IMPURE: &[&str] = &["rusqlite", "axum", "reqwest", "tokio", "uniffi", "hyper", "libsqlite3-sys"];

/// Names of packages and what they depend on; dev-dependencies count between workspace crates only.
#[derive(Default)]
struct Graph {
    workspace: BTreeSet<String>,
    normal: BTreeMap<String, BTreeSet<String>>,
    dev: BTreeMap<String, BTreeSet<String>>,
}

impl Graph {
    fn of(metadata: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let names: BTreeMap<String, String> = metadata["packages"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|package| (text(&package["id"]), text(&package["name"])))
            .collect();
        let mut graph = Self::default();
        for id in metadata["workspace_members"].as_array().into_iter().flatten() {
            graph.workspace.insert(names[&text(id)].clone());
        }
        for node in metadata["resolve"]["nodes"].as_array().into_iter().flatten() {
            let from = &names[&text(&node["id"])];
            for dep in node["deps"].as_array().into_iter().flatten() {
                let to = names[&text(&dep["pkg"])].clone();
                let kinds = dep["dep_kinds"].as_array().into_iter().flatten();
                let only_dev = kinds.clone().count() > 0 && kinds.clone().all(|kind| kind["kind"] == "dev");
                let edges = if only_dev { &mut graph.dev } else { &mut graph.normal };
                edges.entry(from.clone()).or_default().insert(to);
            }
        }
        graph
    }

    fn reach(&self, from: &str) -> BTreeSet<String> {
        let (mut seen, mut open) = (BTreeSet::new(), vec![from.to_owned()]);
        while let Some(name) = open.pop() {
            for next in self.normal.get(&name).into_iter().flatten() {
                if seen.insert(next.clone()) {
                    open.push(next.clone());
                }
            }
        }
        seen
    }

    fn violations(&self) -> Vec<String> {
        let mut found = Vec::new();
        for name in &self.workspace {
            let Some((_, allowed)) = MAY_USE.iter().find(|(known, _)| known == name) else {
                found.push(format!("{name} has no line in MAY_USE"));
                continue;
            };
            let direct = self.normal.get(name).into_iter().chain(self.dev.get(name)).flatten();
            for dep in direct.filter(|dep| self.workspace.contains(*dep)) {
                if !allowed.contains(&dep.as_str()) && dep != name {
                    found.push(format!("{name} → {dep}"));
                }
            }
        }
        for pure in PURE {
            let reach = self.reach(pure);
            found.extend(
                IMPURE.iter().filter(|name| reach.contains(**name)).map(|name| format!("{pure} ⇒ {name}")),
            );
        }
        found
    }
}

fn metadata() -> Value {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--locked"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON")
}

#[test]
fn edges_go_downwards_only() {
    let graph = Graph::of(&metadata());
    assert!(graph.workspace.len() >= 8, "{:?}", graph.workspace);
    assert!(graph.reach("amana-vault").contains("rusqlite"), "the graph is read");
    let violations = graph.violations();
    assert!(violations.is_empty(), "{violations:#?}");
}

#[test]
fn a_planted_edge_is_found() {
    let sound = Graph::of(&metadata());
    let plant = |from: &str, to: &str, dev: bool| {
        let mut graph = Graph {
            workspace: sound.workspace.clone(),
            normal: sound.normal.clone(),
            dev: sound.dev.clone(),
        };
        let edges = if dev { &mut graph.dev } else { &mut graph.normal };
        edges.entry(from.to_owned()).or_default().insert(to.to_owned());
        graph.violations()
    };
    assert_eq!(plant("amana-domain", "amana-vault", true), ["amana-domain → amana-vault"]);
    assert_eq!(plant("amana-server", "amana-client", false), ["amana-server → amana-client"]);
    assert!(plant("hex", "tokio", false).iter().any(|found| found == "amana-domain ⇒ tokio"));
}

#[test]
fn an_unknown_crate_is_found() {
    let mut graph = Graph::default();
    graph.workspace.insert("amana-new".to_owned());
    assert_eq!(graph.violations(), ["amana-new has no line in MAY_USE"]);
}
