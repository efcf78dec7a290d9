//! What a schema says, however it says it: behind references, in `allOf`, and with null in either way.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// What limits a value, and whether more of it leaves room for more.
pub(super) const LIMITS: [(&str, Limit); 10] = [
    ("minimum", Limit::AtLeast),
    ("exclusiveMinimum", Limit::AtLeast),
    ("minLength", Limit::AtLeast),
    ("minItems", Limit::AtLeast),
    ("minProperties", Limit::AtLeast),
    ("maximum", Limit::AtMost),
    ("exclusiveMaximum", Limit::AtMost),
    ("maxLength", Limit::AtMost),
    ("maxItems", Limit::AtMost),
    ("maxProperties", Limit::AtMost),
];

/// What allows some values and not others, without an order among them.
pub(super) const RULES: [&str; 4] = ["pattern", "format", "multipleOf", "uniqueItems"];

#[derive(Clone, Copy)]
pub(super) enum Limit {
    AtLeast,
    AtMost,
}

#[derive(Default)]
pub(super) struct Shape<'a> {
    /// What it is called, if it is only referred to.
    pub(super) name: Option<&'a str>,
    pub(super) types: BTreeSet<&'a str>,
    pub(super) is_nullable: bool,
    pub(super) members: BTreeMap<&'a str, &'a Value>,
    pub(super) required: BTreeSet<&'a str>,
    /// What members may be called.
    pub(super) names: Option<&'a Value>,
    /// Of members that are not named.
    pub(super) others: Option<&'a Value>,
    pub(super) elements: Option<&'a Value>,
    /// The only values that there are.
    pub(super) words: Option<Vec<&'a Value>>,
    /// Values that there are, and there may be more.
    pub(super) known_words: Vec<&'a Value>,
    pub(super) said: BTreeMap<&'a str, &'a Value>,
    /// It is one of several.
    pub(super) choices: Vec<&'a Value>,
}

impl<'a> Shape<'a> {
    pub(super) fn of(document: &'a Value, schema: &'a Value) -> Self {
        let mut shape = Self::default();
        shape.add(document, schema);
        if shape.types.is_empty() && shape.choices.is_empty() && shape.words.is_none() {
            // Nothing is said, so null is fine.
            shape.is_nullable = true;
        }
        shape
    }

    fn add(&mut self, document: &'a Value, schema: &'a Value) {
        if let Some(reference) = schema["$ref"].as_str() {
            self.name = reference.rsplit('/').next();
            self.add(document, resolved(document, schema));
        }
        for part in elements(&schema["allOf"]) {
            self.add(document, part);
            self.name = None;
        }
        for choice in ["oneOf", "anyOf"] {
            let (nulls, choices): (Vec<_>, Vec<_>) =
                elements(&schema[choice]).partition(|choice| choice["type"] == "null");
            self.is_nullable |= !nulls.is_empty();
            match choices.as_slice() {
                [only] => self.add(document, only),
                _ => self.choices.extend(choices),
            }
        }
        let types = &schema["type"];
        for name in types
            .as_str()
            .into_iter()
            .chain(elements(types).filter_map(Value::as_str))
        {
            match name {
                "null" => self.is_nullable = true,
                _ => _ = self.types.insert(name),
            }
        }
        self.members.extend(entries(&schema["properties"]));
        self.required
            .extend(elements(&schema["required"]).filter_map(Value::as_str));
        self.names = schema.get("propertyNames").or(self.names);
        self.others = schema.get("additionalProperties").or(self.others);
        self.elements = schema.get("items").or(self.elements);
        if let Some(word) = schema.get("const") {
            self.words = Some(vec![word]);
        }
        if schema["enum"].is_array() {
            let words = elements(&schema["enum"]).filter(|word| !word.is_null());
            self.words = Some(words.collect());
        }
        self.known_words
            .extend(elements(&schema["x-extensible-enum"]));
        let said = LIMITS
            .iter()
            .map(|(name, _)| *name)
            .chain(RULES)
            .chain(["default"]);
        let said = said.filter_map(|name| Some((name, schema.get(name)?)));
        self.said.extend(said);
    }
}

/// What a reference leads to; null if that is not there. Anything else is itself.
pub(super) fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let mut value = value;
    // None is that long, and one that leads to itself ends so.
    for _ in 0..16 {
        let Some(reference) = value["$ref"].as_str() else {
            return value;
        };
        let pointer = reference.strip_prefix('#').unwrap_or(reference);
        value = document.pointer(pointer).unwrap_or(&Value::Null);
    }
    &Value::Null
}

pub(super) fn entries(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let members = value.as_object().into_iter().flatten();
    members.map(|(name, value)| (name.as_str(), value))
}

pub(super) fn elements(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}
