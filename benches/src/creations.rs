//! What an org answers when records are created: one, up to 200 in one call, a batch of
//! requests, or a graph of them. Nothing is stored, but the records are counted.

use http::StatusCode;
use serde::Deserialize;
use serde_json::value::RawValue;

/// An answer, and how many records it says were created.
#[derive(Debug, PartialEq, Eq)]
pub struct Created {
    /// 200, 201, or 400 if the request cannot be read.
    pub status: StatusCode,
    /// JSON, as Salesforce has it.
    pub body: String,
    /// The records that count.
    pub records: u64,
}

/// What takes one record.
const ONE: &str = "/sobjects/Account";

/// What takes up to [`COLLECTION_MAX`] records of one object or several.
const COLLECTION: &str = "/composite/sobjects";

/// What takes requests that are independent of each other.
const BATCH: &str = "/composite/batch";

/// What takes requests that may depend on each other.
const GRAPH: &str = "/composite/graph";

/// Salesforce's limit ("sObject Collections").
const COLLECTION_MAX: usize = 200;

/// Salesforce's limit ("Composite Batch").
const BATCH_MAX: usize = 25;

/// Salesforce's limit of the nodes of all graphs of a request ("Composite Graph").
const NODES_MAX: usize = 500;

#[derive(Deserialize)]
struct Collection<'a> {
    #[serde(borrow)]
    records: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Batch<'a> {
    #[serde(borrow)]
    batch_requests: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Graphs<'a> {
    #[serde(borrow)]
    graphs: Vec<Graph<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Graph<'a> {
    #[serde(borrow)]
    graph_id: &'a str,
    #[serde(borrow)]
    composite_request: Vec<Node<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Node<'a> {
    reference_id: &'a str,
}

/// The answer to what was posted to a path; nothing if records are not created there.
#[must_use]
pub fn answer(path: &str, body: &[u8]) -> Option<Created> {
    let resource = path.trim_end_matches('/');
    let resource = resource.strip_prefix("/services/data/v")?;
    let resource =
        resource.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
    match resource {
        ONE => Some(one(body)),
        COLLECTION => Some(collection(body)),
        BATCH => Some(batch(body)),
        GRAPH => Some(graphs(body)),
        _ => None,
    }
}

fn one(body: &[u8]) -> Created {
    if serde_json::from_slice::<&RawValue>(body).is_err() {
        return unreadable();
    }
    created(StatusCode::CREATED, saved(0), 1)
}

fn collection(body: &[u8]) -> Created {
    let Ok(Collection { records }) = serde_json::from_slice(body) else {
        return unreadable();
    };
    if records.len() > COLLECTION_MAX {
        return unreadable();
    }
    let outcomes: Vec<String> = (0..records.len()).map(saved).collect();
    created(
        StatusCode::OK,
        format!("[{}]", outcomes.join(",")),
        records.len(),
    )
}

