use Kind::{LinkLocal, Loopback, Multicast, Private, Public, Special, Unspecified};

use super::*;

fn networks(entries: &[&str]) -> Result<Networks, String> {
    let entries: Vec<String> = entries.iter().map(|entry| (*entry).to_owned()).collect();
    Networks::parse(&entries)
}

/// Addresses, and what they are where nothing is named.
const ADDRESSES: [(&str, Kind); 83] = [
    ("1.1.1.1", Public),
    ("8.8.8.8", Public),
    ("9.255.255.255", Public),
    ("11.0.0.0", Public),
    ("100.63.255.255", Public),
    ("100.128.0.0", Public),
    ("126.255.255.255", Public),
    ("128.0.0.0", Public),
    ("169.253.255.255", Public),
    ("169.255.0.0", Public),
    ("172.15.255.255", Public),
    ("172.32.0.0", Public),
    ("192.0.1.0", Public),
    ("192.167.255.255", Public),
    ("192.169.0.0", Public),
    ("198.17.255.255", Public),
    ("198.20.0.0", Public),
    ("203.0.112.255", Public),
    ("223.255.255.255", Public),
    ("0.0.0.0", Unspecified),
    ("0.0.0.1", Special),
    ("0.255.255.255", Special),
    ("10.0.0.0", Private),
    ("10.255.255.255", Private),
    ("100.64.0.0", Private),
    ("100.127.255.255", Private),
    ("100.100.100.200", LinkLocal),
    ("127.0.0.1", Loopback),
    ("127.255.255.255", Loopback),
    ("168.63.129.16", LinkLocal),
    ("169.254.0.0", LinkLocal),
    ("169.254.169.254", LinkLocal),
    ("169.254.255.255", LinkLocal),
    ("172.16.0.0", Private),
    ("172.31.255.255", Private),
    ("192.0.0.1", Special),
    ("192.0.0.192", Special),
    ("192.0.2.1", Special),
    ("192.88.99.1", Special),
    ("192.168.0.0", Private),
    ("192.168.255.255", Private),
    ("198.18.0.0", Private),
    ("198.19.255.255", Private),
    ("198.51.100.1", Special),
    ("203.0.113.1", Special),
    ("224.0.0.1", Multicast),
    ("239.255.255.255", Multicast),
    ("240.0.0.1", Special),
    ("255.255.255.254", Special),
    ("255.255.255.255", Multicast),
    ("2606:4700::1111", Public),
    ("2001:200::1", Public),
    ("2001:4860:4860::8888", Public),
    ("2a00::1", Public),
    ("3ffe:ffff::1", Public),
    ("::", Unspecified),
    ("::1", Loopback),
    ("::2", Special),
    ("::7f00:1", Special),
    ("::ffff:127.0.0.1", Special),
    ("::ffff:169.254.169.254", Special),
    ("::ffff:8.8.8.8", Special),
    ("::ffff:0:8.8.8.8", Special),
    ("64:ff9b::a9fe:a9fe", Special),
    ("64:ff9b:1::1", Special),
    ("100::1", Special),
    ("2001::1", Special),
    ("2001:2::1", Special),
    ("2001:10::1", Special),
    ("2001:20::1", Special),
    ("2001:db8::1", Special),
    ("2002:7f00:1::", Special),
    ("3fff::1", Special),
    ("4000::1", Special),
    ("5f00::1", Special),
    ("fc00::1", Private),
    ("fdff:ffff::1", Private),
    ("fd00:ec2::254", LinkLocal),
    ("fd20:ce::254", LinkLocal),
    ("fe80::1", LinkLocal),
    ("febf:ffff::1", LinkLocal),
    ("fec0::1", Special),
    ("ff02::1", Multicast),
];

#[test]
fn where_nothing_is_named_public_addresses_alone_are_called() {
    let none = Networks::default();
    for (text, kind) in ADDRESSES {
        let address = text.parse().unwrap();
        let expected = if kind == Public {
            (Ok(()), Err(Refused::Unguarded))
        } else {
            (Err(Refused::Address(kind)), Err(Refused::Address(kind)))
        };
        let checked = |reach| none.check_address("shop", address, reach);
        let checked = (checked(Reach::Public), checked(Reach::Named));
        assert_eq!(checked, expected, "{text}");
    }
}

