"""Leave names, operators and blanks in code unmarked: half of a
page's elements color what is black anyway."""

import re

UNMARKED = re.compile(r'<span class="(?:n|w|p|o)">([^<]*)</span>')


def on_page_content(html, page, config, files):
    return UNMARKED.sub(r"\1", html)
