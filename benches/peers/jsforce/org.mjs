// The org that all contenders ask, for jsforce; `benches/src/org.rs` says how it is named. The certificate
// authority comes from NODE_EXTRA_CA_CERTS.

import dns from "node:dns";

import jsforce from "jsforce";

export function connect() {
  const { BENCH_HOST, BENCH_PORT, BENCH_TOKEN } = process.env;
  const lookup = dns.lookup;
  // The org's host is this machine, as `--connect-to` would have it.
  dns.lookup = (name, ...rest) => lookup(name === BENCH_HOST ? "127.0.0.1" : name, ...rest);
  return new jsforce.Connection({
    instanceUrl: `https://${BENCH_HOST}:${BENCH_PORT}`,
    accessToken: BENCH_TOKEN,
    version: "66.0",
  });
}
