import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { parse, stringify } from 'yaml';
import { steps, type Filled } from './collection';
import { place, travel } from './journey';

const run = promisify(execFile);
const FOLDERS: Record<string, string> = { '/products': 'Products', '/orders': 'Orders', '/files': 'Files' };

/** The file of a request with its values filled in, beside that which was imported. */
async function fill(name: string, path: string, filled: Filled): Promise<string> {
  const folder = FOLDERS[path.replace('/:id', '')];
  const request = parse(readFileSync(`bruno/${folder}/${name}.yml`, 'utf8'));
  const { http } = request;
  http.headers = Object.entries(filled.headers ?? {}).map(([key, value]) => ({ name: key, value }));
  http.params = (filled.query ?? []).map(([key, value]) => ({ name: key, value, type: 'query' }));
  if (filled.query) http.url += `?${filled.query.map(([key, value]) => `${key}=${value}`).join('&')}`;
  if (filled.id) http.params.push({ name: 'id', value: `${filled.id}`, type: 'path' });
  if (filled.body) http.body.data = JSON.stringify(filled.body);
  if (filled.file) {
    writeFileSync(`bruno/${filled.file.name}`, Buffer.from(await filled.file.arrayBuffer()));
    http.body.data[0].value = [filled.file.name];
  }
  const file = `filled/${crypto.randomUUID()}.yml`;
  writeFileSync(`bruno/${file}`, stringify(request));
  return file;
}

const waiting = new Map<string, (response: any) => void>();

/** Run the requests that wait, all in one process: it takes seconds to start. */
async function runAll(): Promise<void> {
  const variables = ['--env-var', `baseUrl=${place.url}`, '--env-var', `token=${place.key}`];
  const flags = [...variables, '--output', 'results.json'];
  await run('../node_modules/.bin/bru', ['run', 'filled', ...flags], { cwd: 'bruno' }).catch((error) => error);
  const [{ results }] = JSON.parse(readFileSync('bruno/results.json', 'utf8'));
  for (const { test, response } of results) waiting.get(test.filename)!(response);
}

async function send(name: string, _method: string, path: string, filled: Filled = {}): Promise<any> {
  const file = await fill(name, path, filled);
  const answered = new Promise<any>((resolve) => waiting.set(file, resolve));
  if (waiting.size === Object.keys(all).length) void runAll();
  const { status, data } = await answered;
  if (status >= 300) throw new Error(JSON.stringify(data));
  return status === 204 ? undefined : data;
}

const all = steps(send);
rmSync('bruno/filled', { recursive: true, force: true });
mkdirSync('bruno/filled');
void travel(all);
