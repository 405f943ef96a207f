import { createClient } from './hey-api/client';
import { createFile, createProduct, deleteProduct, listProducts, placeOrder, updateProduct } from './hey-api/sdk.gen';
import { place, travel } from './journey';

const client = createClient({ baseUrl: place.url, auth: place.key });

function got<T>({ data, error }: { data?: T; error?: unknown }): T {
  if (data === undefined) throw new Error(JSON.stringify(error));
  return data;
}

void travel({
  list: async () => got(await listProducts({ client })),
  filter: async (fields, category) => got(await listProducts({ client, query: { fields, category } })),
  create: async (body) => got(await createProduct({ client, body })),
  patch: async (id, tag, body) => got(await updateProduct({ client, path: { id }, headers: { 'If-Match': tag }, body })),
  order: async (key, body) => got(await placeOrder({ client, headers: { 'Idempotency-Key': key }, body })),
  remove: (id, tag) => deleteProduct({ client, path: { id }, headers: { 'If-Match': tag } }),
  upload: async (file) => got(await createFile({ client, body: { file } })),
});