fn batch(body: &[u8]) -> Created {
    let Ok(Batch { batch_requests }) = serde_json::from_slice(body) else {
        return unreadable();
    };
    if batch_requests.len() > BATCH_MAX {
        return unreadable();
    }
    let places = 0..batch_requests.len();
    let results: Vec<String> = places
        .map(|place| format!(r#"{{"statusCode":201,"result":{}}}"#, saved(place)))
        .collect();
    let body = format!(r#"{{"hasErrors":false,"results":[{}]}}"#, results.join(","));
    created(StatusCode::OK, body, batch_requests.len())
}

fn graphs(body: &[u8]) -> Created {
    let Ok(Graphs { graphs }) = serde_json::from_slice(body) else {
        return unreadable();
    };
    let nodes = graphs
        .iter()
        .map(|graph| graph.composite_request.len())
        .sum();
    if nodes > NODES_MAX {
        return unreadable();
    }
    let answers: Vec<String> = graphs.iter().map(planted).collect();
    created(
        StatusCode::OK,
        format!(r#"{{"graphs":[{}]}}"#, answers.join(",")),
        nodes,
    )
}

fn planted(graph: &Graph<'_>) -> String {
    let nodes = graph.composite_request.iter().enumerate();
    let nodes: Vec<String> = nodes
        .map(|(place, node)| {
            let (saved, id, reference) = (saved(place), id(place), node.reference_id);
            format!(
                r#"{{"body":{saved},"httpHeaders":{{"Location":"/services/data/v66.0/sobjects/Account/{id}"}},"httpStatusCode":201,"referenceId":"{reference}"}}"#
            )
        })
        .collect();
    let (name, nodes) = (graph.graph_id, nodes.join(","));
    format!(
        r#"{{"graphId":"{name}","graphResponse":{{"compositeResponse":[{nodes}]}},"isSuccessful":true}}"#
    )
}

fn saved(place: usize) -> String {
    format!(r#"{{"id":"{}","success":true,"errors":[]}}"#, id(place))
}

/// Another one for each record of a request.
fn id(place: usize) -> String {
    format!("0015e00000{place:05}AAA")
}

fn created(status: StatusCode, body: String, records: usize) -> Created {
    Created {
        status,
        body,
        records: records as u64,
    }
}

fn unreadable() -> Created {
    let body = r#"[{"message":"the request cannot be read","errorCode":"JSON_PARSER_ERROR"}]"#;
    created(StatusCode::BAD_REQUEST, body.to_owned(), 0)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn posted(resource: &str, body: &str) -> Created {
        answer(&format!("/services/data/v66.0{resource}"), body.as_bytes()).unwrap()
    }

    #[test]
    fn each_record_has_its_outcome() {
        let created = posted(ONE, r#"{"Name":"A"}"#);
        assert_eq!((created.status, created.records), (StatusCode::CREATED, 1));
        let body: Value = serde_json::from_str(&created.body).unwrap();
        assert_eq!(body["success"], true);
        let created = posted(COLLECTION, r#"{"allOrNone":false,"records":[{},{},{}]}"#);
        assert_eq!((created.status, created.records), (StatusCode::OK, 3));
        let body: Value = serde_json::from_str(&created.body).unwrap();
        assert_eq!(body.as_array().unwrap().len(), 3);
        assert_ne!(body[0]["id"], body[2]["id"]);
        let request = r#"{"batchRequests":[{"method":"POST","url":"v66.0/sobjects/Account"},{}]}"#;
        let created = posted(BATCH, request);
        assert_eq!((created.status, created.records), (StatusCode::OK, 2));
        let body: Value = serde_json::from_str(&created.body).unwrap();
        assert_eq!(body["results"][1]["result"]["success"], true);
        let request = r#"{"graphs":[{"graphId":"g","compositeRequest":[
            {"method":"POST","url":"/services/data/v66.0/sobjects/Account","referenceId":"r0"}]}]}"#;
        let created = posted(GRAPH, request);
        assert_eq!((created.status, created.records), (StatusCode::OK, 1));
        let body: Value = serde_json::from_str(&created.body).unwrap();
        let node = &body["graphs"][0]["graphResponse"]["compositeResponse"][0];
        assert_eq!(
            (&node["httpStatusCode"], &node["referenceId"]),
            (&201.into(), &"r0".into())
        );
    }

    #[test]
    fn more_records_than_salesforce_takes_are_refused() {
        let records = |count| format!(r#"{{"records":[{}]}}"#, vec!["{}"; count].join(","));
        assert_eq!(posted(COLLECTION, &records(COLLECTION_MAX)).records, 200);
        let refused = posted(COLLECTION, &records(COLLECTION_MAX + 1));
        assert_eq!(
            (refused.status, refused.records),
            (StatusCode::BAD_REQUEST, 0)
        );
        assert_eq!(posted(ONE, "{").status, StatusCode::BAD_REQUEST);
    }

    #[test]
    fn elsewhere_nothing_is_created() {
        assert_eq!(answer("/services/data/v66.0/sobjects/Lead", b"{}"), None);
        assert_eq!(answer("/sobjects/Account", b"{}"), None);
    }
}
