import { place, travel } from './journey';
import { createApiClient } from './zodios/api';

const api = createApiClient(place.url, { axiosConfig: { headers: { Authorization: `Bearer ${place.key}` } } });

void travel({
  list: () => api.listProducts(),
  filter: (fields, category) => api.listProducts({ queries: { fields, category } }),
  create: (body) => api.createProduct(body),
  patch: (id, tag, body) => api.updateProduct(body, { params: { id }, headers: { 'If-Match': tag } }),
  order: (key, body) => api.placeOrder(body, { headers: { 'Idempotency-Key': key } }),
  remove: (id, tag) => api.deleteProduct(undefined, { params: { id }, headers: { 'If-Match': tag } }),
  upload: (file) => api.createFile({ file }),
});
