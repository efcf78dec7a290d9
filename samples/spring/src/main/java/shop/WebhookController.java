package shop;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.standardwebhooks.Webhook;
import com.standardwebhooks.exceptions.WebhookVerificationException;
import java.nio.charset.StandardCharsets;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.http.ResponseEntity;
import org.springframework.util.MultiValueMap;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;

@RestController
public class WebhookController {
    public record Event(Payment data) {}

    private final Webhook webhook;
    private final ObjectMapper json;
    private final OrderService books;
    private final PaymentService payments;

    public WebhookController(@Value("${danpay.webhook-secret}") String secret, ObjectMapper json, OrderService books,
            PaymentService payments) {
        this.webhook = new Webhook(secret);
        this.json = json;
        this.books = books;
        this.payments = payments;
    }

    /** The body is taken as it came: the signature is over its bytes. */
    @PostMapping("/webhooks")
    ResponseEntity<Void> take(@RequestHeader MultiValueMap<String, String> headers,
            @RequestHeader("webhook-id") String id, @RequestBody byte[] body) throws JsonProcessingException {
        var text = new String(body, StandardCharsets.UTF_8);
        try {
            webhook.verify(text, headers);
        } catch (WebhookVerificationException forged) {
            return ResponseEntity.badRequest().build();
        }
        var payment = json.readValue(text, Event.class).data();
        // Other objects, such as an endpoint: nothing to do.
        if ("payment".equals(payment.object()) && books.book(id, payment) && payment.waitsForApproval()) {
            payments.approve(payment); // the payer may never come back to us
        }
        return ResponseEntity.noContent().build();
    }
}
