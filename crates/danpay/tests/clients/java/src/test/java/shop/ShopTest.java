package shop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import danpay.ApiClient;
import danpay.ApiException;
import danpay.api.PaymentsApi;
import danpay.model.CancelAmount;
import danpay.model.NewAmount;
import danpay.model.NewCancellation;
import danpay.model.NewPayment;
import danpay.model.Payment;
import danpay.model.Problem;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A shop by the client for Java that openapi-generator makes: it buys, cancels, and takes what it does not know. */
class ShopTest {
    static final Duration PATIENCE = Duration.ofSeconds(30);

    static PaymentsApi client(String url) {
        ApiClient client = new ApiClient();
        client.updateBaseUri(url);
        client.setRequestInterceptor(request ->
            request.setHeader("Authorization", "Bearer " + System.getenv("DANPAY_API_KEY")));
        return new PaymentsApi(client);
    }

    @Test
    void itBuysCancelsAndTakesWhatItDoesNotKnow() throws Exception {
        PaymentsApi payments = client(System.getenv("DANPAY_URL"));
        NewPayment order = new NewPayment()
            .orderId("order-1")
            .userId("member-1")
            .itemName("초코파이")
            .amount(new NewAmount().total(2200L))
            .approval(NewPayment.ApprovalEnum.AUTOMATIC)
            .metadata(Map.of("coupon", "가을"));
        Payment payment = payments.createPayment(order, "order-1-attempt-1");
        assertEquals("ready", payment.getStatus());
        assertEquals(Map.of("coupon", "가을"), payment.getMetadata());
        assertNull(payment.getCardInfo());
        assertNull(payment.getApprovedAt());
        assertEquals(payment.getId(), payments.createPayment(order, "order-1-attempt-1").getId());
        pays(payment);
        untilApproved(payments, payment);

        String id = payment.getId();
        NewCancellation part = new NewCancellation()
            .amount(new CancelAmount().total(1100L)).expectedLeft(2200L).reason("품절");
        var canceled = payments.cancelPayment(id, "refund-1", part);
        assertEquals("partially_canceled", canceled.getStatus());
        assertEquals(1100L, canceled.getCanceledAmount().getTotal());
        canceled = payments.cancelPayment(id, "refund-2", new NewCancellation());
        assertEquals("canceled", canceled.getStatus());
        assertEquals(2, canceled.getCancellations().size());
        assertNotNull(canceled.getCardInfo().getBin());
        assertNotNull(canceled.getApprovedAt());

        var listed = payments.listPayments(1, null, "order-1", null, "canceled", null, null, null, null);
        assertEquals(List.of(id), listed.getData().stream().map(Payment::getId).toList());
        assertNull(listed.getNextCursor());
        var refused = assertThrows(ApiException.class,
            () -> payments.cancelPayment(id, "refund-3", new NewCancellation()));
        Problem problem = ApiClient.createDefaultObjectMapper().readValue(refused.getResponseBody(), Problem.class);
        assertEquals(409, refused.getCode());
        assertEquals("wrong_status", problem.getCode());
        assertNotNull(problem.getDetailKo());

        Payment newer = client(System.getenv("NEWER_URL")).getPayment(id);
        assertEquals("added_later", newer.getStatus());
        assertEquals("added_later", newer.getApproval());
        assertEquals("added_later", newer.getPaymentMethodType());
        assertEquals(2200L, newer.getAmount().getTotal());
        assertEquals("added_later", newer.getCancellations().get(0).getStatus());
    }

    /** The payer, played by the sandbox. */
    static void pays(Payment payment) throws Exception {
        String payer = "{\"tid\":\"" + payment.getTid() + "\",\"script\":\"pays_by_card\",\"follow\":true}";
        var request = HttpRequest.newBuilder(URI.create(System.getenv("SANDBOX_URL") + "/_sandbox/payer"))
            .timeout(PATIENCE).header("Content-Type", "application/json").POST(BodyPublishers.ofString(payer));
        var answer = HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofString());
        assertEquals(200, answer.statusCode(), answer.body());
    }

    static void untilApproved(PaymentsApi payments, Payment payment) throws Exception {
        Instant deadline = Instant.now().plus(PATIENCE);
        while (!payments.getPayment(payment.getId()).getStatus().equals("approved")) {
            assertTrue(Instant.now().isBefore(deadline), "it is never approved");
            Thread.sleep(20);
        }
    }
}
