package shop;

/** What the customer reads: danpay's docs/shop.md, "What the customer reads". */
public record Text(String ko, String en) {
    static final Text NOT_OPENED = new Text("결제 화면을 열지 못했습니다. 잠시 후 다시 눌러 주세요.",
        "The payment page could not be opened. Please press again in a moment.");

    static Text of(Order order, String status) {
        if (order.getState() == Order.State.needs_person) {
            return new Text("주문을 확인하고 있습니다. 곧 연락드리겠습니다.", "We are looking at your order and will contact you.");
        }
        return switch (status) {
            case "none" -> new Text("주문했습니다. 아직 결제하지 않았습니다.", "Your order is placed. It is not paid yet.");
            case "ready" -> new Text("아직 결제되지 않았습니다.", "You have not been charged yet.");
            case "approved" -> new Text("결제가 완료되었습니다.", "You have paid.");
            case "partially_canceled" -> new Text("일부 취소되었습니다.", "Partly canceled.");
            case "canceled" -> new Text("결제가 취소되었습니다.", "The payment was canceled.");
            case "withdrawn" -> new Text("품절되어 결제하지 않았습니다.", "It is sold out, so you were not charged.");
            case "quit", "failed", "expired" -> order.getState() == Order.State.open
                ? new Text("이번에는 결제되지 않았습니다. 다시 결제할 수 있습니다.", "You were not charged this time. You can pay again.")
                : new Text("이미 결제된 주문입니다.", "This order is paid already.");
            default -> new Text("결제를 확인하고 있습니다. 다시 결제하지 마세요.", "Checking your payment. Please do not pay again.");
        };
    }

    static Text of(Refund refund) {
        return switch (refund.getState()) {
            case pending -> new Text("환불을 확인하고 있습니다. 끝나면 알려 드리겠습니다.", "Checking your refund. We will tell you when it is done.");
            case done -> new Text("환불되었습니다.", "Refunded.");
            case failed -> new Text("이번 요청으로는 환불되지 않았습니다. 확인한 뒤 알려 드리겠습니다.",
                "Nothing was refunded by this request. We will look at it and tell you.");
        };
    }
}
