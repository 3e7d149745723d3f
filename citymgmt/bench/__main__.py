"""The command line of `script/bench`."""

import argparse
import json
import random
import sys

from citymgmt import bench
from citymgmt.bench.base import base
from citymgmt.bench.cases import cases
from citymgmt.bench.city import own_database
from citymgmt.bench.evaluation import evaluation
from citymgmt.bench.live import live

SUITES = {"base": base, "cases": cases, "evaluation": evaluation, "live": live}


def main(arguments=None):
    """0 when every target was met, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="script/bench", description=bench.__doc__)
    parser.add_argument("suite", choices=SUITES)
    parser.add_argument("--json", action="store_true", dest="as_json")
    given = parser.parse_args(arguments)
    random.seed(1)
    results = []
    with own_database():
        for one in SUITES[given.suite]():
            results.append(one)
            mark = "ok" if one["ok"] else "MISSED"
            print(f"{one['name']:26} {one['value']:>12} {one['unit']:8} target {one['target']}"
                  f"  bare {one['bound']}  {mark}", flush=True)  # fmt: skip
    if given.as_json:
        print(json.dumps({"results": results}))
    return 0 if all(one["ok"] for one in results) else 1


if __name__ == "__main__":
    sys.exit(main())
