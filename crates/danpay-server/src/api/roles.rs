//! What a key may do, by its role: one table, and what is not in it nobody may.

use http::Method;

use crate::store::keys::Role;

/// Each route, with the roles that may use it beside `full`.
pub(super) const TABLE: &[(Method, &str, &[Role])] = &[
    (Method::POST, "/v1/payments", &[Role::Sell]),
    (Method::GET, "/v1/payments", &[Role::Sell, Role::Read]),
    (Method::GET, "/v1/payments/{id}", &[Role::Sell, Role::Read]),
    (Method::POST, "/v1/payments/{id}/approve", &[Role::Sell]),
    (Method::POST, "/v1/payments/{id}/withdraw", &[Role::Sell]),
    (Method::POST, "/v1/payments/{id}/cancel", &[]),
    (Method::POST, "/v1/payments/{id}/recover", &[Role::Sell]),
    (
        Method::GET,
        "/v1/payments/{id}/events",
        &[Role::Sell, Role::Read],
    ),
    (Method::GET, "/v1/events", &[Role::Sell, Role::Read]),
    (Method::GET, "/v1/shop", &[Role::Sell, Role::Read]),
    (Method::POST, "/v1/webhook_endpoints", &[]),
    (
        Method::GET,
        "/v1/webhook_endpoints",
        &[Role::Sell, Role::Read],
    ),
    (
        Method::GET,
        "/v1/webhook_endpoints/{id}",
        &[Role::Sell, Role::Read],
    ),
    (Method::PATCH, "/v1/webhook_endpoints/{id}", &[]),
    (Method::DELETE, "/v1/webhook_endpoints/{id}", &[]),
    (
        Method::POST,
        "/v1/webhook_endpoints/{id}/rotate_secret",
        &[],
    ),
    (Method::POST, "/v1/webhook_endpoints/{id}/ping", &[]),
    (
        Method::POST,
        "/v1/webhook_endpoints/{id}/resend_failed",
        &[],
    ),
    (
        Method::GET,
        "/v1/webhook_deliveries",
        &[Role::Sell, Role::Read],
    ),
    (
        Method::GET,
        "/v1/webhook_deliveries/{id}",
        &[Role::Sell, Role::Read],
    ),
    (Method::POST, "/v1/webhook_deliveries/{id}/resend", &[]),
];

/// Whether a key of this role may use the route, as it is matched.
pub(super) fn may(role: Role, method: &Method, route: &str) -> bool {
    // What shows a page is shown without it as well.
    let method = if *method == Method::HEAD {
        &Method::GET
    } else {
        method
    };
    let row = TABLE
        .iter()
        .find(|(known, path, _)| known == method && *path == route);
    row.is_some_and(|(_, _, roles)| role == Role::Full || roles.contains(&role))
}
