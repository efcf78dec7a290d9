//! The addresses by which KakaoPay brings payers back.
//!
//! **Invariant**: each has a secret that only KakaoPay is told: 128 bits of HMAC-SHA-256 over the
//! payment and the way, with a key that the database holds. Without it an address is one that does not
//! exist, so nobody else can come back for a payer. The secret is in no log, event, answer or page.

use std::fmt;

use danpay_core::PaymentId;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

use crate::keys::base32;

/// Under which name the database holds the key.
pub(crate) const KEY_NAME: &str = "return";

/// How many characters such an address has after the public URL: `/return/`, the payment's id, the
/// longest way with its slashes, the secret.
pub(crate) const PATH_CHARS: usize = 8 + 30 + 9 + SECRET_CHARS;
/// 128 bits, five a character.
const SECRET_CHARS: usize = 26;
const SECRET_BYTES: usize = 16;

/// How the payer comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// With a `pg_token`.
    Approve,
    /// After giving up.
    Cancel,
    /// After a failure, or too late.
    Fail,
}

impl Way {
    const ALL: [Self; 3] = [Self::Approve, Self::Cancel, Self::Fail];

    fn as_str(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Cancel => "cancel",
            Self::Fail => "fail",
        }
    }
}

/// Makes the addresses, and knows its own. Clones are one and the same.
#[derive(Clone)]
pub(crate) struct Returns {
    key: [u8; 32],
}

impl Returns {
    pub(crate) fn new(key: [u8; 32]) -> Self {
        Self { key }
    }

    /// Where KakaoPay is to send the payer: approve, cancel, fail. `public_url` has no slash at its end.
    pub(crate) fn addresses(&self, public_url: &str, id: PaymentId) -> [String; 3] {
        Way::ALL.map(|way| {
            let (word, secret) = (way.as_str(), self.secret(id, way));
            format!("{public_url}/return/{id}/{word}/{secret}")
        })
    }

    /// Whether KakaoPay was told this secret for the payment and the way.
    pub(crate) fn knows(&self, id: PaymentId, way: Way, secret: &str) -> bool {
        let own = self.secret(id, way);
        own.as_bytes().ct_eq(secret.as_bytes()).into()
    }

    fn secret(&self, id: PaymentId, way: Way) -> String {
        // As HMAC does it with a key that is shorter than a block.
        let mut block = [0; 64];
        block
            .iter_mut()
            .zip(self.key)
            .for_each(|(to, from)| *to = from);
        let mut mac = Hmac::<Sha256>::new(&block.into());
        mac.update(way.as_str().as_bytes());
        mac.update(id.as_bytes());
        let code: [u8; 32] = mac.finalize().into_bytes().into();
        base32(code.get(..SECRET_BYTES).unwrap_or_default())
    }
}

impl fmt::Debug for Returns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Returns(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u8) -> PaymentId {
        PaymentId::from_bytes([n; 16])
    }

    fn secret(address: &str) -> &str {
        address.rsplit('/').next().unwrap()
    }

    #[test]
    fn an_address_is_known_for_its_own_payment_and_way_alone() {
        let returns = Returns::new([7; 32]);
        let [approve, cancel, fail] = returns.addresses("https://pay.shop.example", id(1));
        let own = secret(&approve);
        assert!(returns.knows(id(1), Way::Approve, own));
        assert!(returns.knows(id(1), Way::Cancel, secret(&cancel)));
        assert!(returns.knows(id(1), Way::Fail, secret(&fail)));
        assert!(!returns.knows(id(1), Way::Cancel, own));
        assert!(!returns.knows(id(2), Way::Approve, own));
        let other = Returns::new([8; 32]);
        assert!(!other.knows(id(1), Way::Approve, own));
        for bad in [
            "",
            "a",
            &own.to_uppercase(),
            &format!("{own}a"),
            own.get(..25).unwrap(),
        ] {
            assert!(!returns.knows(id(1), Way::Approve, bad), "{bad}");
        }
        assert!(!format!("{returns:?}").contains(own));
    }

    #[test]
    fn the_longest_has_as_many_characters_as_is_said() {
        let returns = Returns::new([7; 32]);
        let lengths = returns.addresses("", id(255)).map(|address| address.len());
        assert_eq!(lengths.iter().max(), Some(&PATH_CHARS));
    }
}
