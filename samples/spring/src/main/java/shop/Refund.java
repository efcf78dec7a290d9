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

/** One decision to give money back. It is stored before danpay is asked, and its id is the Idempotency-Key. */
@Entity
@Table(name = "refunds")
@Getter
@NoArgsConstructor(access = AccessLevel.PROTECTED)
public class Refund {
    public enum State { pending, done, failed }

    @Id private String id;
    private String orderId;
    private Long amount;
    /** What the desk saw: if somebody else has refunded since, nothing goes back by this one. */
    private Long expectedLeft;
    @Setter(AccessLevel.PACKAGE) @Enumerated(EnumType.STRING) private State state = State.pending;

    Refund(String id, String orderId, Long amount, Long expectedLeft) {
        this.id = id;
        this.orderId = orderId;
        this.amount = amount;
        this.expectedLeft = expectedLeft;
    }
}
