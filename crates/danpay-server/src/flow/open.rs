//! open: the payer is sent to KakaoPay's page for the device, or sees how the payment stands.

use danpay_core::{PaymentId, Status};
use kakaopay::Device;

use super::{Flow, FlowError};

/// Where the payer's browser goes.
pub(crate) enum Way {
    /// To this address of KakaoPay's.
    ToKakaoPay(String),
    /// To the page that says how the payment stands.
    ToResult(PaymentId),
}

impl Flow {
    /// The payer opens the checkout page.
    pub(crate) async fn open(&self, id: PaymentId, device: Device) -> Result<Way, FlowError> {
        let payment = self.payment(id).await?;
        let may_pay = payment.status() == Status::Ready && self.clock.now() < payment.expires_at;
        // A payment that was restored from the log has no addresses.
        let Some(redirect) = payment.redirect.filter(|_| may_pay) else {
            return Ok(Way::ToResult(id));
        };
        Ok(Way::ToKakaoPay(match device {
            Device::Pc => redirect.pc,
            Device::App => redirect.app,
            Device::Mobile => redirect.mobile,
        }))
    }
}
