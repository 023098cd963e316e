"""Scripts of the pages run by Node, without a browser."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest

NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="Node is not installed: the scripts of the pages cannot be run")


def run_script(script: str, content: object, *, timeout_s: float = 60) -> object:
    """What a script prints as JSON, given ``input``; within ``timeout_s`` seconds."""
    assert NODE is not None
    whole = f'const input = JSON.parse(require("fs").readFileSync(0, "utf8"));\n{script}'
    done = subprocess.run(
        [NODE, "-e", whole], input=json.dumps(content), capture_output=True, text=True, timeout=timeout_s, check=True
    )
    return json.loads(done.stdout)
