// Statements of SOQL at random: more than half of them with a fault or two, which may
// leave them valid.

// Deterministic, so that a difference is found again.
class Chance {
  constructor(seed) {
    this.state = seed;
  }

  // mulberry32
  number() {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  below(limit) {
    return Math.floor(this.number() * limit);
  }

  in(share) {
    return this.number() < share;
  }

  pick(choices) {
    return choices[this.below(choices.length)];
  }

  // One of [weight, make].
  weighted(choices) {
    let left = this.number() * choices.reduce((sum, [weight]) => sum + weight, 0);
    return choices.find(([weight]) => (left -= weight) < 0)?.[1]() ?? choices[0][1]();
  }

  several(make, least, most) {
    return Array.from({ length: least + this.below(most - least + 1) }, make);
  }
}

const NAMES = [
  'Id', 'Name', 'Owner.Name', 'Account.Owner.Profile.Name', 'Amount', 'CreatedDate', 'My_Field__c',
  'Rel__r.Other__c', 'a', 'n1', 'order', 'offset', 'view', 'case', 'data', 'when', 'count', 'fields', 'scope',
  'group', 'Naïve__c', 'USD', 'TODAY', 'end', 'flat',
];
const OBJECTS = [
  'Account', 'Contact', 'Opportunity', 'Group', 'Order', 'Case', 'ns__Obj__c', 'Account.Contacts', 'User', 'View',
];
const ALIASES = ['a', 'acc', 'x1', 'c', 'offset', 'view', 'total', 'Order', 'scope'];
const AGGREGATES = ['COUNT', 'SUM', 'AVG', 'MIN', 'MAX', 'COUNT_DISTINCT', 'count'];
const FUNCTIONS = [
  'toLabel', 'FORMAT', 'convertCurrency', 'CALENDAR_YEAR', 'DAY_ONLY', 'HOUR_IN_DAY', 'GROUPING',
  'FISCAL_QUARTER',
];
const NUMBERS = [['5'], ['0'], ['1.5'], ['.5'], ['-', '5'], ['+', '3.25'], ['100000']];
const STRINGS = ["'x'", "''", "'it\\'s'", "'a%'", "'\\u00e9\\n'", "'日本'", "'a;b'"];
const WORDS = [
  ['NULL'], ['true'], ['FALSE'], ['2024-02-29'], ['2024-01-01T00:00:00Z'], ['2024-01-01T10:20:30.123+01:00'],
  ['2024-01-01t10:20:30-0800'], ['TODAY'], ['last_n_days', ':', '30'], ['THIS_FISCAL_YEAR'],
  ['N_WEEKS_AGO', ':', '2'], ['USD5000'], ['eur10.50'], ['10:00:00Z'],
];
const COMPARISONS = [['='], ['!='], ['<>'], ['<'], ['>'], ['<', '='], ['>', '=']];
const MEMBERSHIPS = [['IN'], ['NOT', 'IN']];
const WITHS = [
  ['WITH', 'DATA', 'CATEGORY', 'Geo__c', 'AT', 'usa__c'],
  ['WITH', 'DATA', 'CATEGORY', 'Geo__c', 'ABOVE_OR_BELOW', '(', 'a', ',', 'b', ')', 'AND', 'P__c', 'BELOW', 'c'],
  ['WITH', 'Division', '=', "'Global'"],
  ['WITH', 'RecordVisibilityContext', '(', 'maxDescriptorPerRecord', '=', '100', ',', 'b', '=', 'true', ')'],
  ['WITH', 'USER_MODE'],
];
const STATISTICS = [['TRACKING'], ['VIEWSTAT'], ['TRACKING', ',', 'VIEWSTAT']];

// What a fault puts somewhere.
const STRAYS = [
  'SELECT', 'FROM', 'WHERE', 'AND', 'OR', 'NOT', 'IN', 'LIKE', '(', ')', ',', '=', '!=', '<', '>', '+', '-', '*',
  ':', '.', 'NULL', 'TRUE', '5', '1.5', "'x'", 'TODAY', '2024-01-01', 'ORDER', 'BY', 'GROUP', 'HAVING', 'LIMIT',
  'OFFSET', 'ASC', 'DESC', 'NULLS', 'FIRST', 'LAST', 'FOR', 'VIEW', 'UPDATE', 'WITH', 'USING', 'SCOPE', 'TYPEOF',
  'WHEN', 'THEN', 'ELSE', 'END', 'COUNT', 'AS', 'ROLLUP', 'DISTANCE', 'FIELDS', 'Id', 'Name', 'foo', 'INCLUDES',
  'AT', 'DATA', 'CATEGORY', 'USD5', 'x.y', 'IS', 'DISTINCT', 'JOIN', 'ON', 'BETWEEN',
];

const commas = (parts) => parts.flatMap((part, index) => (index ? [',', ...part] : part));
const joined = (parts, word) => parts.flatMap((part, index) => (index ? [word, ...part] : part));

// Each method makes the tokens of one part of a statement.
class Grammar {
  constructor(chance) {
    this.chance = chance;
  }

