/**
 * Keeps a catalogue in step with a file of products: upserts them by batches, each of which takes effect once.
 *
 *     node sync.js http://127.0.0.1:8000 catalogue.ndjson [API key]
 *
 * A line of the file is one of an export: a product by its sku, its categories by their paths.
 */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createClient, type Client } from './rest/client';
import { batchProducts, createCategory, listCategories } from './rest/sdk.gen';
import type { BatchOperation, Problem, ProductPatch } from './rest/types.gen';
import { retrying } from './retries';

export type Line = ProductPatch & { sku: string; categories?: string[] };

/** How many products were made and updated, and why others failed, by their skus. */
export type Report = { created: number; updated: number; failed: Record<string, string> };

/** Products of a batch, which costs 25 points of the rate limit. */
const SIZE = 250;

const key = () => ({ 'Idempotency-Key': crypto.randomUUID() });

/** What was wanted; throws where that was refused. */
function got<T>(answer: { data?: T; error?: Problem }): T {
  if (answer.data === undefined) throw new Error(answer.error?.message ?? 'no answer');
  return answer.data;
}

const place = (names: string[]) => names.map((name) => name.trim().toLowerCase()).join(' > ');

/** The ids of the categories by their places in the tree. */
async function categories(client: Client): Promise<Map<string, number>> {
  const found = new Map<number, { name: string; parentId: number | null }>();
  for (let cursor: string | undefined; ; ) {
    const page = got(await listCategories({ client, query: { limit: 100, cursor } }));
    for (const { id = 0, name = '', parentId = null } of page.items) found.set(id, { name, parentId });
    if (page.nextCursor === null) break;
    cursor = page.nextCursor;
  }
  const names = (id: number): string[] => {
    const { name = '', parentId = null } = found.get(id) ?? {};
    return parentId === null ? [name] : [...names(parentId), name];
  };
  return new Map([...found.keys()].map((id) => [place(names(id)), id]));
}

/** The id of the category at a path such as `Home > Lamps`; those on it that are missing are made. */
async function idOf(path: string, known: Map<string, number>, client: Client): Promise<number> {
  const names = path.replace(/^\s*>/, '').split(' > ');
  let parentId: number | null = null;
  for (let depth = 1; depth <= names.length; depth += 1) {
    const here = place(names.slice(0, depth));
    const body = { name: names[depth - 1] ?? '', parentId };
    if (!known.has(here)) known.set(here, got(await createCategory({ client, body, headers: key() })).id);
    parentId = known.get(here) ?? null;
  }
  return parentId ?? 0;
}

/** Upsert products in their order; a batch whose answer gets lost is sent again under its own key. */
export async function sync(client: Client, products: AsyncIterable<Line> | Iterable<Line>): Promise<Report> {
  const report: Report = { created: 0, updated: 0, failed: {} };
  const known = await categories(client);
  const send = async (operations: BatchOperation[]) => {
    if (!operations.length) return;
    const body = { mode: 'each' as const, operations };
    const results = got(await batchProducts({ client, body, query: { fields: ['id'] }, headers: key() }));
    report.created += results.created;
    report.updated += results.updated;
    for (const { index, problem } of results.results) {
      if (problem) report.failed[operations[index]?.sku ?? ''] = problem.message;
    }
  };
  let waiting: BatchOperation[] = [];
  for await (const { sku, categories: paths, ...product } of products) {
    const ids: number[] = [];
    for (const path of paths ?? []) ids.push(await idOf(path, known, client));
    waiting.push({ op: 'upsert', sku, product: paths ? { ...product, categoryIds: ids } : product });
    if (waiting.length === SIZE) await send(waiting.splice(0));
  }
  await send(waiting);
  return report;
}

async function* lines(file: string): AsyncGenerator<Line> {
  for await (const line of createInterface({ input: createReadStream(file) })) if (line.trim()) yield JSON.parse(line);
}

if (require.main === module) {
  const [url = '', file = '', auth = ''] = process.argv.slice(2);
  const client = createClient({ baseUrl: `${url}/v2`, auth, fetch: retrying() });
  void sync(client, lines(file)).then((report) => console.log(JSON.stringify(report)));
}
