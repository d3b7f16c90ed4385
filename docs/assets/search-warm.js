/* Starts the search when the reader goes to its field: until then, neither worker nor index are fetched.
 *
 * Material's script asks for a worker at page load. It gets an object that looks like one, is ready at once, and
 * passes queries on when there are any. Opened from the file system, where browsers allow no workers, the same
 * code runs in the page. */
(() => {
  "use strict"
  const [SETUP, READY, QUERY, RESULT] = [0, 1, 2, 3]
  const FIELD = "[data-md-component=search-query]"
  const OPENING = `${FIELD}, label[for=__search]`
  const NOTHING = { type: RESULT, data: { items: [] } }
  const Native = window.Worker
  const here = document.currentScript.src
  const offline = location.protocol === "file:"
  const data = name => new URL(`../search/${name}.${offline ? "js" : "json"}`, here)

  class LazyWorker extends EventTarget {
    constructor(script) {
      super()
      this.script = script
      for (const touch of ["pointerdown", "focusin"]) document.addEventListener(touch, ({ target }) => {
        if (target.closest?.(OPENING)) this.start().catch(() => {})
      })
      // Material waits for a key to come up. Dictation, pasting and some keyboards of phones press none.
      document.addEventListener("input", ({ target }) => {
        if (target.matches(FIELD)) target.dispatchEvent(new KeyboardEvent("keyup"))
      })
    }

    postMessage({ type, data: query }) {
      if (type === SETUP) this.say({ type: READY })
      if (type !== QUERY) return
      this.query = query
      if (!query.trim()) return this.say(NOTHING)
      const pass = ask => query === this.query && ask({ type: QUERY, data: query })
      this.start().then(pass, () => this.say(NOTHING))
    }

    terminate() {}

    say(message) {
      setTimeout(() => this.tell(message))
    }

    tell(message) {
      this.dispatchEvent(new MessageEvent("message", { data: message }))
      if (message.type === RESULT && message.data.items.length) this.deepen()
    }

    /* The titles answer first; the texts of the pages follow, and what stands in the field is asked again. */
    async deepen() {
      if (this.deep) return
      this.deep = true
      try {
        const ask = await this.start()
        ask({ type: SETUP, data: await load("text") })
        if (this.query.trim() && document.activeElement.matches(FIELD)) ask({ type: QUERY, data: this.query })
      } catch {
        this.deep = false
      }
    }

    /* A function that takes Material's messages. A failure is forgotten: the next query tries again. */
    start() {
      this.started ??= (offline ? this.inPage() : this.inWorker()).catch(error => {
        this.started = null
        throw error
      })
      return this.started
    }

    async inWorker() {
      const worker = new Native(this.script)
      worker.onmessage = event => this.tell(event.data)
      worker.postMessage({ type: SETUP, data: await load("index") })
      return message => worker.postMessage(message)
    }

    async inPage() {
      await run(this.script)
      const ask = message => this.say(window.answerSearch(message))
      ask({ type: SETUP, data: await load("index") })
      return ask
    }
  }

  const load = async name => {
    if (offline) return new Promise((resolve, reject) => {
      window.searchData = resolve
      run(data(name)).catch(reject)
    })
    const response = await fetch(data(name))
    if (!response.ok) throw new Error(`${response.status} ${response.url}`)
    return response.text()
  }

  const run = url => new Promise((resolve, reject) => {
    const script = document.createElement("script")
    Object.assign(script, { src: url, onload: resolve, onerror: reject })
    document.head.append(script)
  })

  window.Worker = function (url, options) {
    return /(^|\/)assets\/search\.js$/.test(url) ? new LazyWorker(url) : new Native(url, options)
  }
})()
