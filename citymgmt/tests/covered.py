"""`script/coverage`: the modules of `[tool.covered]` in pyproject.toml, every branch by a test.

Runs the tests named there with branch coverage, then says of each module what no test has run.
Ends with 1 where a test fails, a branch is missing, or a listed module was not loaded at all.
"""

import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import coverage

ROOT = Path(__file__).parents[2]
# Examples of properties are few here, and the same ones each time.
PYTEST = ["-q", "-m", "not browser and not postgres", "--hypothesis-profile=covered"]


def modules_of(patterns: list[str], root: Path = ROOT) -> list[Path]:
    """The files that the patterns name; ValueError for one that names none."""
    found = {pattern: sorted(root.glob(pattern)) for pattern in patterns}
    empty = [pattern for pattern, paths in found.items() if not paths]
    if empty:
        raise ValueError(f"pyproject.toml, tool.covered: there is no {', '.join(empty)}")
    return [path for paths in found.values() for path in paths]


def main() -> int:
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["covered"]
    modules = modules_of(listed["modules"])
    include = ",".join(map(str, modules))
    with tempfile.TemporaryDirectory() as folder:
        data = str(Path(folder) / "coverage")
        run = ["coverage", "run", "--branch", f"--data-file={data}", f"--include={include}"]
        tests = [*run, "-m", "pytest", *PYTEST, *listed["tests"]]
        if subprocess.run([sys.executable, "-m", *tests], cwd=ROOT).returncode:
            return 1
        return judge(data, modules)


def judge(data: str, modules: list[Path]) -> int:
    """Says what is missing in the data of a run; 1 where anything is."""
    measured = coverage.Coverage(data_file=data, config_file=False)
    measured.load()
    unknown = {str(path) for path in modules} - set(measured.get_data().measured_files())
    for path in sorted(unknown):
        print(f"not loaded by any of the tests: {path}")
    total = measured.report(show_missing=True)
    return int(bool(unknown) or total < 100)


if __name__ == "__main__":
    sys.exit(main())
