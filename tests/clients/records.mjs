// Carries out the writes of a file with jsforce as its documentation shows them.
// Arguments: the folder with jsforce, the instance's URL and the file. The session is in the
// environment variable KEY.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const [folder, instanceUrl, file] = process.argv.slice(2);
const { Connection } = createRequire(`${folder}/`)('jsforce');
const connection = new Connection({ instanceUrl, accessToken: process.env.KEY, version: '61.0' });

const idOf = async (object, key) =>
  (await connection.sobject(object).findOne({ Ext__c: key }, ['Id'])).Id;

const kinds = {
  create: (sobject, { fields }) => sobject.create(fields),
  update: async (sobject, { object, key, fields }) =>
    sobject.update({ Id: await idOf(object, key), ...fields }),
  upsert: (sobject, { key, fields }) => sobject.upsert({ Ext__c: key, ...fields }, 'Ext__c'),
  delete: async (sobject, { object, key }) => sobject.destroy(await idOf(object, key)),
  'create many': (sobject, { records }) => sobject.create(records),
  'update many': async (sobject, { object, records }) => {
    const changes = [];
    for (const { key, ...fields } of records) {
      changes.push({ Id: await idOf(object, key), ...fields });
    }
    return sobject.update(changes);
  },
  'upsert many': (sobject, { records }) => sobject.upsert(records, 'Ext__c'),
  'delete many': async (sobject, { object, keys }) => {
    const ids = [];
    for (const key of keys) ids.push(await idOf(object, key));
    return sobject.destroy(ids);
  },
};

for (const work of JSON.parse(readFileSync(file, 'utf8'))) {
  try {
    await kinds[work.do](connection.sobject(work.object), work);
  } catch (error) {
    console.error(work.do, work.object, error.message);
  }
}
