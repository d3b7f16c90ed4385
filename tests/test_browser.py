"""What a browser sees: nothing from elsewhere, no fault, no barrier, no jump; what is copied runs."""

import re

import pytest

from tests.site import ADDRESS, KINDS, ROOT, TOPIC, code_blocks
from tests.site import browser, open_page, server, site  # noqa: F401, fixtures
from tests.test_site import in_bare_process

AXE = ROOT / "node_modules/axe-core/axe.min.js"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RUN = "tags => axe.run(document, {runOnly: tags, resultTypes: ['violations']})"
OPEN = "document.querySelectorAll('details').forEach(d => d.open = true)"
WHOLE = "document.querySelectorAll('article *').forEach(e => e.style.contentVisibility = 'visible')"
PHONE, DESKTOP = {"width": 375, "height": 700}, {"width": 1280, "height": 900}
BOTH = pytest.mark.parametrize("edition", ["zh", "en"])


def settle(page):
    """Wait for colors that fade and panes that slide."""
    page.evaluate("Promise.all(document.getAnimations().map(a => a.finished.catch(() => {})))")
    page.wait_for_timeout(50)


# --- requests, errors, barriers -------------------------------------------------------------------


@pytest.mark.parametrize("path", ["", *KINDS])
def test_a_page_has_no_fault_and_no_barrier(open_page, path):
    """The strict policy refuses nothing, the console is empty, axe finds no violation of WCAG 2.2 AA."""
    page = open_page(path, viewport=DESKTOP, referer=None if path else ADDRESS)  # so the root page stays
    assert page.faults == [] and page.url == ADDRESS + path
    page.evaluate(AXE.read_text("utf-8") + "; undefined")
    page.evaluate(OPEN)
    page.evaluate(WHOLE)
    violations = []
    # What is light on a phone in one edition is dark there in the other: each kind of page is seen in all
    # four ways.
    for scheme, size in zip(
        ("light", "dark"), (PHONE, DESKTOP) if path.startswith("zh/") else (DESKTOP, PHONE)
    ):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size(size)
        settle(page)
        for v in page.evaluate(RUN, WCAG)["violations"]:
            where = f"{scheme}, {size['width']} px, {len(v['nodes'])} times"
            violations.append(f"{v['help']} ({v['id']}, {where}): {v['nodes'][0]['html'][:200]}")
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], (
            "the page scrolls sideways"
        )
    assert not violations, "\n".join(violations)
    assert page.faults == []


def test_the_root_page_without_a_redirect(open_page):
    page = open_page("index.html", java_script_enabled=False)
    assert page.locator("main a").all_inner_texts() == ["中文版", "English edition"]


SHIFTS = """
window.shifts = []
const shifted = new PerformanceObserver(list => shifts.push(...list.getEntries()))
shifted.observe({type: 'layout-shift', buffered: true})
"""


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("path", ["en/" + TOPIC, "zh/activations/"])
def test_nothing_jumps(open_page, path, size):
    """Layout shift 0.00 while the page loads and, a second later, while it is read to the end."""
    page = open_page(path, viewport=size, script=SHIFTS)
    page.wait_for_timeout(1000)
    height = page.evaluate("document.documentElement.scrollHeight")
    for y in range(0, height, 600):
        page.mouse.wheel(0, 600)
        page.wait_for_timeout(40)
    page.wait_for_timeout(200)
    assert page.evaluate("scrollY") > height - 2 * size["height"]
    moved = page.evaluate("shifts.flatMap(e => e.sources.map(s => s.node?.className || s.node?.nodeName))")
    assert page.evaluate("shifts.reduce((sum, e) => sum + e.value, 0)") < 0.005, moved[:10]


