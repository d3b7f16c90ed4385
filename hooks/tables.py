"""Wrap tables as Material's script would (hooks/assets.py stops it): that costs a slow phone a quarter of its time.

A table taken out of a page and put back has all that follows it styled again. So a wide one can also be
pushed sideways where no script runs.
"""

OPEN, CLOSE = '<div class="md-typeset__scrollwrap"><div class="md-typeset__table">', "</div></div>"


def on_page_content(html, page, config, files):
    return html.replace("<table>", f"{OPEN}<table>").replace("</table>", f"</table>{CLOSE}")
