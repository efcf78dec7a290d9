//! An object read member by member. What is wrong is collected, so that all of it is told at once.

use danpay_core::InvalidField;

use super::{Json, join};
use crate::limits::ERRORS_TOLD;

/// What was read, or all that is wrong with it.
pub(in crate::api) type Read<T> = Result<T, Vec<InvalidField>>;

/// A value that is there, with its path.
pub(in crate::api) struct Field<'a> {
    path: String,
    pub(super) json: &'a Json<'a>,
}

impl<'a> Field<'a> {
    /// One of its own values: `within` is `[0]` or `.name`.
    pub(super) fn within(&self, within: &str, json: &'a Json<'a>) -> Self {
        let path = format!("{}{within}", self.path);
        Self { path, json }
    }

    /// Something else was expected (`must be …`, `…이어야`) than what came.
    pub(in crate::api) fn unfit(&self, expected: &str, expected_ko: &str) -> Vec<InvalidField> {
        let [came, came_ko] = self.json.called();
        vec![InvalidField::new(
            self.name(),
            format!("{expected}, and is {came}"),
            format!("{expected_ko} 하는데 {came_ko}입니다"),
        )]
    }

    /// Reads it as an object. Unknown members are errors: nearly always they are typing mistakes.
    pub(in crate::api) fn object<T>(
        &self,
        read: impl FnOnce(&mut Object<'a>) -> Option<T>,
    ) -> Read<T> {
        let Json::Object(members) = self.json else {
            return Err(self.unfit("must be a JSON object", "JSON 객체여야"));
        };
        let mut object = Object {
            path: self.path.clone(),
            members,
            asked: Vec::new(),
            errors: Vec::new(),
        };
        let value = read(&mut object);
        // The misspelt come before the missing, which they often explain.
        let mut errors = object.unknown();
        errors.append(&mut object.errors);
        match value {
            Some(value) if errors.is_empty() => Ok(value),
            _ => Err(errors),
        }
    }

    pub(super) fn name(&self) -> &str {
        if self.path.is_empty() {
            "body"
        } else {
            &self.path
        }
    }
}

/// An object of which members are asked for, each once.
pub(in crate::api) struct Object<'a> {
    path: String,
    members: &'a [(String, Json<'a>)],
    asked: Vec<&'static str>,
    errors: Vec<InvalidField>,
}

impl<'a> Object<'a> {
    /// A member that has to be there. Nothing, if there is an error.
    pub(in crate::api) fn required<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&Field<'a>) -> Read<T>,
    ) -> Option<T> {
        let read = self.member(name).map(|field| read(&field));
        let read = read.unwrap_or_else(|| {
            let path = join(&self.path, name);
            let missing = InvalidField::new(path, "is missing", "필수 항목입니다");
            Err(vec![missing])
        });
        self.keep(read)
    }

    /// A member that may be left out, or be null, which means the same. Nothing, if it is, or if there
    /// is an error.
    pub(in crate::api) fn optional<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&Field<'a>) -> Read<T>,
    ) -> Option<T> {
        let field = self.member(name);
        let field = field.filter(|field| *field.json != Json::Null)?;
        self.keep(read(&field))
    }

    /// A member that may be left out, but must not be null: what that would mean is no small matter.
    pub(in crate::api) fn optional_never_null<T>(
        &mut self,
        name: &'static str,
        (message, message_ko): (&str, &str),
        read: impl FnOnce(&Field<'a>) -> Read<T>,
    ) -> Option<T> {
        let field = self.member(name)?;
        if *field.json == Json::Null {
            let error = InvalidField::new(field.name(), message, message_ko);
            return self.keep(Err(vec![error]));
        }
        self.keep(read(&field))
    }

    /// What the members make together, if each of them is right.
    pub(in crate::api) fn together<T>(
        &mut self,
        make: impl FnOnce() -> Result<T, InvalidField>,
    ) -> Option<T> {
        if self.errors.is_empty() {
            self.keep(make().map_err(|error| vec![error]))
        } else {
            None
        }
    }

    fn member(&mut self, name: &'static str) -> Option<Field<'a>> {
        self.asked.push(name);
        let mut members = self.members.iter();
        let (name, json) = members.find(|(member, _)| member == name)?;
        let path = join(&self.path, name);
        Some(Field { path, json })
    }

    fn keep<T>(&mut self, read: Read<T>) -> Option<T> {
        read.map_err(|errors| self.errors.extend(errors)).ok()
    }

    fn unknown(&self) -> Vec<InvalidField> {
        let known = self.asked.join(", ");
        let names = self.members.iter().map(|(name, _)| name);
        let unknown = names.filter(|name| !self.asked.contains(&name.as_str()));
        unknown
            .map(|name| {
                InvalidField::new(
                    join(&self.path, name),
                    format!("is not known; expected one of {known}"),
                    format!("없는 항목입니다. 철자를 확인해 주세요. 쓸 수 있는 항목: {known}"),
                )
            })
            .collect()
    }
}

/// Reads a whole body.
pub(in crate::api) fn read<'a, T>(
    json: &'a Json<'a>,
    read: impl FnOnce(&mut Object<'a>) -> Option<T>,
) -> Read<T> {
    let mut errors = Vec::new();
    json.name_duplicates("", &mut errors);
    let body = Field {
        path: String::new(),
        json,
    };
    let value = body.object(read).map_err(|found| errors.extend(found));
    match value {
        Ok(value) if errors.is_empty() => Ok(value),
        _ => Err(bounded(errors)),
    }
}

fn bounded(mut errors: Vec<InvalidField>) -> Vec<InvalidField> {
    let more = errors.len().saturating_sub(ERRORS_TOLD);
    errors.truncate(ERRORS_TOLD);
    if more > 0 {
        errors.push(InvalidField::new(
            "body",
            format!("has {more} more errors"),
            format!("이 밖에도 오류가 {more}개 더 있습니다"),
        ));
    }
    errors
}
