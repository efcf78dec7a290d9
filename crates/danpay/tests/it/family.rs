//! One visual family: the crates stand alone, so each has the file that they have in common.

use std::path::Path;

#[test]
fn the_shop_the_server_and_the_sandbox_are_of_one_family() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let family = |name| {
        let file = crates.join(name).join("assets/family.css");
        std::fs::read_to_string(file).unwrap()
    };
    let shops = family("danpay");
    assert_eq!(shops, family("danpay-server"));
    assert_eq!(shops, family("kakaopay-sandbox"));
}