@pytest.mark.parametrize("path", ["en/" + TOPIC, "zh/convolution/conv2d/", "en/architectures/lstm/"])
def test_blocks_are_as_tall_as_the_page_says(open_page, path):
    """Within a pixel: what is not laid out yet takes the place that it will need."""
    page = open_page(path)
    waiting = page.locator(":is(.highlight, .katex-display)[style*='--']")
    said = "es => es.map(e => e.clientHeight)"
    before = waiting.evaluate_all(said)
    page.evaluate(WHOLE)
    assert len(before) > 20
    assert waiting.evaluate_all(said) == pytest.approx(before, abs=1)


def test_wide_formulas_on_a_phone(open_page):
    """Statements side by side get lines of their own; one still too wide scrolls, also by keyboard."""
    page = open_page("en/architectures/attention/", viewport=PHONE)
    fits = "formulas => formulas.every(e => e.scrollWidth <= e.clientWidth)"
    parts = page.locator(".in-parts")
    assert parts.count() > 5 and parts.evaluate_all(fits)
    # Also where far formulas are laid out only when the reader comes near: on a slow phone, and in Safari.
    for script in (None, "window.requestIdleCallback = undefined"):
        for path in ("en/architectures/video/", "en/activations/gelu/"):  # the second in its own font only
            page = open_page(path, viewport=PHONE, script=script)
            formulas = page.locator(".katex-display")
            for formula in formulas.all():
                formula.scroll_into_view_if_needed()
            page.wait_for_timeout(100)
            stops = "all => all.filter(e => e.scrollWidth > e.clientWidth).map(e => e.tabIndex)"
            assert set(formulas.evaluate_all(stops)) == {0}


@pytest.mark.parametrize("scheme, other", [("light", "dark"), ("dark", "light")])
def test_figures_fit_the_color_scheme(open_page, scheme, other):
    """The dark page shows the dark drawing and does not download the light one, and the other way round."""
    page = open_page("en/" + TOPIC, color_scheme=scheme)
    page.locator(f'article img[src$="#only-{scheme}"]').first.scroll_into_view_if_needed()
    page.wait_for_load_state("networkidle")
    assert page.locator(f'article img[src$="#only-{scheme}"]').first.is_visible()
    assert not page.locator(f'article img[src$="#only-{other}"]').first.is_visible()
    drawings = {url.partition("#")[0].rsplit("/", 1)[1] for url in page.requests if "/figures/" in url}
    assert drawings and all(name.endswith(".dark.svg") == (scheme == "dark") for name in drawings), drawings


# --- copying --------------------------------------------------------------------------------------


@BOTH
def test_every_copy_button_copies_what_runs(open_page, site, edition):
    page = open_page(f"{edition}/{TOPIC}", permissions=["clipboard-read", "clipboard-write"])
    page.evaluate(OPEN)
    blocks = code_blocks(site / edition / TOPIC / "index.html")
    shown = page.locator("article .highlight")
    assert shown.count() == len(blocks) > 5
    copied = []
    for block in shown.all():
        block.scroll_into_view_if_needed()
        button = block.locator("[data-md-type=copy]")  # it comes when the block is seen
        page.evaluate("navigator.clipboard.writeText('')")
        button.click()
        page.wait_for_function("navigator.clipboard.readText()")
        copied.append(page.evaluate("navigator.clipboard.readText()"))
    shared = [["python", "import numpy as np", None]]
    for (language, text, card), payload in zip(blocks, copied, strict=True):
        if language == "python":
            assert payload.rstrip() == text.rstrip()
            shared.append([language, payload, card])
        else:
            assert payload.split() == " ".join(re.findall(r"^(?:>>>|\.\.\.)(.*)$", text, re.M)).split()
    cards = "\n\n".join(text for _, text, _ in shared)
    pasted = [payload for (language, *_), payload in zip(blocks, copied) if language == "pycon"]
    examples = [["python", f"{cards}\n\n{payload}", None] for payload in pasted]
    assert not (found := in_bare_process({edition: shared + examples})), found


