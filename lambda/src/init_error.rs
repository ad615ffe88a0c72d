//! An environment that cannot be used, told to Lambda: else whoever invoked the
//! function would only learn that it ended.
//!
//! Source: AWS Lambda Developer Guide, "Using the Lambda runtime API for custom
//! runtimes", initialization error.

use std::error::Error;

use lambda_runtime::Diagnostic;
use lambda_runtime_api_client::body::Body;
use lambda_runtime_api_client::{PooledClient, build_request};

const PATH: &str = "/2018-06-01/runtime/init/error";

/// Which header tells the type of an error.
const TYPE: &str = "lambda-runtime-function-error-type";

/// The type of ours: an operator's mistake.
const CONFIG: &str = "config";

/// Reports an error. One that cannot be reported is still in the log.
pub(crate) async fn report(error: &(dyn Error + 'static)) {
    let told = Diagnostic {
        error_type: CONFIG.to_owned(),
        error_message: with_causes(error),
    };
    let Ok(body) = serde_json::to_string(&told) else {
        return;
    };
    let request = build_request()
        .method("POST")
        .uri(PATH)
        .header(TYPE, CONFIG);
    if let Ok(request) = request.body(Body::from(body)) {
        _ = PooledClient::builder().build().call(request).await;
    }
}

/// The error, and what caused it.
fn with_causes(error: &(dyn Error + 'static)) -> String {
    let mut told = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        told.push_str(": ");
        told.push_str(&error.to_string());
        cause = error.source();
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_told_too() {
        let refused = sfbox::Runtime::builder().org("a b").build().err().unwrap();
        let told = with_causes(&refused);
        let cause = refused.source().unwrap().to_string();
        assert_eq!(told, format!("{refused}: {cause}"));
    }
}
