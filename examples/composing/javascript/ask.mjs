// A component that asks sfbox: docs/composing.md says how it is built.

import { query } from 'sfbox:client-sync/query@0.4.0';

export function ask(org, soql) {
  const options = { call: { timeoutMs: 30_000 }, rows: 'live', tooling: false, composite: true, completeChildren: true };
  try {
    const page = query(org, soql, [], options);
    return `${JSON.parse(page.body).records.length} records`;
  } catch (error) {
    // The contract's error: its case, and what belongs to it.
    throw error.payload.tag;
  }
}
