"""Faults that only finished HTML shows: broken links and anchors, double ids, raw formulas, foreign hosts."""

import collections
import functools
import html
import os
import pathlib
import re
import urllib.parse

TAG = re.compile(r'<(?!\w+(?: class="[^"]*")?>)[a-zA-Z][^>]*>')  # those with a class alone say nothing here
ATTRIBUTE = re.compile(r"""([\w:-]+)=("[^"]*"|'[^']*'|[^\s>"']+)""")
LOADS = {("script", "src"), ("link", "href"), ("img", "src"), ("source", "src"), ("iframe", "src")}
ELSEWHERE = re.compile(r"""(?:url\(|@import|srcset=)\s*["']?((?:https?:)?//[^\s"')]+)""")


def problems(site):
    """One line for each fault, naming the page."""
    pages = {path: _read(path.read_text("utf-8")) for path in sorted(site.rglob("*.html"))}
    found = []
    for path, (raw, ids, links) in pages.items():
        name = path.relative_to(site)
        count = collections.Counter(ids)
        found += [f"{name}: the id {i} occurs {n} times" for i, n in sorted(count.items()) if n > 1]
        found += [f"{name}: a formula was not rendered: {formula}" for formula in raw]
        for tag, attribute, target in links:
            if fault := _fault(path, tag, attribute, target, pages):
                found.append(f"{name}: {fault}")
    for path in sorted(site.rglob("*.css")):
        elsewhere = ELSEWHERE.findall(path.read_text("utf-8"))
        found += [f"{path.relative_to(site)}: loads from another host: {url}" for url in elsewhere]
    return found


@functools.lru_cache(300)  # after an edit most pages are as they were
def _read(text):
    """Formulas that were not rendered; ids; what is linked or loaded, as (tag, attribute, target)."""
    raw = re.findall(r'class="arithmatex">(.{,60})', text)
    styles = "".join(re.findall(r"(?s)<style\b.*?</style>", text))
    ids, links = [], [("style", "style", url) for url in ELSEWHERE.findall(styles)]
    for tag in TAG.findall(re.sub(r"(?s)(<(script|style)\b[^>]*>).*?</\2>", r"\1", text)):
        attributes = {k: html.unescape(v.strip("\"'")) for k, v in ATTRIBUTE.findall(tag)}
        name = re.match(r"<([\w-]+)", tag)[1].lower()
        ids += [attributes["id"]] if "id" in attributes else []
        links += [(name, a, attributes[a]) for a in ("href", "src", "srcset") if a in attributes]
        links += [(name, "style", url) for url in ELSEWHERE.findall(html.unescape(tag))]
        if name == "link" and attributes.get("rel", "").strip() in ("canonical", "alternate"):
            links.pop()
    return raw, ids, links


def _fault(page, tag, attribute, target, pages):
    url = urllib.parse.urlsplit(target)
    if url.scheme in ("http", "https") or url.netloc:
        loads = (tag, attribute) in LOADS or attribute == "style"
        return f"<{tag}> loads from another host: {target}" if loads else None
    if url.scheme or (page.name == "404.html" and target.startswith("/")):
        return None
    path = os.path.normpath(page.parent / urllib.parse.unquote(url.path)) if url.path else str(page)
    path = os.path.join(path, "index.html") if os.path.isdir(path) else path
    if not os.path.exists(path):
        return f"broken link: {target}"
    anchor, there = urllib.parse.unquote(url.fragment), pages.get(pathlib.Path(path))
    if anchor and there and tag == "a" and anchor not in there[1]:
        return f"broken anchor: {target}"