@pytest.mark.parametrize("path", [f"en/{TOPIC}", "zh/activations/"])
def test_the_cut_fonts_draw_every_formula(open_page, path):
    """Each character of a formula comes from a font of KaTeX, none from one of the system's."""
    page = open_page(path)
    browser = page.context.new_cdp_session(page)
    browser.send("DOM.enable")
    browser.send("CSS.enable")
    page.evaluate(WHOLE)
    root = browser.send("DOM.getDocument")["root"]["nodeId"]
    leaves = {"nodeId": root, "selector": ".katex-html span:not(:has(*), :empty, .vlist-s)"}
    leaves = browser.send("DOM.querySelectorAll", leaves)["nodeIds"]
    used = {
        f["familyName"]
        for n in leaves
        for f in browser.send("CSS.getPlatformFontsForNode", {"nodeId": n})["fonts"]
    }
    assert len(used) > 2 and all(name.startswith("KaTeX_") for name in used), used


def test_copying_a_formula_gives_latex(open_page):
    page = open_page("en/" + TOPIC)
    copied = page.evaluate("""() => {
        const range = document.createRange()
        range.selectNode(document.querySelector('.card .katex-display'))
        getSelection().removeAllRanges()
        getSelection().addRange(range)
        const data = new DataTransfer()
        document.dispatchEvent(new ClipboardEvent('copy', {clipboardData: data, cancelable: true}))
        return data.getData('text/plain')
    }""")
    assert copied.strip() == r"$$p_i = \frac{e^{z_i}}{\sum_{j=1}^{K} e^{z_j}}$$"


# --- finding the way ------------------------------------------------------------------------------


def path_of(page):
    return re.sub(r"^\w+://[^/]+", "", page.url)


def test_the_root_page_follows_the_language_of_the_browser(open_page):
    assert path_of(open_page("", locale="zh-CN")) == "/zh/"
    assert path_of(open_page("", locale="zh-TW")) == "/zh/"
    assert path_of(open_page("", locale="de-DE")) == "/en/"
    several = "Object.defineProperty(navigator, 'languages', {get: () => ['fr', 'en-US', 'zh-CN']})"
    assert path_of(open_page("", script=several)) == "/en/"


def test_the_language_switch_of_a_page_that_is_missing_leads_home(open_page):
    page = open_page("nowhere/")
    page.click("a[data-edition=en]")
    page.wait_for_url("**/en/")
    assert page.locator("html").get_attribute("lang") == "en"


@pytest.mark.parametrize("scripts", [True, False])
def test_a_page_is_printed_dark_on_white_once_and_with_answers(open_page, scripts):
    page = open_page("en/activations/softmax/", color_scheme="dark", java_script_enabled=scripts)
    page.emulate_media(media="print")
    sources = [img.get_attribute("src") for img in page.locator("article img:visible").all()]
    assert sources and all(src.endswith("#only-light") for src in sources)
    ink = page.locator("article p").first.evaluate("p => getComputedStyle(p).color")
    assert max(map(int, re.findall(r"\d+", ink)[:3])) < 100
    whole = "all => all.every(e => e.scrollHeight == e.clientHeight)"
    assert page.locator(".card pre > code").evaluate_all(whole), "paper does not scroll"
    heights = "all => all.map(e => e.clientHeight / e.querySelector('summary').clientHeight)"
    answers = page.locator("article details").evaluate_all(heights)
    assert answers and min(answers) > 2


def test_the_language_switch_keeps_page_and_place(open_page):
    """Also after instant navigation, which leaves the header as it was."""
    page = open_page("en/activations/softmax/#numerics")
    page.click("a[data-edition=zh]")
    page.wait_for_url("**/zh/activations/softmax/#numerics")
    assert page.locator("#numerics").bounding_box()["y"] < 300
    page.evaluate("window.same = true")
    page.click(".md-sidebar--primary a[href$='/activations/tanh/']")
    page.wait_for_url("**/zh/activations/tanh/")
    assert page.evaluate("window.same"), "instant navigation loaded the page anew"
    switch = page.locator("a[data-edition=en]")
    switch.dispatch_event("pointerdown", {"button": 1})  # which opens it in another tab
    assert switch.evaluate("a => a.href").endswith("/en/activations/tanh/")
    switch.click()
    page.wait_for_url("**/en/activations/tanh/")
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.faults == []


