// Rounds, as `benches/order` says: a call again and again, with a promise for each in flight.

import { createInterface } from "node:readline";

async function lane(call, end, calls) {
  let ended;
  do {
    const began = process.hrtime.bigint();
    await call();
    ended = process.hrtime.bigint();
    calls.push(Number(ended - began));
  } while (ended < end);
}

export async function run({ in_flight, milliseconds }, call) {
  const begun = process.hrtime.bigint();
  const end = begun + BigInt(milliseconds) * 1_000_000n;
  const calls = [];
  await Promise.all(Array.from({ length: in_flight }, () => lane(call, end, calls)));
  return { elapsed_ns: Number(process.hrtime.bigint() - begun), calls_ns: calls };
}

// Prints what `took` says of each order.
export async function serve(took) {
  for await (const line of createInterface({ input: process.stdin })) {
    process.stdout.write(JSON.stringify(await took(JSON.parse(line))) + "\n");
  }
  // Its connections would keep the process alive.
  process.exit(0);
}
