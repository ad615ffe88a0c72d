// npm install @bytecodealliance/jco@1.35.0 && npx jco transpile --instantiation async --name sfbox -o sfbox sfbox-wasi-0.2.wasm && SFBOX_SECRETS='{"acme": {"Domain": "acme.my", …}}' node query.mjs acme 'SELECT Id FROM Account'
//
// Prints every page of a query, a line each. Node 20 is enough. The secrets come out of
// the environment and are not written: a session lives as long as this process.

import { readFile } from 'node:fs/promises';
import { WASIShim } from '@bytecodealliance/preview2-shim/instantiation';
import { instantiate } from './sfbox/sfbox.js';

const secrets = JSON.parse(process.env.SFBOX_SECRETS);

const secretStore = {
  get(org) {
    if (!Object.hasOwn(secrets, org)) throw { tag: 'denied' };
    return {
      version: '1',
      entries: Object.entries(secrets[org]).map(([key, value]) => ({ key, value: JSON.stringify(value) })),
      writable: false,
      settings: { requireShared: false },
    };
  },
  replace() {
    throw { tag: 'denied' };
  },
  claim: () => ({ tag: 'unsupported' }),
  release() {},
};

const { query } = await instantiate(
  async (file) => WebAssembly.compile(await readFile(new URL(`./sfbox/${file}`, import.meta.url))),
  { ...new WASIShim().getImportObject(), 'sfbox:client-sync/secret-store': secretStore },
);

const [org, soql] = process.argv.slice(2);
const options = { call: {}, rows: 'live', tooling: false, composite: true, completeChildren: true };
try {
  for (let page = query.query(org, soql, [], options); ; page = query.queryMore(org, page.next, options)) {
    console.log(page.body);
    if (!page.next) break;
  }
} catch (error) {
  if (!error.payload) throw error;
  // The contract's error: its case, and what belongs to it.
  console.error(error.payload.tag, JSON.stringify(error.payload.val));
  process.exitCode = 1;
}
