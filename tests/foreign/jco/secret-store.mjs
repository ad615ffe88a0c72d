// The component's `secret-store` over files: FOLDER/ORG.json, which instances share.

import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.env.SFBOX_SECRETS_FOLDER;
const owned = ['SessionId', 'Instance', 'SessionInfo'];

function path(org) {
  if (!/^[A-Za-z0-9_-]+$/.test(org)) throw { tag: 'denied' };
  return join(folder, `${org}.json`);
}

function read(org) {
  try {
    return readFileSync(path(org), 'utf8');
  } catch (error) {
    throw error.tag ? error : { tag: 'denied' };
  }
}

const versionOf = (text) => createHash('sha256').update(text).digest('hex');

// A file that only one can make is the lock. Whoever is killed while it writes leaves it
// there: good enough for tests, whose folders live as long.
function locked(org, write) {
  const lock = `${path(org)}.lock`;
  for (let tries = 0; ; tries += 1) {
    try {
      closeSync(openSync(lock, 'wx'));
      break;
    } catch {
      if (tries === 500) throw { tag: 'unavailable' };
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
    }
  }
  try {
    return write();
  } finally {
    rmSync(lock);
  }
}

export const secretStore = {
  get(org) {
    const text = read(org);
    const entries = Object.entries(JSON.parse(text));
    return {
      version: versionOf(text),
      entries: entries.map(([key, value]) => ({ key, value: JSON.stringify(value) })),
      writable: true,
      settings: { sessionTtlS: undefined, requireShared: false },
    };
  },

  replace(org, version, changes) {
    if (changes.some(([key]) => !owned.includes(key))) throw { tag: 'denied' };
    return locked(org, () => {
      const text = read(org);
      if (versionOf(text) !== version) throw { tag: 'conflict' };
      const members = JSON.parse(text);
      for (const [key, value] of changes) {
        if (value === undefined) delete members[key];
        else members[key] = JSON.parse(value);
      }
      const replaced = JSON.stringify(members);
      writeFileSync(`${path(org)}.new`, replaced, { mode: 0o600 });
      renameSync(`${path(org)}.new`, path(org));
      return versionOf(replaced);
    });
  },

  claim: () => ({ tag: 'unsupported' }),
  release() {},
};