  name() {
    return this.chance.pick(NAMES);
  }

  fields(most) {
    return commas(this.chance.several(() => this.field(), 1, most));
  }

  field() {
    const { chance } = this;
    return chance.weighted([
      [70, () => [this.name()]],
      [22, () => [chance.pick([...FUNCTIONS, chance.pick(AGGREGATES)]), '(', this.name(), ')']],
      [8, () => [
        chance.pick(['FORMAT', 'CALENDAR_YEAR', 'HOUR_IN_DAY', 'toLabel']), '(',
        chance.pick(['convertCurrency', 'convertTimezone', 'MIN', 'COUNT']), '(', this.name(), ')', ')',
      ]],
    ]);
  }

  number() {
    return this.chance.pick(NUMBERS);
  }

  value() {
    const { chance } = this;
    return chance.weighted([
      [2, () => [chance.pick(STRINGS)]],
      [1, () => this.number()],
      [14, () => chance.pick(WORDS)],
    ]);
  }

  distance() {
    return [
      'DISTANCE', '(', this.name(), ',', 'GEOLOCATION', '(', ...this.number(), ',', ...this.number(), ')', ',',
      this.chance.pick(["'km'", "'mi'"]), ')',
    ];
  }

  test(depth) {
    const { chance } = this;
    const compared = () => [...this.field(), ...chance.pick(COMPARISONS), ...this.value()];
    return chance.weighted([
      [60, compared],
      [8, () => [...this.field(), 'LIKE', chance.pick(["'a%'", "'_b\\_'", "'x\\%'"])]],
      [12, () => [
        ...this.field(), ...chance.pick(MEMBERSHIPS), '(', ...commas(chance.several(() => this.value(), 1, 3)), ')',
      ]],
      [6, () => [
        ...this.field(), chance.pick(['INCLUDES', 'EXCLUDES']), '(',
        ...commas(chance.several(() => [chance.pick(STRINGS)], 1, 3)), ')',
      ]],
      [7, () => (depth > 0 ? this.semiJoin() : compared())],
      [7, () => [...this.distance(), ...chance.pick(COMPARISONS), ...this.number()]],
    ]);
  }

  semiJoin() {
    const { chance } = this;
    const where = chance.in(0.5) ? ['WHERE', ...this.condition(0)] : [];
    const select = ['SELECT', this.name(), 'FROM', chance.pick(OBJECTS), ...where];
    return [this.name(), ...chance.pick(MEMBERSHIPS), '(', ...select, ')'];
  }

  operand(depth) {
    return depth > 0 && this.chance.in(0.25) ? ['(', ...this.condition(depth - 1), ')'] : this.test(depth);
  }

  condition(depth) {
    const { chance } = this;
    const all = (word) => () => joined(chance.several(() => this.operand(depth), 2, 3), word);
    return chance.weighted([
      [10, () => ['NOT', ...this.operand(depth)]],
      [45, () => this.operand(depth)],
      [25, all('AND')],
      [20, all('OR')],
    ]);
  }

  typeOf() {
    const { chance } = this;
    const when = () => [
      'WHEN', chance.pick(['Account', 'User']), 'THEN', ...commas(chance.several(() => [this.name()], 1, 2)),
    ];
    const otherwise = chance.in(0.4) ? ['ELSE', this.name()] : [];
    return ['TYPEOF', chance.pick(['What', 'Who', 'Owner']), ...chance.several(when, 1, 2).flat(), ...otherwise, 'END'];
  }

