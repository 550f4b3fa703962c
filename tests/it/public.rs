//! What stands in `tests/public` for applications of the corpus. Comparing their answers needs them, and is left to
//! `scripts/verify_public.py`.

use std::fs;

use lith_split::verify::{Origin, Seed, Workload};
use serde_json::Value;

use crate::program::repository;

#[test]
fn each_file_can_be_read_and_asks_for_every_route() {
    let corpus = fs::read_to_string(repository().join("tests/corpus.toml")).expect("the corpus can be read");
    let corpus: toml::Value = toml::from_str(&corpus).expect("TOML");
    let applications = corpus["application"].as_array().expect("a list of applications");
    let folders = fs::read_dir(repository().join("tests/public")).expect("the folders can be listed");
    for folder in folders.map(|entry| entry.expect("an entry can be read").path()) {
        let name = folder.file_name().and_then(|name| name.to_str()).expect("a name");
        let read = |file: &str| fs::read_to_string(folder.join(file)).expect("both files stand there");
        Seed::parse(&read("seed.json")).expect("data");
        let text = read("requests.json");
        Workload::default().add(name, &text, Origin::Requests).expect("requests");

        let application = applications.iter().find(|application| application["name"].as_str() == Some(name));
        let routes =
            application.unwrap_or_else(|| panic!("{name} is not in the corpus"))["listed"].as_array();
        let document: Value = serde_json::from_str(&text).expect("JSON");
        let requests = document["requests"].as_array().expect("a list of requests");
        for route in routes.expect("a list of routes").iter().map(|route| route.as_str().expect("a route")) {
            assert!(
                requests.iter().any(|request| asks_for(request, route)),
                "{name}: nothing asks for {route}"
            );
        }
    }
}

/// Whether a request takes a route: `GET /foo/{id}`.
fn asks_for(request: &Value, route: &str) -> bool {
    let (method, path) = route.split_once(' ').expect("a method and a path");
    let target = request["path"].as_str().expect("a path");
    let asked = target.split('?').next().unwrap_or(target);
    let mut segments = asked.split('/').zip(path.split('/'));
    request["method"] == method
        && asked.split('/').count() == path.split('/').count()
        && segments.all(|(given, wanted)| given == wanted || wanted.starts_with('{'))
}
