/** The steps of tools that send requests by their names, with values that people fill in. */
import type { Steps } from './journey';

/** What is filled in; headers and parameters of the request that are not are left out. */
export interface Filled {
  query?: [string, string][];
  id?: number;
  headers?: Record<string, string>;
  body?: unknown;
  file?: File;
}

/** Sends a request of the contract; gives the JSON of its answer, undefined for 204. */
export type Send = (name: string, method: string, path: string, filled?: Filled) => Promise<any>;

export function steps(send: Send): Steps {
  return {
    list: () => send('List Products', 'GET', '/products'),
    filter: (fields, categories) =>
      send('List Products', 'GET', '/products', {
        query: [['fields', fields.join()], ...categories.map((id): [string, string] => ['category', `${id}`])],
      }),
    create: (body) => send('Create Product', 'POST', '/products', { body }),
    patch: (id, tag, body) =>
      send('Update Product', 'PATCH', '/products/:id', { id, body, headers: { 'If-Match': tag } }),
    order: (key, body) => send('Place Order', 'POST', '/orders', { body, headers: { 'Idempotency-Key': key } }),
    remove: (id, tag) => send('Delete Product', 'DELETE', '/products/:id', { id, headers: { 'If-Match': tag } }),
    upload: (file) => send('Create File', 'POST', '/files', { file }),
  };
}
