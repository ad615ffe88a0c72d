// Contender: jsforce as it is. A promise a call in flight; `benches/order` says what a round is.

import { createInterface } from "node:readline";

import { connect } from "./org.mjs";

const connection = connect();

async function lane(soql, end, calls) {
  let ended;
  do {
    const began = process.hrtime.bigint();
    await connection.query(soql);
    ended = process.hrtime.bigint();
    calls.push(Number(ended - began));
  } while (ended < end);
}

async function run({ soql, in_flight, milliseconds }) {
  const begun = process.hrtime.bigint();
  const end = begun + BigInt(milliseconds) * 1_000_000n;
  const calls = [];
  await Promise.all(Array.from({ length: in_flight }, () => lane(soql, end, calls)));
  return { elapsed_ns: Number(process.hrtime.bigint() - begun), calls_ns: calls };
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(JSON.stringify(await run(JSON.parse(line))) + "\n");
}
// Its connections would keep the process alive.
process.exit(0);
