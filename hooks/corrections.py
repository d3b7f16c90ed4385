"""Corrections: what the source articles get wrong, rendered from the
claims ledger; authors write nothing for them."""

import functools
import re

from mkdocs.exceptions import PluginError

from hooks import ledger

# In the order in which a page lists them; garbled and lost ones are restored in the page's own text.
VERDICTS = {"wrong": "failure", "imprecise": "warning", "outdated": "info"}
WORDS = {
    "zh": {
        "heading": "常见错误",
        "wrong": "错误：",
        "imprecise": "不准确：",
        "outdated": "已过时：",
        "ledger": "账本编号",
        "articles": "关于文章本身",
    },
    "en": {
        "heading": "Common mistakes",
        "wrong": "Wrong: ",
        "imprecise": "Imprecise: ",
        "outdated": "Outdated: ",
        "ledger": "Ledger",
        "articles": "The articles themselves",
    },
}
REFERENCES = re.compile(r"^## .*\{ #references \}$", re.M)
ANCHOR = re.compile(r"<!-- claim: ([\w.-]+) -->")
TITLE = re.compile(r"^# (.+?)(?: \{.*\})?$", re.M)


def on_page_markdown(markdown, page, config, files):
    language = config.extra["language"]
    markdown = ANCHOR.sub(r'<span id="\1"></span>', markdown)
    if "<!-- corrections -->" in markdown:
        return markdown.replace("<!-- corrections -->", _everything(language, files, config.nav))
    section = _section(by_page().get(page.file.src_uri.removesuffix(".md"), []), language)
    place = REFERENCES.search(markdown)
    at = place.start() if place else len(markdown)
    return markdown[:at].rstrip() + f"\n\n{section}\n" + markdown[at:]


@functools.cache
def by_page():
    """Entries that correct something, by owner page, worst first."""
    pages = {}
    for entry in sorted(
        ledger.load(), key=lambda e: list(VERDICTS).index(e.verdict) if e.verdict in VERDICTS else 9
    ):
        if entry.verdict in VERDICTS:
            pages.setdefault(entry.page, []).append(entry)
    return pages


def _section(entries, language):
    blocks = [_block(entry, language) for entry in entries]
    return f"## {WORDS[language]['heading']} {{ #corrections }}\n\n" + "\n".join(blocks) if blocks else ""


def _block(entry, language):
    words = WORDS[language]
    title = words[entry.verdict] + entry.claim[language].strip().replace('"', "&quot;")
    demo = f"```pycon\n{entry.demo.strip()}\n```" if entry.demo else ""
    notes = (
        " · ".join(filter(None, [entry.reference, f"{words['ledger']} {', '.join(entry.ids)}"]))
        + "\n{ .ledger }"
    )
    # a question has its own on the page
    anchor = "" if entry.kind == "question" else f'<span id="{entry.name}"></span>'
    body = "\n\n".join(filter(None, [f"{anchor}{entry.correction[language].strip()}", demo, notes]))
    return f'??? {VERDICTS[entry.verdict]} "{title}"\n\n' + "".join(
        f"    {line}\n" if line else "\n" for line in body.split("\n")
    )


def _everything(language, files, nav):
    """All corrections in the order of the chapters, linked to their
    demonstrations; last what is about the articles."""
    titles = {f.src_uri.removesuffix(".md"): _title(f, language) for f in files.documentation_pages()}
    titles["start/index"] = WORDS[language]["articles"]
    order = re.findall(r"[\w/]+(?=\.md)", str(nav))
    parts, heading = [], None
    for page in [page for owner in by_page() for page in (owner, f"{owner.split('/')[0]}/index")]:
        if page not in order:
            raise PluginError(f"docs/{language}/{page}.md is not in nav: add it in mkdocs.yml")
    for address in sorted(by_page(), key=lambda a: (a.startswith("start/"), order.index(a))):
        chapter = address.split("/")[0]
        if heading != chapter and (heading := chapter):
            parts.append(f"\n## {titles[f'{chapter}/index']} {{ #{chapter} }}\n")
        parts.append(f"\n### [{titles[address]}](../{address}.md) {{ #{address.replace('/', '-')} }}\n")
        parts += [_line(entry, address, language) for entry in by_page()[address]]
    return "\n".join(parts)


def _title(file, language):
    if found := TITLE.search(file.content_string):
        return found[1]
    cure = "begin it with `# Title { #anchor }`"
    raise PluginError(f"docs/{language}/{file.src_uri}:1: this page has no title; {cure}")


def _line(entry, address, language):
    claim, correction = (
        text[language].strip().replace("\n", " ") for text in (entry.claim, entry.correction)
    )
    return f"- **{WORDS[language][entry.verdict]}[{claim}](../{address}.md#{entry.name})** {correction}"
