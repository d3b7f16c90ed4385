"""What the tests of the site share: the site, built once (also under xdist), a strict server, a browser."""

import contextlib
import fcntl
import functools
import http.server
import os
import pathlib
import re
import shutil
import threading
from html.parser import HTMLParser

import pytest

from tools import build, csp

ROOT = pathlib.Path(__file__).parent.parent
EDITIONS = ("zh", "en")
# One page of each kind, as an address below the root of the site.
KINDS = [f"{edition}/{page}" for edition in EDITIONS for page in (
    "", "start/", "start/verification/", "start/formulas/", "start/notation/", "start/corrections/",
    "start/sources/", "activations/", "activations/softmax/", "activations/choosing/",
    "architectures/resnet/", "nowhere/",
)]  # fmt: skip
TOPIC = "activations/softmax/"


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The folder with both editions; the first worker builds it, the others wait."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder, done = shared / "site", shared / "site.done"
    with open(shared / "site.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            done.write_text(_build(folder))
    if fault := done.read_text():
        pytest.fail(fault, pytrace=False)
    return folder


def _build(folder):
    """What stopped the build, or nothing."""
    try:
        build.build(folder)
    except SystemExit as stop:
        return str(stop)
    return ""


# --- HTML -----------------------------------------------------------------------------------------


class Blocks(HTMLParser):
    """Code blocks of a page as the reader sees them: (language, text,
    function of the card around or None)."""

    def __init__(self, html):
        super().__init__()
        self.found, self.cards, self.language, self.text = [], [], None, None
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "div":
            self.cards.append(attributes.get("data-function"))
            if language := re.search(r"language-(\w+) highlight", attributes.get("class", "")):
                self.language = language[1]
        if tag == "pre" and self.language:
            self.text = ""

    def handle_endtag(self, tag):
        if tag == "pre" and self.text is not None:
            self.found.append((self.language, self.text, next(filter(None, reversed(self.cards)), None)))
            self.language = self.text = None
        if tag == "div":
            self.cards.pop()

    def handle_data(self, data):
        if self.text is not None:
            self.text += data


def code_blocks(page):
    return Blocks(page.read_text("utf-8")).found


# --- server ---------------------------------------------------------------------------------------


class Handler(http.server.SimpleHTTPRequestHandler):
    """A static host as the documentation recommends it: a strict policy, and the 404 page of the edition."""

    def end_headers(self):
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.send_header("Cache-Control", "no-store" if self.path.endswith("/") else "max-age=60")
        super().end_headers()

    def send_error(self, code, message=None, explain=None):
        root = pathlib.Path(self.directory)
        page = root / self.path.strip("/").split("/")[0] / "404.html"
        body = (page if page.exists() else root / "404.html").read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        """A browser that goes away in the middle of an answer is no fault."""


@pytest.fixture(scope="session")
def server(site):
    server = Server(("127.0.0.1", 0), functools.partial(Handler, directory=site))
    server.headers = csp.headers(site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


# --- browser --------------------------------------------------------------------------------------

# Material compares ports, so the browser believes that the site is served where the build says.
ADDRESS = "http://localhost:8000/"


@pytest.fixture(scope="session")
def browser(request):
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if not program:
        message = "no Chromium found: the browser tests do not run (Debian: apt install chromium)"
        pytest.fail(message) if os.environ.get("CI") == "true" else pytest.skip(message)
    from playwright.sync_api import sync_playwright

    rule = f"MAP localhost:8000 127.0.0.1:{request.getfixturevalue('server').server_port}"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=[f"--host-resolver-rules={rule}"])
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser):
    """Open a page of the site in a fresh profile; `page.faults` collects all that must not happen."""
    with contextlib.ExitStack() as stack:

        def open_page(path="", script=None, referer=None, **options):
            context = browser.new_context(**{"locale": "en-US", **options})
            page = stack.enter_context(contextlib.closing(context)).new_page()
            watch(page)
            if script:
                page.add_init_script(script)
            page.goto(ADDRESS + path, referer=referer)
            page.wait_for_load_state("networkidle")
            return page

        yield open_page


def watch(page):
    """Record requests; errors in the console and requests that leave the site are faults."""
    page.requests, page.faults = [], []

    def request(request):
        page.requests.append(request.url)
        if not request.url.startswith((ADDRESS, "data:", "blob:")):
            page.faults.append(f"request to another host: {request.url}")

    def console(message):
        expected = message.location.get("url", "").endswith("/nowhere/")  # the 404 page, of course
        if message.type in ("error", "warning") and not expected:
            page.faults.append(f"{message.type} in the console: {message.text}")

    page.on("request", request)
    page.on("console", console)
    page.on("pageerror", lambda error: page.faults.append(f"script error: {error}"))
