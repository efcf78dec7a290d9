//! The contract is of the plain form, complete, and the one that is committed.

use std::collections::BTreeSet;

use serde_json::Value;

use super::*;
use crate::api::shop_routes;

fn document() -> Value {
    serde_json::from_str(openapi_json()).unwrap()
}

#[test]
fn the_committed_contract_is_what_is_served() {
    let committed = include_str!("../../../../../docs/openapi.json");
    assert!(
        committed == openapi_json(),
        "docs/openapi.json is not what the code makes: run `cargo xtask openapi`"
    );
}

#[test]
fn each_route_is_described_and_each_role_told() {
    let mut document = document();
    let described: BTreeSet<_> = operations(&mut document)
        .map(|(path, method, operation)| {
            let roles: Vec<String> = serde_json::from_value(operation["x-roles"].take()).unwrap();
            (format!("{} {path}", method.to_uppercase()), roles)
        })
        .collect();
    let known: BTreeSet<_> = shop_routes()
        .map(|(method, path, roles)| {
            let roles = roles.iter().map(|role| role.as_str().to_owned());
            let roles = ["full".to_owned()].into_iter().chain(roles).collect();
            (format!("{method} {path}"), roles)
        })
        .collect();
    assert_eq!(described, known);
}

#[test]
fn nothing_stands_beside_a_ref_and_every_ref_leads_somewhere() {
    let document = document();
    let (mut refs, mut operations) = (Vec::new(), BTreeSet::new());
    look(&document, "", &mut |place, object| {
        for name in ["allOf", "const", "x-words", "x-problems", "example"] {
            let is_schema = object.contains_key("type") || object.contains_key("properties");
            let found = is_schema && !place.ends_with("/properties") && object.contains_key(name);
            assert!(!found, "{place} has {name}");
        }
        if let Some(Value::String(of)) = object.get("$ref") {
            assert_eq!(object.len(), 1, "{place} has something beside a $ref");
            refs.push(of.clone());
        }
        if let Some(Value::String(id)) = object.get("operationId")
            && !place.contains("/links/")
        {
            assert!(operations.insert(id.clone()), "{id} twice");
        }
        if let Some(Value::String(text)) = object.get("description") {
            assert!(!text.is_empty(), "{place}");
        }
    });
    assert!(refs.len() > 50);
    for of in refs {
        let place = of.strip_prefix('#').unwrap();
        assert!(document.pointer(place).is_some(), "{of} is nowhere");
    }
    look(&document, "", &mut |place, object| {
        if place.contains("/links/")
            && let Some(Value::String(id)) = object.get("operationId")
        {
            assert!(operations.contains(id), "{place} leads to {id}");
        }
    });
}

#[test]
fn each_text_is_in_korean_as_well() {
    look(&document(), "", &mut |place, object| {
        let is_said = object.get("description").is_some_and(Value::is_string);
        let is_code = object.contains_key("content") && place.contains("/responses/");
        let is_other = place == "/info" || place.contains("/example") || is_code;
        let korean = object.get("x-description-ko").and_then(Value::as_str);
        if is_said && !is_other || place.contains("/responses/2") && is_code {
            let korean = korean.unwrap_or_else(|| panic!("{place} is in English alone"));
            let is_hangul = |char: char| ('가'..='힣').contains(&char);
            assert!(korean.chars().any(is_hangul), "{place}: {korean}");
        }
    });
}

#[test]
fn every_member_of_an_answer_is_there() {
    let document = document();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let payment = &schemas["Payment"];
    let members = payment["properties"].as_object().unwrap();
    assert_eq!(payment["required"].as_array().unwrap().len(), members.len());
    // What a request may leave out is not required of it.
    let asked = &schemas["NewPayment"]["required"];
    assert_eq!(
        *asked,
        json!(["order_id", "user_id", "item_name", "amount"])
    );
    assert_eq!(schemas["NewPayment"]["additionalProperties"], false);
}

/// Each object of a document with its place.
fn look(value: &Value, place: &str, at: &mut impl FnMut(&str, &serde_json::Map<String, Value>)) {
    match value {
        Value::Object(object) => {
            at(place, object);
            for (name, value) in object {
                look(value, &format!("{place}/{name}"), at);
            }
        }
        Value::Array(values) => {
            for (index, value) in values.iter().enumerate() {
                look(value, &format!("{place}/{index}"), at);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
