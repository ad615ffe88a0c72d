//! Writes that are meant only if a record is as the client knows it, many at once.

use http::StatusCode;
use serde_json::json;
use sfbox_emulator::{Effect, Emulator, Fault, FaultRoute, Route};
use tokio::task::JoinSet;

use crate::client::{Org, with};

/// Clients that know the same record.
const CLIENTS: u64 = 16;

/// A lost update shows in most rounds, and not in each.
const ROUNDS: usize = 16;

#[tokio::test(flavor = "multi_thread")]
async fn of_many_writes_that_know_the_same_record_one_is_carried_out() {
    let org = Org::start_with(Emulator::builder().plain()).await;
    let token = org.log_in().await;
    let row = json!({"Name": "Zimt"});
    let row = row.as_object().cloned().expect("a row");
    let control = org.emulator.control();
    let id = control.seed("Account", &[row]).expect("an id").remove(0);
    let path = format!("/services/data/v66.0/sobjects/Account/{id}");
    for round in 0..ROUNDS {
        let tag = org.send(org.get(&token, &path)).await;
        let tag = tag.header("etag").to_owned();
        // They begin at once, as far as that is possible.
        let hold = Fault {
            route: FaultRoute::Only(Route::Update),
            skip: 0,
            count: None,
            effect: Effect::Hold,
        };
        control.faults(vec![hold]).expect("a fault");
        let mut writes = JoinSet::new();
        for client in 0..CLIENTS {
            let request = with(org.get(&token, &path), "if-match", &tag);
            let (mut parts, _) = request.into_parts();
            parts.method = http::Method::PATCH;
            let body = json!({"Name": format!("Zimt {round} {client}")});
            let request = http::Request::from_parts(parts, body.to_string().into());
            let mut connection = org.connect().await.expect("a connection");
            writes.spawn(async move {
                let reply = connection.send(request).await.expect("a reply");
                (client, reply.status)
            });
        }
        control.until_held(CLIENTS).await;
        control.release();
        let outcomes = writes.join_all().await;
        let with_status = |status: StatusCode| {
            let outcomes = outcomes.iter().filter(move |(_, own)| *own == status);
            outcomes.map(|(client, _)| *client).collect::<Vec<_>>()
        };
        let written = with_status(StatusCode::NO_CONTENT);
        assert_eq!(written.len(), 1, "{outcomes:?}");
        let refused = with_status(StatusCode::PRECONDITION_FAILED);
        assert_eq!(refused.len() as u64, CLIENTS - 1, "{outcomes:?}");
        let now = org.send(org.get(&token, &path)).await.json();
        assert_eq!(now["Name"], format!("Zimt {round} {}", written[0]));
    }
    let writes = control.stats().writes;
    assert_eq!(writes[&Route::Update], ROUNDS as u64);
}
