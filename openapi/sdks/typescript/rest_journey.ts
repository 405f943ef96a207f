/**
 * A partner's day with the REST client: make products, find and change one, order it and a variant once, cancel.
 *
 *     node rest_journey.js http://127.0.0.1:8000 [API key]
 */
import { createClient } from './rest/client';
import { cancelOrder, createProduct, getProduct, listProducts, listProductVariants, placeOrder, updateProduct } from './rest/sdk.gen';
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

/** Make a product in two sizes; the sku of the larger one, and the prices of both. */
async function tee(): Promise<{ sku: string; prices: number[] }> {
  const [small, sku] = ['S', 'M'].map((size) => `TEE-${size}-${crypto.randomUUID()}`) as [string, string];
  const options = [{ name: 'Size', values: ['S', 'M'] }];
  const variants = [
    { sku: small, stock: 3, options: { Size: 'S' } },
    { sku, stock: 5, price: 21, options: { Size: 'M' } },
  ];
  const body = { name: 'Striped tee', price: 19, currency: 'EUR', options, variants };
  const { id } = got(await createProduct({ client, body, headers: key() }));
  const page = got(await listProductVariants({ client, path: { id } }));
  return { sku, prices: page.items.map(({ price }) => price ?? 0).sort() };
}

async function main(): Promise<void> {
  const body = { name: 'Walnut bookend', price: 24.5, currency: 'EUR', stock: 8 };
  const made = await createProduct({ client, body, headers: key() });
  const product = got(made);
  await updateProduct({ client, path: { id: product.id }, body: { price: 26 } }); // somebody else's edit
  const { name, stale } = await rename(product, made.response?.headers.get('etag') ?? '');

  const { sku, prices } = await tee();
  const wanted = { items: [{ productId: product.id, quantity: 2 }, { sku, quantity: 1 }], reference: 'bookends' };
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
      prices,
      options: order.lines[1]?.options,
      orders: [order.id, again.id],
      status: cancelled.status,
      twice: twice.error?.code,
    }),
  );
}

void main();
