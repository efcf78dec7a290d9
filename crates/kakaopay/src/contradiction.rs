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
    pub(crate) fn new(field: &'static str, answer: ContradictingAnswer) -> Self {
        Self {
            field,
            answer: Box::new(answer),
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

/// The first of the named pairs that differs.
pub(crate) fn first_difference<const N: usize>(
    pairs: [(&'static str, bool); N],
) -> Option<&'static str> {
    let mut differing = pairs.into_iter().filter(|(_, agrees)| !agrees);
    differing.next().map(|(field, _)| field)
}
