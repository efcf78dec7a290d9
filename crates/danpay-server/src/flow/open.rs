//! open: the payer is sent to KakaoPay's page for the device, or sees how the payment stands.

use danpay_core::PaymentId;
use kakaopay::Device;

use super::{Flow, FlowError};

/// Where the payer's browser goes.
pub(crate) enum Destination {
    /// To this address of KakaoPay's.
    KakaoPay(String),
    /// To the page that says how the payment stands.
    Result(PaymentId),
}

impl Flow {
    /// The payer opens the checkout page.
    pub(crate) async fn open(
        &self,
        id: PaymentId,
        device: Device,
    ) -> Result<Destination, FlowError> {
        let payment = self.payment(id).await?;
        let may_pay = payment.may_be_paid(self.clock.now());
        let Some(redirect) = payment.redirect.filter(|_| may_pay) else {
            return Ok(Destination::Result(id));
        };
        Ok(Destination::KakaoPay(match device {
            Device::Pc => redirect.pc,
            Device::App => redirect.app,
            Device::Mobile => redirect.mobile,
        }))
    }
}
