/* Starts the search when the reader goes to its field: until then, its worker is not fetched.
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

  class LazyWorker extends EventTarget {
    constructor(script) {
      super()
      this.script = script
      for (const touch of ["pointerdown", "focusin"]) document.addEventListener(touch, ({ target }) => {
        if (target.closest?.(OPENING)) this.start().catch(() => this.failed())
      })
      // Material waits for a key to come up. Dictation, pasting and some keyboards of phones press none.
      document.addEventListener("input", ({ target }) => {
        if (target.matches(FIELD)) target.dispatchEvent(new KeyboardEvent("keyup"))
      })
      // Enter opens the first result: of what stands in the field, so it waits for the answer to that.
      document.addEventListener("keydown", event => {
        if (event.key !== "Enter" || !event.target.matches(FIELD)) return
        // Or it ends what an input method composes; in Safari, that was over a moment before.
        const composed = event.isComposing || event.keyCode === 229
        if (composed || this.busy) event.stopPropagation()
        if (composed || !this.busy) return
        event.preventDefault()
        this.entered = event.target
      }, true)
    }

    postMessage({ type, data: query }) {
      if (type === SETUP) this.say({ type: READY })
      if (type !== QUERY) return
      this.query = query
      this.entered = null
      if (query.trim() || this.busy) this.ask()
      else this.say(NOTHING)
    }

    terminate() {}

    say(message) {
      setTimeout(() => this.tell(message))
    }

    tell(message) {
      this.dispatchEvent(new MessageEvent("message", { data: message }))
    }

    /* One query at a time: of what is typed meanwhile, only the last is asked, and no old answer is shown. */
    ask() {
      this.waiting = this.busy
      if (this.busy) return
      this.busy = true
      this.start().then(send => send({ type: QUERY, data: this.query }), () => this.failed())
    }

    answered(message) {
      if (message.type !== RESULT) return
      this.busy = false
      if (this.waiting) return this.ask()
      this.tell(message)
      this.entered?.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }))
      this.entered = null
      if (message.data.items.length) this.deepen()
    }

    /* The next query tries again. */
    failed() {
      this.started = null
      this.busy = this.waiting = false
      this.entered = null
      this.tell(NOTHING)
    }

    /* The titles answer first; the texts of the pages follow, and what stands in the field is asked again. */
    async deepen() {
      if (this.deep) return
      this.deep = true
      try {
        const send = await this.start()
        send({ type: SETUP, data: await texts() })
        if (this.query.trim() && document.activeElement.matches(FIELD)) this.ask()
      } catch {
        this.deep = false
      }
    }

    /* A function that takes Material's messages. */
    start() {
      return this.started ??= offline ? this.inPage() : this.inWorker()
    }

    /* It keeps messages that come before its index has. */
    async inWorker() {
      const worker = new Native(this.script)
      worker.onmessage = event => this.answered(event.data)
      worker.onerror = () => this.failed()
      return message => worker.postMessage(message)
    }

    async inPage() {
      await run(this.script)
      return message => setTimeout(() => this.answered(window.answerSearch(message)))
    }
  }

  const texts = async () => {
    if (offline) return new Promise((resolve, reject) => {
      window.searchTexts = resolve
      run(new URL("../search/text.js", here)).catch(reject)
    })
    const response = await fetch(new URL("../search/text.json", here))
    if (!response.ok) throw new Error(`${response.status} ${response.url}`)
    return response.text()
  }

  const run = url => new Promise((resolve, reject) => {
    const script = document.createElement("script")
    Object.assign(script, { src: url, onload: resolve, onerror: reject })
    document.head.append(script)
  })

  window.Worker = function (url, options) {
    return /(^|\/)search\/index\.js$/.test(url) ? new LazyWorker(url) : new Native(url, options)
  }
})()