FRAMES = """() => {
    const old = document.querySelector('.md-content article'), seen = []
    window.nextFrames = new Promise(done => {
        const look = () => {
            const article = document.querySelector('.md-content article')
            if (article && article !== old) seen.push([article.children.length, scrollY])
            seen.length < 9 ? requestAnimationFrame(look) : done(seen)
        }
        look()
    })
}"""


def test_instant_navigation_comes_back(open_page):
    """To the place on the page where the reader was."""
    page = open_page("en/activations/softmax/", viewport=DESKTOP)
    title = page.title()
    page.evaluate("window.same = true")
    page.evaluate("scrollTo({top: 2500, behavior: 'instant'})")
    page.wait_for_timeout(300)  # Material writes down where the reader is when he rests
    place = page.evaluate("scrollY")
    assert place > 2400
    page.click(".md-sidebar--primary a[href$='/activations/tanh/']")
    page.wait_for_selector("h1#tanh")
    assert path_of(page) == "/en/activations/tanh/" and page.title() != title
    page.evaluate(FRAMES)
    page.go_back()
    [children] = {children for children, _ in page.evaluate("nextFrames")}
    assert children > 12, "the beginning passes by"
    assert page.title() == title and path_of(page) == "/en/activations/softmax/"
    assert page.evaluate("window.same"), "instant navigation loaded the page anew"
    page.wait_for_timeout(300)
    assert abs(page.evaluate("scrollY") - place) < 50


def test_the_next_page_comes_in_two_steps_and_whole(open_page):
    """Its beginning first, from the top; it is fetched when the link to it comes into view."""
    page = open_page("en/losses/cross_entropy/", viewport=PHONE)
    link = page.locator(".md-footer__link--next")
    url = link.evaluate("link => link.href")
    assert url not in page.requests
    with page.expect_request(url):
        link.scroll_into_view_if_needed()
    children = "[...page.querySelector('.md-content article').children].map(e => e.tagName + e.id)"
    wanted = page.evaluate(f"""fetch('{url}').then(answer => answer.text()).then(text => {{
        const page = new DOMParser().parseFromString(text, 'text/html')
        return {children}
    }})""")
    page.evaluate(FRAMES)
    link.click()
    steps = page.evaluate("nextFrames")
    assert steps[0][0] == 12 < steps[-1][0] == len(wanted)
    assert {y for _, y in steps} == {0}
    tables = page.evaluate("document.querySelectorAll('article > .md-typeset__scrollwrap').length")
    assert tables == wanted.count("TABLE") > 0
    shown = [e for e in page.evaluate(f"(page => {children})(document)") if not e.startswith("DIV")]
    assert shown == [e for e in wanted if not e.startswith(("DIV", "TABLE"))]


def test_pages_are_whole_after_a_search(open_page):
    """Its results are articles, too, and stay where they are."""
    page = open_page("en/activations/tanh/", viewport=PHONE)
    page.click("header label[for=__search]")
    page.fill(".md-search__input", "softmax")
    page.locator(".md-search-result__link").first.click()
    for title in ("softmax", "choosing"):
        page.wait_for_selector(f".md-content h1#{title}")
        page.wait_for_selector(".md-content article > #see-also")
        assert not page.locator(".md-search [id=see-also]").count()
        page.locator(".md-footer__link--next").click()


