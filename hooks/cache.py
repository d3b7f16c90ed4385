"""Files in .cache are whole or not there: two editions are built side by side, and either may be stopped."""

import os
import pathlib

import jinja2

FOLDER = pathlib.Path(__file__).parent.parent / ".cache"


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    unfinished.write_bytes(content if isinstance(content, bytes) else content.encode())
    unfinished.replace(path)


def on_env(env, config, files):
    """Compiling Material's templates takes as long as some pages."""
    folder = FOLDER / "templates"
    folder.mkdir(parents=True, exist_ok=True)
    env.bytecode_cache = jinja2.FileSystemBytecodeCache(folder)
