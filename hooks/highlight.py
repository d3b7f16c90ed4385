"""Leave names, operators and blanks in code unmarked: half of a
page's elements color what is black anyway. And count the lines of
each block: the browser need not lay it out to know its height (house.css).
"""

import re

UNMARKED = re.compile(r'<span class="(?:n|w|p|o)">([^<]*)</span>')
BLOCK = re.compile(r'<div class="(language-\w+ highlight)">(<pre>.*?</pre>)', re.S)


def on_page_content(html, page, config, files):
    return BLOCK.sub(_counted, "".join(UNMARKED.split(html)))  # a quarter of the time of sub(r"\1", …)


def _counted(block):
    return f'<div class="{block[1]}" style="--lines:{block[2].count(chr(10))}">{block[2]}'
