/* The search worker: ranks pages and picks what to show of them. It speaks Material's four messages.
 *
 * A query is read as concepts of the lexicon (any name, either language, known misspellings), then other words,
 * then pairs of the Chinese characters that are left. MiniSearch, which stands above in the
 * published file as the index stands below, ranks pages by titles, names and headings; the texts, once there, are
 * scanned as they are. */
(() => {
  "use strict"
  const [SETUP, READY, QUERY, RESULT] = [0, 1, 2, 3]
  const FIELDS = { terms: 12, title: 6, names: 8, headings: 2.5, says: 1 }
  const HAN = /\p{Script=Han}/u
  const HAN_ONLY = /^\p{Script=Han}+$/u
  const WORD = /#\d+|[a-z0-9_]+|[\u0370-\u03ff]+|\p{Script=Han}+/gu
  const STOP = new Set((
    "a an the of in on for to is are was be what why how does do did and or with vs versus between it i my me " +
    "can when which that this there as by from at if not use using used explain difference"
  ).split(" "))
  const STOP_HAN = new RegExp(
    "为什么|为何|是什么|什么是|什么|怎么样|怎么|怎样|如何|哪些|哪个|请问|区别|可以|使用|一下|" +
    "[的了吗呢是和与及跟在用会要能有把被对于]", "g")
  let site = null

  // --- words -----------------------------------------------------------------------------------------------

  /* As long as the text, so that positions agree: lower case, full-width to ASCII, dashes to spaces. */
  const flat = text => {
    const lower = text.toLowerCase()
    return (lower.length === text.length ? lower : text)
      .replace(/[\s\-–]/g, " ").replace(/×/g, "x")
      .replace(/[\uff01-\uff5e]/g, c => String.fromCharCode(c.charCodeAt(0) - 0xfee0))
  }

  const latin = character => character !== undefined && /[a-z0-9_]/.test(character)

  const stem = word => {
    if (word.length < 4 || !/^[a-z]+$/.test(word)) return word
    return word.replace(/([^s])s$/, "$1")
      .replace(/(?<=[a-z]{3})(?:ing|ed|e)$|(?<=[aeiou][a-z]+)(?:ing|ed)$/, "")
      .replace(/([bdgmnprt])\1$/, "$1")
  }

  const pairs = run => run.length < 2 ? [run] : Array.from(run.slice(1), (_, i) => run.slice(i, i + 2))

  /* What MiniSearch indexes: words, stems, parts_of_names, pairs of Chinese characters and single ones. */
  const tokens = text => (flat(text).match(WORD) || []).flatMap(word => {
    if (HAN.test(word)) return word.length > 1 ? [...pairs(word), ...word] : [word]
    return word.includes("_") ? [word, ...word.split("_").filter(Boolean)] : [...new Set([word, stem(word)])]
  })

  // --- concepts --------------------------------------------------------------------------------------------

  /* First character -> [form, number of the concept], longest first; each form also without its spaces. */
  const dictionary = concepts => {
    const forms = new Map()
    concepts.forEach((names, n) => names.flat().map(flat).forEach(form => {
      const tight = form.replace(/(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])/g, "")
      for (const way of [form, tight, form.replace(/ /g, "")]) forms.set(way, n)
    }))
    const first = new Map()
    for (const [form, n] of [...forms].sort((a, b) => b[0].length - a[0].length)) {
      if (!first.has(form[0])) first.set(form[0], [])
      first.get(form[0]).push([form, n])
    }
    return first
  }

  /* [start, end, concept, sure] of each term in a flat text, the longest that begins there. With `guess`, a Chinese
   * term with one wrong character counts where it is longer than the right one: 梯度销失 is not 梯度. */
  const spot = (text, first, guess = false) => {
    const found = []
    for (let i = 0; i < text.length;) {
      const names = latin(text[i]) && latin(text[i - 1]) ? [] : first.get(text[i]) || []
      const exact = names.find(([form]) => ending(text, i, form))
      let hit = exact && [i, ending(text, i, exact[0]), exact[1], true]
      const least = hit ? hit[1] - i : 2
      const near = guess && names.find(([form]) => form.length > least && oneWrong(text, i, form))
      if (near) hit = [i, i + near[0].length, near[1], false]
      if (hit) found.push(hit)
      i = hit ? hit[1] : i + 1
    }
    return found
  }

  /* Where the form that begins at i ends; a Latin one ends with its word or the plural of it. */
  const ending = (text, i, form) => {
    if (!text.startsWith(form, i)) return 0
    let end = i + form.length
    if (latin(text[end - 1])) {
      if (text[end] === "s") end++
      if (latin(text[end])) return 0
    }
    return end
  }

  const oneWrong = (text, i, form) => {
    const meant = text.slice(i, i + form.length)
    if (meant.length < form.length || !HAN_ONLY.test(meant)) return false
    return [...form].filter((character, k) => character !== meant[k]).length === 1
  }

  /* The names to look for in a text; those that contain another one would find nothing new. */
  const needles = names => {
    const forms = [...new Set(names.map(flat))]
    const within = form => forms.some(other => other !== form && other.length > 1 && form.includes(other))
    return forms.filter(form => !within(form))
  }

  // --- setting up ------------------------------------------------------------------------------------------

  /* The index comes first, the texts of its sections some time later. */
  const setup = data => {
    const { texts, ...index } = typeof data === "string" ? JSON.parse(data) : data
    if (index.pages) site = build(index)
    const each = (page, p) => page.sections.forEach((section, s) => say(section, texts[p][s]))
    if (texts && site) site.pages.forEach(each)
  }

  const build = ({ concepts, pages }) => {
    const first = dictionary(concepts)
    return {
      first,
      engine: engine(concepts, pages, first),
      known: new Set(pages.flatMap(page => tokens(own(page, concepts)))),
      pages: pages.map(page => ({ ...page, sections: sections(page) })),
      needles: concepts.map(([here, there]) => needles([...here, ...there])),
      completions: completions(concepts, pages),
    }
  }

  const engine = (concepts, pages, first) => {
    const mini = new MiniSearch({ fields: Object.keys(FIELDS), tokenize: tokens, processTerm: term => term })
    const mark = text => text + spot(flat(text), first).map(([, , n]) => ` #${n}`).join("")
    mini.addAll(pages.map((page, id) => ({
      id,
      title: mark(page.title),
      names: page.names.join(" "),
      headings: page.sections.map(([, title]) => mark(title)).join("\n"),
      terms: page.owns.map(n => `#${n} ${concepts[n].flat().join("\n")}`).join("\n"),
      says: page.says.map(n => `#${n}`).join(" "),
    })))
    return mini
  }

  /* The words by which a page is called: a word of a query that is among them is not misspelled. */
  const own = ({ title, names, owns }, concepts) =>
    [title, ...names, ...owns.flatMap(n => concepts[n].flat())].join("\n")

  const sections = page => [["", page.title], ...page.sections].map(([id, title]) => {
    const section = { location: page.url + (id && `#${id}`), title, flatTitle: flat(title) }
    return say(section, id ? "" : page.lead)
  })

  const say = (section, text = "") => Object.assign(section, { text, flatText: flat(text) })

  const completions = (concepts, pages) => {
    const owned = new Set(pages.flatMap(page => page.owns))
    const names = concepts.flatMap(([here, there], n) => owned.has(n) ? [...here, ...there] : [])
    return [...new Set([...names, ...pages.flatMap(page => page.names)].map(name => name.toLowerCase()))]
  }

  // --- reading a query -------------------------------------------------------------------------------------

  /* The units of a query: what ranks pages (tokens with weights) and what is looked for in texts (needles). */
  const read = query => {
    const text = flat(query.normalize("NFKC")).slice(0, 200)
    const units = []
    let end = 0
    for (const [from, to, n, sure] of spot(text, site.first, true)) {
      units.push(...others(text.slice(end, from)), named(text.slice(from, to), n, sure))
      end = to
    }
    return units.concat(others(text.slice(end), true))
  }

  const named = (text, n, sure) => {
    const words = tokens(text).filter(token => token.length > 1)
    return { needles: site.needles[n], tokens: [[`#${n}`, sure ? 4 : 2], ...words.map(word => [word, 0.3])] }
  }

  const others = (piece, last) => (piece.match(WORD) || []).flatMap((word, i, words) => {
    if (HAN.test(word)) {
      const left = word.replace(STOP_HAN, " ").trim().split(/ +/)
      const runs = left.every(run => run.length > 1) ? left : [word]  // 对数 is a word, not 数
      return runs.flatMap(pairs).map(pair => ({ needles: [pair], tokens: [[pair, 1]] }))
    }
    const typing = last && i === words.length - 1
    if (STOP.has(word) && !typing) return []
    const token = typing && !site.known.has(stem(word)) ? word : stem(word)
    const parts = word.includes("_") ? word.split("_").filter(part => part.length > 1) : []
    return [{ needles: [token], tokens: [[token, 1.5], ...parts.map(part => [stem(part), 0.3])] }]
  })

  // --- ranking ---------------------------------------------------------------------------------------------

  /* Pages, best first: how well they are called what is asked for, and how well their best section says it. */
  const rank = (units, query) => {
    const called = byNames(units)
    const rarities = units.map(rarity)
    return site.pages.map((page, id) => {
      const scored = page.sections.map(section => ({ section, score: weigh(section, units, rarities) }))
      const quoted = units.length > 1 && page.sections.some(({ flatText }) => flatText.includes(query))
      const said = Math.max(...scored.map(({ score }) => score)) + (quoted ? 10 : 0)
      return { page, sections: scored, said, score: ((called.get(id) || 0) + said) * page.boost }
    }).filter(({ score }) => score > 0).sort((a, b) => b.score - a.score)
  }

  /* MiniSearch's scores, scaled so that the best page has 10. Only unknown words are taken for misspelled. */
  const byNames = units => {
    const weights = new Map()
    for (const [token, weight] of units.flatMap(unit => unit.tokens)) {
      weights.set(token, Math.max(weight, weights.get(token) || 0))
    }
    const list = [...weights.keys()]
    const isWord = token => /^[a-z_]/.test(token)
    const results = site.engine.search(list.join(" "), {
      tokenize: () => list,
      boost: FIELDS,
      boostTerm: token => weights.get(token),
      prefix: token => isWord(token) && token.length > 1,
      fuzzy: token => isWord(token) && token.length > 3 && !site.known.has(token) ? 0.3 : false,
      maxFuzzy: 2,
    })
    return new Map(results.map(({ id, score }) => [id, 10 * score / results[0].score]))
  }

  /* The fewer sections speak of a unit, the more it says that one does. */
  const rarity = unit => {
    const all = site.pages.flatMap(page => page.sections)
    const some = all.filter(section => count(section.flatText, unit, 1) || count(section.flatTitle, unit, 1))
    return Math.log(1 + all.length / (some.length + 1))
  }

  const weigh = (section, units, rarities) => {
    let score = 0, matched = 0
    units.forEach((unit, i) => {
      const inTitle = count(section.flatTitle, unit, 1), inText = count(section.flatText, unit, 5)
      if (inTitle || inText) matched++
      score += rarities[i] * (inTitle * 2 + inText / (inText + 2))
    })
    return score * matched / units.length
  }

  /* Where a needle stands in a flat text; Latin ones only at the beginning of a word. */
  const places = function* (text, needle) {
    for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + needle.length)) {
      if (!(latin(needle[0]) && latin(text[at - 1]))) yield at
    }
  }

  const count = (text, unit, most) => {
    let n = 0
    for (const needle of unit.needles) for (const _ of places(text, needle)) if (++n >= most) return n
    return n
  }

  // --- showing ---------------------------------------------------------------------------------------------

  const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" }
  const escape = text => text.replace(/[&<>"]/g, character => ENTITIES[character])

  /* [start, end] of all matches up to the ends of their words, joined where they touch. */
  const spans = (flatText, units) => {
    const span = (at, needle) => {
      let end = at + needle.length
      while (latin(flatText[end - 1]) && latin(flatText[end])) end++
      return [at, end]
    }
    const all = needle => [...places(flatText, needle)].map(at => span(at, needle))
    const found = units.flatMap(unit => unit.needles).flatMap(all).sort((a, b) => a[0] - b[0])
    return found.reduce((joined, [start, end]) => {
      const last = joined[joined.length - 1]
      if (last && start <= last[1]) last[1] = Math.max(last[1], end)
      else joined.push([start, end])
      return joined
    }, [])
  }

  const highlight = (text, marks, from = 0, to = text.length) => {
    let html = "", at = from
    for (const [start, end] of marks) if (start >= from && end <= to) {
      html += `${escape(text.slice(at, start))}<mark>${escape(text.slice(start, end))}</mark>`
      at = end
    }
    return html + escape(text.slice(at, to))
  }

  /* The part of the text around its first match. */
  const teaser = (text, marks) => {
    const length = HAN.test(text) ? 90 : 180
    let from = marks.length ? Math.max(0, Math.floor(marks[0][0] - length / 3)) : 0
    if (from > 0) from += text.slice(from, from + 20).search(/[\s，。；：,.;:]/) + 1
    const to = Math.min(text.length, from + length)
    return `${from > 0 ? "…" : ""}${highlight(text, marks, from, to)}${to < text.length ? "…" : ""}`
  }

  const item = (section, units, score) => {
    const { location, title, flatTitle, text, flatText } = section
    const inTitle = spans(flatTitle, units), inText = spans(flatText, units)
    const found = [...inTitle.map(span => title.slice(...span)), ...inText.map(span => text.slice(...span))]
    return { location, title: highlight(title, inTitle), text: teaser(text, inText), score, found }
  }

  /* The page, then its best sections. Material shows at once what scores like the first entry and folds the
   * others away; it marks `terms` on the page that the reader opens, so they are written as that page does. */
  const group = ({ page, sections: [head, ...rest], score }, units) => {
    const worthy = rest.filter(other => other.score > 0.4 * head.score)
    const good = worthy.sort((a, b) => b.score - a.score).slice(0, 5)
    const better = other => other === good[0] && other.score > head.score
    const items = [item(head.section, units, score),
      ...good.map(other => item(other.section, units, better(other) ? score : score / 2))]
    const found = new Set(items.flatMap(shown => shown.found).map(term => term.toLowerCase()))
    const terms = Object.fromEntries([...found].slice(0, 4).map(term => [term, true]))
    return items.map(({ found: _, ...shown }) => ({ ...shown, terms }))
  }

  /* Material completes the last word of the field by the last suggestion. */
  const suggest = query => {
    const typed = flat(query)
    const fit = site.completions.filter(name => name.length > typed.length && flat(name).startsWith(typed))
    if (!typed || !fit.length) return []
    const shortest = fit.reduce((a, b) => a.length <= b.length ? a : b)
    return [shortest.slice(typed.search(/[^ ]*$/))]
  }

  const search = query => {
    const units = typeof query === "string" && site ? read(query) : []
    if (!units.length) return { items: [] }
    const ranked = rank(units, flat(query).trim())
    const shown = ranked.filter(({ score, said }) => said || score > 0.08 * ranked[0].score).slice(0, 20)
    return { items: shown.map(found => group(found, units)), suggest: suggest(query) }
  }

  const answer = message => {
    const { type, data } = message || {}
    try {
      if (type === SETUP) return setup(data), { type: READY }
      return { type: RESULT, data: type === QUERY ? search(data) : { items: [] } }
    } catch (error) {
      console.warn(error)
      return type === SETUP ? { type: READY } : { type: RESULT, data: { items: [] } }
    }
  }

  self.answerSearch = answer
  if (typeof importScripts === "function") self.onmessage = ({ data }) => self.postMessage(answer(data))
})()
