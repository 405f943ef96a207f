import {
  CreateFileBody,
  CreateFileResponse,
  CreateProductBody,
  CreateProductResponse,
  DeleteProductHeader,
  DeleteProductParams,
  ListProductsQueryParams,
  ListProductsResponse,
  PlaceOrderBody,
  PlaceOrderHeader,
  PlaceOrderResponse,
  UpdateProductBody,
  UpdateProductHeader,
  UpdateProductResponse,
} from './orval-zod/api';
import { place, travel } from './journey';

/** The schemas come without a client: this is the least that sends what they parsed. */
async function send(method: string, path: string, body?: unknown, headers: Record<string, unknown> = {}): Promise<unknown> {
  const isForm = body instanceof FormData;
  const answer = await fetch(`${place.url}${path}`, {
    method,
    body: isForm ? body : JSON.stringify(body),
    headers: {
      Authorization: `Bearer ${place.key}`,
      ...(isForm || body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...(headers as Record<string, string>),
    },
  });
  if (!answer.ok) throw new Error(await answer.text());
  return answer.status === 204 ? undefined : answer.json();
}

async function list(query: Record<string, unknown>) {
  const pairs = Object.entries(ListProductsQueryParams.parse(query)).map(([name, value]) => [name, String(value)]);
  return ListProductsResponse.parse(await send('GET', `/products?${new URLSearchParams(pairs)}`));
}

void travel({
  list: () => list({}),
  filter: (fields, category) => list({ fields, category }),
  create: async (body) => CreateProductResponse.parse(await send('POST', '/products', CreateProductBody.parse(body))),
  patch: async (id, tag, body) =>
    UpdateProductResponse.parse(
      await send('PATCH', `/products/${id}`, UpdateProductBody.parse(body), UpdateProductHeader.parse({ 'If-Match': tag })),
    ),
  order: async (key, body) =>
    PlaceOrderResponse.parse(
      await send('POST', '/orders', PlaceOrderBody.parse(body), PlaceOrderHeader.parse({ 'Idempotency-Key': key })),
    ),
  remove: (id, tag) =>
    send(
      'DELETE',
      `/products/${DeleteProductParams.parse({ id }).id}`,
      undefined,
      DeleteProductHeader.parse({ 'If-Match': tag }),
    ),
  async upload(file) {
    const form = new FormData();
    form.append('file', CreateFileBody.parse({ file }).file as File);
    return CreateFileResponse.parse(await send('POST', '/files', form));
  },
});
