/**
 * A partner's day with typed GraphQL documents: make products, find and change one, order it and a variant once, cancel.
 *
 *     node graphql_journey.js http://127.0.0.1:8000 [API key]
 */
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { print } from 'graphql';
import * as documents from './graphql';
import { retrying } from './retries';

const [url = 'http://127.0.0.1:8000', apiKey = ''] = process.argv.slice(2);
const send = retrying();

const key = () => ({ 'Idempotency-Key': crypto.randomUUID() });

/** The data of a document; ends the journey where there is none. */
async function run<T, V>(document: TypedDocumentNode<T, V>, variables: V, headers: Record<string, string> = {}): Promise<T> {
  const answer = await send(`${url}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${apiKey}`, ...headers },
    body: JSON.stringify({ query: print(document), variables }),
  });
  const said = (await answer.json()) as { data?: T };
  if (!said.data) throw new Error(JSON.stringify(said));
  return said.data;
}

/** What was asked for; ends the journey where it is null. */
function got<T>(thing: T | null | undefined): T {
  if (thing === null || thing === undefined) throw new Error('refused');
  return thing;
}

/** The codes that a mutation was refused with, as REST spells them. */
const codes = (errors: { code: string }[]) => errors.map((error) => error.code.toLowerCase()).join(' ');

/** The ids of all products in stock, page by page. */
async function walk(): Promise<string[]> {
  const ids: string[] = [];
  for (let after: string | null = null; ; ) {
    const variables: documents.NextPageQueryVariables = { first: 50, after, filter: { inStock: true } };
    const { products } = await run(documents.NextPageDocument, variables);
    ids.push(...products.edges.map((edge) => edge.node.id));
    if (!products.pageInfo.hasNextPage) return ids;
    after = got(products.pageInfo.endCursor);
  }
}

const detail = async (id: string) => got((await run(documents.ProductDetailDocument, { id })).product);

/** Change a name only if nobody edited the product since `tag`; else read it again, and change what is there now. */
async function rename(id: string, tag: string): Promise<{ name: string; stale: string }> {
  let stale = '';
  for (const name of ['Brass bookend', 'Brass bookend, pair']) {
    const input = { id, name, ifMatch: tag };
    const answer = got((await run(documents.UpdateProductDocument, { input }, key())).updateProduct);
    if (codes(answer.userErrors) !== 'precondition_failed') return { name: (await detail(id)).name, stale };
    stale = codes(answer.userErrors);
    tag = (await detail(id)).etag;
  }
  throw new Error('somebody is always faster');
}

/** Make a product in two sizes; the sku of the larger one, and the prices of both. */
async function tee(): Promise<{ sku: string; prices: number[] }> {
  const [small, sku] = ['S', 'M'].map((size) => `TEE-${size}-${crypto.randomUUID()}`) as [string, string];
  const options = [{ name: 'Size', values: ['S', 'M'] }];
  const variants = [
    { sku: small, stock: 3, options: [{ name: 'Size', value: 'S' }] },
    { sku, stock: 5, price: '21', options: [{ name: 'Size', value: 'M' }] },
  ];
  const input = { name: 'Striped tee', price: '19', currency: 'EUR', options, variants };
  await run(documents.CreateWithVariantsDocument, { input }, key());
  const { edges } = got((await run(documents.ProductVariantsDocument, { by: { sku: small } })).product).variants;
  return { sku, prices: edges.map(({ node }) => Number(node.price)).sort() };
}

async function main(): Promise<void> {
  const input = { name: 'Walnut bookend', price: '24.50', currency: 'EUR', stock: 8 };
  const made = got((await run(documents.CreateProductDocument, { input }, key())).createProduct);
  const product = got(made.product);
  await run(documents.UpdateProductDocument, { input: { id: product.id, price: '26' } }); // somebody else's edit
  const { name, stale } = await rename(product.id, product.etag);

  const { sku, prices } = await tee();
  const items = [{ productId: product.id, quantity: 2 }, { sku, quantity: 1 }];
  const wanted = { input: { items, reference: 'bookends' } };
  const headers = key();
  const order = got(got((await run(documents.PlaceOrderDocument, wanted, headers)).placeOrder).order);
  const again = got(got((await run(documents.PlaceOrderDocument, wanted, headers)).placeOrder).order);
  const which = { input: { id: order.id } };
  const cancelled = got((await run(documents.CancelOrderDocument, which, key())).cancelOrder);
  const twice = got((await run(documents.CancelOrderDocument, which, key())).cancelOrder);
  console.log(
    JSON.stringify({
      walked: await walk(),
      product: product.id,
      name,
      stale,
      total: Number(order.total),
      prices,
      options: Object.fromEntries((order.lines[1]?.options ?? []).map(({ name: option, value }) => [option, value])),
      orders: [order.orderId, again.orderId],
      status: got(cancelled.order).status.toLowerCase(),
      twice: codes(twice.userErrors),
    }),
  );
}

void main();
