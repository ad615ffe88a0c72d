// node build.mjs: builds ask.wasm from ask.mjs and the folder wit.

import { readFile, writeFile } from 'node:fs/promises';
import { componentize } from '@bytecodealliance/componentize-js';

const source = await readFile('ask.mjs', 'utf8');
const { component } = await componentize(source, { witPath: 'wit', worldName: 'ask' });
await writeFile('ask.wasm', component);
