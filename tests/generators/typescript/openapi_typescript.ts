import createClient from 'openapi-fetch';
import { place, travel } from './journey';
import type { paths } from './openapi-typescript/schema';

const client = createClient<paths>({ baseUrl: place.url, headers: { Authorization: `Bearer ${place.key}` } });

function got<T>({ data, error }: { data?: T; error?: unknown }): T {
  if (data === undefined) throw new Error(JSON.stringify(error));
  return data;
}

void travel({
  list: async () => got(await client.GET('/products')),
  filter: async (fields, category) => got(await client.GET('/products', { params: { query: { fields, category } } })),
  create: async (body) => got(await client.POST('/products', { body })),
  patch: async (id, tag, body) =>
    got(await client.PATCH('/products/{id}', { params: { path: { id }, header: { 'If-Match': tag } }, body })),
  order: async (key, body) => got(await client.POST('/orders', { params: { header: { 'Idempotency-Key': key } }, body })),
  remove: (id, tag) => client.DELETE('/products/{id}', { params: { path: { id }, header: { 'If-Match': tag } } }),
  upload: async (file) => got(await client.POST('/files', { body: { file } as never })),
}, {
  async upload(file) {
    const bodySerializer = (body: { file: unknown }) => {
      const form = new FormData();
      form.append('file', body.file as File);
      return form;
    };
    return got(await client.POST('/files', { body: { file } as never, bodySerializer }));
  },
});
