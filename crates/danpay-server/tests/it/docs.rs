//! A problem's `type` leads to a page that explains it, for whoever comes.

use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::support::{World, read};

/// The page at `url`, which may be kept, needs no key, and loads nothing.
async fn page(world: &World, url: &str) -> String {
    let answer = world.http.get(url).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK, "{url}");
    let headers = answer.headers();
    assert_eq!(headers["content-type"], "text/html; charset=utf-8");
    assert_eq!(headers["cache-control"], "public, max-age=3600");
    let policy = headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"));
    let page = answer.text().await.unwrap();
    for from_elsewhere in ["<script", "<link", "<img", "src=", "http"] {
        assert!(!page.contains(from_elsewhere), "{from_elsewhere}: {page}");
    }
    page
}

/// The links of a page.
fn links(page: &str) -> Vec<String> {
    let links = page.split("href=\"").skip(1);
    let links = links.filter_map(|rest| rest.split('"').next());
    links.map(str::to_owned).collect()
}

async fn problem(answer: Response) -> Value {
    let (status, problem) = read(answer).await;
    assert!(status.is_client_error(), "{problem}");
    problem
}

#[tokio::test]
async fn the_type_of_a_problem_leads_to_the_page_that_explains_it() {
    let world = World::new().await;
    let nothing = json!({});
    let asked = [
        world.request(Method::POST, "/v1/payments").json(&nothing),
        world.request(Method::POST, "/v1/payments").body("x"),
        world.request(Method::DELETE, "/v1/payments"),
        world.request(Method::GET, "/v1/nothing"),
        world.http.get(format!("{}/v1/payments", world.url)),
    ];
    for (request, code) in asked.into_iter().zip([
        "invalid_fields",
        "malformed_json",
        "method_not_allowed",
        "not_found",
        "unauthorized",
    ]) {
        let problem = problem(request.send().await.unwrap()).await;
        assert_eq!(problem["code"], code);
        let leads_to = problem["type"].as_str().unwrap();
        assert_eq!(leads_to, format!("{}/docs/problems/{code}", world.url));
        let page = page(&world, leads_to).await;
        assert!(page.contains(&format!("<code data-testid=\"code\">{code}</code>")));
        let status = format!(
            "HTTP {} {}",
            problem["status"],
            problem["title"].as_str().unwrap()
        );
        assert!(page.contains(&status), "{page}");
        let head = world.http.head(leads_to).send().await.unwrap();
        assert_eq!(head.status(), StatusCode::OK);
        assert_eq!(head.headers()["content-length"], page.len().to_string());
        assert_eq!(head.text().await.unwrap(), "");
    }
}

#[tokio::test]
async fn all_problems_are_listed_and_each_link_leads_on() {
    let world = World::new().await;
    let list = format!("{}/docs/problems", world.url);
    let links = links(&page(&world, &list).await);
    assert!(links.contains(&"problems/internal".to_owned()), "{links:?}");
    for link in links {
        let link = reqwest::Url::parse(&list).unwrap().join(&link).unwrap();
        let page = page(&world, link.as_str()).await;
        let back = self::links(&page);
        let back = link.join(&back[0]).unwrap();
        assert_eq!(back.as_str(), list);
    }
}

#[tokio::test]
async fn a_code_that_there_is_not_is_a_page_that_there_is_not() {
    let world = World::new().await;
    for code in ["nothing", "INTERNAL", "internal/", "%ff", ""] {
        let url = format!("{}/docs/problems/{code}", world.url);
        let answer = world.http.get(url).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{code}");
        assert_eq!(answer.headers()["cache-control"], "no-store");
        let page = answer.text().await.unwrap();
        assert!(page.contains("data-testid=\"no-page\""), "{code}: {page}");
    }
    let answer = world.http.post(format!("{}/docs/problems", world.url));
    let answer = answer.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn behind_a_path_the_type_is_the_public_address() {
    let public_url = "https://shop.example/pay-server";
    let world = World::with(|config| config.public_url = Some(public_url.to_owned())).await;
    let url = format!("http://{}/v1/payments", world.config.listen);
    let problem = problem(world.http.get(url).send().await.unwrap()).await;
    let expected = format!("{public_url}/docs/problems/unauthorized");
    assert_eq!(problem["type"], expected);
}
