package shop;

import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import lombok.AccessLevel;
import lombok.Getter;
import lombok.NoArgsConstructor;
import lombok.Setter;

@Entity
@Table(name = "orders")
@Getter
@Setter(AccessLevel.PACKAGE)
@NoArgsConstructor(access = AccessLevel.PROTECTED)
public class Order {
    /** `paying`: an attempt is under way, or nothing is known of it. `needs_person`: paid, and not as it should be. */
    public enum State { open, paying, paid, needs_person }

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
