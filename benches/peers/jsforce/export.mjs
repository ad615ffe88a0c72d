// Contender: all rows of a query to stdout, with jsforce's own streams.
// usage: export.mjs ndjson|csv SOQL

import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";

import { connect } from "./org.mjs";

// jsforce stops at 10,000 rows unless told otherwise.
const ROWS_MAX = 2_000_000;

const [form, soql] = process.argv.slice(2);
const query = connect().query(soql, { autoFetch: true, maxFetch: ROWS_MAX });
const lines = new Transform({
  writableObjectMode: true,
  transform(row, _, done) {
    done(null, JSON.stringify(row) + "\n");
  },
});

if (form === "ndjson") {
  await pipeline(query.stream("record"), lines, process.stdout, { end: false });
} else if (form === "csv") {
  await pipeline(query.stream("csv"), process.stdout, { end: false });
} else {
  throw new Error(`no such form: ${form}`);
}
process.stdout.write("", () => process.exit(0));
