/* The search worker: it ranks pages and picks what to show of them, in Material's four messages (SETUP, READY, QUERY, RESULT).
 *
 * A query is read as concepts of the lexicon (any name, either language, known misspellings), then other words, then what is
 * left of Chinese runs; no character is dropped. MiniSearch, which stands above in the published file, ranks pages by titles,
 * names and headings; the text of the sections, once it has arrived, is scanned as it is. */
(() => {
  "use strict"
  const [SETUP, READY, QUERY, RESULT] = [0, 1, 2, 3]
  const HAN = /\p{Script=Han}/u
  const WORD = /#\d+|[a-z0-9_]+|[\u0370-\u03ff]+|\p{Script=Han}+/gu
  const STOP = new Set(("a an the of in on for to is are was be what why how does do did and or with vs versus between it i my "
    + "me can when which that this there as by from at if not use using used explain difference").split(" "))
  const STOP_HAN = /为什么|为何|是什么|什么是|什么|怎么样|怎么|怎样|如何|哪些|哪个|请问|区别|可以|使用|一下|[的了吗呢是和与及跟在用会要能有把被对于]/g
  const FIELDS = { terms: 12, title: 6, names: 8, headings: 2.5, says: 1 }
  let site = null

  // --- words -------------------------------------------------------------------------------------------------------

  /* As long as the text, so that positions agree: lower case, full-width to ASCII, dashes to spaces. */
  const flat = text => {
    const lower = text.toLowerCase()
    return (lower.length === text.length ? lower : text).replace(/[\s\-–]/g, " ").replace(/×/g, "x")
      .replace(/[\uff01-\uff5e]/g, c => String.fromCharCode(c.charCodeAt(0) - 0xfee0))
  }
  const latin = c => c !== undefined && /[a-z0-9_]/.test(c)
  const stem = word => {
    if (word.length < 4 || !/^[a-z]+$/.test(word)) return word
    const base = word.replace(/([^s])s$/, "$1")
    const cut = base.replace(/(?<=[a-z]{3})(?:ing|ed|e)$|(?<=[aeiou][a-z]+)(?:ing|ed)$/, "")
    return cut.replace(/([bdgmnprt])\1$/, "$1")
  }
  const grams = run => run.length < 2 ? [run] : Array.from({ length: run.length - 1 }, (_, i) => run.slice(i, i + 2))

  /* What MiniSearch indexes: words, the parts of names_like_this, pairs of Chinese characters, the characters themselves. */
  const tokens = text => (flat(text).match(WORD) || []).flatMap(word =>
    HAN.test(word) ? [...(word.length > 1 ? grams(word) : []), ...word]
      : word.includes("_") ? [word, ...word.split("_").filter(Boolean)] : [...new Set([word, stem(word)])])

  // --- concepts ----------------------------------------------------------------------------------------------------

  /* First character -> [form, number of the concept], longest first; each form also written without spaces. */
  const dictionary = concepts => {
    const forms = new Map()
    concepts.forEach((kinds, n) => kinds.flat().forEach(name => {
      const form = flat(name)
      for (const way of [form, form.replace(/ /g, ""), form.replace(/(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])/g, "")]) forms.set(way, n)
    }))
    const first = new Map()
    for (const [form, n] of [...forms].sort((a, b) => b[0].length - a[0].length)) {
      if (!first.has(form[0])) first.set(form[0], [])
      first.get(form[0]).push([form, n])
    }
    return first
  }

  /* [start, end, concept, sure] of each term in a flat text, the longest first. With `guess`, a Chinese term with one wrong
   * character counts where it is longer than the right one: 梯度销失 is not 梯度. */
  const spot = (text, first, guess = false) => {
    const found = []
    for (let i = 0; i < text.length;) {
      const names = latin(text[i]) && latin(text[i - 1]) ? [] : first.get(text[i]) || []
      const exact = names.find(([form]) => ending(text, i, form))
      let hit = exact && [i, ending(text, i, exact[0]), exact[1], true]
      const near = guess && names.find(([form]) => form.length > (hit ? hit[1] - i : 2) && oneWrong(text, i, form))
      if (near) hit = [i, i + near[0].length, near[1], false]
      if (hit) found.push(hit)
      i = hit ? hit[1] : i + 1
    }
    return found
  }

  /* Where the form that begins at i ends; a Latin word ends with the word or its plural. */
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
    if (i + form.length > text.length || !/^\p{Script=Han}+$/u.test(text.slice(i, i + form.length))) return false
    let wrong = 0
    for (let k = 0; k < form.length && wrong < 2; k++) wrong += form[k] !== text[i + k]
    return wrong === 1
  }

  /* The names to look for in a text; those that contain another one would find nothing new. */
  const needles = names => {
    const forms = [...new Set(names.map(flat))]
    return forms.filter(form => !forms.some(other => other !== form && form.includes(other) && other.length > 1))
  }

  // --- setting up --------------------------------------------------------------------------------------------------

  const setup = data => {
    const { texts, ...index } = typeof data === "string" ? JSON.parse(data) : data
    if (index.pages) site = build(index)
    if (texts && site) site.pages.forEach((page, p) => page.sections.forEach((section, s) => fill(section, texts[p][s])))
  }

  const build = ({ language, concepts, pages }) => {
    const first = dictionary(concepts)
    const engine = new MiniSearch({ fields: Object.keys(FIELDS), tokenize: tokens, processTerm: term => term })
    const mark = text => text + spot(flat(text), first).map(([, , n]) => ` #${n}`).join("")
    const shown = pages.map(page => ({ ...page, sections: [["", page.title], ...page.sections].map(([id, title]) =>
      fill({ location: page.url + (id && `#${id}`), title, flatTitle: flat(title) }, id ? "" : page.lead)) }))
    engine.addAll(pages.map((page, id) => ({
      id, title: mark(page.title), names: page.names.join(" "), headings: page.sections.map(([, title]) => mark(title)).join("\n"),
      terms: page.owns.map(n => `#${n} ${concepts[n].flat().join("\n")}`).join("\n"),
      says: page.says.map(n => `#${n} ${concepts[n][0][0]} ${concepts[n][1][0]}`).join("\n"),
    })))
    const known = new Set(pages.flatMap(page => tokens([page.title, page.names, page.owns.flatMap(n => concepts[n])].flat(3).join("\n"))))
    return { language, first, engine, known, pages: shown, concepts: concepts.map(kinds => needles(kinds[0].concat(kinds[1]))),
      completions: completions(concepts, pages, language) }
  }

  const fill = (section, text) => Object.assign(section, { text: text || "", flatText: flat(text || "") })

  const completions = (concepts, pages) => {
    const owned = new Set(pages.flatMap(page => page.owns))
    const names = concepts.flatMap((kinds, n) => owned.has(n) ? [...kinds[0], ...kinds[1]] : [])
    return [...new Set([...names, ...pages.flatMap(page => page.names)].map(name => name.toLowerCase()))]
  }

  // --- reading a query ---------------------------------------------------------------------------------------------

  /* Units of a query, each with what ranks pages (tokens, weights) and what is looked for in texts (needles). */
  const read = query => {
    const text = flat(query.normalize("NFKC")).slice(0, 200)
    const units = []
    let end = 0
    for (const [from, to, n, sure] of spot(text, site.first, true)) {
      units.push(...rest(text.slice(end, from)), named(text.slice(from, to), n, sure))
      end = to
    }
    return units.concat(rest(text.slice(end), true))
  }

  const named = (text, n, sure) => ({ text, needles: site.concepts[n],
    tokens: [[`#${n}`, sure ? 4 : 2], ...tokens(text).filter(token => token.length > 1).map(token => [token, 0.3])] })

  const rest = (piece, last) => {
    const words = piece.match(WORD) || []
    return words.flatMap((word, i) => {
      if (HAN.test(word)) return (word.replace(STOP_HAN, " ").trim() || word).split(/ +/).flatMap(grams)
        .map(pair => ({ text: pair, needles: [pair], tokens: [[pair, 1]] }))
      const typing = last && i === words.length - 1
      if (STOP.has(word) && !typing) return []
      const token = typing && !site.known.has(stem(word)) ? word : stem(word)
      const parts = word.split("_").filter(part => part.length > 1)
      return [{ text: word, needles: [token], tokens: [[token, 1.5], ...(parts[1] ? parts.map(part => [stem(part), 0.3]) : [])] }]
    })
  }

  // --- ranking -----------------------------------------------------------------------------------------------------

  const rank = (units, query) => {
    const weights = new Map()
    units.forEach(unit => unit.tokens.forEach(([token, weight]) => weights.set(token, Math.max(weight, weights.get(token) || 0))))
    const list = [...weights.keys()]
    const plainWord = token => /^[a-z_]/.test(token)
    const scores = new Map(site.engine.search(list.join(" "), {
      tokenize: () => list, boost: FIELDS, boostTerm: token => weights.get(token), maxFuzzy: 2,
      prefix: token => plainWord(token) && token.length > 1,
      fuzzy: token => plainWord(token) && token.length > 3 && !site.known.has(token) ? 0.3 : false,
    }).map(({ id, score }) => [id, score]))
    const best = Math.max(1e-9, ...scores.values())
    const found = units.map(rarity)
    return site.pages.map((page, id) => {
      const sections = page.sections.map(section => ({ section, score: weigh(section, units, found) }))
      const quoted = units.length > 1 && page.sections.some(({ flatText }) => flatText.includes(query)) ? 10 : 0
      const text = quoted + Math.max(...sections.map(({ score }) => score))
      return { page, sections, text, score: ((scores.get(id) || 0) / best * 10 + text) * page.boost }
    }).filter(({ score }) => score > 0).sort((a, b) => b.score - a.score)
  }

  /* The rarer a unit is in the site's sections, the more a match says. */
  const rarity = unit => {
    let n = 0, all = 0
    for (const page of site.pages) for (const section of page.sections) {
      all++
      if (hits(section.flatText, unit, 1) || hits(section.flatTitle, unit, 1)) n++
    }
    return Math.log(1 + all / (n + 1))
  }

  const weigh = (section, units, found) => {
    let score = 0, matched = 0
    units.forEach((unit, i) => {
      const inTitle = hits(section.flatTitle, unit, 1), inText = hits(section.flatText, unit, 5)
      if (inTitle || inText) matched++
      score += found[i] * (inTitle * 2 + inText / (inText + 2))
    })
    return units.length ? score * matched / units.length : 0
  }

  const hits = (text, unit, most) => {
    let n = 0
    for (const needle of unit.needles) n += count(text, needle, most - n)
    return n
  }

  const count = (text, needle, most) => {
    let n = 0
    for (let at = text.indexOf(needle); at >= 0 && n < most; at = text.indexOf(needle, at + needle.length)) {
      if (!(latin(needle[0]) && latin(text[at - 1]))) n++
    }
    return n
  }

  // --- showing -----------------------------------------------------------------------------------------------------

  const escape = text => text.replace(/[&<>"]/g, c => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c])

  /* [start, end] of all matches, joined where they touch. */
  const spans = (flatText, units) => {
    const found = []
    for (const unit of units) for (const needle of unit.needles) {
      for (let at = flatText.indexOf(needle), n = 0; at >= 0 && n < 20; at = flatText.indexOf(needle, at + needle.length), n++) {
        if (latin(needle[0]) && latin(flatText[at - 1])) continue
        let end = at + needle.length
        while (latin(needle[needle.length - 1]) && latin(flatText[end])) end++
        found.push([at, end])
      }
    }
    return found.sort((a, b) => a[0] - b[0]).reduce((joined, [start, end]) => {
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
    let from = marks.length ? Math.max(0, marks[0][0] - length / 3) : 0
    if (from > 0) from += text.slice(from, from + 20).search(/[\s，。；：,.;:]/) + 1
    const to = Math.min(text.length, from + length)
    return `${from > 0 ? "…" : ""}${highlight(text, marks, from, to)}${to < text.length ? "…" : ""}`
  }

  const item = (section, units, score) => {
    const inTitle = spans(section.flatTitle, units), inText = spans(section.flatText, units)
    const found = [...inTitle.map(span => section.title.slice(...span)), ...inText.map(span => section.text.slice(...span))]
    return { location: section.location, title: highlight(section.title, inTitle), text: teaser(section.text, inText), score, found }
  }

  /* The page, then its best sections. Material shows at once what scores like the first entry and folds the others away; it marks
   * `terms` on the page that the reader opens, so they are written as that page writes them. */
  const group = ({ page, sections, score }, units) => {
    const [head, ...others] = sections
    const good = others.filter(other => other.score > 0.4 * head.score).sort((a, b) => b.score - a.score).slice(0, 5)
    const items = [item(head.section, units, score),
      ...good.map((other, n) => item(other.section, units, n === 0 && other.score > head.score ? score : score / 2))]
    const found = [...new Set(items.flatMap(({ found }) => found.map(term => term.toLowerCase())))].slice(0, 4)
    return items.map(({ found: _, ...shown }) => ({ ...shown, terms: Object.fromEntries(found.map(term => [term, true])) }))
  }

  const suggest = query => {
    const typed = flat(query)
    const fit = typed && site.completions.filter(name => flat(name).startsWith(typed) && name.length > typed.length)
    if (!fit || !fit.length) return []
    const name = fit.reduce((a, b) => a.length <= b.length ? a : b)
    return [name.slice(typed.search(/[^ ]*$/))]
  }

  const search = query => {
    const units = typeof query === "string" && site ? read(query) : []
    if (!units.length) return { items: [] }
    const ranked = rank(units, flat(query).trim())
    const items = ranked.filter(({ score, text }) => text || score > 0.08 * ranked[0].score).slice(0, 20).map(found => group(found, units))
    return { items, suggest: suggest(query) }
  }

  const answer = message => {
    const { type, data } = message || {}
    try {
      if (type === SETUP) return setup(data), { type: READY }
      return { type: RESULT, data: type === QUERY ? search(data) : { items: [] } }
    } catch (error) {
      console.warn(error)
      return { type: type === SETUP ? READY : RESULT, data: { items: [] } }
    }
  }

  if (typeof importScripts === "function") self.onmessage = ({ data }) => self.postMessage(answer(data))
  else self.answerSearch = answer
})()
