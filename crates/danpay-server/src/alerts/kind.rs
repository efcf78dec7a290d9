//! What somebody is alerted to, and what to do about it.

use serde::Serialize;

/// What has happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlertKind {
    /// KakaoPay does not take our key, merchant code or settings.
    KakaoPayKey,
    /// A payment needs a person.
    ReviewNeeded,
    /// Nothing can be written any more.
    Disk,
    /// The database cannot be read or written.
    Database,
    /// Lines of the log are lost.
    LogGap,
    /// A shop's webhook endpoint is told nothing any more.
    WebhookDisabled,
}

/// What it means and what to do about it, as whoever is alerted reads it.
#[derive(Debug, Serialize)]
pub(super) struct Words {
    meaning: &'static str,
    meaning_ko: &'static str,
    action: &'static str,
    action_ko: &'static str,
}

impl AlertKind {
    pub(super) const ALL: [Self; 6] = [
        Self::KakaoPayKey,
        Self::ReviewNeeded,
        Self::Disk,
        Self::Database,
        Self::LogGap,
        Self::WebhookDisabled,
    ];

    /// Its name in messages, and in the field `alert` of the log's lines.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::KakaoPayKey => "kakaopay_key",
            Self::ReviewNeeded => "review_needed",
            Self::Disk => "disk",
            Self::Database => "database",
            Self::LogGap => "log_gap",
            Self::WebhookDisabled => "webhook_disabled",
        }
    }

    /// The kind of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    pub(super) fn words(self) -> Words {
        let [meaning, meaning_ko, action, action_ko] = match self {
            Self::KakaoPayKey => [
                "KakaoPay turns this server away: the secret key, the merchant code (CID) or the application's \
                 settings are not right, or the key cannot be read. Payments under way wait, and new ones are \
                 refused.",
                "카카오페이가 이 서버의 요청을 거절하고 있습니다. 시크릿 키, 가맹점 코드(CID), 애플리케이션 \
                 설정 중 하나가 맞지 않거나 키를 읽을 수 없습니다. 진행 중인 결제는 기다리고 새 결제는 거절됩니다.",
                "Compare the key and the settings with KakaoPay's developer centre. A key in a file is read \
                 again by itself once it is replaced.",
                "카카오페이 개발자센터의 키와 설정을 확인해 주세요. 파일에 둔 키는 새 키로 바꾸면 저절로 다시 \
                 읽습니다.",
            ],
            Self::ReviewNeeded => [
                "A payment needs a person: KakaoPay's answer contradicts what was asked, an order was charged \
                 twice, or there has been no answer for a day.",
                "사람이 확인해야 하는 결제가 있습니다. 카카오페이의 응답이 요청과 다르거나, 한 주문이 두 번 \
                 결제되었거나, 하루 동안 결과를 확인하지 못했습니다.",
                "Find it by `review needed` in the log or GET /v1/payments?needs_review=true, and compare it \
                 with KakaoPay's partner site.",
                "로그의 `review needed` 또는 GET /v1/payments?needs_review=true로 결제를 찾아 카카오페이 \
                 파트너센터와 비교해 주세요.",
            ],
            Self::Disk => [
                "The disk is full or fails: nothing can be booked, so nothing is paid and nothing is lost.",
                "디스크가 가득 찼거나 쓸 수 없습니다. 데이터베이스에 적을 수 없어 결제가 멈췄습니다. 잃어버린 결제는 \
                 없습니다.",
                "Make room where the database and the log are. danpay goes on by itself.",
                "데이터베이스와 로그가 있는 디스크의 공간을 확보해 주세요. danpay는 저절로 다시 처리합니다.",
            ],
            Self::Database => [
                "The database cannot be read or written: payments wait, and new ones are refused.",
                "데이터베이스를 읽거나 쓸 수 없습니다. 진행 중인 결제는 기다리고 새 결제는 거절됩니다.",
                "See that the database runs and can be reached; the log says what is wrong. danpay goes on by \
                 itself.",
                "데이터베이스가 켜져 있고 연결되는지 확인해 주세요. 자세한 원인은 로그에 있습니다. danpay는 \
                 저절로 다시 처리합니다.",
            ],
            Self::LogGap => [
                "Lines of the log are lost, since it could not be written. After an older backup is restored, \
                 payments that only those lines name are not found.",
                "로그를 쓸 수 없어 일부 줄을 잃었습니다. 나중에 오래된 백업을 복구하면 그 줄에만 있던 결제를 \
                 찾을 수 없습니다.",
                "See that there is room for the log and that its reader keeps up. The line `log gap` says how \
                 many are missing, and from when to when.",
                "로그를 쓸 공간이 있는지, 로그를 읽는 쪽이 밀리지 않는지 확인해 주세요. 빠진 줄 수와 시각은 \
                 `log gap` 줄에 있습니다.",
            ],
            Self::WebhookDisabled => [
                "A shop's webhook endpoint was disabled: it answered 410, or nothing has arrived there for five \
                 days. Its shop is not told of payments by it any more.",
                "상점의 웹훅 엔드포인트가 중지되었습니다. 410으로 응답했거나, 5일 동안 한 번도 전달되지 \
                 않았습니다. 이 엔드포인트로는 결제 소식이 더 이상 가지 않습니다.",
                "Find it by `a webhook endpoint was disabled` in the log, mend the receiver, and enable it with \
                 what it has missed: danpay webhooks enable --send-missed.",
                "로그의 `a webhook endpoint was disabled`에서 찾아 받는 쪽을 고친 뒤, 놓친 것까지 다시 보내도록 \
                 켜 주세요: danpay webhooks enable --send-missed.",
            ],
        };
        Words {
            meaning,
            meaning_ko,
            action,
            action_ko,
        }
    }
}
