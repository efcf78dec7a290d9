package shop;

import java.util.Optional;
import java.util.concurrent.TimeUnit;
import lombok.RequiredArgsConstructor;
import lombok.extern.slf4j.Slf4j;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Service;

/** Asks danpay, and lets {@link OrderService} book what it says. No transaction is open here. */
@Service
@RequiredArgsConstructor
@Slf4j
public class PaymentService {
    private final Danpay danpay;
    private final OrderService books;
    private final OrderRepository orders;
    private final RefundRepository refunds;

    /** Where the customer goes to pay. Empty: no payment could be made, and nobody was charged. */
    public Optional<String> pay(String orderId) {
        var page = "/orders/" + orderId;
        var order = books.keepKey(orderId);
        if (order.isBooked()) return Optional.of(page);
        var answer = danpay.create(order);
        if (answer.is("order_already_paid")) return look(answer.problem().paymentId()).map(paid -> page);
        if (answer.payment() == null) return order.getState() == Order.State.open ? Optional.empty() : Optional.of(page);
        books.started(order, answer.payment());
        return Optional.of(Optional.ofNullable(answer.payment().checkoutUrl()).orElse(page));
    }

    /** Asks how a payment stands and books it. Empty: nothing is known. */
    public Optional<Payment> look(String paymentId) {
        var payment = Optional.ofNullable(danpay.get(paymentId).payment());
        payment.ifPresent(this::settle);
        return payment;
    }

    /** The payer is back, with the id of a payment in the address. Anybody can write that, so danpay is asked. */
    public void comeBack(Order order, String paymentId) {
        Optional.ofNullable(danpay.get(paymentId).payment())
            .filter(payment -> order.getId().equals(payment.orderId()) && order.getTotal() == payment.amount().total())
            .ifPresent(this::settle);
    }

    public void settle(Payment payment) {
        books.book(payment);
        if (payment.waitsForApproval()) approve(payment);
    }

    /** First the goods, then the money. Asked twice, or at once, the stock is taken once and the payer charged once. */
    public void approve(Payment payment) {
        var reserved = books.reserve(payment);
        var answer = reserved ? danpay.approve(payment.id()) : danpay.withdraw(payment.id());
        if (!reserved && answer.is("wrong_status")) answer = danpay.get(payment.id()); // too late; it may be paid
        var now = answer.is("approval_ended") ? answer.problem().payment() : answer.payment();
        if (now != null) books.book(now); // else nothing is known: the goods are kept, and the job asks again
    }

    /** Sends a decision, and again with the same key until danpay has said what became of it. */
    public void refund(Refund refund) {
        if (refund.getState() != Refund.State.pending) return;
        var paymentId = orders.findById(refund.getOrderId()).orElseThrow().getPaymentId();
        var answer = danpay.cancel(paymentId, refund);
        if (answer.status() == 200) books.refundDone(refund, answer.payment());
        // Nothing went back. Everything else is on its way or unknown.
        if (answer.is("cancel_refused", "expected_left_differs", "wrong_status", "refund_limit", "invalid_fields")) {
            books.refundFailed(refund);
        }
    }

    /** For what no webhook and no page has told. */
    @Scheduled(fixedDelayString = "${shop.job-seconds}", timeUnit = TimeUnit.SECONDS)
    public void job() {
        orders.findByStateAndPaymentIdNotNull(Order.State.paying).forEach(order -> attempt(() -> look(order.getPaymentId())));
        refunds.findByState(Refund.State.pending).forEach(refund -> attempt(() -> refund(refund)));
    }

    private static void attempt(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException error) { // the others have their turn
            log.error("the job goes on after", error);
        }
    }
}
