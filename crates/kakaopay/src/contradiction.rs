//! An answer that is about something else than was asked.
//! Invariant: it is kept whole for whoever wants to look into it, and shows in no Debug.

use std::fmt;

use crate::{ApproveResponse, CancelResponse, OrderResponse};

/// KakaoPay answered with success, but not to what was asked: another payment, another order, another
/// amount. Take nothing for granted: look the order up, and let a person see it.
pub struct Contradiction {
    field: &'static str,
    answer: Box<ContradictingAnswer>,
}

/// The answer itself.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ContradictingAnswer {
    /// Of `approve`.
    Approve(ApproveResponse),
    /// Of `order`.
    Order(OrderResponse),
    /// Of `cancel`.
    Cancel(CancelResponse),
}

impl Contradiction {
    /// The answer, unless one of the named pairs differs; then the first that does is told.
    pub(crate) fn unless_all_agree<T, const N: usize>(
        answer: T,
        pairs: [(&'static str, bool); N],
        wrap: fn(T) -> ContradictingAnswer,
    ) -> Result<T, Self> {
        let mut differing = pairs.into_iter().filter(|(_, agrees)| !agrees);
        match differing.next() {
            None => Ok(answer),
            Some((field, _)) => Err(Self {
                field,
                answer: Box::new(wrap(answer)),
            }),
        }
    }

    /// KakaoPay's name of the first field that differs, such as `tid`.
    pub fn field(&self) -> &'static str {
        self.field
    }

    /// What KakaoPay answered. It holds the payer's id, so mind where it is logged.
    pub fn answer(&self) -> &ContradictingAnswer {
        &self.answer
    }
}

impl fmt::Debug for Contradiction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut contradiction = formatter.debug_struct("Contradiction");
        contradiction.field("field", &self.field);
        contradiction.finish_non_exhaustive()
    }
}