def test_an_answer_that_is_no_page_leaves_navigation_alive(open_page):
    page = open_page("en/activations/softmax/", viewport=DESKTOP)
    page.route("**/activations/tanh/", lambda route: route.fulfill(body="<title>Log in</title>"))
    page.click(".md-sidebar--primary a[href$='/activations/tanh/']")
    page.wait_for_url("**/tanh/")
    page.click(".md-sidebar--primary a[href$='/activations/gelu/']")
    page.wait_for_selector(".md-content h1#gelu")
    assert page.faults == []


SCROLLED = """y => new Promise(done => {
    const look = () => scrollY === y ? done() : requestAnimationFrame(look)
    look()
})"""


def comes_to_the_top(element):
    """Within five seconds, and stays there for half of one."""
    page = element.page
    for _ in range(50):
        if 0 < element.bounding_box()["y"] < 200:
            break
        page.wait_for_timeout(100)
    page.wait_for_timeout(500)
    return 0 < element.bounding_box()["y"] < 200


def test_a_link_to_a_heading_of_another_page_scrolls_there(open_page):
    page = open_page("en/activations/relu6/", viewport=PHONE)
    page.evaluate("window.same = true")
    page.evaluate(FRAMES)
    page.locator("article a[href$='/gelu/#silu']").first.click()
    [children] = {children for children, _ in page.evaluate("nextFrames")}
    assert children > 12, "the beginning passes by"
    assert comes_to_the_top(page.locator("#silu"))
    assert page.evaluate("window.same"), "instant navigation loaded the page anew"


@pytest.mark.parametrize("hash", ["", "#silu"])
def test_who_scrolls_while_the_next_page_is_fetched_sees_it_from_its_beginning(open_page, hash):
    page = open_page("en/activations/relu6/", viewport=PHONE)
    held = []
    page.route("**/activations/gelu/", lambda route: held.append(route))
    link = page.locator("article a[href$='/gelu/#silu']").first
    link.evaluate("(link, hash) => Object.assign(link, {hash}).click()", hash)
    page.mouse.wheel(0, 900)
    page.evaluate(SCROLLED, 900)
    page.wait_for_timeout(300)  # Material remembers the place a tenth of a second later
    for route in held:
        route.continue_()
    page.wait_for_selector(".md-content h1#gelu")
    assert comes_to_the_top(page.locator(hash or "h1"))


def test_instant_navigation_reads_no_style_sheet_again(open_page):
    """Also to a page of another depth, where the same sheet has another relative address."""
    page = open_page("en/activations/softmax/")
    page.evaluate("window.sheets = [...document.styleSheets]")
    before = [url for url in page.requests if url.endswith(".css")]
    assert len(before) == len(set(before)) > 2
    page.click(".md-header__button.md-logo")
    page.wait_for_url("**/en/")
    page.wait_for_selector(".md-content h1")
    assert page.evaluate("sheets.every((sheet, i) => sheet === document.styleSheets[i])")
    assert [url for url in page.requests if url.endswith(".css")] == before


def test_both_editions_share_the_choice_of_colors(open_page):
    page = open_page("en/activations/softmax/", color_scheme="light")
    scheme = "document.body.dataset.mdColorScheme"
    assert page.evaluate(scheme) == "default"
    page.locator("[data-md-component=palette] label:not([hidden])").click()  # follow the system -> light
    page.locator("[data-md-component=palette] label:not([hidden])").click()  # light -> dark
    assert page.evaluate(scheme) == "slate"
    page.click("a[data-edition=zh]")
    page.wait_for_url("**/zh/**")
    assert page.evaluate(scheme) == "slate"
    page.goto(re.sub("zh/.*", "zh/", page.url))
    assert page.evaluate(scheme) == "slate", "another level of folders has forgotten the choice"


EARLY = """new MutationObserver(() => {
    if (document.querySelector('article')) window.first ??= document.body.dataset.mdColorScheme
}).observe(document, {childList: true, subtree: true})"""


def test_a_first_visit_follows_the_system(open_page):
    """Dark from the beginning: when the text arrives, the scripts at the end of the page have not run yet."""
    assert open_page("en/", color_scheme="dark", script=EARLY).evaluate("first") == "slate"