#[test]
fn a_named_network_allows_what_is_in_it_and_nothing_else() {
    let named = networks(&["10.1.0.0/16", "127.0.0.1", "fd00:1::/32", "169.254.7.7"]).unwrap();
    for (text, is_named) in [
        ("10.1.2.3", true),
        ("::ffff:10.1.2.3", true),
        ("127.0.0.1", true),
        ("fd00:1::9", true),
        // It is said in as many words.
        ("169.254.7.7", true),
        ("10.2.0.1", false),
        ("::ffff:10.2.0.1", false),
        ("::10.1.2.3", false),
        ("64:ff9b::10.1.2.3", false),
        ("127.0.0.2", false),
        ("::1", false),
        ("fd00:2::9", false),
        ("169.254.169.254", false),
    ] {
        let address = text.parse().unwrap();
        for reach in [Reach::Public, Reach::Named] {
            let checked = named.check_address("shop", address, reach);
            assert_eq!(checked.is_ok(), is_named, "{text}");
        }
    }
}

#[test]
fn a_named_host_may_be_in_a_private_network_and_never_where_clouds_keep_their_keys() {
    let named = networks(&["Shop", "hooks.example."]).unwrap();
    for (text, kind) in ADDRESSES {
        let address: IpAddr = text.parse().unwrap();
        let kind = match text {
            // What they reach is the IPv4 one.
            "::ffff:127.0.0.1" => Loopback,
            "::ffff:169.254.169.254" => LinkLocal,
            "::ffff:8.8.8.8" => Public,
            _ => kind,
        };
        let is_allowed = matches!(kind, Public | Private | Loopback);
        for host in ["shop", "SHOP", "shop.", "hooks.example"] {
            for reach in [Reach::Public, Reach::Named] {
                let checked = named.check_address(host, address, reach);
                let expected = Err(Refused::Address(kind));
                let expected = if is_allowed { Ok(()) } else { expected };
                assert_eq!(checked, expected, "{host} {text}");
            }
        }
    }
    for other in ["shop.example", "a.shop", "sho", "", "shop..", "example"] {
        let checked = named.check_address(other, "10.0.0.1".parse().unwrap(), Reach::Public);
        assert_eq!(checked, Err(Refused::Address(Private)), "{other}");
    }
}

