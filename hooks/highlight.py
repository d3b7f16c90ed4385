"""Leave names, operators and blanks in code unmarked: half of a
page's elements color what is black anyway. And say how tall each
block will be: the browser need not lay it out to know (house.css).
"""

import re

UNMARKED = re.compile(r'<span class="(?:n|w|p|o)">([^<]*)</span>')
BLOCK = re.compile(r'<div class="(language-\w+ highlight)">(<pre>.*?</pre>)', re.S)
LINE, PADDING = 1.19, 1.3125  # in the text's em


def on_page_content(html, page, config, files):
    return BLOCK.sub(_with_height, UNMARKED.sub(r"\1", html))


def _with_height(block):
    height = LINE * block[2].count("\n") + PADDING
    return f'<div class="{block[1]}" style="--height:{height:.3f}em">{block[2]}'
