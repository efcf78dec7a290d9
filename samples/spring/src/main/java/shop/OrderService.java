package shop;

import java.util.UUID;
import lombok.RequiredArgsConstructor;
import lombok.extern.slf4j.Slf4j;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** The shop's books. Each method is one transaction and locks its order; none of them asks danpay. */
@Service
@Transactional
@RequiredArgsConstructor
@Slf4j
public class OrderService {
    private final OrderRepository orders;
    private final RefundRepository refunds;
    private final ReceivedWebhookRepository webhooks;
    private final StockRepository stock;

    public Order create(Product product) {
        var id = "order-%d-%s".formatted(System.currentTimeMillis(), UUID.randomUUID().toString().substring(0, 8));
        return orders.save(new Order(id, product));
    }

    /** One key for one attempt to pay. It is committed before danpay is asked, so a second click has the same one. */
    public Order keepKey(String id) {
        var order = lock(id);
        if (order.getPayKey() == null && !order.isBooked()) order.setPayKey(UUID.randomUUID().toString());
        return order;
    }

    /** danpay has made this payment for the order's key. */
    public void started(Order asked, Payment payment) {
        var order = lock(asked.getId());
        if (order.isBooked() || !asked.getPayKey().equals(order.getPayKey())) return; // it has ended meanwhile
        order.setPaymentId(payment.id());
        book(order, payment);
    }

    public void book(Payment payment) {
        book(lock(payment.orderId()), payment);
    }

    /** Books what a webhook tells. False: it was here before, or is of no order here. */
    public boolean book(String webhookId, Payment payment) {
        var order = orders.findWithLockById(payment.orderId()).orElse(null);
        if (order == null || webhooks.existsById(webhookId)) return false;
        webhooks.save(new ReceivedWebhook(webhookId));
        book(order, payment);
        return true;
    }

    /**
     * All that is booked is booked here: from a webhook, the return or the job, in any order, and more than once.
     * So nothing is taken back: paid stays paid, and what has gone back does not become less.
     */
    private void book(Order order, Payment payment) {
        if (payment.wasPaid()) {
            bookPaid(order, payment);
            return;
        }
        // An attempt that is over, or older news.
        if (order.isBooked() || !order.isCurrent(payment) || payment.sequence() < order.getSequence()) return;
        if (payment.endedUnpaid() && !payment.orderAlreadyPaid()) {
            order.setState(Order.State.open);
            order.setPayKey(null); // the next press is a new attempt
            order.setPaymentId(null);
            order.setSequence(0);
            if (order.isReserved()) stock.putBack(order.getProduct());
            order.setReserved(false);
        } else {
            order.setState(Order.State.paying);
            order.setSequence(payment.sequence());
        }
        order.setStatus(payment.status());
    }

    private void bookPaid(Order order, Payment payment) {
        var second = order.isBooked() && !order.isCurrent(payment);
        if (second || payment.amount().total() != order.getTotal()) {
            log.error("order {}: {} is paid as well, or not as ordered; a person has to look", order.getId(), payment.id());
            order.setState(Order.State.needs_person);
        } else if (!order.isBooked()) {
            order.setState(Order.State.paid);
        }
        if (second || payment.canceledAmount().total() < order.getRefunded()) return; // or told late
        order.setPaymentId(payment.id());
        order.setPaid(payment.amount().total());
        order.setRefunded(payment.canceledAmount().total());
        order.setStatus(payment.status());
        // Paid though the goods are gone, as when danpay corrects a payment that had ended: all goes back, by the job.
        var soldOut = "sold-out-" + payment.id();
        var ships = Product.of(order.getProduct()).limited() && order.getRefunded() < order.getPaid();
        if (ships && !refunds.existsById(soldOut) && !takeGoods(order)) refunds.save(new Refund(soldOut, order.getId(), null, null));
    }

    /** Takes the goods for a payment whose payer is back. False: they are gone, or the payment is not the order's. */
    public boolean reserve(Payment payment) {
        var order = lock(payment.orderId());
        return order.isCurrent(payment) && takeGoods(order);
    }

    /** Once an order, however often it is asked. */
    private boolean takeGoods(Order order) {
        if (!order.isReserved()) order.setReserved(stock.take(order.getProduct()) == 1);
        return order.isReserved();
    }

    /** Stores the decision, once: a second click on the same page has the same key. */
    public void decideRefund(String orderId, String key, Long amount, long expectedLeft) {
        var order = lock(orderId);
        if (order.isBooked() && !refunds.existsById(key)) refunds.save(new Refund(key, orderId, amount, expectedLeft));
    }

    public void refundDone(Refund refund, Payment payment) {
        book(payment);
        refunds.findById(refund.getId()).orElseThrow().setState(Refund.State.done);
    }

    public void refundFailed(Refund refund) {
        var stored = refunds.findById(refund.getId()).orElseThrow();
        if (stored.getState() == Refund.State.pending) stored.setState(Refund.State.failed);
    }

    private Order lock(String id) {
        return orders.findWithLockById(id).orElseThrow(NotFound::new);
    }
}
