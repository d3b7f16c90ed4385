"""Check every formula below these paths: python -m formulacheck snippets docs [--explain] [--seeds 50]"""

import argparse
import sys
from pathlib import Path

from .pages import Report, Unreadable, report_section, sections


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m formulacheck", description=__doc__)
    parser.add_argument("paths", nargs="+", help="folders or files: Python with docstrings, Markdown pages")
    parser.add_argument("--explain", action="store_true", help="also list what each symbol was bound to")
    parser.add_argument("--seed", type=int, default=0, help="other random inputs")
    parser.add_argument(
        "--seeds", type=int, default=1, help="how many seeds, one after the other: true formulas hold for all"
    )
    options = parser.parse_args(arguments)
    for path in options.paths:
        if not Path(path).exists():
            parser.error(f"no such file or folder: {path}")
    try:
        return check_paths(options)
    except Unreadable as error:
        print(error, file=sys.stderr)
        return 1


def check_paths(options):
    failed = 0
    for seed in range(options.seed, options.seed + options.seeds):
        if options.seeds > 1:
            print(f"seed {seed}:", flush=True)
        report = Report()
        for path in options.paths:
            for source in sections(path):
                before = len(report.results), len(report.inline)
                report_section(report, source, seed)
                if options.explain:
                    for r in report.results[before[0] :] + report.inline[before[1] :]:
                        explain(r)
        print_report(report)
        if not (report.displays or report.inline):
            print(f"no formula below {' '.join(options.paths)}: nothing was checked", file=sys.stderr)
            return 1
        failed += len(report.failures)
    return 1 if failed else 0


def explain(result):
    print(f"{result.path}:{result.line}: {result.name}: {result.status}\n    {result.tex}")
    for symbol, what in result.bindings.items():
        print(f"        {symbol:24} {what}")


def print_report(report):
    for failure in report.failures:
        print(failure, "\n")
    for r in report.unverified:
        print(f"{r.path}:{r.line}: unverified: {r.tex}\n    {r.message}")
    counts, inline = report.counts(), report.inline_counts()
    print(
        f"{report.displays} displays: " + ", ".join(f"{n} {status}" for status, n in sorted(counts.items()))
    )
    print(
        f"{sum(inline.values())} inline formulas that assert something: "
        + ", ".join(f"{n} {status}" for status, n in sorted(inline.items()))
    )


if __name__ == "__main__":
    sys.exit(main())
