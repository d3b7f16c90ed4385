"""What a reader waits for: bytes, requests, paint, shift, blocking, the
next page and search, on a slow phone and on a desktop.

python -m benchmarks.site [--runs 3] [--out results.json] [path …]      (build first: make site)
"""

import argparse
import functools
import gzip
import http.server
import json
import pathlib
import shutil
import statistics
import sys
import threading

from playwright.sync_api import sync_playwright

SITE = pathlib.Path(__file__).parent.parent / "site"
PAGES = [
    "zh/",
    "en/",
    "zh/activations/softmax/",
    "en/activations/softmax/",
    "zh/losses/cross_entropy/",
    "zh/start/formulas/",
]
# The phone of Lighthouse: CPU four times slower, slow 4G as the browser applies it.
SLOW_4G = {
    "offline": False,
    "latency": 562.5,
    "downloadThroughput": 1.44e6 / 8,
    "uploadThroughput": 675e3 / 8,
}
PROFILES = {
    "phone": (
        {"viewport": {"width": 412, "height": 823}, "device_scale_factor": 1.75, "is_mobile": True},
        4,
        SLOW_4G,
    ),
    "desktop": ({"viewport": {"width": 1350, "height": 940}}, 1, None),
}
OBSERVE = """
window.seen = {lcp: 0, cls: 0, tbt: 0}
const observe = (type, see) =>
  new PerformanceObserver(list => list.getEntries().forEach(see)).observe({type, buffered: true})
observe('largest-contentful-paint', e => { seen.lcp = e.startTime })
observe('layout-shift', e => { if (!e.hadRecentInput) seen.cls += e.value })
observe('paint', e => { if (e.name === 'first-contentful-paint') seen.fcp = e.startTime })
const tasks = []  // what blocks before anything is to be seen is part of the paint's time
observe('longtask', e => {
  tasks.push(e)
  const late = tasks.filter(t => t.startTime + t.duration > (seen.fcp || 0))
  seen.tbt = late.reduce((sum, t) => sum + t.duration - 50, 0)
})
"""
# From an event to the frame that shows another element at a place.
SHOWN = """([place, event]) => {
  const now = () => document.querySelector(place)
  const old = now()
  window.shown = new Promise(done => addEventListener(event, ({timeStamp}) => {
    const look = () => now() && now() !== old
      ? setTimeout(() => done(performance.now() - timeStamp))
      : requestAnimationFrame(look)
    look()
  }, {once: true, capture: true}))
}"""


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves gzip, as a real host does, and counts the bytes of each answer."""

    protocol_version = "HTTP/1.1"
    sent = []

    def do_GET(self):
        path = pathlib.Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        if not path.exists():
            return self.send_error(404)
        body, packed = path.read_bytes(), path.suffix not in {".woff2", ".png", ".gz"}
        body = _gzip(str(path), path.stat().st_mtime_ns) if packed else body
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "max-age=600")
        if packed:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(body)
        self.sent.append((self.path, len(body)))

    def log_message(self, *args):
        pass


@functools.cache
def _gzip(path, version):
    return gzip.compress(pathlib.Path(path).read_bytes(), 6)


def first_view(browser, base, path, profile):
    """Cold cache: what is fetched and painted, and what the page does afterwards for two seconds."""
    page, context, foreign = _open(browser, profile)
    Handler.sent.clear()
    page.goto(base + path, wait_until="load")
    page.wait_for_timeout(2000)
    seen = page.evaluate("seen")
    fetched = list(Handler.sent)
    second = _second_view(page)
    context.close()
    return {
        "KB": sum(n for _, n in fetched) / 1024, "requests": len(fetched), "foreign": len(foreign),
        "search KB": sum(n for p, n in fetched if "/search/" in p) / 1024,
        "LCP ms": seen["lcp"], "TBT ms": seen["tbt"], "CLS": seen["cls"], **second,
    }  # fmt: skip


def _second_view(page):
    """Click the link to the next page, as a reader does after a moment of hovering."""
    link = page.locator(".md-footer__link--next")
    if not link.count():
        return {}
    Handler.sent.clear()
    link.scroll_into_view_if_needed()
    link.hover()
    page.wait_for_timeout(1500)
    page.evaluate(SHOWN, ["h1", "click"])
    link.click()
    took = page.evaluate("shown")
    page.wait_for_timeout(500)
    return {"next ms": took, "next KB": sum(n for _, n in Handler.sent) / 1024}


def search(browser, base, path, profile, queries=("softmax", "梯度消失", "relu")):
    """The first query, from the touch that opens the box, pays for the index; others count from the key."""
    page, context, _ = _open(browser, profile)
    page.goto(base + path, wait_until="load")
    page.wait_for_timeout(1000)
    times = []
    for query in queries:
        page.evaluate(SHOWN, [".md-search-result__item", "beforeinput" if times else "pointerdown"])
        field, icon = page.locator(".md-search__input"), page.locator("header label[for=__search]").first
        if not times:
            (icon if icon.is_visible() else field).click()
        field.fill(query)
        times.append(page.evaluate("shown"))
    context.close()
    return {"search cold ms": times[0], "search warm ms": statistics.median(times[1:])}


def _open(browser, profile):
    options, slowdown, network = PROFILES[profile]
    context = browser.new_context(**options)
    page = context.new_page()
    foreign = []
    page.on(
        "request",
        lambda r: (
            foreign.append(r.url)
            if not r.url.startswith(("http://localhost:8000/", "data:", "blob:"))
            else None
        ),
    )
    page.add_init_script(OBSERVE)
    session = context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": slowdown})
    if network:
        session.send("Network.enable")
        session.send("Network.emulateNetworkConditions", network)
    return page, context, foreign


def median(runs):
    return {k: round(statistics.median(r[k] for r in runs), 3) for k in runs[0]}


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("paths", nargs="*", default=PAGES)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--out")
    options = parser.parse_args()
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Handler, directory=str(SITE))
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    # Material compares ports: the browser takes the server for the one that SITE_URL names.
    base, results = "http://localhost:8000/", {}
    mapped = f"--host-resolver-rules=MAP localhost:8000 127.0.0.1:{server.server_port}"
    found = map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))
    chromium = next(filter(None, found), None) or sys.exit("no Chromium found (Debian: apt install chromium)")
    with sync_playwright() as p:
        browser = p.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-background-networking", mapped]
        )
        for profile in PROFILES:
            for path in options.paths:
                rows = [
                    first_view(browser, base, path, profile) | search(browser, base, path, profile)
                    for _ in range(options.runs + 1)
                ]
                results[f"{profile} {path}"] = median(rows[1:])  # the first run fills the compression cache
                print(
                    f"{profile:8}{path}\n        "
                    + "  ".join(f"{k} {v:g}" for k, v in results[f"{profile} {path}"].items()),
                    flush=True,
                )
    if options.out:
        pathlib.Path(options.out).write_text(json.dumps(results, indent=1), "utf-8")


if __name__ == "__main__":
    main()
