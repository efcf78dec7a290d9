use super::*;
use Device::{App, Mobile, Pc};

/// Real user agents, as sent by the browsers named beside them.
const AGENTS: &[(Device, &str, &str)] = &[
    (
        Pc,
        "Chrome, Windows",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36",
    ),
    (
        Pc,
        "Chrome, Mac",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36",
    ),
    (
        Pc,
        "Chrome, Linux",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36",
    ),
    (
        Pc,
        "Chrome, Chromebook",
        "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36",
    ),
    (
        Pc,
        "Edge, Windows",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36 Edg/138.0.0.0",
    ),
    (
        Pc,
        "Firefox, Windows",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
    ),
    (
        Pc,
        "Firefox, Linux",
        "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    ),
    (
        Pc,
        "Safari, Mac; also Safari on an iPad that asks for desktop pages",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
    ),
    (
        Pc,
        "Whale, Windows",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/134.0.0.0 Whale/4.31.304.16 Safari/537.36",
    ),
    (
        Pc,
        "Opera, Windows",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/134.0.0.0 Safari/537.36 OPR/119.0.0.0",
    ),
    (
        Pc,
        "Internet Explorer 11",
        "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko",
    ),
    (
        Pc,
        "KakaoTalk, Windows",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36 KAKAOTALK",
    ),
    (
        Pc,
        "headless Chromium",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/138.0.0.0 Safari/537.36",
    ),
    (
        Mobile,
        "Chrome, Android",
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile Safari/537.36",
    ),
    (
        Mobile,
        "Chrome, Galaxy S23",
        "Mozilla/5.0 (Linux; Android 14; SM-S911N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.6478.122 Mobile Safari/537.36",
    ),
    (
        Mobile,
        "Chrome, Pixel 8",
        "Mozilla/5.0 (Linux; Android 15; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/136.0.7103.60 Mobile Safari/537.36",
    ),
    (
        Mobile,
        "Chrome, Android tablet",
        "Mozilla/5.0 (Linux; Android 13; SM-X700) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
    ),
    (
        Mobile,
        "Samsung Internet, phone",
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
    ),
    (
        Mobile,
        "Samsung Internet, tablet",
        "Mozilla/5.0 (Linux; Android 13; SAMSUNG SM-X906N) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/23.0 Chrome/115.0.0.0 Safari/537.36",
    ),
    (
        Mobile,
        "Firefox, Android",
        "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0",
    ),
    (
        Mobile,
        "Firefox, Android tablet",
        "Mozilla/5.0 (Android 13; Tablet; rv:127.0) Gecko/127.0 Firefox/127.0",
    ),
    (
        Mobile,
        "Whale, Android",
        "Mozilla/5.0 (Linux; Android 14; SM-A546S) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/122.0.0.0 Whale/3.2.2.12 Mobile Safari/537.36",
    ),
    (
        Mobile,
        "Edge, Android",
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0 Mobile Safari/537.36 EdgA/137.0.0.0",
    ),
    (
        Mobile,
        "Opera Mini",
        "Opera/9.80 (J2ME/MIDP; Opera Mini/9.80 (S60; SymbOS; Opera Mobi/23.348; U; en) Presto/2.5.25 Version/10.54",
    ),
    (
        Mobile,
        "Silk, Fire tablet",
        "Mozilla/5.0 (Linux; Android 11; KFTRWI) AppleWebKit/537.36 (KHTML, like Gecko) Silk/126.2.1 like Chrome/126.0.6478.122 Safari/537.36",
    ),
    (
        Mobile,
        "KaiOS",
        "Mozilla/5.0 (Mobile; Nokia 8110 4G; rv:48.0) Gecko/48.0 Firefox/48.0 KAIOS/2.5",
    ),
    (
        Mobile,
        "Windows Phone",
        "Mozilla/5.0 (Windows Phone 10.0; Android 6.0.1; Microsoft; Lumia 950) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/52.0.2743.116 Mobile Safari/537.36 Edge/15.15063",
    ),
    (
        Mobile,
        "Safari, iPhone",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
    ),
    (
        Mobile,
        "Chrome, iPhone",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/126.0.6478.54 Mobile/15E148 Safari/604.1",
    ),
    (
        Mobile,
        "Firefox, iPhone",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/127.0 Mobile/15E148 Safari/605.1.15",
    ),
    (
        Mobile,
        "Safari, iPad before iPadOS 13, or asking for mobile pages",
        "Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604.1",
    ),
    (
        Mobile,
        "Chrome, iPad",
        "Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/126.0.6478.54 Mobile/15E148 Safari/604.1",
    ),
    (
        Mobile,
        "iPod touch",
        "Mozilla/5.0 (iPod touch; CPU iPhone OS 12_5_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/12.1.2 Mobile/15E148 Safari/604.1",
    ),
    (
        Mobile,
        "KakaoTalk, Android",
        "Mozilla/5.0 (Linux; Android 13; SM-G991N Build/TP1A.220624.014; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/114.0.5735.196 Mobile Safari/537.36;KAKAOTALK 2410360",
    ),
    (
        Mobile,
        "KakaoTalk, iPhone",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 16_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 KAKAOTALK 10.2.7",
    ),
    (
        Mobile,
        "Naver, Android",
        "Mozilla/5.0 (Linux; Android 14; SM-S918N Build/UP1A.231005.007; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/124.0.6367.82 Mobile Safari/537.36 NAVER(inapp; search; 2000; 12.8.1)",
    ),
    (
        Mobile,
        "Naver, iPhone",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 NAVER(inapp; search; 2000; 12.7.1; 14PRO)",
    ),
    (
        Mobile,
        "Instagram, iPhone",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Instagram 337.0.3.23.54 (iPhone15,3; iOS 17_5_1; ko_KR; ko; scale=3.00; 1290x2796; 614064327)",
    ),
    (
        Mobile,
        "Instagram, Android",
        "Mozilla/5.0 (Linux; Android 14; SM-S921N Build/UP1A.231005.007; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/125.0.6422.165 Mobile Safari/537.36 Instagram 334.0.0.42.95 Android (34/14; 480dpi; 1080x2115; samsung; SM-S921N; e1s; s5e9945; ko_KR; 607655108)",
    ),
    (
        Mobile,
        "Facebook, iPhone",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/21F90 [FBAN/FBIOS;FBAV/467.1.0.38.108;FBBV/604914498;FBDV/iPhone14,2;FBMD/iPhone;FBSN/iOS;FBSV/17.5.1;FBSS/3;FBID/phone;FBLC/ko_KR;FBOP/5]",
    ),
    (
        Mobile,
        "Facebook, Android",
        "Mozilla/5.0 (Linux; Android 13; SM-A326N Build/TP1A.220624.014; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/125.0.6422.165 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/467.0.0.51.109;]",
    ),
    (
        Mobile,
        "Line, iPhone",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Safari Line/14.7.0",
    ),
    (
        Mobile,
        "Line, Android",
        "Mozilla/5.0 (Linux; Android 12; SO-51A Build/58.2.B.0.541; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/120.0.6099.144 Mobile Safari/537.36 Line/13.21.0/IAB",
    ),
    (
        Mobile,
        "Daum, Android",
        "Mozilla/5.0 (Linux; Android 13; SM-N981N; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/119.0.6045.193 Mobile Safari/537.36 DaumApps/8.0.1 DaumDevice/mobile",
    ),
    (
        Mobile,
        "Google app, iPhone",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) GSA/321.0.640637353 Mobile/15E148 Safari/604.1",
    ),
    (
        Mobile,
        "a web view that names nobody",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    ),
    (
        Mobile,
        "Googlebot, smartphone",
        "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.7204.49 Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    ),
    (
        Pc,
        "Googlebot, desktop",
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Googlebot/2.1; +http://www.google.com/bot.html) Chrome/138.0.7204.49 Safari/537.36",
    ),
    (
        Pc,
        "Yeti (Naver)",
        "Mozilla/5.0 (compatible; Yeti/1.1; +https://naver.me/spd)",
    ),
    (
        Pc,
        "KakaoTalk's link preview",
        "facebookexternalhit/1.1; kakaotalk-scrap/1.0; +https://devtalk.kakao.com/t/scrap/33984",
    ),
    (Pc, "curl", "curl/8.5.0"),
    (Pc, "nothing", ""),
];

#[test]
fn real_user_agents_get_the_page_that_fits() {
    assert!(AGENTS.len() >= 40);
    for (device, name, agent) in AGENTS {
        assert_eq!(
            Device::from_user_agent(agent, None, &[]),
            *device,
            "{name}: {agent}"
        );
    }
}

#[test]
fn no_agent_is_the_shops_app_unless_the_shop_names_it() {
    for (device, name, agent) in AGENTS {
        assert_ne!(*device, App, "{name}");
        let named = format!("{agent} MyShop/3.1 (build 12)");
        assert_eq!(
            Device::from_user_agent(&named, None, &["OtherShop/"]),
            *device,
            "{name}"
        );
        assert_eq!(
            Device::from_user_agent(&named, Some("?0"), &["x/", "MYSHOP/"]),
            App,
            "{name}"
        );
        assert_eq!(
            Device::from_user_agent(agent, None, &[""]),
            *device,
            "{name}: empty name"
        );
    }
}

#[test]
fn the_client_hint_makes_a_phone_of_an_agent_that_hides_it() {
    let hidden =
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/138.0.0.0 Safari/537.36";
    assert_eq!(Device::from_user_agent(hidden, Some("?1"), &[]), Mobile);
    assert_eq!(Device::from_user_agent(hidden, Some("?0"), &[]), Pc);
    assert_eq!(Device::from_user_agent(hidden, Some("nonsense"), &[]), Pc);
}

#[test]
fn an_android_tablet_stays_mobile_though_its_hint_says_no_phone() {
    let tablet = "Mozilla/5.0 (Linux; Android 13; SM-X700) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36";
    assert_eq!(Device::from_user_agent(tablet, Some("?0"), &[]), Mobile);
}
