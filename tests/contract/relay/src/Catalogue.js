// Relay's own directives over the schema: relay-compiler refuses them where connections or mutations are not Relay's.
const { graphql } = require('relay-runtime');

graphql`
  query CatalogueQuery($filter: ProductFilter) {
    ...Catalogue_products @arguments(filter: $filter)
  }
`;

graphql`
  fragment Catalogue_products on Query
  @argumentDefinitions(
    filter: { type: "ProductFilter" }
    count: { type: "Int", defaultValue: 20 }
    after: { type: "String" }
  )
  @refetchable(queryName: "CatalogueProductsQuery") {
    products(first: $count, after: $after, filter: $filter) @connection(key: "Catalogue_products") {
      edges { node { id ...Catalogue_product } }
    }
  }
`;

graphql`
  fragment Catalogue_product on Product @refetchable(queryName: "CatalogueProductQuery") {
    name
    price
    currency
  }
`;

graphql`
  fragment Catalogue_variants on Product
  @argumentDefinitions(count: { type: "Int", defaultValue: 20 }, after: { type: "String" })
  @refetchable(queryName: "CatalogueVariantsQuery") {
    options { name values }
    variants(first: $count, after: $after) @connection(key: "Catalogue_variants") {
      edges { node { id ...Catalogue_variant } }
    }
  }
`;

graphql`
  fragment Catalogue_variant on Variant @refetchable(queryName: "CatalogueVariantQuery") {
    sku
    price
    stock
    options { name value }
  }
`;

graphql`
  mutation CatalogueCreateMutation($input: CreateProductInput!, $connections: [ID!]!) {
    createProduct(input: $input) {
      productEdge @appendEdge(connections: $connections) { cursor node { id ...Catalogue_product } }
      userErrors { code message field }
    }
  }
`;

graphql`
  mutation CatalogueDeleteMutation($input: DeleteProductInput!) {
    deleteProduct(input: $input) {
      deletedId @deleteRecord
      userErrors { code message field }
    }
  }
`;
