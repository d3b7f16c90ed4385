"""What lies above the two editions: the page that chooses a language,
a 404 page, the sitemap index, robots.txt."""

import os

INDEX = """<?xml version="1.0" encoding="UTF-8"?>
<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{}</sitemapindex>
"""
CHOOSE = """<!doctype html>
<html lang="zh">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>深度学习基础 · Deep Learning Fundamentals</title>
<meta name="description"
 content="每个公式都运行过的深度学习基础。Deep-learning fundamentals in which every formula has been run.">
<link rel="canonical" href="{root}">
<link rel="alternate" hreflang="zh" href="{root}zh/">
<link rel="alternate" hreflang="en" href="{root}en/">
<link rel="alternate" hreflang="x-default" href="{root}">
<link rel="icon" href="zh/assets/favicon.svg">
<script src="choose.js"></script>
<style>
:root{{color-scheme:light dark;background:Canvas;color:CanvasText}}
body{{font:1.1rem/1.8 system-ui,sans-serif;margin:20vh auto;max-width:24rem;padding:0 1rem}}
</style>
</head>
<body>
<main>
<h1>深度学习基础<br><span lang="en">Deep Learning Fundamentals</span></h1>
<p><a href="zh/{index}" hreflang="zh">中文版</a></p>
<p lang="en"><a href="en/{index}" hreflang="en">English edition</a></p>
</main>
</body>
</html>
"""
# A visitor who comes back through history stays here and can choose otherwise.
SCRIPT = """const languages = navigator.languages.map(l => l.slice(0, 2).toLowerCase())
const edition = languages.find(l => l === 'zh' || l === 'en') || 'en'
if (!document.referrer.startsWith(location.origin)) location.replace(edition + '/{index}')
"""


def write(site):
    root = os.environ.get("SITE_URL", "http://127.0.0.1:8000/").rstrip("/") + "/"
    index = "" if os.environ.get("DIRECTORY_URLS", "true") == "true" else "index.html"
    (site / "index.html").write_text(CHOOSE.format(root=root, index=index), "utf-8")
    (site / "choose.js").write_text(SCRIPT.replace("{index}", index), "utf-8")
    (site / "404.html").write_text((site / "zh" / "404.html").read_text("utf-8"), "utf-8")
    (site / "robots.txt").write_text(f"User-agent: *\nAllow: /\nSitemap: {root}sitemap.xml\n", "utf-8")
    maps = "".join(f"<sitemap><loc>{root}{edition}/sitemap.xml</loc></sitemap>" for edition in ("zh", "en"))
    (site / "sitemap.xml").write_text(INDEX.format(maps), "utf-8")
