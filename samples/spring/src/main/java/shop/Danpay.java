package shop;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import lombok.extern.slf4j.Slf4j;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.stereotype.Component;
import org.springframework.web.client.HttpStatusCodeException;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestClientException;

/** danpay's API. Each call answers within 30 s and throws nothing: "nothing is known" is an answer, too. */
@Component
@Slf4j
public class Danpay {
    /** Either a payment or a problem; with neither, nothing is known: a time-out, a proxy's page, not JSON. */
    public record Answer(int status, Payment payment, Problem problem) {
        static final Answer UNKNOWN = new Answer(0, null, null);

        public boolean is(String... codes) {
            return problem != null && Arrays.asList(codes).contains(problem.code);
        }
    }

    /** `paymentId`: the one that has paid the order. `payment`: how it stands, where danpay tells it. */
    public record Problem(String code, String detail, String requestId, String paymentId, Payment payment) {}

    private final RestClient danpay;
    private final ObjectMapper json;
    private final String shopUrl;

    public Danpay(RestClient.Builder builder, ObjectMapper json, @Value("${shop.url}") String shopUrl,
            @Value("${danpay.url}") String url, @Value("${danpay.api-key}") String key) {
        var http = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(3)).build();
        var factory = new JdkClientHttpRequestFactory(http);
        factory.setReadTimeout(Duration.ofSeconds(30)); // danpay itself answers within 25 s
        this.danpay = builder.requestFactory(factory).baseUrl(url).defaultHeader("Authorization", "Bearer " + key).build();
        this.json = json;
        this.shopUrl = shopUrl;
    }

    public Answer create(Order order) {
        var product = Product.of(order.getProduct());
        return ask(danpay.post().uri("/v1/payments").header("Idempotency-Key", order.getPayKey()).body(Map.of(
            "order_id", order.getId(), "user_id", "member-1", // the number of the member who is logged in
            "item_name", product.name(), "amount", Map.of("total", order.getTotal()), "approval", product.approval(),
            "return_url", shopUrl + "/return?order=" + order.getId())));
    }

    public Answer get(String paymentId) {
        return ask(danpay.get().uri("/v1/payments/{id}", paymentId));
    }

    public Answer approve(String paymentId) {
        return ask(danpay.post().uri("/v1/payments/{id}/approve", paymentId));
    }

    public Answer withdraw(String paymentId) {
        return ask(danpay.post().uri("/v1/payments/{id}/withdraw", paymentId));
    }

    public Answer cancel(String paymentId, Refund refund) {
        var body = new HashMap<String, Object>();
        if (refund.getAmount() != null) body.put("amount", Map.of("total", refund.getAmount()));
        if (refund.getExpectedLeft() != null) body.put("expected_left", refund.getExpectedLeft());
        return ask(danpay.post().uri("/v1/payments/{id}/cancel", paymentId).header("Idempotency-Key", refund.getId()).body(body));
    }

    private Answer ask(RestClient.RequestHeadersSpec<?> call) {
        try {
            var answer = call.retrieve().toEntity(Payment.class);
            var payment = answer.getBody();
            if (payment == null || !"payment".equals(payment.object())) return Answer.UNKNOWN;
            return new Answer(answer.getStatusCode().value(), payment, null);
        } catch (HttpStatusCodeException answer) {
            return problem(answer);
        } catch (RestClientException none) { // no answer, or one that broke off: not "unpaid"
            log.warn("danpay did not answer: {}", none.getMessage());
            return Answer.UNKNOWN;
        }
    }

    private Answer problem(HttpStatusCodeException answer) {
        var status = answer.getStatusCode().value();
        try {
            var problem = json.readValue(answer.getResponseBodyAsByteArray(), Problem.class);
            log.warn("danpay answered {}: {}", status, problem);
            return new Answer(status, null, problem);
        } catch (IOException proxy) {
            log.warn("danpay answered {} without a problem of its own", status);
            return Answer.UNKNOWN;
        }
    }
}
