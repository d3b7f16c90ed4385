"""Print the security headers of the built site as nginx directives:
no inline script runs but those built in."""

import base64
import hashlib
import pathlib
import re
import sys

SITE = pathlib.Path(__file__).parent.parent / "site"
INLINE = re.compile(r"<script(?![^>]*(?:\bsrc=|application/json))[^>]*>(.*?)</script>", re.S)


def inline_script_hashes(site):
    """Hashes of all inline scripts of the site; few, because Material has few and the pages have none."""
    scripts = {s for page in site.rglob("*.html") for s in INLINE.findall(page.read_text("utf-8"))}
    hashes = (base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in scripts)
    return sorted(f"'sha256-{h}'" for h in hashes)


def policy(site):
    return (
        f"default-src 'self'; script-src 'self' {' '.join(inline_script_hashes(site))}; "
        "style-src 'self' 'unsafe-inline'; img-src 'self' data:; worker-src 'self'; object-src 'none'; "
        "base-uri 'self'; frame-ancestors 'none'; form-action 'self'"
    )


def headers(site):
    return {
        "Content-Security-Policy": policy(site),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    }


if __name__ == "__main__":
    site = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else SITE
    if not (site / "index.html").exists():
        sys.exit(f"{site} is no built site: make site")
    print("\n".join(f'add_header {name} "{value}" always;' for name, value in headers(site).items()))
