//! What is wrong with a value that KakaoPay would refuse: found here, before anything is sent.
//! Invariant: an [`InvalidField`] names the field, its limit and what was given as a length or a
//! number, never the text itself, so that it may be logged even for a secret.

/// A value that does not fit the field it is meant for.
///
/// ```
/// let error = kakaopay::Cid::try_from("TC0").unwrap_err();
/// assert_eq!(error.field(), "cid");
/// assert_eq!(error.to_string(), "cid must be exactly 10 characters long, but is 3");
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{field} {problem}")]
pub struct InvalidField {
    field: &'static str,
    problem: FieldProblem,
}

/// The limit that a field broke, and what it was.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FieldProblem {
    /// The number of characters (not bytes) must lie between `min` and `max`.
    #[error("must be {}, but is {actual}", length(*min, *max))]
    Length {
        /// Fewest characters allowed.
        min: usize,
        /// Most characters allowed.
        max: usize,
        /// Characters given.
        actual: usize,
    },
    /// The number must lie between `min` and `max`.
    #[error("must be {}, but is {actual}", range(*min, *max))]
    Range {
        /// Smallest number allowed.
        min: u64,
        /// Largest number allowed.
        max: u64,
        /// Number given.
        actual: u64,
    },
    /// The text holds a character that cannot be sent in this place.
    #[error("must hold visible ASCII characters only, but character {position} is not")]
    Character {
        /// Position of the character, counted from 1.
        position: usize,
    },
    /// A real merchant code, on its way over plain http to another machine.
    #[error("must be one of KakaoPay's test codes, since the base URL is plain http")]
    RealOverHttp,
    /// The text is not an absolute URL.
    #[error("must be an absolute URL, but is none ({actual} characters)")]
    Url {
        /// Characters given.
        actual: usize,
    },
    /// The URL is of another scheme, such as an app's.
    #[error("must begin with http:// or https://")]
    UrlScheme,
    /// The text is white space alone.
    #[error("must not be blank")]
    Blank,
    /// The text holds the character NUL.
    #[error("must not hold NUL, but character {position} is")]
    Nul {
        /// Position of the character, counted from 1.
        position: usize,
    },
}

impl InvalidField {
    /// KakaoPay's name of the field, such as `partner_order_id`.
    pub fn field(&self) -> &'static str {
        self.field
    }

    /// The limit and what was given.
    pub fn problem(&self) -> FieldProblem {
        self.problem
    }

    /// The same of another field.
    pub(crate) fn of(self, field: &'static str) -> Self {
        Self { field, ..self }
    }

    pub(crate) fn new(field: &'static str, problem: FieldProblem) -> Self {
        Self { field, problem }
    }
}

/// Characters, as KakaoPay's documentation counts its limits, not bytes: Korean takes three bytes.
pub(crate) fn check_length(
    field: &'static str,
    value: &str,
    min: usize,
    max: usize,
) -> Result<(), InvalidField> {
    let actual = value.chars().count();
    if (min..=max).contains(&actual) {
        return Ok(());
    }
    Err(InvalidField::new(
        field,
        FieldProblem::Length { min, max, actual },
    ))
}

pub(crate) fn check_visible_ascii(field: &'static str, value: &str) -> Result<(), InvalidField> {
    match value
        .chars()
        .position(|character| !character.is_ascii_graphic())
    {
        None => Ok(()),
        Some(index) => Err(InvalidField::new(
            field,
            FieldProblem::Character {
                position: index.saturating_add(1),
            },
        )),
    }
}

/// What people read: something, and nothing that ends a text in many programs.
pub(crate) fn check_readable(field: &'static str, value: &str) -> Result<(), InvalidField> {
    if value.trim().is_empty() {
        return Err(InvalidField::new(field, FieldProblem::Blank));
    }
    match value.chars().position(|character| character == '\0') {
        None => Ok(()),
        Some(index) => {
            let position = index.saturating_add(1);
            Err(InvalidField::new(field, FieldProblem::Nul { position }))
        }
    }
}

pub(crate) fn check_range(
    field: &'static str,
    actual: u64,
    min: u64,
    max: u64,
) -> Result<(), InvalidField> {
    if (min..=max).contains(&actual) {
        return Ok(());
    }
    Err(InvalidField::new(
        field,
        FieldProblem::Range { min, max, actual },
    ))
}

fn length(min: usize, max: usize) -> String {
    match (min, max) {
        (_, usize::MAX) => format!("{min} or more characters long"),
        (min, max) if min == max => format!("exactly {max} characters long"),
        (min, max) => format!("{min} to {max} characters long"),
    }
}

fn range(min: u64, max: u64) -> String {
    if max == u64::MAX {
        format!("{min} or more")
    } else {
        format!("{min} to {max}")
    }
}
