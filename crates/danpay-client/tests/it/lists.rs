//! Lists of payments and of events, page by page.

use danpay_client::{EventType, PaymentFilter, PaymentStatus, ProblemCode};
use danpay_testkit::in_process::serve;

use crate::{key, order};

#[tokio::test]
async fn a_list_is_read_over_all_of_its_pages() {
    let served = serve().await.unwrap();
    let danpay = served.client().unwrap();
    let mut ids = Vec::new();
    for number in 0..5 {
        let new = order(&format!("order-{number}"));
        let payment = danpay
            .create(&key(&number.to_string()), &new)
            .await
            .unwrap();
        ids.insert(0, payment.id);
    }
    let mut all = danpay.payments(PaymentFilter::new()).page_size(2);
    let all: Vec<_> = all
        .all()
        .await
        .unwrap()
        .into_iter()
        .map(|payment| payment.id)
        .collect();
    assert_eq!(all, ids);

    let day = |text: &str| text.parse().unwrap();
    let filter = PaymentFilter::new()
        .order_id("order-3")
        .status(PaymentStatus::Ready)
        .needs_review(false)
        .created_from(day("2020-01-01T00:00:00+09:00"))
        .created_before(day("2100-01-01T00:00:00+09:00"));
    let mut one = danpay.payments(filter);
    assert_eq!(one.next().await.unwrap().unwrap().id, ids[1]);
    assert!(one.next().await.is_none());
    assert!(one.damaged().is_empty());
    let nobodys = PaymentFilter::new().user_id("somebody & else");
    assert!(danpay.payments(nobodys).all().await.unwrap().is_empty());
    served.stop().await.unwrap();
}

#[tokio::test]
async fn the_events_of_all_payments_are_followed() {
    let served = serve().await.unwrap();
    let danpay = served.client().unwrap();
    assert_eq!(danpay.newest_event().await.unwrap(), None);
    let mut followed = danpay.follow_events(None).page_size(1);
    let payment = danpay.create(&key("1"), &order("order-1")).await.unwrap();
    let ready = followed.next().await.unwrap().unwrap();
    assert_eq!(
        (&ready.r#type, &ready.payment.id),
        (&EventType::Ready, &payment.id)
    );
    served.pay(&payment).await.unwrap();
    let approved = followed.next().await.unwrap().unwrap();
    assert_eq!(approved.r#type, EventType::Approved);
    assert_eq!(approved.payment.status, PaymentStatus::Approved);

    let newest = danpay.newest_event().await.unwrap();
    assert_eq!(newest.as_ref(), Some(&approved.id));

    // Another program goes on where this one was.
    let rest = danpay.events(Some(&ready.id)).all().await.unwrap();
    assert_eq!(rest.as_slice(), std::slice::from_ref(&approved));
    let all = danpay.events(None).page_size(1).all().await.unwrap();
    assert_eq!(all, [ready, approved]);
    let own = danpay
        .payment_events(&payment.id)
        .unwrap()
        .all()
        .await
        .unwrap();
    assert_eq!(own, all);

    let nobodys = "evt_01m3252qhgfrzbwfhy7rz3wfhy".into();
    let unknown = danpay
        .events(Some(&nobodys))
        .next()
        .await
        .unwrap()
        .unwrap_err();
    assert_eq!(unknown.code(), Some(&ProblemCode::EventUnknown));
    served.stop().await.unwrap();
}
