package shop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A shop's own tests against `danpay dev`: buy, let a payment expire, and get the webhooks.
 * `DANPAY` is the program, if it is not found as `danpay`.
 */
class ShopTest {
    static final Duration PATIENCE = Duration.ofSeconds(20);
    static final ObjectMapper JSON = new ObjectMapper();
    static final HttpClient HTTP = HttpClient.newHttpClient();

    @TempDir static Path folder;
    static Process danpay;
    static JsonNode ready;
    static HttpServer hook;
    static final LinkedBlockingQueue<JsonNode> received = new LinkedBlockingQueue<>();

    @BeforeAll
    static void start() throws Exception {
        hook = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        hook.createContext("/hook", ShopTest::take);
        hook.start();
        String program = System.getenv().getOrDefault("DANPAY", "danpay");
        Path file = folder.resolve("dev.json");
        danpay = new ProcessBuilder(program, "dev", "--port=0", "--ready-file", file.toString(),
                "--forward-to", "http://127.0.0.1:" + hook.getAddress().getPort() + "/hook",
                "--exit-with-parent")
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
        Instant deadline = Instant.now().plus(PATIENCE);
        while (!Files.exists(file)) {
            assertTrue(danpay.isAlive() && Instant.now().isBefore(deadline));
            Thread.sleep(10);
        }
        ready = JSON.readTree(Files.readString(file));
    }

    @AfterAll
    static void stop() throws Exception {
        danpay.destroy();
        danpay.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        hook.stop(0);
    }

    @Test
    void aPayerBuysAndTheShopIsTold() throws Exception {
        JsonNode payment = create("order-1");
        sandbox("payer", Map.of("tid", payment.get("tid").asText(), "script", "pays_by_card", "follow", true));
        JsonNode paid = gets("payment.approved", payment);
        assertEquals("order-1", paid.get("order_id").asText());
        assertEquals(2200, paid.at("/amount/total").asInt());
        assertEquals("approved", show(payment).get("status").asText());
    }

    @Test
    void aPaymentThatNobodyPaysExpiresAndTheShopIsTold() throws Exception {
        JsonNode payment = create("order-2");
        // Time, at the sandbox and at danpay.
        sandbox("clock", Map.of("advance_s", 1_000));
        gets("payment.expired", payment);
        assertEquals("expired", show(payment).get("status").asText());
    }

    static JsonNode create(String orderId) throws Exception {
        return api("/v1/payments", Map.of("order_id", orderId, "user_id", "member-1",
            "item_name", "초코파이", "amount", Map.of("total", 2200)));
    }

    static JsonNode show(JsonNode payment) throws Exception {
        return api("/v1/payments/" + payment.get("id").asText(), null);
    }

    static JsonNode api(String path, Object body) throws Exception {
        return ask(ready.get("api_url").asText() + path, body);
    }

    static void sandbox(String path, Object body) throws Exception {
        ask(ready.get("sandbox_url").asText() + "/_sandbox/" + path, body);
    }

    static JsonNode ask(String url, Object body) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url)).timeout(PATIENCE)
            .header("Authorization", "Bearer " + ready.get("api_key").asText())
            .header("Content-Type", "application/json");
        if (body != null) {
            request.POST(HttpRequest.BodyPublishers.ofByteArray(JSON.writeValueAsBytes(body)));
        }
        var answer = HTTP.send(request.build(), BodyHandlers.ofString());
        assertTrue(answer.statusCode() < 300, answer.body());
        return JSON.readTree(answer.body());
    }

    /** Waits for this event of this payment. */
    static JsonNode gets(String type, JsonNode payment) throws Exception {
        Instant deadline = Instant.now().plus(PATIENCE);
        while (true) {
            long left = Math.max(1, Duration.between(Instant.now(), deadline).toMillis());
            JsonNode event = received.poll(left, TimeUnit.MILLISECONDS);
            assertTrue(event != null, "no " + type);
            if (event.get("type").asText().equals(type) && event.at("/data/id").equals(payment.get("id"))) {
                return event.get("data");
            }
        }
    }

    /** The shop's own address for webhooks. It keeps what was signed as it has to be. */
    static void take(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        boolean signed = isSigned(exchange, body);
        if (signed) {
            received.add(JSON.readTree(body));
        }
        exchange.sendResponseHeaders(signed ? 204 : 400, -1);
        exchange.close();
    }

    /** Standard Webhooks 1.0; in a shop, the library `standardwebhooks` does it. */
    static boolean isSigned(HttpExchange exchange, byte[] body) throws IOException {
        var headers = exchange.getRequestHeaders();
        String secret = ready.get("webhook_secret").asText().replace("whsec_", "");
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(Base64.getDecoder().decode(secret), "HmacSHA256"));
            String id = headers.getFirst("webhook-id");
            mac.update((id + "." + headers.getFirst("webhook-timestamp") + ".").getBytes(StandardCharsets.UTF_8));
            byte[] expected = ("v1," + Base64.getEncoder().encodeToString(mac.doFinal(body))).getBytes();
            return Arrays.stream(headers.getFirst("webhook-signature").split(" "))
                .anyMatch(given -> MessageDigest.isEqual(given.getBytes(), expected));
        } catch (java.security.GeneralSecurityException error) {
            throw new IOException(error);
        }
    }
}
