import { setConfig } from '@kubb/plugin-client/clients/fetch';
import { place, travel } from './journey';
import { createFile, createProduct, deleteProduct, listProducts, placeOrder, updateProduct } from './kubb/clients';

setConfig({ baseURL: place.url, headers: [['Authorization', `Bearer ${place.key}`]] });
const json = { 'Content-Type': 'application/json' };

void travel({
  list: () => listProducts(),
  filter: (fields, category) => listProducts({ fields, category }),
  create: (body) => createProduct(body),
  patch: (id, tag, body) => updateProduct(id, body, { 'If-Match': tag }),
  order: (key, body) => placeOrder(body, { 'Idempotency-Key': key }),
  remove: (id, tag) => deleteProduct(id, { 'If-Match': tag }),
  upload: (file) => createFile({ file }),
}, {
  create: (body) => createProduct(body, undefined, { headers: json }),
  patch: (id, tag, body) => updateProduct(id, body, { 'If-Match': tag }, { headers: json }),
  order: (key, body) => placeOrder(body, { 'Idempotency-Key': key }, { headers: json }),
});
