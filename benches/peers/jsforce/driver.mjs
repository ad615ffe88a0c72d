// Contender: jsforce as it is. A promise a call in flight; `benches/order` says what a round is.

import { connect } from "./org.mjs";
import { run, serve } from "./rounds.mjs";

const connection = connect();
await serve((order) => run(order, () => connection.query(order.soql)));
