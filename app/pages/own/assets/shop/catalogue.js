// What the shop asks of the catalogue.

import { ask, patiently } from '../graphql.js';
import { IMAGE, IMAGES } from '../picture.js';

const TILE = `fragment Tile on Product { id productId name price currency stock ${IMAGE} }`;
const PAGE = `query Shelf($first: Int!, $after: String, $filter: ProductFilter, $sort: ProductSort, $counted: Boolean!) {
  products(first: $first, after: $after, filter: $filter, sort: $sort) {
    edges { node { ...Tile } }
    pageInfo { hasNextPage endCursor }
    totalCount @include(if: $counted)
  }
} ${TILE}`;
const PRODUCT = `query Product($id: ID!) {
  product(id: $id) {
    ...Tile
    ${IMAGES}
    description
    sku
    brand
    attributes { name value }
    categories(first: 5) { edges { node { categoryId name } } }
    near: categories(first: 1) { edges { node { categoryId name products(first: 6) { edges { node { ...Tile } } } } } }
  }
} ${TILE}`;
const CATEGORIES = `query Aisles($after: String) {
  categories(first: 100, after: $after, sort: { by: NAME }) {
    edges { node { categoryId name parent { categoryId } } }
    pageInfo { hasNextPage endCursor }
  }
}`;
const AGAIN = `query Again($ids: [ID!]!) { nodes(ids: $ids) { ...Tile } } ${TILE}`;
const SORTS = {
  newest: { by: 'CREATED_AT', direction: 'DESC' },
  name: { by: 'NAME' },
  cheapest: { by: 'PRICE' },
  dearest: { by: 'PRICE', direction: 'DESC' },
};
const PAGE_SIZE = 24;

const nodes = ({ edges }) => edges.map(({ node }) => node);

/** A page of products: `{products, total, cursor}`; `total` with the first page, a `cursor` where more follow. */
export async function page({ q, categories, stock, sort }, after, patience) {
  const filter = { q: q || null, categories, inStock: stock ? true : null };
  const variables = { first: PAGE_SIZE, after, filter, sort: Object.hasOwn(SORTS, sort) ? SORTS[sort] : SORTS.newest, counted: !after };
  const { data } = await patiently(() => ask(PAGE, variables, patience), patience);
  const { pageInfo, totalCount } = data.products;
  return { products: nodes(data.products), total: totalCount, cursor: pageInfo.hasNextPage ? pageInfo.endCursor : null };
}

/** A product with its categories and what stands near it, or null. */
export async function product(id, patience) {
  const { data } = await patiently(() => ask(PRODUCT, { id }, patience), patience);
  if (!data.product) return null;
  const [aisle] = nodes(data.product.near);
  const near = aisle ? nodes(aisle.products).filter(({ productId }) => productId !== data.product.productId) : [];
  return { ...data.product, categories: nodes(data.product.categories), near: near.slice(0, 5) };
}

/** All categories, by name. */
export async function categories(patience) {
  const found = [];
  let after = null;
  do {
    const { data } = await patiently(() => ask(CATEGORIES, { after }, patience), patience);
    found.push(...nodes(data.categories));
    after = data.categories.pageInfo.hasNextPage ? data.categories.pageInfo.endCursor : null;
  } while (after);
  return found;
}

/** Products by their global ids as they are now, null for what is gone. */
export async function again(ids, patience) {
  const { data } = await patiently(() => ask(AGAIN, { ids }, patience), patience);
  return data.nodes;
}
