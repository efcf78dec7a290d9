package shop;

import java.util.Set;

/** danpay's payment: of its members those that this shop reads. Words stay texts, as new ones may come. */
public record Payment(String id, String object, String status, long sequence, String orderId, String approval,
        Amount amount, Amount canceledAmount, String checkoutUrl, Failure failure) {

    public record Amount(long total) {}

    public record Failure(String code) {}

    /** Money moved, whatever has gone back since. */
    public boolean wasPaid() {
        return Set.of("approved", "partially_canceled", "canceled").contains(status);
    }

    public boolean endedUnpaid() {
        return Set.of("quit", "failed", "expired", "withdrawn").contains(status);
    }

    /** To the customer the order is paid: by another payment, of which danpay tells as well. */
    public boolean orderAlreadyPaid() {
        return failure != null && "order_already_paid".equals(failure.code());
    }

    public boolean waitsForApproval() {
        return "authenticated".equals(status) && "manual".equals(approval);
    }
}
