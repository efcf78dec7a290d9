package shop;

import java.util.List;
import org.springframework.data.jpa.repository.JpaRepository;

public interface RefundRepository extends JpaRepository<Refund, String> {
    List<Refund> findByState(Refund.State state);

    List<Refund> findByOrderId(String orderId);
}
