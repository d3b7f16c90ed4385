"""Faults that only finished HTML shows: broken links and anchors,
double ids, raw formulas, foreign requests."""

import collections
import html
import re
import urllib.parse

TAG = re.compile(r"<(?!!)[a-zA-Z][^>]*>")
ATTRIBUTE = re.compile(r"""([\w:-]+)=("[^"]*"|'[^']*'|[^\s>"']+)""")
LOADS = {("script", "src"), ("link", "href"), ("img", "src"), ("source", "src"), ("iframe", "src")}
ELSEWHERE = re.compile(r"""(?:url\(|@import|srcset=)\s*["']?((?:https?:)?//[^\s"')]+)""")


def problems(site):
    """One line for each fault, naming the page."""
    pages = {path: _read(path) for path in sorted(site.rglob("*.html"))}
    found = []
    for path, (text, ids, links) in pages.items():
        name = path.relative_to(site)
        count = collections.Counter(ids)
        found += [f"{name}: the id {i} occurs {n} times" for i, n in sorted(count.items()) if n > 1]
        raw = re.findall(r'class="arithmatex">(.{,60})', text)
        found += [f"{name}: a formula was not rendered: {formula}" for formula in raw]
        for tag, attribute, target in links:
            if fault := _fault(site, path, tag, attribute, target, pages):
                found.append(f"{name}: {fault}")
    for path in sorted(site.rglob("*.css")):
        elsewhere = ELSEWHERE.findall(path.read_text("utf-8"))
        found += [f"{path.relative_to(site)}: loads from another host: {url}" for url in elsewhere]
    return found


def _read(path):
    text = path.read_text("utf-8")
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
    return text, ids, links


def _fault(site, page, tag, attribute, target, pages):
    url = urllib.parse.urlsplit(target)
    if url.scheme in ("http", "https") or url.netloc:
        loads = (tag, attribute) in LOADS or attribute == "style"
        return f"<{tag}> loads from another host: {target}" if loads else None
    if url.scheme or (page.name == "404.html" and target.startswith("/")):
        return None
    path = (page.parent / urllib.parse.unquote(url.path)).resolve() if url.path else page
    path = path / "index.html" if path.is_dir() else path
    if not path.exists():
        return f"broken link: {target}"
    anchor = urllib.parse.unquote(url.fragment)
    if anchor and path in pages and tag == "a" and anchor not in pages[path][1]:
        return f"broken anchor: {target}"
