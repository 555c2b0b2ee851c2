//! The platform's tutorial "Authenticating to the platform", step by step, against the mock.

use base64::{Engine, engine::general_purpose::STANDARD};
use gatepass_server::Platform;
use serde_json::Value;

#[tokio::test]
async fn the_tutorial_from_the_first_step_to_the_last() {
    let platform = Platform::start().await.unwrap();
    let client = platform.default_client();

    // 1. The client's credentials and the data center URL.
    let client_id = client.client_id.to_string();
    let client_secret = client.client_secret.reveal();
    let datacenter_url = platform.url();

    // 2. The credentials, encoded for HTTP Basic.
    let encoded_client_creds = STANDARD.encode(format!("{client_id}:{client_secret}"));
    let basic_auth = format!("Basic {encoded_client_creds}");

    // 3. The token request.
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let response = http
        .post(format!("{datacenter_url}/api/2/idp/token"))
        .header("Content-Type", "application/x-www-form-urlencoded")
        .header("Authorization", basic_auth)
        .body("grant_type=client_credentials")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200);

    // 4. The token's information.
    let token_info: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
    let members: Vec<_> = token_info.as_object().unwrap().keys().collect();
    assert_eq!(members, ["access_token", "expires_on", "id_token", "token_type"]);
    assert_eq!(token_info["token_type"], "bearer");

    // 5. A call of the Account Management API with the token.
    let auth = format!("Bearer {}", token_info["access_token"].as_str().unwrap());
    let base_url = format!("{datacenter_url}/api/2");
    let get = async |url: String| {
        let response = http.get(url).header("Authorization", &auth).send().await.unwrap();
        assert_eq!(response.status(), 200);
        serde_json::from_str::<Value>(&response.text().await.unwrap()).unwrap()
    };
    let client = get(format!("{base_url}/clients/{client_id}")).await;
    assert_eq!(client["client_id"], client_id.as_str());
    assert_eq!(client["type"], "api_client");
    assert_eq!(client["data"]["client_name"], "Example integration");

    // 6. A call of the Task Manager with the same token.
    let base_url = format!("{datacenter_url}/api/task_manager/v2");
    let tasks = get(format!("{base_url}/tasks")).await;
    assert!(!tasks["items"].as_array().unwrap().is_empty());

    platform.stop().await;
}
