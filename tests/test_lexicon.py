"""The lexicon: broken entries name file, line and cure; terms are
found, and explained once, not in code or math."""

import re
from pathlib import Path
from types import SimpleNamespace
from xml.etree.ElementTree import fromstring

import markdown
import pytest

from hooks import lexicon, listed

ROOT = Path(__file__).parent.parent
GOOD = "- id: relu\n  zh: [线性整流]\n  en: [ReLU]\n"


def read(tmp_path, text):
    path = tmp_path / "lexicon.yml"
    path.write_text(text, "utf-8")
    return lexicon.load(path)


# --- reading ------------------------------------------------------------------------------------------------


def test_the_lexicon_is_sound():
    concepts = lexicon.load()
    assert len(concepts) >= 200
    for concept in concepts:
        assert not concept.page or re.fullmatch(r"[a-z]+/[a-z0-9_]+", concept.page), concept.where
        for language, gloss in concept.gloss.items():
            short = gloss.endswith(".。"[language == "zh"]) and len(gloss) < 160
            assert short, f"{concept.where}: one short sentence with its full stop ({language})"


def test_owner_pages_of_finished_chapters_exist():
    for concept in lexicon.load():
        chapter = concept.page and concept.page.split("/")[0]
        if chapter and (ROOT / "docs/zh" / chapter).is_dir():
            page = ROOT / "docs/zh" / f"{concept.page}.md"
            assert page.exists(), f"{concept.where}: there is no page {concept.page}"


def test_every_page_of_a_finished_chapter_owns_a_term():
    owners = {concept.page for concept in lexicon.load()}
    chapters = {page.split("/")[0] for page in owners if page} - {"start", "interview"}
    pages = [f"{path.parent.name}/{path.stem}" for path in (ROOT / "docs/zh").glob("*/*.md")]
    missing = [page for page in pages if page.split("/")[0] in chapters and page not in owners]
    assert not missing, (
        f"docs/lexicon.yml: no term has `page: {missing[0]}`; add one, or only its words find that page"
    )


@pytest.mark.parametrize(("text", "message"), [
    (GOOD + "- id: other\n  zh: [另一个]\n  en: [relu]\n",
     r"lexicon.yml:4: `relu` already names `relu` \(.*lexicon.yml:1\), .*delete it at one"),
    (GOOD + "- id: other\n  zh: [另一个]\n  en: [Re-LU]\n", "lexicon.yml:4: `Re-LU` already names"),
    (GOOD + "- id: other\n  zh: [别的]\n  en: [other]\n  abbr: [ＲＥＬＵ]\n",
     "lexicon.yml:4: `ＲＥＬＵ` already names"),
    (GOOD + "- id: other\n  zh: [别的]\n  en: [other]\n  misspellings: [线性 整流]\n", "`线性 整流` already names"),
    (GOOD + "- id: relu\n  zh: [别的]\n  en: [other]\n",
     r"yml:4: id `relu` stands twice \(first at .*:1\); merge"),
    ("- id: relu\n  en: [ReLU]\n", "lexicon.yml:1: `zh` is missing; a concept has at least"),
    (GOOD + "  page_: x\n", "lexicon.yml:1: unknown field `page_`; known: "),
    ("- id: Re LU\n  zh: [a]\n  en: [b]\n", "`Re LU` is no id; ids are lower-case"),
    ("- id: x\n  zh: 一\n  en: [b]\n", "`zh` is a list of names"),
    ("- id: x\n  zh: [1]\n  en: [b]\n", "`zh` is a list of names"),
    ("- id: x\n  zh: [一, ' ']\n  en: [b]\n", "`zh` is a list of names"),
    (GOOD + "  gloss: {en: One.}\n", "`gloss` is one sentence in each language"),
    (GOOD + "  gloss: text\n", "`gloss` is one sentence in each language"),
    (GOOD + "  gloss: {en: 5, zh: 五。}\n", "lexicon.yml:1: `gloss` is one sentence in each language"),
    (GOOD + "  gloss: {en: ' ', zh: 五。}\n", "`gloss` is one sentence in each language"),
    (GOOD + "  gloss:\n", "`gloss` is one sentence in each language"),
    (GOOD + '  hover: "no"\n', "lexicon.yml:1: `hover` is true or false, without quotes; got 'no'"),
    (GOOD + "  hover:\n", "`hover` is true or false, without quotes; got None"),
    (GOOD + "  page: [x]\n", r"lexicon.yml:1: `page` is an address such as activations/relu; got \['x'\]"),
    ("- id: 5\n  zh: [五]\n  en: [five]\n", "lexicon.yml:1: `5` is no id; ids are lower-case"),
    (GOOD + "  [a]: b\n", r"lexicon.yml:4: found unhashable key \(a text with .* needs quotes\)"),
    (GOOD + "- just a text\n", "lexicon.yml:4: this is no mapping; begin it with"),
    ("id: relu\n", "lexicon.yml:1: this file is a list"),
    ("", "lexicon.yml:1: this file is a list"),
    (GOOD + "  en: [other]\n", "lexicon.yml:4: `en` stands twice; keep one"),
    (GOOD + "  gloss:\n    en: bad: colon\n", "lexicon.yml:5: .*needs quotes"),
])  # fmt: skip
def test_broken_entries_name_line_and_cure(tmp_path, text, message):
    with pytest.raises(listed.SourceError, match=message):
        read(tmp_path, text)


