"""The lexicon, docs/lexicon.yml, read and checked; the glossary and the hover texts that come from it.

A page writes `<!-- glossary -->` where the glossary shall stand. Each page explains a term once, where its
prose first mentions it. hooks/search.py uses the lexicon, too.
"""

import functools
import posixpath
import re
import unicodedata
from pathlib import Path
from types import SimpleNamespace
from xml.etree.ElementTree import Element

from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

from hooks import listed
from hooks.listed import fail

ROOT = Path(__file__).resolve().parent.parent
LEXICON = ROOT / "docs" / "lexicon.yml"
REQUIRED = "id", "zh", "en"
DEFAULTS = {"abbr": [], "misspellings": [], "page": None, "gloss": {}, "hover": True}
MARKER = re.compile(r"^<!-- glossary -->$", re.M)
WORDS = {"zh": ("术语", "英文", "含义"), "en": ("Term", "Chinese", "Meaning")}
START = re.compile(r"(?<![a-zA-Z0-9_])[a-zA-Z0-9_]|[^a-zA-Z0-9_\s]")  # a Latin word, or any other character
UNTOUCHED = "a abbr code pre script style summary label h1 h2 h3 h4 h5 h6".split()


# --- reading ------------------------------------------------------------------------------------------------


@functools.cache
def load(path=LEXICON):
    """The concepts as in the file: the fields of the YAML, `.forms` (all names), `.where` ("path:line")."""
    ids, owners, concepts = {}, {}, [_concept(*found) for found in listed.read(Path(path), "id")]
    for concept in concepts:
        if (other := ids.setdefault(concept.id, concept)) is not concept:
            fail(concept.where, f"id `{concept.id}` stands twice (first at {other.where}); merge the two")
        for form in concept.forms + concept.misspellings:
            if (other := owners.setdefault(key(form), concept)) is not concept:
                fail(concept.where, f"`{form}` already names `{other.id}` ({other.where}), so "
                      f"`{concept.id}` cannot have it; delete it at one of the two")
    return concepts


def key(form):
    """Forms with the same key are the same name: capitals, width, spaces and hyphens do not count."""
    return re.sub(r"[\s\-–_]", "", unicodedata.normalize("NFKC", form).lower())


def _concept(fields, where):
    if missing := [field for field in REQUIRED if not fields.get(field)]:
        fail(where, f"`{missing[0]}` is missing; a concept has at least {', '.join(REQUIRED)}")
    known = [*REQUIRED, *DEFAULTS]
    if unknown := [field for field in fields if field not in known]:
        fail(where, f"unknown field `{unknown[0]}`; known: {', '.join(known)}")
    if not isinstance(fields["id"], str) or not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", fields["id"]):
        fail(where, f"`{fields['id']}` is no id; ids are lower-case ASCII words joined by hyphens")
    concept = SimpleNamespace(**DEFAULTS | fields, where=where)
    for field in ("zh", "en", "abbr", "misspellings"):
        names = getattr(concept, field)
        if not isinstance(names, list) or not all(isinstance(name, str) and key(name) for name in names):
            fail(
                where,
                f"`{field}` is a list of names, as `[{concept.id}]`; names like `on` or `1` need quotes",
            )
    if concept.gloss != {} and not _is_gloss(concept.gloss):
        fail(where, "`gloss` is one sentence in each language; write `en: …` and `zh: …` under it")
    if not isinstance(concept.hover, bool):
        fail(where, f"`hover` is true or false, without quotes; got {concept.hover!r}")
    if not isinstance(concept.page, (str, type(None))):
        fail(where, f"`page` is an address such as activations/relu; got {concept.page!r}")
    concept.forms = list(dict.fromkeys(concept.zh + concept.en + concept.abbr))
    return concept


def _is_gloss(gloss):
    return (
        isinstance(gloss, dict)
        and set(gloss) == {"en", "zh"}
        and all(isinstance(text, str) and text.strip() for text in gloss.values())
    )


# --- finding terms in a text --------------------------------------------------------------------------------


@functools.cache
def table(path=LEXICON):
    """First two characters -> [(form, concept)], longest form first; forms as `spot` compares them."""
    forms = {}
    for concept in load(path):
        for form in concept.forms:
            tight = re.sub(r"(?<=[^\x00-\xff]) | (?=[^\x00-\xff])", "", flat(form))  # KL 散度, KL散度
            forms[flat(form)] = forms[tight] = concept
    by_start = {}
    for form in sorted(forms, key=len, reverse=True):
        by_start.setdefault(form[:2], []).append((form, forms[form]))
    return by_start


def flat(text):
    """As long as the text itself, so that positions agree."""
    lower = text.lower()
    return re.sub(r"[\s\-–]", " ", lower if len(lower) == len(text) else text)


