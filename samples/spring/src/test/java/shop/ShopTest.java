package shop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.http.HttpMethod;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.web.client.RestClient;

/** The shop against `danpay dev`: danpay and a KakaoPay in one process. `DANPAY` is the path of the program. */
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT,
    properties = {"spring.main.banner-mode=off", "logging.level.root=warn"})
class ShopTest {
    static final Duration PATIENCE = Duration.ofSeconds(20);
    /** Follows no redirect. */
    static final RestClient HTTP = RestClient.builder().requestFactory(new JdkClientHttpRequestFactory()).build();

    @TempDir static Path folder;
    static Process danpay;
    static JsonNode dev;
    static JsonNode endpoint;

    @LocalServerPort int port;
    @Autowired OrderRepository orders;

    @BeforeAll
    static void start() throws IOException {
        var program = System.getenv("DANPAY");
        assertThat(program).as("the environment variable DANPAY: the path of the program danpay, which this test starts. "
            + "Without the test: mvn -q package -DskipTests").isNotBlank();
        var ready = folder.resolve("dev.json");
        danpay = new ProcessBuilder(program, "dev", "--port=0", "--log=error", "--ready-file", ready.toString(), "--exit-with-parent")
            .redirectOutput(ProcessBuilder.Redirect.DISCARD).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        await("danpay dev").atMost(PATIENCE).until(() -> Files.exists(ready) || !danpay.isAlive());
        assertThat(ready).as("danpay dev has ended").exists();
        dev = new ObjectMapper().readTree(ready.toFile());
        // The shop needs the secret before it has a port, so the address follows in the test.
        endpoint = danpay(HttpMethod.POST, "/v1/webhook_endpoints", Map.of("url", "http://127.0.0.1:1/webhooks"));
    }

    @DynamicPropertySource
    static void properties(DynamicPropertyRegistry shop) {
        shop.add("danpay.url", () -> dev.get("api_url").asText());
        shop.add("danpay.api-key", () -> dev.get("api_key").asText());
        shop.add("danpay.webhook-secret", () -> endpoint.get("secret").asText());
        shop.add("shop.url", () -> "http://shop.invalid"); // the payer never comes back to the shop
        shop.add("shop.job-seconds", () -> "3600"); // and the job is not what books
        shop.add("spring.datasource.url", () -> "jdbc:h2:mem:shop");
    }

    @AfterAll
    static void stop() {
        if (danpay != null) danpay.destroy();
    }

    @Test
    void aPayerWhoNeverComesBackIsBookedByTheWebhook() {
        danpay(HttpMethod.PATCH, "/v1/webhook_endpoints/" + endpoint.get("id").asText(),
            Map.of("url", "http://127.0.0.1:" + port + "/webhooks"));

        var page = click("/orders?product=choco-pie");
        var checkout = click(page + "/pay");
        assertThat(click(page + "/pay")).as("a second click: the same payment").isEqualTo(checkout);

        var order = orders.findById(page.replace("/orders/", "")).orElseThrow();
        var tid = danpay(HttpMethod.GET, "/v1/payments/" + order.getPaymentId(), Map.of()).get("tid").asText();
        HTTP.post().uri(dev.get("sandbox_url").asText() + "/_sandbox/payer")
            .body(Map.of("tid", tid, "script", "pays_by_card", "follow", true)).retrieve().toBodilessEntity();

        await("the webhook").atMost(PATIENCE).until(() -> orders.findById(order.getId()).orElseThrow().isBooked());
        var paid = orders.findById(order.getId()).orElseThrow();
        assertThat(paid.getState()).isEqualTo(Order.State.paid);
        assertThat(paid.getPaid()).isEqualTo(2_200);
    }

    /** A button of the shop: POST, and where it leads. */
    String click(String path) {
        var answer = HTTP.post().uri("http://127.0.0.1:" + port + path).retrieve().toBodilessEntity();
        assertThat(answer.getStatusCode().value()).isEqualTo(303);
        return answer.getHeaders().getLocation().toString();
    }

    static JsonNode danpay(HttpMethod method, String path, Map<String, ?> body) {
        return HTTP.method(method).uri(URI.create(dev.get("api_url").asText() + path))
            .header("Authorization", "Bearer " + dev.get("api_key").asText()).body(body).retrieve().body(JsonNode.class);
    }
}
