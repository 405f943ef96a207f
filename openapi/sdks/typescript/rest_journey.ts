/**
 * A partner's day with the REST client: make a product, find it, change it, order it once, cancel the order.
 *
 *     node rest_journey.js http://127.0.0.1:8000 [API key]
 */
import { createClient } from './rest/client';
import { cancelOrder, createProduct, getProduct, listProducts, placeOrder, updateProduct } from './rest/sdk.gen';
import type { Problem, Product } from './rest/types.gen';
import { retrying } from './retries';

const [url = 'http://127.0.0.1:8000', apiKey = ''] = process.argv.slice(2);
const client = createClient({ baseUrl: `${url}/v2`, auth: apiKey, fetch: retrying() });

const key = () => ({ 'Idempotency-Key': crypto.randomUUID() });

/** What was asked for; ends the journey where that was refused. */
function got<T>(answer: { data?: T; error?: Problem }): T {
  if (answer.data === undefined) throw new Error(answer.error?.code ?? 'no answer');
  return answer.data;
}

/** The ids of all products in stock, page by page, dearest first. */
async function walk(): Promise<number[]> {
  const ids: number[] = [];
  for (let cursor: string | undefined; ; ) {
    const query = { limit: 50, inStock: true, sort: '-price' as const, cursor };
    const page = got(await listProducts({ client, query }));
    ids.push(...page.items.map((item) => item.id ?? 0));
    if (page.nextCursor === null) return ids;
    cursor = page.nextCursor;
  }
}

/** Change a name only if nobody edited the product since `tag`; else read it again, and change what is there now. */
async function rename(product: Product, tag: string): Promise<{ name: string; stale: string }> {
  let stale = '';
  const path = { id: product.id };
  for (const name of ['Brass bookend', 'Brass bookend, pair']) {
    const headers = { ...key(), 'If-Match': tag };
    const answer = await updateProduct({ client, path, headers, body: { name } });
    if (answer.error?.code !== 'precondition_failed') return { name: got(answer).name, stale };
    stale = answer.error.code;
    tag = (await getProduct({ client, path })).response?.headers.get('etag') ?? '';
  }
  throw new Error('somebody is always faster');
}

async function main(): Promise<void> {
  const body = { name: 'Walnut bookend', price: 24.5, currency: 'EUR', stock: 8 };
  const made = await createProduct({ client, body, headers: key() });
  const product = got(made);
  await updateProduct({ client, path: { id: product.id }, body: { price: 26 } }); // somebody else's edit
  const { name, stale } = await rename(product, made.response?.headers.get('etag') ?? '');

  const wanted = { items: [{ productId: product.id, quantity: 2 }], reference: 'bookends' };
  const headers = key();
  const order = got(await placeOrder({ client, body: wanted, headers }));
  const again = got(await placeOrder({ client, body: wanted, headers }));
  const path = { id: order.id };
  const cancelled = got(await cancelOrder({ client, path }));
  const twice = await cancelOrder({ client, path });
  console.log(
    JSON.stringify({
      walked: await walk(),
      product: product.id,
      name,
      stale,
      total: order.total,
      orders: [order.id, again.id],
      status: cancelled.status,
      twice: twice.error?.code,
    }),
  );
}

void main();
