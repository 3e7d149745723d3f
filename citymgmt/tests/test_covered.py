"""The gate of `script/coverage` names what there is, and fails where a branch is not run."""

import subprocess
import sys
import tomllib

import pytest

from citymgmt.tests.covered import ROOT, judge, modules_of

LISTED = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["covered"]


def test_every_listed_path_is_there():
    assert modules_of(LISTED["modules"])
    assert modules_of(LISTED["tests"])


def test_a_path_of_nothing_is_an_error(tmp_path):
    (tmp_path / "clock.py").touch()
    assert modules_of(["*.py"], tmp_path) == [tmp_path / "clock.py"]
    with pytest.raises(ValueError, match=r"no watch\.py$"):
        modules_of(["clock.py", "watch.py"], tmp_path)


@pytest.mark.parametrize(("calls", "failed"), [("half(1)", 1), ("half(1), half(0)", 0)])
def test_a_branch_that_no_test_runs_fails(tmp_path, capsys, calls, failed):
    module, data = tmp_path / "halves.py", str(tmp_path / "data")
    module.write_text(f"def half(n):\n    if n:\n        n = 2\n    return n\n{calls}\n")
    run = ["coverage", "run", "--branch", f"--data-file={data}", f"--include={module}", module]
    subprocess.run([sys.executable, "-m", *run], check=True, cwd=tmp_path)

    assert judge(data, [module]) == failed
    assert ("2->4" in capsys.readouterr().out) is bool(failed)
    assert judge(data, [module, tmp_path / "other.py"]) == 1
    assert "not loaded by any of the tests: " in capsys.readouterr().out
