//! The names and texts that a merchant sends and KakaoPay issues, each as its own type.
//! Invariant: whoever builds one from text gets it only within KakaoPay's limits; an answer's are
//! kept verbatim instead, since money may have moved and an odd id must not hide that.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize};
use url::Url;

use crate::field::{FieldProblem, InvalidField, check_length, check_readable, check_visible_ascii};

/// The least length of a part of an address that is taken for a secret: our own bound, well below
/// what keeps anyone from guessing it.
const SECRET_LENGTH_MIN: usize = 20;

/// Built from an answer exactly as KakaoPay wrote it, whatever its length.
pub(crate) trait Verbatim {
    fn verbatim(value: String) -> Self;
}

impl Verbatim for String {
    fn verbatim(value: String) -> Self {
        value
    }
}

/// What all of these types share, except how they are read from JSON.
macro_rules! identifier {
    ($(#[$meta:meta])* $name:ident, $check:expr) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The text as KakaoPay knows it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl Verbatim for $name {
            fn verbatim(value: String) -> Self {
                Self(value)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidField;

            fn try_from(value: String) -> Result<Self, InvalidField> {
                let check: fn(&str) -> Result<(), InvalidField> = $check;
                check(&value)?;
                Ok(Self(value))
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

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.0 == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.0 == *other
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    };
}

/// Chosen by the merchant: the limits hold when it is read from JSON, too.
macro_rules! chosen {
    ($(#[$meta:meta])* $name:ident, $check:expr) => {
        identifier!($(#[$meta])* $name, $check);

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let value = String::deserialize(deserializer)?;
                Self::try_from(value).map_err(serde::de::Error::custom)
            }
        }
    };
}

/// Issued by KakaoPay: from JSON or a store it is taken as it was issued.
macro_rules! issued {
    ($(#[$meta:meta])* $name:ident, $field:literal) => {
        identifier!($(#[$meta])* $name, |value| {
            check_length($field, value, 20, 20)?;
            check_visible_ascii($field, value)
        });

        impl $name {
            /// Takes an id that KakaoPay has issued, as it stands in an answer or in a store,
            /// even if KakaoPay has changed its length meanwhile. Text from anywhere else goes
            /// through `try_from`, which demands the documented 20 characters.
            pub fn issued(value: impl Into<String>) -> Self {
                Self(value.into())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer).map(Self)
            }
        }
    };
}

chosen!(
    /// Merchant code (가맹점 코드), 10 characters. It decides the type of payment and whether it
    /// is real: `TC0ONETIME` is KakaoPay's test code for one-time payments.
    Cid,
    |value| {
        check_length("cid", value, 10, 10)?;
        check_visible_ascii("cid", value)
    }
);

impl Cid {
    /// KakaoPay's test code for one-time payments: no money moves.
    pub fn test_one_time() -> Self {
        Self("TC0ONETIME".to_owned())
    }

    /// Whether it is one of KakaoPay's test codes, for one-time (`TC0ONETIME`), subscription
    /// (`TCSUBSCRIP`) or sequential payments (`TCSEQUENCE`): no money moves.
    pub fn is_test(&self) -> bool {
        matches!(self.as_str(), "TC0ONETIME" | "TCSUBSCRIP" | "TCSEQUENCE")
    }
}

issued!(
    /// One payment (결제 고유 번호), 20 characters: the same for its approval and cancellations.
    /// KakaoPay does not send it along when the payer comes back, so store it with the order.
    /// [`issued`](Self::issued) reads it back from there.
    Tid, "tid"
);
issued!(
    /// One request (요청 고유 번호), 20 characters: each approval and each cancellation has its own.
    Aid, "aid"
);
issued!(
    /// A subscription (정기 결제 고유 번호), 20 characters; only for subscription merchant codes.
    Sid, "sid"
);

chosen!(
    /// The merchant's order number, 1 to 100 characters. KakaoPay does not check that it is
    /// unique, and cannot look an order up by it.
    PartnerOrderId,
    |value| check_length("partner_order_id", value, 1, 100)
);
chosen!(
    /// The merchant's id of the payer, 1 to 100 characters. KakaoPay forbids personal data here:
    /// no name, e-mail, telephone number or login name.
    PartnerUserId,
    |value| check_length("partner_user_id", value, 1, 100)
);
chosen!(
    /// What the payer sees as the thing bought, 1 to 100 characters, not blank and without NUL. For several things KakaoPay
    /// proposes a text such as "초코파이 외 2건"; there is no basket.
    ItemName,
    |value| {
        check_length("item_name", value, 1, 100)?;
        check_readable("item_name", value)
    }
);
chosen!(
    /// The merchant's code of the thing bought, 1 to 100 characters.
    ItemCode,
    |value| check_length("item_code", value, 1, 100)
);
chosen!(
    /// Text that KakaoPay stores with a request and gives back with its action in a lookup,
    /// 1 to 200 characters.
    Payload,
    |value| check_length("payload", value, 1, 200)
);
chosen!(
    /// Where KakaoPay sends the payer's browser back to: an absolute URL of at most 255 characters, http
    /// or https. Its own query parameters survive; KakaoPay adds `pg_token` to the approval URL.
    /// [`RedirectUrls::new`](crate::RedirectUrls::new) takes all three and names the one that is wrong.
    RedirectUrl,
    check_redirect_url
);

impl RedirectUrl {
    /// The parts of path, query and fragment that are long enough to be a secret. The host is none.
    pub(crate) fn long_parts(&self) -> impl Iterator<Item = &str> {
        let after_scheme = self.0.split_once(':').map_or("", |(_, rest)| rest);
        let host_first = after_scheme.trim_start_matches(['/', '\\']);
        let after_host = host_first.split_once(['/', '\\', '?', '#']);
        let parts = after_host.map_or("", |(_, parts)| parts);
        parts
            .split(['/', '\\', '?', '#', '&', '=', ';'])
            .filter(|part| part.chars().count() >= SECRET_LENGTH_MIN)
    }
}

fn check_redirect_url(value: &str) -> Result<(), InvalidField> {
    check_length("redirect_url", value, 1, 255)?;
    let problem = match Url::parse(value) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => return Ok(()),
        Ok(_) => FieldProblem::UrlScheme,
        Err(_) => FieldProblem::Url {
            actual: value.chars().count(),
        },
    };
    Err(InvalidField::new("redirect_url", problem))
}

#[cfg(test)]
mod tests;
