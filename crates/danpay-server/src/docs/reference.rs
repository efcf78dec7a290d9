//! The reference: the contract as a page. What it says is read from the document that is served.

use askama::Template;
use serde_json::Value;

use super::pages::pieces;
use super::style;
use crate::api::{openapi_document, referred};

#[derive(Template)]
#[template(path = "reference.html")]
pub(super) struct ReferencePage {
    css: &'static str,
    version: String,
    groups: Vec<Group>,
    webhooks: Vec<Operation>,
    schemas: Vec<Schema>,
}

struct Group {
    name: String,
    name_ko: String,
    operations: Vec<Operation>,
}

struct Operation {
    id: String,
    method: String,
    path: String,
    summary: String,
    summary_ko: String,
    description: Vec<String>,
    description_ko: Vec<String>,
    roles: String,
    parameters: Vec<Member>,
    body: Option<Body>,
    answers: Vec<Answer>,
    problems: Vec<(String, Vec<String>)>,
}

struct Body {
    schema: String,
    sample: Option<String>,
}

struct Answer {
    status: String,
    description: String,
    description_ko: String,
    schema: Option<String>,
}

struct Schema {
    name: String,
    description: Vec<String>,
    description_ko: Vec<String>,
    members: Vec<Member>,
}

struct Member {
    name: String,
    kind: Kind,
    /// Of a parameter.
    place: String,
    required: bool,
    nullable: bool,
    description: String,
    description_ko: String,
    words: Vec<String>,
    bounds: String,
}

/// What a value is, and the schema of it.
#[derive(Default)]
struct Kind {
    text: String,
    schema: Option<String>,
}

impl ReferencePage {
    pub(super) fn new() -> Self {
        let document = &openapi_document();
        let tags = list(document, "/tags");
        let groups = tags.iter().map(|tag| {
            let name = text(tag, "/name");
            Group {
                name_ko: text(tag, "/x-name-ko"),
                operations: operations(document)
                    .filter(|(_, _, one)| text(one, "/tags/0") == name)
                    .map(|(path, method, one)| operation(path, method, one))
                    .collect(),
                name,
            }
        });
        let webhooks = document.get("webhooks").and_then(Value::as_object);
        let webhooks = webhooks.into_iter().flatten().filter_map(|(name, item)| {
            let of = item.get("post")?;
            let mut webhook = operation("", "post", of);
            webhook.id = format!("webhook-{name}");
            Some(webhook)
        });
        let schemas = document.pointer("/components/schemas");
        let schemas = schemas.and_then(Value::as_object).into_iter().flatten();
        let schemas = schemas.map(|(name, of)| Schema {
            name: name.clone(),
            description: paragraphs(of),
            description_ko: paragraphs_ko(of),
            members: members(of),
        });
        Self {
            css: style::CSS,
            version: text(document, "/info/version"),
            groups: groups.collect(),
            webhooks: webhooks.collect(),
            schemas: schemas.collect(),
        }
    }
}

/// Each with its path and its method.
fn operations(document: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    let paths = document.get("paths").and_then(Value::as_object);
    paths.into_iter().flatten().flat_map(|(path, item)| {
        let operations = item.as_object().into_iter().flatten();
        operations.map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
    })
}

fn operation(path: &str, method: &str, of: &Value) -> Operation {
    let content = of.pointer("/requestBody/content/application~1json");
    let body = content.map(|content| Body {
        schema: kind(content.get("schema")).text,
        sample: content.get("example").map(pretty),
    });
    let (mut answers, mut problems) = (Vec::new(), Vec::new());
    let told = of.get("responses").and_then(Value::as_object);
    for (status, answer) in told.into_iter().flatten() {
        let codes = answer.pointer("/content/application~1problem+json/examples");
        if let Some(codes) = codes.and_then(Value::as_object) {
            problems.push((status.clone(), codes.keys().cloned().collect()));
        } else {
            let schema = answer.pointer("/content/application~1json/schema");
            answers.push(Answer {
                status: status.clone(),
                description: text(answer, "/description"),
                description_ko: text(answer, "/x-description-ko"),
                schema: kind(schema).schema,
            });
        }
    }
    let roles = list(of, "/x-roles").iter().filter_map(Value::as_str);
    Operation {
        id: text(of, "/operationId"),
        method: method.to_uppercase(),
        path: path.to_owned(),
        summary: text(of, "/summary"),
        summary_ko: text(of, "/x-summary-ko"),
        description: paragraphs(of),
        description_ko: paragraphs_ko(of),
        roles: roles.collect::<Vec<_>>().join(", "),
        parameters: list(of, "/parameters").iter().map(parameter).collect(),
        body,
        answers,
        problems,
    }
}

