//! Two schemas of the same thing: what an output must not stop to be, and an input must go on to take.

use std::collections::BTreeSet;

use serde_json::Value;

use super::shape::{LIMITS, Limit, RULES, Shape, resolved};
use super::{Comparison, Place, Side};

impl<'a> Comparison<'a> {
    pub(super) fn schema(
        &mut self,
        side: Side,
        place: &Place,
        before: &'a Value,
        after: &'a Value,
    ) {
        let ends = [resolved(self.before, before), resolved(self.after, after)];
        if let ([_, Value::Null], Some(reference)) = (ends, after["$ref"].as_str()) {
            self.found(place, format!("there is no {reference}"));
            return;
        }
        let pair = (
            std::ptr::from_ref(ends[0]),
            std::ptr::from_ref(ends[1]),
            side,
        );
        if self.under_way.contains(&pair) {
            return;
        }
        self.under_way.push(pair);
        let (old, new) = (Shape::of(self.before, before), Shape::of(self.after, after));
        if let (Some(name), Some(newer)) = (old.name, new.name)
            && name != newer
        {
            self.found(place, format!("its schema {name} is called {newer} now"));
        }
        self.types(side, place, &old, &new);
        self.words(side, place, &old, &new);
        self.limits(side, place, &old, &new);
        self.choices(side, place, &old, &new);
        self.members(side, place, &old, &new);
        if let (Some(old), Some(new)) = (old.elements, new.elements) {
            self.schema(side, &place.element(), old, new);
        }
        self.under_way.pop();
    }

    fn types(&mut self, side: Side, place: &Place, old: &Shape<'a>, new: &Shape<'a>) {
        let (narrow, wide) = match side {
            Side::Input => (old, new),
            Side::Output => (new, old),
        };
        if !fits(&narrow.types, &wide.types) {
            let [old, new] = [old, new].map(|shape| names(&shape.types));
            self.found(place, format!("its type changed from {old} to {new}"));
        }
        if narrow.is_nullable && !wide.is_nullable {
            let what = match side {
                Side::Input => "must not be null any more",
                Side::Output => "may be null now",
            };
            self.found(place, what);
        }
    }

