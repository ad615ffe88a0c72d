// Statements at random, and what Salesforce's grammar for editors says of each, in
// lines of JSON: node verdicts.mjs SEED COUNT. `emulator/src/soql/comparison.rs`
// compares.

import { createRequire } from 'node:module';

import { statements } from './statements.mjs';

const require = createRequire(import.meta.url);
const { CommonTokenStream } = require('antlr4ts');
const parser = '@salesforce/soql-common/lib/soql-parser';
const { LowerCasingCharStream } = require(`${parser}/soql-parser`);
const { SoqlLexer } = require(`${parser}/generated/SoqlLexer`);
const { SoqlParser } = require(`${parser}/generated/SoqlParser`);
const { ParserHelper } = require(`${parser}/parserHelper`);

// Outside Apex, of a version whose grammar this is, in an org of several currencies.
const helper = () => new ParserHelper(false, 62.0, true);

// What cannot be read: of the characters first, because Salesforce tells that first.
function faults(soql) {
  const found = [];
  const listener = (rank) => ({
    syntaxError: (_recognizer, _symbol, row, column, message) => found.push({ rank, row, column, message }),
  });
  const lexer = new SoqlLexer(new LowerCasingCharStream(soql));
  lexer.removeErrorListeners();
  lexer.addErrorListener(listener(0));
  const reader = new SoqlParser(new CommonTokenStream(lexer));
  reader.removeErrorListeners();
  reader.addErrorListener(listener(1));
  reader.helper = helper();
  reader.soqlQuery();
  return found.sort((one, other) => one.rank - other.rank);
}

// ANTLR's messages, and what Salesforce makes of them.
const unexpected = (token) => `unexpected token: '${token}'`;
const unescaped = (text) => text.replace(/\\n/g, '\n').replace(/\\t/g, '\t');
const words = [
  [/^no viable alternative at input '([^]*)'$/, (read) => unexpected(unescaped(read))],
  [/^(?:mismatched|extraneous) input '([^]*?)' expecting/, unexpected],
  [/^missing [^]* at '([^]*)'$/, (next) => next === '<EOF>' ? unexpected(next) : `missing value at '${next}'`],
  [/^token recognition error at: '([^]*)'/, (read) => unexpected([...read][0])],
];

function verdict(soql) {
  const [fault] = faults(soql);
  if (!fault) {
    return { soql };
  }
  const { row, column, message } = fault;
  const [pattern, said] = words.find(([pattern]) => pattern.test(message)) ?? [/^([^]*)$/, (text) => text];
  return { soql, fault: { row, column, words: said(message.match(pattern)[1]) } };
}

const [seed, count] = process.argv.slice(2).map(Number);
for (const soql of statements(seed, count)) {
  process.stdout.write(`${JSON.stringify(verdict(soql))}\n`);
}
