//! The plain form of OpenAPI 3.1 that makers of clients get right.

use serde_json::{Map, Value, json};

use super::{referred, set};

/// Of a problem, what does not belong to its code is left out, and nothing is null.
const PROBLEM: &str = "Problem";

/// Puts the whole document into that form.
pub(super) fn make_plain(document: &mut Value) {
    everywhere(document, &mut |object| name_generics(object));
    let schemas = document.pointer_mut("/components/schemas");
    let Some(Value::Object(schemas)) = schemas else {
        return;
    };
    for (name, schema) in schemas.iter_mut() {
        refer_to_what_it_is_of(name, schema);
    }
    let before = schemas.clone();
    for (name, schema) in schemas.iter_mut() {
        join(schema, &before);
        if name == PROBLEM {
            never_null(schema);
        } else if !is_of_a_request(schema) {
            all_members_are_there(schema);
        }
        let notes = notes_beside_refs(schema);
        if !notes.is_empty() {
            let own = schema.get("description").and_then(Value::as_str);
            let text: Vec<_> = own.map(str::to_owned).into_iter().chain(notes).collect();
            set(schema, "description", json!(text.join("\n\n")));
        }
    }
    everywhere(document, &mut |object| {
        words(object);
        example(object);
        one_line_a_paragraph(object);
    });
}

/// `List_Payment` is a `PaymentList`, where it is made and where it is named.
fn name_generics(object: &mut Map<String, Value>) {
    let generics: Vec<_> = object
        .keys()
        .filter(|name| better(name).is_some())
        .cloned()
        .collect();
    for name in generics {
        if let (Some(better), Some(schema)) = (better(&name), object.shift_remove(&name)) {
            object.insert(better, schema);
        }
    }
    if let Some(Value::String(of)) = object.get_mut("$ref")
        && let Some((folder, name)) = of.rsplit_once('/')
        && let Some(better) = better(name)
    {
        *of = format!("{folder}/{better}");
    }
}

fn better(name: &str) -> Option<String> {
    let (of, what) = name.split_once('_')?;
    (of == "List").then(|| format!("{what}{of}"))
}

/// A list names the schema of its rows, and a webhook that of its data.
fn refer_to_what_it_is_of(name: &str, schema: &mut Value) {
    let of = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    if let Some(row) = name.strip_suffix("List")
        && let Some(items) = schema.pointer_mut("/properties/data/items")
    {
        *items = of(row);
    }
    if let Some(data) = name.strip_suffix("Webhook")
        && let Some(about) = schema.pointer_mut("/properties/data")
    {
        *about = of(data);
    }
}

/// A comment's lines end where its page does.
fn one_line_a_paragraph(object: &mut Map<String, Value>) {
    if let Some(Value::String(text)) = object.get_mut("description") {
        let paragraphs: Vec<_> = text
            .split("\n\n")
            .map(|text| text.replace('\n', " "))
            .collect();
        *text = paragraphs.join("\n\n");
    }
}

/// What may be left out, and is not null where it is there.
fn never_null(schema: &mut Value) {
    let members = schema.get_mut("properties").and_then(Value::as_object_mut);
    for member in members.into_iter().flatten().map(|(_, member)| member) {
        let one = member.get("oneOf").and_then(Value::as_array);
        let one = one.and_then(|all| all.iter().find(|one| one.get("$ref").is_some()));
        if let Some(one) = one.cloned() {
            *member = one;
        } else if let Some(Value::Array(types)) = member.get("type").cloned() {
            let mut types = types.into_iter().filter(|of| of != "null");
            set(member, "type", types.next().unwrap_or_default());
        }
    }
}

/// `allOf` of objects is one object.
fn join(schema: &mut Value, schemas: &Map<String, Value>) {
    let Some(Value::Array(parts)) = schema.get("allOf").cloned() else {
        return;
    };
    let mut joined = json!({ "type": "object" });
    if let Some(description) = schema.get("description") {
        set(&mut joined, "description", description.clone());
    }
    let (mut members, mut required) = (Map::new(), Vec::new());
    for part in &parts {
        let part = referred(part)
            .and_then(|name| schemas.get(name))
            .unwrap_or(part);
        if let Some(Value::Object(own)) = part.get("properties") {
            members.extend(own.clone());
        }
        if let Some(Value::Array(own)) = part.get("required") {
            required.extend(own.clone());
        }
    }
    set(&mut joined, "required", json!(required));
    set(&mut joined, "properties", Value::Object(members));
    *schema = joined;
}

/// Of requests alone unknown members are refused. What may be left out of them may be left out.
fn is_of_a_request(schema: &Value) -> bool {
    schema.get("additionalProperties") == Some(&json!(false))
}

/// A member of an answer is never left out, whatever it is.
fn all_members_are_there(schema: &mut Value) {
    if let Some(Value::Object(members)) = schema.get("properties") {
        let names: Vec<_> = members.keys().cloned().collect();
        set(schema, "required", json!(names));
    }
}

/// What is said beside a `$ref`, which belongs into the text of the whole.
fn notes_beside_refs(schema: &mut Value) -> Vec<String> {
    let members = schema.get_mut("properties").and_then(Value::as_object_mut);
    let mut notes = Vec::new();
    for (name, member) in members.into_iter().flatten() {
        let own = beside_ref(member);
        let within = member.get_mut("oneOf").and_then(Value::as_array_mut);
        let within = within.into_iter().flatten().find_map(beside_ref);
        if let Some(text) = own.or(within) {
            notes.push(format!("`{name}`: {text}"));
        }
    }
    notes
}

fn beside_ref(schema: &mut Value) -> Option<String> {
    let schema = schema.as_object_mut()?;
    schema.get("$ref")?;
    match schema.shift_remove("description")? {
        Value::String(text) => Some(text),
        _ => None,
    }
}

/// The words that a request takes are an `enum`, with null where that is taken as well. What answers say grows,
/// so there the words are a hint (`x-extensible-enum`), and the type is a string.
fn words(schema: &mut Map<String, Value>) {
    let Some(Value::Array(mut words)) = schema.remove("x-words") else {
        return;
    };
    let types = schema.get("type").and_then(Value::as_array);
    if types.is_some_and(|types| types.contains(&json!("null"))) {
        words.push(Value::Null);
    }
    schema.insert("enum".to_owned(), Value::Array(words));
}

/// `example` of a schema is of OpenAPI 3.0.
fn example(schema: &mut Map<String, Value>) {
    let is_schema = schema.contains_key("type") || schema.contains_key("$ref");
    if is_schema
        && !schema.contains_key("in")
        && let Some(example) = schema.shift_remove("example")
    {
        schema.insert("examples".to_owned(), json!([example]));
    }
}

fn everywhere(value: &mut Value, change: &mut impl FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Object(object) => {
            change(object);
            object
                .values_mut()
                .for_each(|value| everywhere(value, change));
        }
        Value::Array(values) => values
            .iter_mut()
            .for_each(|value| everywhere(value, change)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
