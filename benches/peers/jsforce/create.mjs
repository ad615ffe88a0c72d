// Contender: records created by jsforce, in arrays of 200, which are a call each. A promise a call in flight.

import { connect } from "./org.mjs";
import { run, serve } from "./rounds.mjs";

const RECORDS = 200;

const accounts = connect().sobject("Account");
let next = 0;

function account() {
  const number = next++;
  return {
    Name: `Account ${String(number).padStart(7, "0")}`,
    Industry: "Energy",
    AnnualRevenue: number * 7,
    NumberOfEmployees: number % 1000,
    BillingCity: "Berlin",
  };
}

async function create() {
  const records = Array.from({ length: RECORDS }, account);
  const outcomes = await accounts.create(records, { allowRecursive: true });
  const saved = outcomes.filter((outcome) => outcome.success).length;
  if (saved !== RECORDS) {
    throw new Error(`${saved} of ${RECORDS} records were created: ${JSON.stringify(outcomes[0])}`);
  }
}

await serve(async (order) => {
  const { elapsed_ns, calls_ns } = await run(order, create);
  return { elapsed_ns, records: calls_ns.length * RECORDS };
});