  item(depth) {
    const { chance } = this;
    const field = () => {
      const tokens = this.field();
      return tokens.length > 1 && chance.in(0.3) ? [...tokens, chance.pick(ALIASES)] : tokens;
    };
    return chance.weighted([
      [75, field],
      [8, () => (depth > 0 ? ['(', ...this.query(depth - 1), ')'] : field())],
      [7, () => this.typeOf()],
      [5, () => ['FIELDS', '(', chance.pick(['ALL', 'STANDARD', 'CUSTOM']), ')']],
      [5, () => this.distance()],
    ]);
  }

  from(isWhole) {
    const { chance } = this;
    const tokens = ['FROM', chance.pick(OBJECTS)];
    tokens.push(...chance.weighted([
      [15, () => [chance.pick(ALIASES)]],
      [7, () => ['AS', chance.pick(ALIASES)]],
      [78, () => []],
    ]));
    if (isWhole && chance.in(0.04)) {
      tokens.push(',', chance.pick(OBJECTS), chance.pick(ALIASES));
    }
    if (chance.in(0.05)) {
      tokens.push('USING', 'SCOPE', chance.pick(['mine', 'everything', 'team', 'delegated']));
    }
    return tokens;
  }

  group() {
    const { chance } = this;
    const by = chance.in(0.3)
      ? [chance.pick(['ROLLUP', 'CUBE']), '(', ...this.fields(3), ')']
      : this.fields(3);
    return ['GROUP', 'BY', ...by, ...(chance.in(0.4) ? ['HAVING', ...this.condition(1)] : [])];
  }

  ordering() {
    const { chance } = this;
    const direction = chance.in(0.4) ? [chance.pick(['ASC', 'DESC'])] : [];
    const nulls = chance.in(0.3) ? ['NULLS', chance.pick(['FIRST', 'LAST'])] : [];
    return [...(chance.in(0.08) ? this.distance() : this.field()), ...direction, ...nulls];
  }

  query(depth, isWhole = false) {
    const { chance } = this;
    const items = () => commas(chance.several(() => this.item(depth), 1, 4));
    const tokens = ['SELECT', ...(chance.in(0.06) ? ['COUNT', '(', ')'] : items()), ...this.from(isWhole)];
    const clauses = [
      [0.6, () => ['WHERE', ...this.condition(2)]],
      [0.05, () => chance.pick(WITHS)],
      [0.15, () => this.group()],
      [0.25, () => ['ORDER', 'BY', ...commas(chance.several(() => this.ordering(), 1, 3))]],
      [0.3, () => ['LIMIT', chance.pick(['5', '200', '1', '0'])]],
      [0.15, () => ['OFFSET', chance.pick(['5', '0', '100'])]],
      [0.05, () => ['FOR', chance.pick(['VIEW', 'REFERENCE'])]],
      [0.03, () => ['UPDATE', ...chance.pick(STATISTICS)]],
    ];
    return clauses.reduce((all, [share, clause]) => (chance.in(share) ? [...all, ...clause()] : all), tokens);
  }
}

// One token left out, put in, changed, said twice or exchanged with the next, or the
// end left out.
function spoil(chance, tokens) {
  const at = chance.below(tokens.length);
  const [before, token, after] = [tokens.slice(0, at), tokens[at], tokens.slice(at + 1)];
  return chance.weighted([
    [25, () => [...before, ...after]],
    [25, () => [...before, chance.pick(STRAYS), token, ...after]],
    [20, () => [...before, chance.pick(STRAYS), ...after]],
    [10, () => [...before, token, token, ...after]],
    [10, () => (after.length ? [...before, after[0], token, ...after.slice(1)] : [...before, token])],
    [10, () => [...before, token]],
  ]);
}

// With blanks and line ends, which punctuation does not need.
function written(chance, tokens) {
  const isPunctuation = (token) => /^[(),:=<>]$/.test(token);
  return tokens.reduce((text, token, index) => {
    const parts = [token, tokens[index - 1] ?? ''];
    const isTight = parts.some((part) => isPunctuation(part) && chance.in(0.5));
    return text + (index === 0 || isTight ? '' : chance.pick([' ', ' ', ' ', '  ', '\n', ' \n '])) + token;
  }, '');
}

export function* statements(seed, count) {
  const chance = new Chance(seed);
  const grammar = new Grammar(chance);
  for (let made = 0; made < count; made += 1) {
    let tokens = grammar.query(2, true);
    if (chance.in(0.55)) {
      tokens = spoil(chance, tokens);
      tokens = chance.in(0.2) && tokens.length ? spoil(chance, tokens) : tokens;
    }
    yield written(chance, tokens);
  }
}
