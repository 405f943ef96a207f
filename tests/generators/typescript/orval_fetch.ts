import { createFile, createProduct, deleteProduct, listProducts, placeOrder, updateProduct } from './orval-fetch/api';
import { place, travel } from './journey';

process.env.TANDEM_URL = place.url;
const headers = { Authorization: `Bearer ${place.key}` };

function got<S extends number, T>(answer: { status: S; data: T } | { status: number; data: unknown }, status: S): T {
  if (answer.status !== status) throw new Error(JSON.stringify(answer.data));
  return answer.data as T;
}

void travel({
  list: async () => got(await listProducts({}, { headers }), 200),
  filter: async (fields, category) => got(await listProducts({ fields, category }, { headers }), 200),
  create: async (body) => got(await createProduct(body, { headers }), 201),
  patch: async (id, tag, body) => got(await updateProduct(id, body, { headers: { ...headers, 'If-Match': tag } }), 200),
  order: async (key, body) => got(await placeOrder(body, { headers: { ...headers, 'Idempotency-Key': key } }), 201),
  remove: (id, tag) => deleteProduct(id, { headers: { ...headers, 'If-Match': tag } }),
  upload: async (file) => got(await createFile({ file }, { headers }), 201),
});
