// One formula a line in, one answer a line out: {tex, display} -> {html} or {error}.
import {createInterface} from 'node:readline'
import katex from 'katex'

// KaTeX sets \bmod letter by letter within <mo>, where MathML allows text only.
const OPERATOR = /(<mo[^>]*>)<mrow>((?:<mi[^>]*>\w<\/mi>)+)<\/mrow>(?=<\/mo>)/g
const text = (_, mo, letters) => mo + letters.replace(/<[^>]*>/g, '')

for await (const line of createInterface({input: process.stdin})) {
  const {tex, display} = JSON.parse(line)
  try {
    const html = katex.renderToString(tex, {displayMode: display, strict: 'error', throwOnError: true})
    console.log(JSON.stringify({html: html.replace(OPERATOR, text)}))
  } catch (error) {
    console.log(JSON.stringify({error: error.message}))
  }
}
