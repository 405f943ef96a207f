import { place, travel } from './journey';
import { Api } from './swagger-typescript-api/api';

const api = new Api<string>({
  baseUrl: place.url,
  securityWorker: (key) => ({ headers: { Authorization: `Bearer ${key}` } }),
});
api.setSecurityData(place.key);

void travel({
  list: async () => (await api.products.listProducts()).data,
  filter: async (fields, category) => (await api.products.listProducts({ fields, category })).data,
  create: async (body) => (await api.products.createProduct(body)).data,
  patch: async (id, tag, body) => (await api.products.updateProduct(id, body, { headers: { 'If-Match': tag } })).data,
  order: async (key, body) => (await api.orders.placeOrder(body, { headers: { 'Idempotency-Key': key } })).data,
  remove: (id, tag) => api.products.deleteProduct(id, { headers: { 'If-Match': tag } }),
  upload: async (file) => (await api.files.createFile({ file })).data,
});
