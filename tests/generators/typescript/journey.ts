/** The journey that every generated client makes; prints what came of each of its steps, as JSON. */

const [url = '', key = '', ...rest] = process.argv.slice(2);
const [product = 0, ...categories] = rest.map(Number);

/** The service, an API key, and what is there: two categories with products in them, and a product to order. */
export const place = { url, key, product, categories };

type Known = { id?: number; name?: string };

/** One step each, with the types and functions that were generated. */
export interface Steps {
  list(): Promise<{ items: Known[] }>;
  filter(fields: ('id' | 'name')[], categories: number[]): Promise<{ items: Known[] }>;
  create(body: { name: string; price: number }): Promise<{ id: number; name: string }>;
  patch(id: number, tag: string, body: { name: string }): Promise<{ name: string; version: number }>;
  order(key: string, body: { items: { productId: number; quantity: number }[] }): Promise<{ status: string; total: number }>;
  remove(id: number, tag: string): Promise<unknown>;
  upload(file: File): Promise<{ bytes: number; sha256: string }>;
}

/** What a step is told to do, and whether its answer is right. */
type Trials = { [Step in keyof Steps]: (step: Steps[Step]) => Promise<boolean> };

const bytes = 'Brass bookend, drawn to scale. '.repeat(3_000);

async function made(): Promise<{ id: number; tag: string }> {
  const answer = await raw('/products', { method: 'POST', body: JSON.stringify({ name: 'Bookend', price: 2 }) });
  return { id: (await answer.json()).id, tag: answer.headers.get('etag') ?? '' };
}

function raw(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${url}${path}`, { ...init, headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' } });
}

const trials: Trials = {
  list: async (list) => (await list()).items.length > 1,
  async filter(filter) {
    const { items } = await filter(['id', 'name'], categories);
    return items.length === 2 && items.every((item) => Object.keys(item).join() === 'id,name');
  },
  create: async (create) => (await create({ name: 'Bookend', price: 24.5 })).name === 'Bookend',
  async patch(patch) {
    const { id, tag } = await made();
    const { name, version } = await patch(id, tag, { name: 'Bookend, pair' });
    return name === 'Bookend, pair' && version === 2;
  },
  async order(order) {
    const { status, total } = await order(crypto.randomUUID(), { items: [{ productId: product, quantity: 2 }] });
    return status === 'placed' && total === 49;
  },
  async remove(remove) {
    const { id, tag } = await made();
    await remove(id, tag);
    return (await raw(`/products/${id}`)).status === 404;
  },
  async upload(upload) {
    const stored = await upload(new File([bytes], 'bookend.txt', { type: 'text/plain' }));
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(bytes));
    return stored.sha256 === Buffer.from(digest).toString('hex');
  },
};

async function verdict<T>(trial: (step: T) => Promise<boolean>, step: T): Promise<string> {
  try {
    return (await trial(step)) ? 'ok' : 'another answer';
  } catch (error) {
    return String(error).split('\n')[0]!;
  }
}

/**
 * Take every step as the client offers it; `around` are other ways, for steps that fail so.
 *
 * Prints a list for each step: the verdict, and that of the other way.
 */
export async function travel(plain: Steps, around: Partial<Steps> = {}): Promise<void> {
  const told = (Object.keys(trials) as (keyof Steps)[]).map(async (name) => {
    const trial = trials[name] as (step: unknown) => Promise<boolean>;
    return [name, await Promise.all([plain[name], around[name]].filter(Boolean).map((step) => verdict(trial, step)))];
  });
  console.log(JSON.stringify(Object.fromEntries(await Promise.all(told))));
}
