package shop;

import org.springframework.data.jpa.repository.JpaRepository;

public interface ReceivedWebhookRepository extends JpaRepository<ReceivedWebhook, String> {}
