// Calls jsforce as its documentation does, on the org at URL.
//
// usage: node documented.mjs FOLDER URL KEY SECRET
//
// FOLDER has the `node_modules` with jsforce. The certificate's authority comes from
// NODE_EXTRA_CA_CERTS. One line of JSON says how many calls were made, and of those that
// failed the error. With ANSWERS in the environment it also has every answer, after decoding.
// Each chapter is one of the documentation; a call is its source text, so
// that a failure names itself.

import { createRequire } from 'node:module';
import { join } from 'node:path';

const [folder, url, key, secret] = process.argv.slice(2);
const jsforce = createRequire(join(folder, 'documented.cjs'))('jsforce');

const conn = new jsforce.Connection({
  oauth2: { loginUrl: url, clientId: key, clientSecret: secret },
});
await conn.authorize({ grant_type: 'client_credentials' });

const answers = [];
if (process.env.ANSWERS) {
  const { request } = conn;
  conn.request = function (...asked) {
    const place = answers.push(null) - 1;
    const promise = request.apply(this, asked);
    promise.then(
      (answer) => (answers[place] = answer ?? null),
      (error) => (answers[place] = { error: error.errorCode ?? error.name }),
    );
    return promise;
  };
}

const is = (value, what) => {
  if (!value) throw new Error(`not so: ${what}`);
};
const read = (stream) =>
  new Promise((resolve, reject) => {
    let text = '';
    stream
      .on('data', (data) => (text += data))
      .on('end', () => resolve(text))
      .on('error', reject);
  });

const account = (await conn.query('SELECT Id FROM Account LIMIT 1')).records[0].Id;
const end = new Date();
const start = new Date(end.getTime() - 10 * 60 * 1000);

