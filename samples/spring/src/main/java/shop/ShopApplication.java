package shop;

import java.util.List;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.thymeleaf.spring6.view.ThymeleafViewResolver;

@SpringBootApplication
@EnableScheduling
public class ShopApplication {
    public static void main(String[] args) {
        for (var name : List.of("DANPAY_API_KEY", "DANPAY_WEBHOOK_SECRET")) {
            if (System.getenv().getOrDefault(name, "").isBlank()) {
                System.err.println("환경 변수 " + name + "가 필요합니다. / " + name + " is missing. See README.md.");
                System.exit(1);
            }
        }
        SpringApplication.run(ShopApplication.class, args);
    }

    /** "redirect:" answers 303: the browser goes on with a GET. */
    @Autowired
    void redirects(ThymeleafViewResolver views) {
        views.setRedirectHttp10Compatible(false);
    }
}
