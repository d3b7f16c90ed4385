"""Numbers and tables that pages take from code: `<!-- facts: name -->` becomes what the function `name` below returns.

`0.25<!-- = sigmoid_grad(0., 1.) -->` needs no hook: tests/test_facts.py checks the number, and the reader never sees the comment.
"""

import re

MARKER = re.compile(r"^<!-- facts: (\w+) -->$", re.M)


def on_page_markdown(markdown, page, config, files):
    return re.sub(r"<!-- = .*? -->", "", MARKER.sub(lambda m: globals()[m[1]](config.extra["language"]), markdown))
