package shop;

import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import lombok.AccessLevel;
import lombok.Getter;
import lombok.NoArgsConstructor;
import lombok.RequiredArgsConstructor;
import lombok.Setter;

@Entity
@Table(name = "orders")
@Getter
@Setter(AccessLevel.PACKAGE)
@NoArgsConstructor(access = AccessLevel.PROTECTED)
public class Order {
    /** `paying`: an attempt is under way, or nothing is known of it. `needs_person`: paid, and not as it should be. */
    @Getter
    @RequiredArgsConstructor
    public enum State {
        open("미결제"), paying("결제 확인 중"), paid("결제 완료"), needs_person("담당자 확인 필요");

        private final String ko;
    }

    @Id private String id;
    private String product;
    private long total;
    @Enumerated(EnumType.STRING) private State state = State.open;
    private String status;
    private String payKey;
    private String paymentId;
    private long sequence;
    private boolean reserved;
    private long paid;
    private long refunded;

    Order(String id, Product product) {
        this.id = id;
        this.product = product.id();
        this.total = product.price();
    }

    public boolean isBooked() {
        return state == State.paid || state == State.needs_person;
    }

    public boolean isCurrent(Payment payment) {
        return payment.id().equals(paymentId);
    }
}
