//! A component behind lines of JSON. `tests/guests/gateway/src/line.rs` says what they
//! are.

use serde_json::{Value, json};

use crate::conversation::{Guest, Outcome, Page};
use crate::org::ORG;

/// Something that answers a line with a line.
pub(crate) trait Wire {
    async fn ask(&mut self, line: String) -> String;
}

/// The component at the other end of a wire.
pub(crate) struct Caller<W>(pub(crate) W);

impl<W: Wire> Caller<W> {
    async fn call(&mut self, call: Value) -> Value {
        let answer = self.0.ask(call.to_string()).await;
        serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{error}: {answer:?}"))
    }
}

impl<W: Wire> Guest for Caller<W> {
    async fn query(&mut self, soql: &str, batch_size: Option<u16>) -> Outcome<Page> {
        let call = json!({"call": "query", "org": ORG, "soql": soql, "batchSize": batch_size});
        page(&self.call(call).await)
    }

    async fn query_more(&mut self, next: &str) -> Outcome<Page> {
        let call = json!({"call": "queryMore", "org": ORG, "next": next});
        page(&self.call(call).await)
    }

    async fn status(&mut self) -> Outcome<String> {
        let answer = self.call(json!({"call": "status", "org": ORG})).await;
        match &answer["status"] {
            Value::String(status) => Ok(status.clone()),
            _ => Err(refused(&answer)),
        }
    }

    async fn together(&mut self, soql: &str, count: usize) -> Vec<Outcome<Page>> {
        let call = json!({"call": "together", "org": ORG, "soql": soql, "count": count});
        let answer = self.call(call).await;
        let answers = answer["together"].as_array();
        let answers = answers.unwrap_or_else(|| panic!("{answer}"));
        answers.iter().map(page).collect()
    }
}

fn page(answer: &Value) -> Outcome<Page> {
    let page = &answer["page"];
    let body = page["body"].as_str().ok_or_else(|| refused(answer))?;
    Ok(Page {
        body: body.to_owned(),
        next: page["next"].as_str().map(str::to_owned),
    })
}

fn refused(answer: &Value) -> String {
    let error = answer["error"].as_str();
    error
        .unwrap_or_else(|| panic!("no answer: {answer}"))
        .to_owned()
}
