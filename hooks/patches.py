"""What is changed in Material's own files, because a phone waits for it: each file, what stands in it, what
shall stand there.

A phone waits where every element of a page is styled anew, and in a task of half a second, as the start of
Material's script is one. The names in that script are its minifier's, so each patch must find its place
exactly once: another Material stops the build.
"""

import pathlib
import re

from mkdocs.exceptions import PluginError

from hooks.search import squeeze

STEPS = pathlib.Path(__file__).parent.parent / "docs" / "assets" / "steps.js"
BUNDLE = "javascripts/bundle.*.js"
STYLED_ANEW = [
    # Two fades are switched off while the palette changes, for each element.
    ("stylesheets/palette.*.css", r"(\[data-md-color-switching\] (\*|:after|:before),?){3}\{[^}]*\}", ""),
    # Because of its `*`, whatever is put in or taken out (each table, while it is wrapped) has all its later
    # siblings styled again.
    ("stylesheets/main.*.css", r"\.md-typeset table:not\(\[class\]\)\+\*\{[^}]*\}", ""),
    # Because of their `[class]`, all that is in an element that gets another class is styled again, and
    # <html> gets one. They are about paragraphs and lists in cells, which Markdown's tables do not have.
    (
        "stylesheets/main.*.css",
        r"((\.md-typeset table:not\(\[class\]\) t[dh]>:(first|last)-child,?){2}\{margin-[^}]*\}){2}",
        "",
    ),
    # Our style sheet says which colors scroll bars have; a second voice in the head counts as a new palette.
    (BUNDLE, r'(x\("meta",\{)name:"color-scheme"(\}\))', r"\1\2"),
    # Instant navigation writes all addresses in full, and a style sheet with a new address is read again. So
    # they stay as they are, and the heads of two pages are compared by the addresses that were read.
    (
        BUNDLE,
        r'(function vi\(e\)\{for\(let t of M\("\[href\])(, \[src\]",e\))',
        r"\1:not([rel=stylesheet])\2",
    ),
    (BUNDLE, r"t\.set\(r\.outerHTML,r\)", r't.set(r.rel=="stylesheet"?(r.sheet||r).href:r.outerHTML,r)'),
    # To take out what has the focus, the clicked link, the browser styles the old page once more; without the
    # focus it does not.
    (
        BUNDLE,
        r'(function bs\(e\)\{)(for\(let o of\["\[data-md-component=announce\]")',
        r'\1let f=document.activeElement;f&&f.closest("[data-md-component=container]")&&f.blur();\2',
    ),
]
IN_STEPS = [
    (
        BUNDLE,
        r'^("use strict";\()(\(\)=>\{)',
        lambda opening: f"{opening[1]}async{opening[2]}{squeeze(STEPS.read_text('utf-8'))}",
    ),
    # Before the size of the window is read, which has the page laid out, and between the parts.
    (BUNDLE, r",ke=Ln\(\)", ";await pause();var ke=Ln()"),
    *(
        (BUNDLE, rf";(?={re.escape(part)})", ";await pause();")
        for part in ("di({alert$", 'V("navigation.instant")&&gi(', "L(Kt,Ht)", "var ft=", "Ki.subscribe()")
    ),
    # The components of a page get a task each. After the last one our scripts may begin.
    (
        BUNDLE,
        r"(\$s=H\(\(\)=>L\()(.*?)\)\),Ki=",
        r'\1...[\2,new F(()=>{dispatchEvent(new Event("mounted"))})].map(e=>$(0).pipe(nt(0),b(()=>e))))),Ki=',
    ),
    # Another page that is asked for in between ends all steps of this one, not only its fetching.
    (
        BUNDLE,
        r"(xr\(a,\{progress\$:o\}\)\.pipe\(ve\(\(\)=>\(st\(a,!0\),y\)\))\)\),b\(vi\),b\(bs\),",
        r"\1,b(vi),b(beginning),b(bs),b(whole))),",
    ),
    # Where the reader is on a page is kept for who comes back to it. One that is still fetched has its
    # address already, and would open at the place where the last one was left.
    (
        BUNDLE,
        r'(Ae\(100\)\)\.subscribe\(\(\{offset:a\}\)=>\{)(history\.replaceState\(a,""\)\})',
        r"\1shown==location.pathname&&\2",
    ),
]


def on_post_build(config):
    for file, said, instead in STYLED_ANEW + IN_STEPS:
        [path] = pathlib.Path(config.site_dir).glob(f"assets/{file}")
        patched, found = re.subn(said, instead, path.read_text("utf-8"))
        if found != 1:
            what = f"{path.name} of this Material has {found} times {said}"
            raise PluginError(f"{what}: mend it in hooks/patches.py")
        path.write_text(patched, "utf-8")
