//! Why a receiver's address is not taken, and what to do.
//!
//! **Invariant**: neither a path, a query nor the address to which a name leads is told: a shop could learn of
//! the network around danpay.

use std::fmt;

use danpay_core::InvalidField;

use super::Kind;
use crate::limits;

/// Why a receiver's address is not taken. What it says continues a sentence that begins with the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    Scheme,
    NoHost,
    User,
    Fragment,
    TooLong,
    /// With real payments, neither https on port 443 nor named.
    Unguarded,
    /// One that is not of the public internet, and not named.
    Address(Kind),
}

impl Refused {
    /// In English and Korean.
    pub(crate) fn messages(self) -> (String, String) {
        let fixed = |message: &str, message_ko: &str| (message.to_owned(), message_ko.to_owned());
        match self {
            Self::Scheme => fixed(
                "must start with https:// or http://",
                "https:// 또는 http://로 시작해야 합니다",
            ),
            Self::NoHost => fixed("must have a host", "호스트가 있어야 합니다"),
            Self::User => fixed(
                "must not have a user or a password: messages are signed instead",
                "사용자 이름이나 비밀번호를 넣을 수 없습니다. 대신 메시지의 서명을 확인하세요",
            ),
            Self::Fragment => fixed(
                "must not have a fragment (#…), which is never sent",
                "#으로 시작하는 부분은 전송되지 않으므로 넣을 수 없습니다",
            ),
            Self::TooLong => {
                let most = limits::WEBHOOK_URL_CHARS;
                (
                    format!("must have at most {most} characters"),
                    format!("최대 {most}자여야 합니다"),
                )
            }
            Self::Unguarded => fixed(
                "must be https on port 443, since real payments are told there; http and other ports are for \
                 hosts and networks that the operator names in DANPAY_WEBHOOK_NETWORKS",
                "실제 결제를 알리는 주소이므로 https와 443 포트여야 합니다. http나 다른 포트를 쓰려면 운영자가 \
                 그 호스트나 네트워크를 DANPAY_WEBHOOK_NETWORKS에 적어야 합니다",
            ),
            Self::Address(kind) => {
                let (kind, kind_ko) = named(kind);
                (
                    format!(
                        "leads to {kind}, which is called only if the operator names the host or its network \
                         in DANPAY_WEBHOOK_NETWORKS"
                    ),
                    format!(
                        "{kind_ko}로 연결됩니다. 운영자가 그 호스트나 네트워크를 DANPAY_WEBHOOK_NETWORKS에 \
                         적은 경우에만 호출합니다"
                    ),
                )
            }
        }
    }

    /// As the error of a field of the shop's request.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "no shop can name a receiver yet")
    )]
    pub(crate) fn in_field(self, field: &str) -> InvalidField {
        let (message, message_ko) = self.messages();
        InvalidField::new(field, message, message_ko)
    }
}

fn named(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Public => ("a public address", "공인 주소"),
        Kind::Private => ("an address of a private network", "사설 네트워크의 주소"),
        Kind::Loopback => ("danpay's own machine", "danpay가 실행되는 컴퓨터의 주소"),
        Kind::LinkLocal => (
            "a link-local address or a cloud's metadata",
            "링크 로컬이나 클라우드 메타데이터 주소",
        ),
        Kind::Unspecified => ("no address at all", "지정되지 않은 주소"),
        Kind::Multicast => ("many machines at once", "멀티캐스트나 브로드캐스트 주소"),
        Kind::Special => (
            "an address that is not of the public internet",
            "공인 주소가 아닌 특수 주소",
        ),
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.messages().0)
    }
}

impl std::error::Error for Refused {}
