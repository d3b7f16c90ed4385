"""What both editions share and how they find each other: addresses, section names, missing counterparts."""

import os
import pathlib
import re
import shutil
import subprocess
import urllib.parse

from mkdocs.exceptions import PluginError

ROOT = pathlib.Path(__file__).parent.parent
DOCS = ROOT / "docs"
LANGUAGES = {"zh": "中文", "en": "English"}


def on_config(config):
    language = config.theme["language"]
    config.extra.update(language=language, languages=LANGUAGES, root_url=config.site_url)
    # One palette choice for both editions; a relative scope would mean another one on each level of folders.
    config.extra["scope"] = urllib.parse.urlsplit(config.site_url).path or "/"
    config.site_url = f"{config.site_url.rstrip('/')}/{language}/"
    config.repo_url = os.environ.get("REPO_URL") or _origin()
    config.edit_uri = f"edit/main/docs/{language}/" if config.repo_url else None
    config.repo_name = config.repo_url and config.repo_url.rstrip("/").rsplit("/", 1)[-1]
    if not config.use_directory_urls:  # the offline copy: from file:// instant navigation fetches nothing
        features = config.theme["features"]
        config.theme["features"] = [f for f in features if not f.startswith("navigation.instant")]
    _require_counterparts()
    return config


def on_env(env, config, files):
    """A section is called what its index page is called: no title is written twice."""
    for file in files.documentation_pages():
        page = file.page
        if page.parent and page.is_index:
            page.parent.title = page.title


def _origin():
    """Web address of the repository, when this is a clone of one."""
    if not shutil.which("git"):
        return None
    run = subprocess.run(["git", "remote", "get-url", "origin"], cwd=ROOT, capture_output=True, text=True)
    url = re.sub("^https://[^/@]*@", "https://", run.stdout.strip().removesuffix(".git"))  # a token is secret
    return url if url.startswith("https://") else None


def _require_counterparts():
    zh, en = (
        {p.relative_to(top).as_posix() for p in top.rglob("*.md")} for top in map(DOCS.joinpath, LANGUAGES)
    )
    for page in sorted(zh ^ en):
        here, there = ("zh", "en") if page in zh else ("en", "zh")
        cure = f"write docs/{there}/{page}, or delete the page in both"
        raise PluginError(f"docs/{here}/{page} has no counterpart: {cure}")
