// Follows the edits of products of a running service until it has seen so many, and prints the versions that they made.
// Usage: node streams.mjs CLIENT BASE_URL COUNT
import { ApolloClient, ApolloLink, InMemoryCache, Observable, gql } from '@apollo/client/core/index.js'
import { EventSource } from 'eventsource'
import { print } from 'graphql'
import { createClient } from 'graphql-sse'

const [client, base, count] = process.argv.slice(2)
const query = `subscription News($after: String) {
  changes(after: $after, filter: { types: ["product.updated"] }) { cursor version node { id ... on Product { name } } }
}`
const seen = []
let last = null

function take(change) {
  seen.push(change.version)
  last = change.cursor
  if (seen.length === Number(count)) {
    console.log(JSON.stringify(seen))
    process.exit(0)
  }
}

// Two connections, so that the second one goes on where the first one was left.
async function graphqlSse() {
  for (;;) {
    const sse = createClient({ url: `${base}/graphql` })
    for await (const { data } of sse.iterate({ query, variables: { after: last } })) {
      take(data.changes)
      if (seen.length === Math.floor(Number(count) / 2)) break
    }
    sse.dispose()
  }
}

function apollo() {
  const sse = createClient({ url: `${base}/graphql` })
  const link = new ApolloLink(
    (operation) =>
      new Observable((sink) =>
        sse.subscribe({ ...operation, query: print(operation.query) }, {
          next: sink.next.bind(sink),
          complete: sink.complete.bind(sink),
          error: sink.error.bind(sink),
        }),
      ),
  )
  const made = new ApolloClient({ link, cache: new InMemoryCache() })
  made.subscribe({ query: gql(query) }).subscribe({
    next: ({ data }) => take(data.changes),
    error: (error) => { throw error },
  })
}

function eventSource() {
  const source = new EventSource(`${base}/v2/changes?types=product.updated`)
  source.onmessage = (event) => take(JSON.parse(event.data))
}

const clients = { 'graphql-sse': graphqlSse, apollo, eventsource: eventSource }
await clients[client]()
