// What the shop asks of the catalogue.

import { ask, patiently } from '../graphql.js';
import { IMAGE, IMAGES } from '../picture.js';

const TILE = `fragment Tile on Product { id productId name price currency compareAtPrice stock options { name } ${IMAGE} }`;
const VARIANTS = `edges { node { id variantId sku price compareAtPrice stock imageId options { name value } } } pageInfo { hasNextPage endCursor }`;
const PAGE = `query Shelf($first: Int!, $after: String, $filter: ProductFilter, $sort: ProductSort, $counted: Boolean!) {
  products(first: $first, after: $after, filter: $filter, sort: $sort) {
    edges { node { ...Tile } }
    pageInfo { hasNextPage endCursor }
    totalCount @include(if: $counted)
    correctedQuery
  }
} ${TILE}`;
const FACETS = `query Facets($filter: ProductFilter, $of: [String!]!) {
  products(first: 1, filter: $filter) { facets(of: $of) { name values { value label count } } }
}`;
const PRODUCT = `query Product($id: ID!) {
  product(id: $id) {
    ...Tile
    ${IMAGES}
    description
    sku
    brand
    attributes { name value }
    options { values }
    variants(first: 100) { ${VARIANTS} }
    categories(first: 5) { edges { node { categoryId name } } }
    near: categories(first: 1) { edges { node { categoryId name products(first: 6) { edges { node { ...Tile } } } } } }
  }
} ${TILE}`;
const MORE = `query More($id: ID!, $after: String) { product(id: $id) { variants(first: 100, after: $after) { ${VARIANTS} } } }`;
const CATEGORIES = `query Aisles($after: String) {
  categories(first: 100, after: $after, sort: { by: NAME }) {
    edges { node { categoryId name parent { categoryId } } }
    pageInfo { hasNextPage endCursor }
  }
}`;
const AGAIN = `query Again($ids: [ID!]!) { nodes(ids: $ids) { ...Tile ... on Variant { id price stock } } } ${TILE}`;
const SORTS = {
  best: { by: 'RELEVANCE' },
  newest: { by: 'CREATED_AT', direction: 'DESC' },
  name: { by: 'NAME' },
  cheapest: { by: 'PRICE' },
  dearest: { by: 'PRICE', direction: 'DESC' },
};
const PAGE_SIZE = 24;

const nodes = ({ edges }) => edges.map(({ node }) => node);

/** The sort that is shown: the best match of a search, else the newest first, unless another one is chosen. */
export const sorted = ({ q, sort }) =>
  Object.hasOwn(SORTS, sort) && (q || sort !== 'best') ? sort : q ? 'best' : 'newest';

function narrowed({ q, categories, stock, price, brand, tag, material }) {
  const [minPrice, maxPrice] = /^[0-9.]+\.\.[0-9.]+$/.test(price) ? price.split('..') : [null, null];
  const some = (values) => (values?.length ? values : null);
  const attributes = some(material) && [{ name: 'Material', values: material }];
  const typos = q ? 'AUTO' : null;
  return { q: q || null, typos, categories, inStock: stock ? true : null, minPrice, maxPrice, brand: some(brand), tag: some(tag), attributes };
}

/**
 * A page of products: `{products, total, cursor, corrected}`; `total` with the first page, a `cursor` where more follow,
 * the search that found them where it was `corrected`.
 */
export async function page(shown, after, patience) {
  const variables = { first: PAGE_SIZE, after, filter: narrowed(shown), sort: SORTS[sorted(shown)], counted: !after };
  const { data } = await patiently(() => ask(PAGE, variables, patience), patience);
  const { pageInfo, totalCount, correctedQuery } = data.products;
  const cursor = pageInfo.hasNextPage ? pageInfo.endCursor : null;
  return { products: nodes(data.products), total: totalCount, cursor, corrected: correctedQuery };
}

/** The facets of a list, by their names. */
export async function facets(shown, of, patience) {
  const { data } = await patiently(() => ask(FACETS, { filter: narrowed(shown), of }, patience), patience);
  return Object.fromEntries(data.products.facets.map(({ name, values }) => [name, values]));
}

/** A product with all its variants, its categories and what stands near it, or null. */
export async function product(id, patience) {
  const { data } = await patiently(() => ask(PRODUCT, { id }, patience), patience);
  if (!data.product) return null;
  const [aisle] = nodes(data.product.near);
  const near = aisle ? nodes(aisle.products).filter(({ productId }) => productId !== data.product.productId) : [];
  const variants = await all(id, data.product.variants, patience);
  return { ...data.product, variants, categories: nodes(data.product.categories), near: near.slice(0, 5) };
}

/** All variants of a product whose first ones are known. */
async function all(id, first, patience) {
  const found = nodes(first);
  for (let { pageInfo } = first; pageInfo.hasNextPage; ) {
    const { data } = await patiently(() => ask(MORE, { id, after: pageInfo.endCursor }, patience), patience);
    if (!data.product) break;
    found.push(...nodes(data.product.variants));
    ({ pageInfo } = data.product.variants);
  }
  return found;
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

/** Products and variants by their global ids as they are now, null for what is gone. */
export async function again(ids, patience) {
  const { data } = await patiently(() => ask(AGAIN, { ids }, patience), patience);
  return data.nodes;
}
