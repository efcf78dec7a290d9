//! open: the payer is sent to KakaoPay's page for the device, or sees how the payment stands.

use danpay_core::PaymentId;
use kakaopay::Device;

use super::{Flow, FlowError};

impl Flow {
    /// The payer opens the checkout page: where the browser goes, to KakaoPay or to the page that says
    /// how the payment stands. `device` is told the shop's app agents.
    pub(crate) async fn open(
        &self,
        id: PaymentId,
        device: impl FnOnce(&[String]) -> Device,
    ) -> Result<String, FlowError> {
        let payment = self.payers_payment(id).await?;
        let shop = self.shops.shop(payment.shop_id).await?;
        let may_pay = payment.may_be_paid(self.clock.now());
        let Some(redirect) = payment.redirect.filter(|_| may_pay) else {
            return Ok(shop.result_url(id));
        };
        Ok(match device(&shop.settings.app_agents) {
            Device::Pc => redirect.pc,
            Device::App => redirect.app,
            Device::Mobile => redirect.mobile,
        })
    }
}
