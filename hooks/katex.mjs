// One formula a line in, one answer a line out: {tex, display} -> {html} or {error}.
import {createInterface} from 'node:readline'
import katex from 'katex'

// KaTeX has no blackboard digits, so the indicator is set in bold.
const INDICATOR = ['\\mathbb{1}', '\\mathbf{1}']

// KaTeX sets \bmod letter by letter within <mo>, where MathML allows text only.
const OPERATOR = /(<mo[^>]*>)<mrow>((?:<mi[^>]*>\w<\/mi>)+)<\/mrow>(?=<\/mo>)/g
const text = (_, mo, letters) => mo + letters.replace(/<[^>]*>/g, '')

// Where \quad or \qquad stands between two statements of a display, a narrow screen begins a new line. A blank takes its
// place, about one em wide and gone at the end of a line (house.css).
const BREAK = '\\allowbreak '
const TOKEN = /\\(?:begin|end|left|right|q?quad)(?![a-zA-Z])|\\.|[{}]/gs
const breakable = tex => {
  let depth = 0
  return tex.replace(TOKEN, token => {
    depth += ['{', '\\begin', '\\left'].includes(token) - ['}', '\\end', '\\right'].includes(token)
    return depth === 0 && token.endsWith('quad') ? token + BREAK : token
  })
}
const CUT = /<span class="mspace"[^>]*><\/span><span class="mspace allowbreak"><\/span>(?:<span class="mspace"[^>]*><\/span>)?<\/span>/g
const PART = '<span class="katex-part">'
const END = '</span></span></span>'  // of .katex-html, .katex, .katex-display
const inParts = html => {
  const plain = html.replaceAll(BREAK, '').replaceAll('<mspace></mspace>', '')
  if (plain.search(CUT) < 0) return plain
  const parts = plain.replace(CUT, `</span></span> ${PART}`).replace(/<span class="katex-html"[^>]*>/, `$&${PART}`)
  return parts.slice(0, -END.length).replace('katex-display', '$& in-parts') + '</span>' + END
}

for await (const line of createInterface({input: process.stdin})) {
  const {tex: written, display} = JSON.parse(line)
  const tex = written.replaceAll(...INDICATOR)
  const render = tex => katex.renderToString(tex, {displayMode: display, strict: 'error', throwOnError: true})
  try {
    const broken = display ? breakable(tex) : tex
    if (broken !== tex) render(tex)  // so that an error is about what the author wrote
    console.log(JSON.stringify({html: inParts(render(broken).replace(OPERATOR, text))}))
  } catch (error) {
    console.log(JSON.stringify({error: error.message}))
  }
}