def test_one_concept_may_repeat_a_form(tmp_path):
    (concept,) = read(tmp_path, "- id: relu\n  zh: [ReLU]\n  en: [ReLU, relu]\n")
    assert concept.zh == ["ReLU"]


# --- finding ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "ids"), [
    ("二元交叉熵与交叉熵", ["binary-cross-entropy", "cross-entropy"]),
    ("KL散度、KL 散度", ["kl-divergence", "kl-divergence"]),
    ("Vanishing-gradients and ReLUs", ["vanishing-gradient", "relu"]),
    ("unrelu relu_grad prelude", []),
    ("用ReLU激活函数", ["relu", "activation-function"]),
    ("relu6 relu", ["relu6", "relu"]),
    ("İstanbul relu", ["relu"]),
    ("", []),
])  # fmt: skip
def test_spot(text, ids):
    found = list(lexicon.spot(text))
    assert [concept.id for *_, concept in found] == ids
    for start, end, concept in found:
        forms = {lexicon.key(form).removesuffix("s") for form in concept.forms}
        assert lexicon.key(text[start:end]).removesuffix("s") in forms


# --- glossary -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh", "en"])
def test_glossary_lists_every_gloss(language):
    rows = lexicon.glossary(language, exists=lambda source: source == "activations/softmax.md").split("\n")
    assert len(rows) == 2 + sum(bool(concept.gloss) for concept in lexicon.load())
    assert sum("](../activations/softmax.md)" in row for row in rows) >= 3, "terms link to pages that exist"
    assert not any("convolution/" in row for row in rows), "and not to others"
    assert all(row.count("|") == 4 for row in rows)


def test_glossary_is_sorted_as_readers_look_it_up():
    rows = lexicon.glossary("zh", exists=lambda source: False).split("\n")[2:]
    names = [row.split("|")[1].split("（")[0].strip() for row in rows]
    looked_for = ["Adam", "softmax", "饱和", "反向传播", "过拟合", "激活函数", "交叉熵", "梯度消失", "学习率"]
    assert [name for name in names if name in looked_for] == looked_for, "Latin names first, then by pinyin"


def test_marker_becomes_the_glossary():
    page = SimpleNamespace(file=SimpleNamespace(src_uri="start/notation.md"))
    files = SimpleNamespace(get_file_from_path=lambda source: None)
    config = SimpleNamespace(theme={"language": "en"})
    text = lexicon.on_page_markdown(
        "Before\n\n<!-- glossary -->\n\nAfter <!-- glossary -->", page, config, files
    )
    assert (
        text == f"Before\n\n{lexicon.glossary('en', exists=lambda source: False)}\n\nAfter <!-- glossary -->"
    )
    assert lexicon.Hover.page[1] == {concept.id for concept in lexicon.load()}, (
        "the glossary needs no hover texts"
    )


# --- hover texts --------------------------------------------------------------------------------------------


@pytest.fixture
def render(monkeypatch):
    """Markdown as the site renders it, in a language, on a page that owns the concepts named."""

    def render(text, language="en", own=()):
        monkeypatch.setattr(lexicon.Hover, "page", (language, set(own)))
        extensions = [
            "attr_list",
            "tables",
            "pymdownx.arithmatex",
            "pymdownx.superfences",
            lexicon.HoverExtension(),
        ]
        md = markdown.Markdown(
            extensions=extensions, extension_configs={"pymdownx.arithmatex": {"generic": True}}
        )
        as_on_pages = markdown.treeprocessors.Treeprocessor(md)
        md.treeprocessors.register(as_on_pages, "mkdocs_extract_title", -1)
        return md.convert(text)

    return render


def explained(html):
    return re.findall(r"<abbr title=\"[^\"]+\">([^<]+)</abbr>", html)


def test_first_mention_is_explained(render):
    html = render("ReLU, then ReLU again and softmax.\n\nMore *ReLU* and KL and Adam.")
    assert explained(html) == ["ReLU", "softmax", "KL", "Adam"]
    assert re.sub(r"</?abbr[^>]*>", "", html) == (
        "<p>ReLU, then ReLU again and softmax.</p>\n<p>More <em>ReLU</em> and KL and Adam.</p>")


def test_chinese_terms_are_explained_between_chinese_characters(render):
    html = render("深层网络里的梯度消失与**梯度爆炸**都要防，用ReLU可以缓解梯度消失。", "zh")
    assert explained(html) == ["梯度消失", "梯度爆炸", "ReLU"]
    assert re.sub(r"</?abbr[^>]*>", "", html) == "<p>深层网络里的梯度消失与<strong>梯度爆炸</strong>都要防，用ReLU可以缓解梯度消失。</p>"
    assert "反传" in fromstring(html).find("abbr").get("title"), "in the language of the page"


def test_code_math_headings_and_links_stay_as_they_are(render):
    inline = "# ReLU\n\n`relu` and $\\text{softmax}$ and [ReLU](x.md)\n\n"
    assert explained(render(inline + "$$softmax$$\n\n```python\nsoftmax\n```\n\n    sigmoid\n")) == []


def test_a_page_does_not_explain_its_own_subject(render):
    assert explained(render("ReLU and softmax", own={"relu"})) == ["softmax"]


def test_everyday_words_and_synonyms_are_not_explained(render):
    assert explained(render("Recall that precision matters; the gate is a nonlinearity.")) == []


def test_docstrings_on_a_page_are_left_alone(monkeypatch):
    monkeypatch.setattr(lexicon.Hover, "page", ("en", set()))
    assert explained(markdown.markdown("ReLU", extensions=[lexicon.HoverExtension()])) == []
