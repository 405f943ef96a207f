// Prints what a validator says of the products in a JSON-LD file, by the requirements of Google's rich results.
// Usage: node structured-data.mjs FILE
import { readFileSync } from 'node:fs'
import Validator from '@adobe/structured-data-validator'

const products = JSON.parse(readFileSync(process.argv[2], 'utf8'))['@graph']
const jsonld = {}
for (const product of products) {
  ;(jsonld[product['@type']] ??= []).push({ ...product, '@location': '0,0' })
}
const issues = await new Validator().validate({ jsonld, microdata: {}, rdfa: {}, errors: [] })
for (const { severity, issueMessage, path } of issues) {
  console.log(severity, path.map((part) => part.type ?? part.property).join('/'), issueMessage)
}
