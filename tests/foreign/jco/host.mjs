// A component that jco translated, spoken to by lines of JSON: node host.mjs FOLDER,
// where its sfbox.js is. `tests/guests/gateway/src/line.rs` says what the lines are.

import { createInterface } from 'node:readline';

const { query, session } = await import(`./${process.argv[2]}/sfbox.js`);

const options = (batchSize) => ({ call: {}, rows: 'live', batchSize: batchSize ?? undefined, tooling: false, composite: true, completeChildren: false });
const page = ({ body, next }) => ({ page: { body, next: next ?? null } });

// An error of the contract, or of whatever else went wrong.
function refused(error) {
  const { tag, val } = error.payload ?? {};
  return { error: tag ? `${tag} ${JSON.stringify(val)}` : `${error.stack ?? error}` };
}

const calls = {
  query: async ({ org, soql, batchSize }) => page(await query.query(org, soql, [], options(batchSize))),
  queryMore: async ({ org, next }) => page(await query.queryMore(org, next, options())),
  async status({ org }) {
    const status = await session.status(org, {});
    return { status: JSON.stringify(status, (_, value) => typeof value === 'bigint' ? `${value}` : value) };
  },
  async together({ org, soql, count }) {
    const asked = Array.from({ length: count }, () => answer({ call: 'query', org, soql }));
    return { together: await Promise.all(asked) };
  },
};

async function answer(line) {
  try {
    return await calls[line.call](line);
  } catch (error) {
    return refused(error);
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`);
}
