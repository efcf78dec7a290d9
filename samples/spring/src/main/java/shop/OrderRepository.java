package shop;

import jakarta.persistence.LockModeType;
import java.util.List;
import java.util.Optional;
import org.springframework.data.jpa.repository.JpaRepository;
import org.springframework.data.jpa.repository.Lock;

public interface OrderRepository extends JpaRepository<Order, String> {
    /** select … for update: what changes an order waits here for its turn. */
    @Lock(LockModeType.PESSIMISTIC_WRITE)
    Optional<Order> findWithLockById(String id);

    List<Order> findByStateAndPaymentIdNotNull(Order.State state);

    List<Order> findAllByOrderByIdDesc();
}
