import { readFileSync, writeFileSync } from 'node:fs';
import newman from 'newman';
import { Collection } from 'postman-collection';
import { steps, type Filled } from './collection';
import { place, travel } from './journey';

const made = JSON.parse(readFileSync('postman.json', 'utf8'));

/** The request of the collection with its values filled in. */
async function fill(name: string, filled: Filled): Promise<any> {
  const collection = new Collection(made);
  let found: any;
  collection.forEachItem((item: any) => void (item.name === name && (found = item)));
  const { request } = found;
  const headers = request.headers.all().filter(({ key }: any) => ['Accept', 'Content-Type'].includes(key));
  request.headers.repopulate([
    ...headers,
    ...Object.entries(filled.headers ?? {}).map(([key, value]) => ({ key, value })),
  ]);
  request.url.query.repopulate((filled.query ?? []).map(([key, value]) => ({ key, value })));
  if (filled.id) request.url.variables.repopulate([{ key: 'id', value: `${filled.id}` }]);
  if (filled.body) request.body.raw = JSON.stringify(filled.body);
  if (filled.file) {
    writeFileSync(filled.file.name, Buffer.from(await filled.file.arrayBuffer()));
    request.body.update({ mode: 'formdata', formdata: [{ key: 'file', type: 'file', src: filled.file.name }] });
  }
  return found;
}

async function send(name: string, _method: string, _path: string, filled: Filled = {}): Promise<any> {
  const item = await fill(name, filled);
  const variable = [
    { key: 'baseUrl', value: place.url },
    { key: 'bearerToken', value: place.key },
  ];
  const collection = new Collection({ item: [item.toJSON()], variable });
  return new Promise<any>((resolve, reject) => {
    newman.run({ collection: collection.toJSON(), workingDir: '.' }, (error: Error | null, summary: any) => {
      const answer = summary?.run.executions[0]?.response;
      if (error || !answer) reject(error ?? new Error('no answer'));
      else if (answer.code >= 300) reject(new Error(answer.text()));
      else resolve(answer.code === 204 ? undefined : answer.json());
    });
  });
}

void travel(steps(send));
