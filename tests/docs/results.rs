//! The results of a sign-in: whatever the program may say is explained, and in the schema of its JSON.

use super::page;

#[test]
fn every_result_of_a_sign_in_is_explained_and_in_the_schema() {
    let source = page("src/probe/sign_in/verdict.rs");
    let ids = source.split("fn id(self)").nth(1).unwrap().split("\n    }\n").next().unwrap();
    let ids: Vec<&str> =
        ids.split("=> \"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert!(ids.len() > 10 && ids.contains(&"wrong-password"), "{ids:?}");
    let (pages, schema) = (page("docs/probe.md"), page("docs/json.schema.json"));
    let row = pages.lines().find(|line| line.starts_with("| `incoming`, `outgoing` |")).unwrap();
    let event = schema.split("\"event-sign-in\": {").nth(1).unwrap();
    let event = event.split("\"event-").next().unwrap();
    for id in ids {
        assert!(row.contains(&format!("`{id}`")), "docs/probe.md lacks {id}");
        assert!(event.contains(&format!("\"{id}\"")), "docs/json.schema.json lacks {id}");
    }
}
