//! What the client needs to know of a request in order to send it, and the setters they share.
//! Invariant: a request is plain data; it never sends itself, and it is checked as a whole right
//! before it is sent.

use serde::{Serialize, de::DeserializeOwned};

use crate::{ApiEndpoint, Cid, CidSecret, Contradiction, InvalidField};

/// A request that one endpoint takes.
pub(crate) trait Call: Clone + Serialize {
    /// What the endpoint answers.
    type Answer: DeserializeOwned;

    /// Where it goes.
    const ENDPOINT: ApiEndpoint;

    /// The merchant code and its key, which the client fills in where the request has none.
    fn merchant(&mut self) -> (&mut Option<Cid>, &mut Option<CidSecret>);

    /// The rules between fields, beyond what their types hold.
    fn check(&self) -> Result<(), InvalidField>;

    /// The answer, if it is about what was asked. By then the client has filled in the merchant code.
    fn held_against(&self, answer: Self::Answer) -> Result<Self::Answer, Contradiction>;

    /// Secrets beside the merchant's, which KakaoPay might repeat in an error message.
    fn secrets(&self) -> Vec<&str> {
        Vec::new()
    }
}

/// One chained setter for each optional field.
macro_rules! setters {
    ($($(#[$doc:meta])* $field:ident: $type:ty,)+) => {
        $(
            $(#[$doc])*
            #[must_use]
            pub fn $field(mut self, $field: $type) -> Self {
                self.$field = Some($field);
                self
            }
        )+
    };
}

pub(crate) use setters;
