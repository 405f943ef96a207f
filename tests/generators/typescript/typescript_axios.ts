import { place, travel } from './journey';
import { Configuration, FilesApi, OrdersApi, ProductsApi } from './typescript-axios';

const configuration = new Configuration({ basePath: place.url, accessToken: place.key });
const products = new ProductsApi(configuration);

void travel({
  list: async () => (await products.listProducts()).data,
  filter: async (fields, category) => (await products.listProducts({ fields, category })).data,
  create: async (productInput) => (await products.createProduct({ productInput })).data,
  patch: async (id, ifMatch, productPatch) => (await products.updateProduct({ id, ifMatch, productPatch })).data,
  order: async (idempotencyKey, orderInput) =>
    (await new OrdersApi(configuration).placeOrder({ idempotencyKey, orderInput })).data,
  remove: (id, ifMatch) => products.deleteProduct({ id, ifMatch }),
  upload: async (file) => (await new FilesApi(configuration).createFile({ file })).data,
});
