//! Paths, webhooks, and the operations of both.

use serde_json::{Value, json};

use super::shape::{entries, resolved};
use super::{Comparison, Place, Side};

const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

impl<'a> Comparison<'a> {
    pub(super) fn documents(&mut self) {
        let (before, after) = (self.before, self.after);
        for (path, old) in entries(&before["paths"]) {
            let new = &after["paths"][path];
            if new.is_null() {
                self.found(&Place::new(path), "the path is removed");
                continue;
            }
            for method in METHODS.into_iter().filter(|method| !old[method].is_null()) {
                let place = Place::new(format!("{} {path}", method.to_uppercase()));
                if new[method].is_null() {
                    self.found(&place, "the operation is removed");
                } else {
                    self.operation(&place, &old[method], &new[method]);
                    self.parameters(&place, [old, &old[method]], [new, &new[method]]);
                }
            }
        }
        for (name, old) in entries(&before["webhooks"]) {
            let place = Place::new(format!("webhook {name}"));
            let new = &after["webhooks"][name];
            for method in METHODS.into_iter().filter(|method| !old[method].is_null()) {
                if new[method].is_null() {
                    self.found(&place, "the webhook is removed");
                } else {
                    // danpay sends it.
                    let bodies = [old, new].map(|item| &item[method]["requestBody"]);
                    self.content(&place, bodies, Side::Output);
                }
            }
        }
    }

    fn operation(&mut self, place: &Place, before: &'a Value, after: &'a Value) {
        // Generated clients name what they have after these.
        for word in ["operationId", "tags"] {
            let (old, new) = (&before[word], &after[word]);
            if !old.is_null() && old != new {
                self.found(place, format!("{word} changed from {old} to {new}"));
            }
        }
        self.security(place, before, after);
        self.request(place, &before["requestBody"], &after["requestBody"]);
        for (status, old) in entries(&before["responses"]) {
            let place = place.part(status);
            let new = resolved(self.after, &after["responses"][status]);
            if new.is_null() {
                self.found(&place, "the response is removed");
                continue;
            }
            let old = resolved(self.before, old);
            self.headers(&place, &old["headers"], &new["headers"]);
            self.content(&place, [old, new], Side::Output);
        }
    }

    /// Whoever could call it can call it still.
    fn security(&mut self, place: &Place, before: &Value, after: &Value) {
        let [old, new] =
            [(self.before, before), (self.after, after)].map(|(document, operation)| {
                let own = &operation["security"];
                let ways = if own.is_null() {
                    &document["security"]
                } else {
                    own
                };
                let schemes = &document["components"]["securitySchemes"];
                let ways = ways.as_array().cloned().unwrap_or_default();
                let way = |way: &Value| {
                    entries(way)
                        .map(|(name, _)| scheme(&schemes[name]))
                        .collect()
                };
                ways.iter().map(way).collect::<Vec<Vec<Value>>>()
            });
        let is_open = |ways: &[Vec<Value>]| ways.is_empty() || ways.iter().any(Vec::is_empty);
        let is_kept = if is_open(&old) {
            is_open(&new)
        } else {
            is_open(&new) || old.iter().all(|way| new.contains(way))
        };
        if !is_kept {
            self.found(place, "a way to authenticate is removed");
        }
    }

    fn request(&mut self, place: &Place, before: &'a Value, after: &'a Value) {
        let place = place.part("request");
        let (old, new) = (resolved(self.before, before), resolved(self.after, after));
        let is_required = |body: &Value| body["required"] == json!(true);
        match (old.is_null(), new.is_null()) {
            (true, _) if is_required(new) => self.found(&place, "a body is required now"),
            (true, _) => {}
            (false, true) => self.found(&place, "the body is removed"),
            (false, false) => {
                if is_required(new) && !is_required(old) {
                    self.found(&place, "the body is required now");
                }
                self.content(&place, [old, new], Side::Input);
            }
        }
    }

    /// A body, by its media types.
    fn content(&mut self, place: &Place, [before, after]: [&'a Value; 2], side: Side) {
        for (kind, old) in entries(&before["content"]) {
            let new = &after["content"][kind];
            if new.is_null() {
                self.found(place, format!("{kind} is removed"));
            } else {
                self.schema(side, place, &old["schema"], &new["schema"]);
            }
        }
    }
}

/// What a client has to do for it, whatever it is called.
fn scheme(scheme: &Value) -> Value {
    let mut scheme = scheme.clone();
    if let Some(members) = scheme.as_object_mut() {
        members.remove("description");
        members.remove("bearerFormat");
    }
    scheme
}