def spot(text):
    """(start, end, concept) of each term, the longest that begins
    there; Latin ones as whole words, plurals too."""
    forms, text, end = table(), flat(text), 0
    for start in (match.start() for match in START.finditer(text)):
        if start >= end and (found := _at(text, start, forms)):
            end, concept = found
            yield start, end, concept


def _at(text, start, forms):
    for form, concept in (*forms.get(text[start : start + 2], ()), *forms.get(text[start], ())):
        if text.startswith(form, start):
            end = start + len(form)
            if _latin(form[-1]):
                end += text[end : end + 1] == "s"
                if _latin(text[end : end + 1]):
                    continue
            return end, concept


def _latin(character):
    return character.isascii() and (character.isalnum() or character == "_")


# --- the glossary -------------------------------------------------------------------------------------------


def glossary(language, source="start/notation.md", exists=lambda source: True):
    """The concepts that have a gloss, as a Markdown table in the order of the reader's alphabet."""
    other = "en" if language == "zh" else "zh"
    rows = ["| {} | {} | {} |".format(*WORDS[language]), "| --- | --- | --- |"]
    for concept in sorted((c for c in load() if c.gloss), key=lambda c: _alphabet(getattr(c, language)[0])):
        name, there = getattr(concept, language)[0], f"{concept.page}.md"
        if concept.page and exists(there):
            name = f"[{name}]({posixpath.relpath(there, posixpath.dirname(source))})"
        if concept.abbr:
            name += f" ({', '.join(concept.abbr)})" if language == "en" else f"（{'、'.join(concept.abbr)}）"
        translation = f'<span lang="{other}">{getattr(concept, other)[0]}</span>'
        rows.append(f"| {name} | {translation} | {concept.gloss[language]} |")
    return "\n".join(rows)


def _alphabet(name):
    return name.lower().encode("gbk", "replace")  # which has Latin first and common characters by pinyin


# --- hover texts --------------------------------------------------------------------------------------------


class Hover(Treeprocessor):
    """The first mention of a term gets its gloss as title. (The
    `abbr` extension finds none within Chinese.)"""

    page = None  # set for each page in on_page_markdown

    def run(self, root):
        if self.page and "mkdocs_extract_title" in self.md.treeprocessors:  # the page, not a docstring on it
            self.language, self.seen = self.page
            self.walk(root)

    def walk(self, element):
        if element.tag in UNTOUCHED or "arithmatex" in element.get("class", ""):
            return
        children = list(element)
        self.insert(element, None, element.text)
        for child in children:
            self.walk(child)
            self.insert(element, child, child.tail)

    def insert(self, parent, before, text):
        """Cut the text behind `before` (behind the start of the parent when None) at the terms in it."""
        if not text or isinstance(text, AtomicString):
            return
        ends, cuts = 0, []
        for start, end, concept in spot(text):
            if concept.id not in self.seen and _hovers(text[start:end], concept, self.language):
                self.seen.add(concept.id)
                cuts.append((text[ends:start], text[start:end], concept))
                ends = end
        if not cuts:
            return
        place = 0 if before is None else list(parent).index(before) + 1
        for n, (_, term, concept) in enumerate(cuts):
            abbr = Element("abbr", title=concept.gloss[self.language])
            abbr.text = AtomicString(term)
            abbr.tail = cuts[n + 1][0] if n + 1 < len(cuts) else text[ends:]
            parent.insert(place + n, abbr)
        if before is None:
            parent.text = cuts[0][0]
        else:
            before.tail = cuts[0][0]


def _hovers(form, concept, language):
    """Preferred names are explained, and abbreviations as they are written
    (a gap is no GAP); synonyms are for the search."""
    names, one = {key(concept.zh[0]), key(concept.en[0])}, form.removesuffix("s")
    named = bool(names & {key(form), key(one)}) or not {form, one}.isdisjoint(concept.abbr)
    return bool(concept.gloss) and concept.hover and named


class HoverExtension(Extension):
    def extendMarkdown(self, md):
        md.treeprocessors.register(Hover(md), "lexicon", 6)


# --- MkDocs -------------------------------------------------------------------------------------------------


def on_config(config):
    load()
    config.markdown_extensions.append(HoverExtension())
    return config


def on_page_markdown(markdown, page, config, files):
    source, language = page.file.src_uri, config.theme["language"]
    everything = MARKER.search(markdown)
    told = {concept.id for concept in load() if everything or f"{concept.page}.md" == source}
    Hover.page = language, told  # a page explains its own subject itself, and the glossary everything
    return MARKER.sub(lambda _: glossary(language, source, files.get_file_from_path), markdown)
