package shop;

import org.springframework.data.jpa.repository.Modifying;
import org.springframework.data.jpa.repository.Query;
import org.springframework.data.repository.Repository;

public interface StockRepository extends Repository<Stock, String> {
    /** 1: taken. 0: there is none left. */
    @Modifying
    @Query("update Stock s set s.remaining = s.remaining - 1 where s.product = :product and s.remaining > 0")
    int take(String product);

    @Modifying
    @Query("update Stock s set s.remaining = s.remaining + 1 where s.product = :product")
    void putBack(String product);
}
