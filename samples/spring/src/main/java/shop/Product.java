package shop;

import java.util.List;

/** `approval`: danpay's word. Where the stock may run out it is manual: the goods are reserved before money moves. */
public record Product(String id, String name, String nameEn, long price, String approval) {
    public static final List<Product> ALL = List.of(
        new Product("choco-pie", "초코파이", "Choco pie", 2_200, "automatic"),
        new Product("limited", "한정판 굿즈", "Limited edition", 15_000, "manual"));

    public static Product of(String id) {
        return ALL.stream().filter(product -> product.id.equals(id)).findFirst().orElseThrow(NotFound::new);
    }

    public boolean limited() {
        return approval.equals("manual");
    }
}
