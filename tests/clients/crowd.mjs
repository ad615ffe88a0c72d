// Clients of a door that ask it all the time, for `tests/e2e/door/crowd.rs`: jsforce as it is. See `crowd.py`.

import assert from 'node:assert/strict';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';

import jsforce from 'jsforce';

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const order = JSON.parse((await lines.next()).value);
const counts = { created: 0, broken: 0 };
let enough = false;

function isBroken(error) {
  // As `fetch` says it; what a server says is no `TypeError`, and one of this program has no cause.
  return error instanceof TypeError && error.cause !== undefined;
}

// jsforce 3.10.26 has no ear for a body that is cut: its error is nobody's, and the call never ends.
let cut;
let breakAll;

function listen() {
  cut = new Promise((_, reject) => {
    breakAll = reject;
  });
  cut.catch(() => {});
}

listen();
process.on('uncaughtException', (error) => {
  if (!order.patient || !isBroken(error)) {
    console.error(error);
    process.exit(1);
  }
  breakAll(error);
  listen();
});

async function turn(org, name) {
  const page = await org.query(order.soql);
  const records = page.records.map(({ Id, Name }) => ({ Id, Name }));
  assert.deepEqual(records, order.records);
  assert.equal(page.done, true);
  const created = await org.sobject('Account').create({ Name: name });
  assert.equal(created.success, true);
  assert.deepEqual(created.errors, []);
  counts.created += 1;
  const read = await org.sobject('Account').retrieve(created.id);
  assert.equal(read.Id, created.id);
  assert.equal(read.Name, name);
}

async function client(number) {
  const org = new jsforce.Connection({ instanceUrl: order.url, accessToken: order.key });
  for (let turns = 1; !enough; turns += 1) {
    try {
      await Promise.race([turn(org, `crowd ${number} ${turns}`), cut]);
      console.log(number);
    } catch (error) {
      if (!order.patient || !isBroken(error)) throw error;
      counts.broken += 1;
      // A door that starts needs the processor, too.
      await setTimeout(20);
    }
  }
}

const clients = Array.from({ length: order.clients }, (_, at) => client(order.first + at));
const all = Promise.all(clients);
all.catch((error) => {
  console.error(error);
  process.exit(1);
});
await lines.next();
enough = true;
await all;
console.log(JSON.stringify(counts));
// Its connections would keep the process alive.
process.exit(0);
