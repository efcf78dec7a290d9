//! How an approval, or a wrong password, ends a payment in the way its payer leads to.
//! Invariant: whatever the answer says, money moves at most once, and only in `Paid`.

use super::Refused;
use super::method::Method;
use super::outcome::{Outcome, WRONG_PASSWORDS_MAX};
use super::payment::{Failure, Paid, Payment, State};

impl Payment {
    /// Ends an approval that nothing else speaks against, in the way its payer leads to.
    pub(super) fn settle(&mut self, paid: Paid) -> Result<(), Refused> {
        let said = self.outcome.said();
        match self.outcome {
            Outcome::Pays | Outcome::WrongPassword | Outcome::BankUnknown => {
                self.state = State::Paid(paid);
            }
            Outcome::ShortOfBalance | Outcome::CardRefused => {
                self.state = State::Failed {
                    method: paid.method,
                    by: Failure::Approval,
                };
            }
            Outcome::Locked => self.outcome = Outcome::Pays,
        }
        match said {
            Some(result) => Err(Refused::MethodFailed(result)),
            None => Ok(()),
        }
    }

    /// Counts a wrong password; the last one that is allowed ends the payment.
    pub(super) fn mistype(&mut self, method: Method) {
        self.wrong_passwords = self.wrong_passwords.saturating_add(1);
        if self.wrong_passwords >= WRONG_PASSWORDS_MAX {
            self.state = State::Failed {
                method,
                by: Failure::Password,
            };
        }
    }
}
