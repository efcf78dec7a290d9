//! What is sent beside a body: parameters one way, headers the other.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::shape::{entries, resolved};
use super::{Comparison, Place, Side};

impl<'a> Comparison<'a> {
    /// Those of a path count for each of its operations.
    pub(super) fn parameters(
        &mut self,
        place: &Place,
        before: [&'a Value; 2],
        after: [&'a Value; 2],
    ) {
        let old = by_name(self.before, before);
        let new = by_name(self.after, after);
        for (name, parameter) in &old {
            let place = place.part(name);
            let Some(newer) = new.get(name) else {
                self.found(&place, "the parameter is removed");
                continue;
            };
            if is_required(newer) && !is_required(parameter) {
                self.found(&place, "the parameter is required now");
            }
            if ["style", "explode"]
                .iter()
                .any(|way| parameter[way] != newer[way])
            {
                self.found(&place, "it is written in another way now");
            }
            self.schema(Side::Input, &place, &parameter["schema"], &newer["schema"]);
        }
        for (name, parameter) in &new {
            if is_required(parameter) && !old.contains_key(name) {
                self.found(&place.part(name), "a new parameter is required");
            }
        }
    }

    pub(super) fn headers(&mut self, place: &Place, before: &'a Value, after: &'a Value) {
        for (name, old) in entries(before) {
            let place = place.part(&format!("header {name}"));
            let found = entries(after).find(|(newer, _)| newer.eq_ignore_ascii_case(name));
            let Some((_, new)) = found else {
                self.found(&place, "the header is removed");
                continue;
            };
            let (old, new) = (resolved(self.before, old), resolved(self.after, new));
            if is_required(old) && !is_required(new) {
                self.found(&place, "the header may be absent now");
            }
            self.schema(Side::Output, &place, &old["schema"], &new["schema"]);
        }
    }
}

fn is_required(parameter: &Value) -> bool {
    parameter["required"] == json!(true)
}

/// By where they are and what they are called there: `query limit`. Headers are the same in any case.
fn by_name<'a>(document: &'a Value, items: [&'a Value; 2]) -> BTreeMap<String, &'a Value> {
    let lists = items
        .into_iter()
        .filter_map(|item| item["parameters"].as_array());
    let parameters = lists.flatten().map(|parameter| {
        let parameter = resolved(document, parameter);
        let [place, name] = ["in", "name"].map(|word| parameter[word].as_str().unwrap_or_default());
        let name = match place {
            "header" => name.to_lowercase(),
            _ => name.to_owned(),
        };
        (format!("{place} {name}"), parameter)
    });
    parameters.collect()
}