    fn words(&mut self, side: Side, place: &Place, old: &Shape<'a>, new: &Shape<'a>) {
        let of = |shape: &Shape<'a>| {
            let words = shape.words.iter().flatten().chain(&shape.known_words);
            words.copied().collect::<Vec<_>>()
        };
        let (older, newer) = (of(old), of(new));
        // An input that takes anything takes the old words too.
        let takes_any = side == Side::Input && new.words.is_none();
        if !takes_any {
            for word in older.iter().filter(|word| !newer.contains(word)) {
                self.found(place, format!("the value {word} is removed"));
            }
        }
        match (side, &old.words, &new.words) {
            (Side::Input, None, Some(_)) => self.found(place, "it takes some values only now"),
            (Side::Output, Some(_), None) => self.found(place, "it may have any value now"),
            (Side::Output, Some(_), Some(_)) => {
                for word in newer.iter().filter(|word| !older.contains(word)) {
                    self.found(
                        place,
                        format!("the value {word} is new in a list that was closed"),
                    );
                }
            }
            _ => {}
        }
    }

    fn limits(&mut self, side: Side, place: &Place, old: &Shape<'a>, new: &Shape<'a>) {
        // An input must not lose room, and an output must not gain any.
        let (tight, loose, way) = match side {
            Side::Input => (new, old, "tightened"),
            Side::Output => (old, new, "loosened"),
        };
        for (name, limit) in LIMITS {
            let [inner, outer] = [tight, loose].map(|shape| shape.said.get(name));
            let number = |value: &Value| value.as_f64();
            let is_tighter = match (inner.and_then(|v| number(v)), outer.and_then(|v| number(v))) {
                (None, _) => false,
                (Some(_), None) => true,
                (Some(inner), Some(outer)) => match limit {
                    Limit::AtLeast => inner > outer,
                    Limit::AtMost => inner < outer,
                },
            };
            if is_tighter {
                let change = change(name, old, new);
                self.found(place, format!("{name} is {way}, {change}"));
            }
        }
        for name in RULES {
            let inner = tight.said.get(name);
            if inner.is_some() && inner != loose.said.get(name) {
                self.found(place, format!("{name} changed {}", change(name, old, new)));
            }
        }
        if side == Side::Input && old.said.get("default") != new.said.get("default") {
            let change = change("default", old, new);
            self.found(place, format!("its default changed {change}"));
        }
    }

    /// One of several is told apart by its name.
    fn choices(&mut self, side: Side, place: &Place, old: &Shape<'a>, new: &Shape<'a>) {
        let name = |choice: &Value| choice["$ref"].as_str().unwrap_or_default().to_owned();
        for choice in &old.choices {
            match new.choices.iter().find(|newer| name(newer) == name(choice)) {
                Some(newer) => self.schema(side, place, choice, newer),
                None => self.found(place, format!("it is never {} any more", title(choice))),
            }
        }
        let is_new =
            |choice: &&&Value| !old.choices.iter().any(|older| name(older) == name(choice));
        for choice in new.choices.iter().filter(is_new) {
            if side == Side::Output || old.choices.is_empty() {
                self.found(place, format!("it may be {} now", title(choice)));
            }
        }
    }

    fn members(&mut self, side: Side, place: &Place, old: &Shape<'a>, new: &Shape<'a>) {
        for (name, member) in &old.members {
            let place = place.member(name);
            let Some(newer) = new.members.get(name) else {
                self.found(&place, "removed");
                continue;
            };
            match (
                side,
                old.required.contains(name),
                new.required.contains(name),
            ) {
                (Side::Input, false, true) => self.found(&place, "required now"),
                (Side::Output, true, false) => self.found(&place, "may be absent now"),
                _ => {}
            }
            self.schema(side, &place, member, newer);
        }
        let is_new = |name: &&&str| !old.members.contains_key(**name);
        if side == Side::Input {
            for name in new.required.iter().filter(is_new) {
                self.found(&place.member(name), "a new member is required");
            }
        }
        self.others(side, place, old, new);
    }

    /// Members that are not named: each of a map, or whatever comes.
    fn others(&mut self, side: Side, place: &Place, old: &Shape<'a>, new: &Shape<'a>) {
        match (side, old.names, new.names) {
            (_, Some(old), Some(new)) => self.schema(side, &place.member("(name)"), old, new),
            (Side::Input, None, Some(_)) => {
                self.found(place, "the names of its members are limited now");
            }
            _ => {}
        }
        let (old, new) = (old.others, new.others);
        let is_closed = |others: Option<&Value>| others == Some(&Value::Bool(false));
        let [map, newer] = [old, new].map(|others| others.filter(|others| others.is_object()));
        match (side, map, newer) {
            (_, Some(old), Some(new)) => self.schema(side, &place.member("*"), old, new),
            (Side::Input, _, _) if is_closed(new) && !is_closed(old) => {
                self.found(place, "members that are not named are refused now");
            }
            (Side::Input, None, Some(_)) if !is_closed(old) => {
                self.found(place, "members that are not named are limited now");
            }
            (Side::Output, Some(_), None) => self.found(&place.member("*"), "removed"),
            _ => {}
        }
    }
}

/// Whether `wide` has each of `narrow`. Without a type anything fits, and a whole number is a number.
fn fits(narrow: &BTreeSet<&str>, wide: &BTreeSet<&str>) -> bool {
    let has = |name: &&str| wide.contains(name) || *name == "integer" && wide.contains("number");
    wide.is_empty() || !narrow.is_empty() && narrow.iter().all(has)
}

fn names(types: &BTreeSet<&str>) -> String {
    if types.is_empty() {
        return "any".to_owned();
    }
    types.iter().copied().collect::<Vec<_>>().join(" or ")
}

fn title(choice: &Value) -> &str {
    let reference = choice["$ref"]
        .as_str()
        .and_then(|name| name.rsplit('/').next());
    let title = choice["title"].as_str();
    reference.or(title).unwrap_or("another one of several")
}

fn change(name: &str, old: &Shape<'_>, new: &Shape<'_>) -> String {
    let [old, new] = [old, new].map(|shape| {
        let said = shape.said.get(name);
        said.map_or_else(|| "none".to_owned(), ToString::to_string)
    });
    format!("from {old} to {new}")
}
