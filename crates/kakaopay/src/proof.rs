//! What a failure proves: about the call, and about the payment that it was for.
//! Invariant: whatever proves nothing is `Unknown`, and only `Refused` is a no.

use crate::Outcome;

/// What a failed call proves. [`Outcome`] says whether the call did something; this says as well
/// whether KakaoPay's no was meant for it, or for whoever called.
///
/// | proof | did this call do anything? | what it says of the payment | what to do |
/// |---|---|---|---|
/// | `NotExecuted` | no | nothing | send it again later, if [`is_retryable`](crate::Error::is_retryable) |
/// | `Setup` | no | nothing | let the merchant put it right, then call again |
/// | `Refused` | no | no to this call as it is | decide by [`class`](crate::Error::class): the same call gets the same answer |
/// | `Unknown` | perhaps, or it yet will | nothing | look the order up |
///
/// `ready` and `order` move no money. Of `order`, everything but an answer means only that nothing
/// was learnt, `Refused` included.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Proof {
    /// KakaoPay has not executed the call: it never left this machine, or the quota is used up.
    NotExecuted,
    /// The call did nothing, and the reason is the merchant's own: a secret key that was replaced
    /// (KakaoPay revokes a key the moment the next one is issued), a wrong merchant code, an API
    /// that is switched off, an address that is not registered; or it cannot be told from that.
    /// The payment is what it was before: as payable, and as refundable. The very same call may
    /// pass once the merchant has put it right.
    Setup,
    /// The call did nothing, and KakaoPay would say the same to the same call again. That is a no
    /// to the call as it is, with this token and these amounts: -701 and -708 refuse a token, and
    /// the payment may be alive for the payer who brings the right one
    /// ([what a refused approve means](crate::settling#what-a-refused-approve-means)).
    Refused,
    /// The call may have been executed, or may yet be.
    Unknown,
}

impl Proof {
    /// What is certain about the call: `Setup` and `Refused` both mean that it did nothing.
    pub fn outcome(self) -> Outcome {
        match self {
            Self::NotExecuted => Outcome::NotExecuted,
            Self::Setup | Self::Refused => Outcome::Rejected,
            Self::Unknown => Outcome::Unknown,
        }
    }

    /// Of a call that KakaoPay did not answer, or not readably: nobody has said no.
    pub(crate) fn without_answer(outcome: Outcome) -> Self {
        match outcome {
            Outcome::NotExecuted => Self::NotExecuted,
            Outcome::Rejected | Outcome::Unknown => Self::Unknown,
        }
    }
}
