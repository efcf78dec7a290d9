package shop;

import jakarta.servlet.http.HttpServletResponse;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.UUID;
import lombok.RequiredArgsConstructor;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.server.ResponseStatusException;

/** The pages. `GET /orders` and refunds are the desk's: in a real shop they belong behind the staff's login. */
@Controller
@RequiredArgsConstructor
public class ShopController {
    private final OrderService books;
    private final PaymentService payments;
    private final OrderRepository orders;
    private final RefundRepository refunds;

    @GetMapping("/")
    String goods(Model model) {
        model.addAttribute("products", Product.ALL);
        return "goods";
    }

    @PostMapping("/orders")
    String order(@RequestParam String product) {
        return page(books.create(Product.of(product)).getId());
    }

    @GetMapping("/orders")
    String desk(Model model) {
        model.addAttribute("orders", orders.findAllByOrderByIdDesc());
        return "orders";
    }

    @GetMapping("/orders/{id}")
    String show(@PathVariable String id, Model model) {
        var order = find(id);
        Optional<Payment> payment = Optional.empty();
        if (order.getState() == Order.State.paying) {
            payment = payments.look(order.getPaymentId());
            order = find(id); // as it is booked now
        }
        var paying = order.getState() == Order.State.paying;
        var status = paying && payment.isEmpty() ? "unknown" : Optional.ofNullable(order.getStatus()).orElse("none");
        var checkoutUrl = paying ? payment.map(Payment::checkoutUrl).orElse(null) : null;
        return show(order, status, Text.of(order, status), checkoutUrl, model);
    }

    @PostMapping("/orders/{id}/pay")
    String pay(@PathVariable String id, Model model, HttpServletResponse response) {
        var next = payments.pay(id);
        if (next.isPresent()) return "redirect:" + next.get();
        response.setStatus(HttpStatus.SERVICE_UNAVAILABLE.value());
        return show(find(id), "none", Text.NOT_OPENED, null, model);
    }

    @GetMapping("/return")
    String comeBack(@RequestParam String order, @RequestParam(name = "payment_id") String paymentId) {
        payments.comeBack(find(order), paymentId);
        return page(order);
    }

    /** `refund` is the decision's key, made with the page. Without an amount all that is left goes back. */
    @PostMapping("/orders/{id}/refunds")
    String refund(@PathVariable String id, @RequestParam UUID refund, @RequestParam("expected_left") long expectedLeft,
            @RequestParam(required = false) Long amount) {
        if (amount != null && amount <= 0) throw new ResponseStatusException(HttpStatus.BAD_REQUEST);
        books.decideRefund(id, refund.toString(), amount, expectedLeft);
        refunds.findById(refund.toString()).ifPresent(payments::refund);
        return page(id);
    }

    private String show(Order order, String status, Text text, String checkoutUrl, Model model) {
        var told = new LinkedHashMap<Refund, Text>();
        refunds.findByOrderId(order.getId()).forEach(refund -> told.put(refund, Text.of(refund)));
        model.addAttribute("order", order).addAttribute("product", Product.of(order.getProduct()))
            .addAttribute("status", status).addAttribute("text", text).addAttribute("checkoutUrl", checkoutUrl)
            .addAttribute("refunds", told).addAttribute("refundKey", UUID.randomUUID());
        return "order";
    }

    private Order find(String id) {
        return orders.findById(id).orElseThrow(NotFound::new);
    }

    private static String page(String id) {
        return "redirect:/orders/" + id;
    }
}
