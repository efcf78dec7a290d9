//! The three secrets: the key of the API, the optional key of a merchant code, the payer's token.
//! Invariant: none of them shows in Debug or in an error, and each is wiped from memory when
//! dropped; the only ways to the text are `expose` and the JSON that goes to KakaoPay.

use std::{fmt, str::FromStr};

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::field::{InvalidField, check_length, check_visible_ascii};

/// Longest secret key and `pg_token` taken: our own bound, far above anything seen.
const LENGTH_MAX: usize = 512;

macro_rules! secret {
    ($(#[$meta:meta])* $name:ident, $field:literal, $min:expr, $max:expr) => {
        $(#[$meta])*
        #[derive(Clone)]
        pub struct $name(SecretString);

        impl $name {
            /// The secret itself. Do not log or print it.
            pub fn expose(&self) -> &str {
                self.0.expose_secret()
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidField;

            fn try_from(value: String) -> Result<Self, InvalidField> {
                let secret = SecretString::from(value);
                check_length($field, secret.expose_secret(), $min, $max)?;
                check_visible_ascii($field, secret.expose_secret())?;
                Ok(Self(secret))
            }
        }

        impl TryFrom<&str> for $name {
            type Error = InvalidField;

            fn try_from(value: &str) -> Result<Self, InvalidField> {
                Self::try_from(value.to_owned())
            }
        }

        impl FromStr for $name {
            type Err = InvalidField;

            fn from_str(value: &str) -> Result<Self, InvalidField> {
                Self::try_from(value)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(concat!(stringify!($name), "(redacted)"))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                // The reader's own message would quote what stands in the text's place.
                let value = String::deserialize(deserializer)
                    .map_err(|_| serde::de::Error::custom(concat!($field, " must be a text")))?;
                Self::try_from(value).map_err(serde::de::Error::custom)
            }
        }
    };
}

/// For what goes to KakaoPay in a request's body.
macro_rules! sent_in_body {
    ($name:ident) => {
        impl Serialize for $name {
            /// Writes the secret itself, since a request's JSON is what KakaoPay receives.
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.expose())
            }
        }
    };
}

secret!(
    /// The secret key of KakaoPay's developer centre (`Secret key(dev)` or `Secret key(prod)`).
    /// Real ones are 40 characters; any text that fits into a header is taken. It goes to KakaoPay in a
    /// header, so that no JSON is made of it:
    ///
    /// ```compile_fail,E0277
    /// let key = kakaopay::SecretKey::try_from("DEV_KEY").unwrap();
    /// serde_json::to_string(&key);
    /// ```
    SecretKey, "secret_key", 1, LENGTH_MAX
);
secret!(
    /// The optional key of a merchant code, 24 characters (digits and lower-case letters).
    CidSecret, "cid_secret", 24, 24
);
secret!(
    /// The token that comes with the payer to the approval URL, good for one approve. KakaoPay's
    /// sample and the one real value seen have 20 characters, but no length is promised: 1 to 512
    /// are taken.
    ///
    /// It is read from a query as it is (`axum::extract::Query` of a struct with a `PgToken`); an empty or
    /// overlong one is an error there. Anyone can send a false one. [`expose`](Self::expose) gives the
    /// text to store, if it has to be.
    PgToken, "pg_token", 1, LENGTH_MAX
);

sent_in_body!(CidSecret);
sent_in_body!(PgToken);