@BOTH
def test_without_javascript_everything_can_be_read(open_page, edition):
    page = open_page(f"{edition}/{TOPIC}", java_script_enabled=False)
    for what in ("article h1", "article p", ".card .katex-html", ".card pre", "article img"):
        assert page.locator(what).first.is_visible(), f"{what} is not visible"
    page.locator("details summary").first.click()
    assert page.locator("details > *:not(summary)").first.is_visible()
    other = "en" if edition == "zh" else "zh"
    page.click(f"a[data-edition={other}]")
    assert path_of(page) == f"/{other}/{TOPIC}"


@pytest.mark.parametrize("path", ["", "activations/relu/"], ids=["home", "topic"])
@pytest.mark.parametrize("edition", ["zh", "en"])
@pytest.mark.parametrize(
    "query, found", [("梯度消失", "foundations/vanishing_gradient"), ("sotfmax", "activations/softmax")]
)
def test_search_finds(open_page, edition, path, query, found):
    """Nothing of it is fetched before the reader opens it; then it answers, also under the strict policy."""
    page = open_page(f"{edition}/{path}")
    early = re.compile(r"/search/(index\.js|text\.json)")
    assert not list(filter(early.search, page.requests))
    page.keyboard.press("/")
    if edition == "zh":
        page.keyboard.insert_text(query)  # as dictation does: no key goes up
    else:
        page.keyboard.type(query)
    page.locator(".md-search-result__link").first.wait_for(timeout=10_000)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{edition}/{found}/**")
    assert page.faults == []


FIRST = ".md-search-result__item:first-child > a[href*='/{}/']"


@pytest.fixture
def searched(open_page):
    """A page that shows the results for relu; `type`, `enter`, `compose` leave no time for an answer."""
    page = open_page("en/losses/cross_entropy/")
    page.keyboard.press("/")
    page.fill(".md-search__input", "relu")
    page.locator(FIRST.format("relu")).wait_for(timeout=10_000)
    page.evaluate("""() => {
        const field = document.querySelector('.md-search__input')
        window.type = query => {
            field.value = query
            field.dispatchEvent(new InputEvent('input', {bubbles: true}))
        }
        window.enter = options =>
            field.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true, ...options}))
        window.compose = query => {
            field.dispatchEvent(new CompositionEvent('compositionstart', {bubbles: true}))
            type(query)
            enter({isComposing: true})
            field.dispatchEvent(new CompositionEvent('compositionend', {bubbles: true}))
        }
    }""")
    return page


def test_enter_opens_what_was_typed_last(searched):
    """Not the first result of an older query, which is still to be seen."""
    searched.evaluate("type('softmax'), enter()")
    searched.wait_for_url("**/en/activations/softmax/**", timeout=10_000)


@pytest.mark.parametrize(
    "does",
    [
        "compose('tanh')",
        "enter({keyCode: 229}), setTimeout(type, 500, 'tanh')",  # time enough to open the first result
        "type('so'), enter(), type('tanh')",
    ],
)
def test_enter_opens_nothing_while_words_are_typed(searched, does):
    """It ends what an input method composes; and who types on has changed their mind."""
    searched.evaluate(does)
    searched.locator(FIRST.format("tanh")).wait_for(timeout=10_000)
    searched.wait_for_timeout(300)
    assert searched.url.endswith("/en/losses/cross_entropy/")


def test_a_search_that_did_not_arrive_is_asked_for_again(open_page):
    page = open_page("en/activations/relu/")
    page.context.route("**/search/index.js", lambda route: route.abort())
    with page.expect_event("requestfailed"):
        page.keyboard.press("/")
    page.keyboard.type("soft")
    page.context.unroute("**/search/index.js")
    page.keyboard.type("max")
    page.locator(".md-search-result__link").first.wait_for(timeout=10_000)