const CHAPTERS = {
  connection: [
    async () => is((await conn.identity()).user_id.startsWith('005'), 'a user'),
    async () => is((await new jsforce.Connection({ instanceUrl: conn.instanceUrl, accessToken: conn.accessToken }).identity()).organization_id, 'an org'),
    async () => is(conn.limitInfo.apiUsage.limit > 0, 'limits'),
    async () => is((await conn.limits()).DailyApiRequests.Max > 0, 'limits'),
    async () => is((await conn.request('/services/data')).length > 1, 'versions'),
    async () => is((await conn.request(`/services/data/v${conn.version}/`)).query, 'resources'),
    async () => is((await conn.requestGet(`/services/data/v${conn.version}/limits`)).DataStorageMB, 'limits'),
    async () => is(Array.isArray(await conn.tabs()), 'tabs'),
    async () => is((await conn.theme()).themeItems.length > 0, 'a theme'),
    async () => is(Array.isArray(await conn.quickActions()), 'actions'),
    () => conn.oauth2.refreshToken('none'),
    () => conn.login('user@demo.example', 'password'),
    () => conn.loginBySoap('user@demo.example', 'password'),
  ],
  query: [
    async () => is((await conn.query('SELECT Id, Name FROM Account')).records.length === 2000, 'a page'),
    async () => is((await conn.query('SELECT Id, Name FROM Account').run({ autoFetch: true, maxFetch: 4000 })).records.length === 4000, 'pages'),
    async () => {
      const page = await conn.query('SELECT Id, Name FROM Account');
      is((await conn.queryMore(page.nextRecordsUrl)).records.length === 2000, 'the next page');
    },
    async () => is((await conn.query('SELECT Id FROM Account LIMIT 3', { scanAll: true })).done, 'deleted ones too'),
    async () => is((await conn.query('SELECT Id FROM Account', { headers: { 'Sforce-Query-Options': 'batchSize=200' } })).records.length === 200, 'a small page'),
    async () => is((await conn.query("SELECT Id FROM Contact WHERE CreatedDate < 2030-01-01T00:00:00Z LIMIT 5")).totalSize === 5, 'contacts'),
    async () => is((await conn.query('SELECT COUNT(Id) n, Industry FROM Account GROUP BY Industry')).records[0].n > 0, 'groups'),
    async () => is((await conn.query('SELECT COUNT() FROM Account', { responseTarget: 'Count' })) > 0, 'a count'),
    async () => is((await conn.query('SELECT Id FROM Account ORDER BY CreatedDate DESC LIMIT 10').explain()).plans.length > 0, 'plans'),
    async () => is((await read(conn.query('SELECT Id, Name FROM Account LIMIT 10').stream('csv'))).startsWith('Id,Name\n'), 'CSV'),
    () =>
      new Promise((resolve, reject) => {
        let count = 0;
        conn
          .query('SELECT Id, Name FROM Account')
          .on('record', () => count++)
          .on('end', () => (count === 4500 ? resolve() : reject(new Error(`${count} records`))))
          .on('error', reject)
          .run({ autoFetch: true, maxFetch: 4500 });
      }),
    async () => is((await conn.sobject('Contact').find({ CreatedDate: { $gte: new jsforce.Date('1970-01-01T00:00:00Z') } }, 'Id, Name, CreatedDate').sort({ CreatedDate: -1, Name: 1 }).limit(5).skip(10).execute()).length === 5, 'contacts'),
    async () => is((await conn.sobject('Contact').find({ 'Account.Name': { $like: 'A%' } }, { Id: 1, Name: 1 }).limit(5)).length >= 0, 'contacts'),
    async () => is((await conn.sobject('Contact').find("FirstName LIKE 'A%'", '*').limit(2)).every((row) => row.LastName), 'contacts'),
    async () => is((await conn.sobject('Contact').select('*, Account.*').where("Account.Name LIKE 'A%'").limit(5).execute()).every((row) => row.Account.Name), 'contacts'),
    async () => is((await conn.sobject('Account').select('Id, Name').include('Contacts').select('Id, LastName').orderby('LastName').limit(2).end().limit(5)).length === 5, 'accounts'),
    async () => is((await conn.sobject('Opportunity').find({ Amount: { $gt: 0 }, StageName: { $in: ['Closed Won', 'Prospecting'] } }, 'Id').limit(1)).length >= 0, 'opportunities'),
    async () => is((await conn.sobject('Account').count({ Name: { $like: 'A%' } })) >= 0, 'a count'),
    async () => is(await conn.sobject('Account').findOne({ Id: account }), 'an account'),
    async () => is(Array.isArray((await conn.search('FIND {Un*} IN ALL FIELDS RETURNING Account(Id, Name), Lead(Id, Name)')).searchRecords), 'records'),
  ],
  records: [
    async () => is((await conn.sobject('Account').retrieve(account)).Id === account, 'an account'),
    async () => is((await conn.sobject('Account').retrieve([account, account])).length === 2, 'accounts'),
    async () => is((await conn.sobject('Account').record(account).retrieve()).Name, 'an account'),
    async () => is((await conn.sobject('Account').updated(start, end)).ids, 'updated ones'),
    async () => is((await conn.sobject('Account').updated(start.toString(), end.toString())).ids, 'updated ones'),
    async () => is((await conn.sobject('Account').deleted(start, end)).deletedRecords, 'deleted ones'),
    async () => is(Array.isArray(await conn.recent()), 'recent ones'),
    async () => is(Array.isArray(await conn.sobject('Account').recent()), 'recent ones'),
    async () => is((await conn.sobject('Account').listviews()).listviews.length > 0, 'list views'),
    async () => {
      const [view] = (await conn.sobject('Account').listviews()).listviews;
      is((await conn.sobject('Account').listview(view.id).describe()).columns, 'columns');
      is((await conn.sobject('Account').listview(view.id).results()).records, 'records');
      is((await conn.sobject('Account').listview(view.id).explain()).plans, 'plans');
    },
    async () => is(Array.isArray(await conn.sobject('Account').quickActions()), 'actions'),
    async () => {
      const made = await conn.sobject('Account').create([{ Name: 'A' }, { Name: 'B' }]);
      is((await conn.sobject('Account').update(made.map(({ id }) => ({ Id: id, Name: 'C' })))).every((one) => one.success), 'updated');
      is((await conn.sobject('Account').destroy(made.map(({ id }) => id))).every((one) => one.success), 'deleted');
    },
    async () => is((await conn.sobject('Contact').upsert({ LastName: 'A', Ext__c: 'jsforce' }, 'Ext__c')).success, 'upserted'),
  ],
  describe: [
    async () => is((await conn.sobject('Account').describe()).fields.length > 10, 'fields'),
    async () => is((await conn.describe('Contact')).name === 'Contact', 'an object'),
    async () => is((await conn.describe$('Contact')) === (await conn.describe$('Contact')), 'cached'),
    async () => is((await conn.describeGlobal()).sobjects.length > 10, 'objects'),
    async () => is((await conn.describeGlobal$()) === conn.describeGlobal$$(), 'cached'),
    async () => is((await conn.sobject('Contact').layouts()).layouts.length === 1, 'layouts'),
    async () => is((await conn.sobject('Account').compactLayouts()).compactLayouts, 'layouts'),
    async () => is((await conn.sobject('Account').approvalLayouts()).approvalLayouts, 'layouts'),
  ],
  others: [
    async () => is((await conn.apex.get('/echo')) !== undefined, 'an answer'),
    async () => is((await conn.apex.post('/echo', { a: 1 })).a === 1, 'an answer'),
    async () => is((await conn.tooling.query('SELECT Id, Name FROM ApexClass')).totalSize === 0, 'no classes'),
    async () => is((await conn.tooling.sobject('ApexClass').find({ Status: 'Active' }, 'Id').limit(3)).length === 0, 'no classes'),
    async () => is((await conn.tooling.executeAnonymous('System.debug(1);')).success, 'run'),
    () => conn.tooling.describeGlobal(),
    () => conn.tooling.completions('apex'),
    () => conn.analytics.reports(),
    () => conn.chatter.resource('/users/me').retrieve(),
    () => conn.metadata.list([{ type: 'CustomObject' }]),
    () => conn.process.rule.list(),
    () => conn.process.approval.list(),
    async () => is((await read((await conn.bulk.query('SELECT Id FROM Account')).stream())).split('\n').length > 5000, 'records'),
    async () => is((await read((await conn.bulk2.query('SELECT Id FROM Account', { pollTimeout: 1000, pollInterval: 50 })).stream())).split('\n').length > 5000, 'records'),
    async () => is((await conn.bulk.load('Account', 'insert', [{ Name: 'A', Phone: '1' }, { Phone: '2' }])).map((one) => one.success).join() === 'true,false', 'one of two'),
    async () => {
      const input = [{ Name: 'A', Phone: '1' }, { Phone: '2' }];
      const done = await conn.bulk2.loadAndWaitForResults({ object: 'Account', operation: 'insert', input, pollInterval: 50, pollTimeout: 1000 });
      is(done.successfulResults.length === 1 && done.failedResults.length === 1, 'one of two');
    },
  ],
};

// jsforce closes a bulk job that failed, and waits for nobody to hear of it.
process.on('unhandledRejection', () => {});

const failed = {};
const calls = {};
for (const [chapter, list] of Object.entries(CHAPTERS)) {
  calls[chapter] = list.length;
  for (const call of list) {
    try {
      await call();
    } catch (error) {
      const [name] = /conn\.[\w.$]+/.exec(String(call));
      failed[name] = error.errorCode ?? error.name + (error.message.startsWith('not so') ? `: ${error.message}` : '');
    }
  }
}
const all = process.env.ANSWERS ? { answers } : {};
// A pipe takes it piece by piece.
process.stdout.write(`${JSON.stringify({ calls, failed, ...all })}\n`, () => process.exit(0));