fn parameter(of: &Value) -> Member {
    let schema = of.get("schema").cloned().unwrap_or_default();
    let mut member = member(&text(of, "/name"), &schema);
    member.place = text(of, "/in");
    member.required = of.get("required").and_then(Value::as_bool) == Some(true);
    let description = text(of, "/description");
    if !description.is_empty() {
        member.description = description;
        member.description_ko = text(of, "/x-description-ko");
    }
    member
}

fn members(schema: &Value) -> Vec<Member> {
    let required = list(schema, "/required");
    let members = schema.get("properties").and_then(Value::as_object);
    let members = members.into_iter().flatten().map(|(name, of)| {
        let mut member = member(name, of);
        member.required = required.iter().any(|one| one == name);
        member
    });
    members.collect()
}

fn member(name: &str, of: &Value) -> Member {
    let alternatives = list(of, "/oneOf");
    let is_null = |of: &Value| of.get("type").is_some_and(|kind| kind == "null");
    let of = alternatives.iter().find(|one| !is_null(one)).unwrap_or(of);
    let types = list(of, "/type");
    let words = [
        list(of, "/x-extensible-enum"),
        list(of, "/enum"),
        list(of, "/items/enum"),
    ];
    let words = words.into_iter().flatten().filter_map(Value::as_str);
    Member {
        name: name.to_owned(),
        kind: kind(Some(of)),
        place: String::new(),
        required: false,
        nullable: alternatives.iter().any(is_null) || types.iter().any(|kind| kind == "null"),
        description: paragraphs(of).join(" "),
        description_ko: paragraphs_ko(of).join(" "),
        words: words.map(str::to_owned).collect(),
        bounds: bounds(of),
    }
}

fn kind(of: Option<&Value>) -> Kind {
    let Some(of) = of else {
        return Kind::default();
    };
    if let Some(name) = referred(of) {
        return Kind {
            text: name.to_owned(),
            schema: Some(name.to_owned()),
        };
    }
    let types = of.get("type");
    let named = types.and_then(Value::as_str);
    let named = named.or_else(|| list(of, "/type").iter().find_map(Value::as_str));
    if named == Some("array") {
        let Kind { text, schema } = kind(of.get("items"));
        let text = format!("{text}[]");
        return Kind { text, schema };
    }
    let is_time = of.get("format").is_some_and(|format| format == "date-time");
    Kind {
        text: if is_time {
            "time"
        } else {
            named.unwrap_or("any")
        }
        .to_owned(),
        schema: None,
    }
}

/// `1 ~ 100`, in characters of a text.
fn bounds(of: &Value) -> String {
    let bound = |names: [&str; 3]| {
        names
            .iter()
            .find_map(|name| of.get(name))
            .map(ToString::to_string)
    };
    let least = bound(["minimum", "minLength", "minItems"]);
    let most = bound(["maximum", "maxLength", "maxItems"]);
    match (least, most) {
        (None, None) => String::new(),
        (least, most) => format!("{}~{}", least.unwrap_or_default(), most.unwrap_or_default()),
    }
}

fn paragraphs(of: &Value) -> Vec<String> {
    split(of.get("description"))
}

fn paragraphs_ko(of: &Value) -> Vec<String> {
    split(of.get("x-description-ko"))
}

fn split(text: Option<&Value>) -> Vec<String> {
    let text = text.and_then(Value::as_str).into_iter();
    let paragraphs = text.flat_map(|text| text.split("\n\n"));
    paragraphs.map(str::to_owned).collect()
}

fn text(of: &Value, place: &str) -> String {
    let text = of.pointer(place).and_then(Value::as_str);
    text.unwrap_or_default().to_owned()
}

fn list<'a>(of: &'a Value, place: &str) -> &'a [Value] {
    let list = of.pointer(place).and_then(Value::as_array);
    list.map(Vec::as_slice).unwrap_or_default()
}

fn pretty(value: &Value) -> String {
    // A value of JSON is JSON.
    serde_json::to_string_pretty(value).unwrap_or_default()
}