/// URLs where 10.0.0.0/8 and `shop` are named, and what is said of them with test contracts and live.
#[test]
fn a_url_is_taken_by_its_form_and_by_where_it_may_lead() {
    use Reach::{Named, Public};
    use Refused::{Address, Fragment, Scheme, TooLong, Unguarded, User};
    let long = |chars: usize| format!("https://a.example/{}", "a".repeat(chars - 18));
    let (longest, too_long) = (long(1_000), long(1_001));
    let same = |said: Result<Reach, Refused>| (said, said);
    let loopback = same(Err(Address(Loopback)));
    let cases = [
        ("https://a.example/hooks?k=1", same(Ok(Public))),
        ("https://a.example:443/", same(Ok(Public))),
        ("https://a.example:8443/", (Ok(Public), Ok(Named))),
        ("http://a.example/", (Ok(Public), Ok(Named))),
        ("http://a.example:443/", (Ok(Public), Ok(Named))),
        ("http://localhost:3000/", (Ok(Public), Ok(Named))),
        ("http://shop:3000/danpay", same(Ok(Public))),
        ("HTTP://SHOP.:3000", same(Ok(Public))),
        (&longest, same(Ok(Public))),
        (&too_long, same(Err(TooLong))),
        ("http://10.0.0.1:3000/", (Ok(Public), Ok(Named))),
        ("http://[::ffff:10.0.0.1]:3000/", (Ok(Public), Ok(Named))),
        ("http://167772161:3000/", (Ok(Public), Ok(Named))),
        ("https://8.8.8.8/", same(Ok(Public))),
        ("http://8.8.8.8/", (Ok(Public), Err(Unguarded))),
        ("https://8.8.8.8:8443/", (Ok(Public), Err(Unguarded))),
        ("https://[2606:4700::1111]/", same(Ok(Public))),
        ("http://127.0.0.1/", loopback),
        ("https://127.0.0.1/", loopback),
        ("http://2130706433/", loopback),
        ("http://0x7f.1/", loopback),
        ("http://0177.0.0.1/", loopback),
        ("http://127.1/", loopback),
        ("http://127.0.0.1./", loopback),
        ("http://１２７.0.0.1/", loopback),
        ("http://%31%32%37.0.0.1/", loopback),
        ("http://[::1]/", loopback),
        ("http://[::ffff:7f00:1]/", same(Err(Address(Special)))),
        ("http://0/", same(Err(Address(Unspecified)))),
        (
            "http://169.254.169.254/latest",
            same(Err(Address(LinkLocal))),
        ),
        ("https://[fd00:ec2::254]/", same(Err(Address(LinkLocal)))),
        ("ftp://a.example/", same(Err(Scheme))),
        ("file:///etc/passwd", same(Err(Scheme))),
        ("mailto:a@b.example", same(Err(Scheme))),
        ("https://user@a.example/", same(Err(User))),
        ("https://:pass@shop/", same(Err(User))),
        ("https://a.example/#x", same(Err(Fragment))),
    ];
    let named = networks(&["10.0.0.0/8", "shop"]).unwrap();
    for (text, expected) in cases {
        let url = Url::parse(text).unwrap();
        let said = (named.check_url(&url, false), named.check_url(&url, true));
        assert_eq!(said, expected, "{text}");
    }
}

#[test]
fn what_is_refused_says_what_to_do_in_both_languages_and_nothing_of_the_url() {
    let url = Url::parse("http://169.254.169.254/s3cret?k=s3cret").unwrap();
    let refused = Networks::default().check_url(&url, false).unwrap_err();
    let error = refused.in_field("url");
    assert_eq!(error.to_string(), format!("url {refused}"));
    for refused in [refused, Refused::Unguarded] {
        let (message, message_ko) = refused.messages();
        for told in [message, message_ko] {
            assert!(told.contains("DANPAY_WEBHOOK_NETWORKS"), "{told}");
            assert!(!told.contains("s3cret") && !told.contains("169"), "{told}");
        }
    }
}

#[test]
fn what_is_named_is_an_address_a_network_or_a_host() {
    let entries = [
        "10.0.0.0/8",
        "10.0.0.1/8",
        "::1",
        "::ffff:10.0.0.1",
        "fd00::/8",
        "shop",
        "my_shop-1",
        "Shop.Example.",
        "상점.example",
    ];
    let named = networks(&entries).unwrap();
    for url in [
        "http://shop/",
        "http://MY_shop-1/",
        "http://shop.example/",
        "http://상점.example/",
    ] {
        let url = Url::parse(url).unwrap();
        assert!(named.has_host(url.host_str().unwrap()), "{url}");
    }
    for address in ["10.9.9.9", "::1", "fd12::1"] {
        assert!(named.has_address(address.parse().unwrap()), "{address}");
    }
    for wrong in [
        "",
        "*",
        "*.example",
        "http://shop",
        "shop:3000",
        "shop/hooks",
        "user@shop",
        "sh op",
        "a..example",
        "10.0.0.0/33",
        "10.0.0.0-10.0.0.9",
        "10",
        "0x7f.1",
        "[::1]",
        "0.0.0.0/0",
        "::/0",
        "::ffff:10.0.0.0/104",
        &"a".repeat(64),
    ] {
        let error = networks(&["shop", wrong]).unwrap_err();
        assert!(error.starts_with("number 2 "), "{error}");
    }
    assert!(networks(&["a"; 64]).is_ok() && networks(&["a"; 65]).is_err());
    let long = format!("{0}.{0}.{0}", "a".repeat(60));
    assert!(networks(&[long.as_str(); 22]).is_ok() && networks(&[long.as_str(); 23]).is_err());
}
