"""The command line of `script/bench`."""

import argparse
import json
import random
import sys
from contextlib import contextmanager
from functools import partial

from citymgmt import bench
from citymgmt.bench.base import base
from citymgmt.bench.cases import cases
from citymgmt.bench.city import own_database
from citymgmt.bench.evaluation import evaluation
from citymgmt.bench.live import live
from citymgmt.bench.many import many, own_server

SUITES = {"base": base, "cases": cases, "evaluation": evaluation, "live": live}


def main(arguments=None):
    """0 when every target was met, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="script/bench", description=bench.__doc__)
    parser.add_argument("suite", choices=SUITES)
    parser.add_argument("--json", action="store_true", dest="as_json")
    loud = parser.add_argument_group("live on the full profile, with many listeners")
    loud.add_argument("--listeners", type=int, help="all open at one instant")
    loud.add_argument("--rate", type=int, default=20, help="moves a second")
    loud.add_argument("--seconds", type=int, default=60)
    given = parser.parse_args(arguments)
    if given.listeners and given.suite != "live":
        parser.error("--listeners belongs to the suite live")
    random.seed(1)
    results = []
    with _city(given) as suite:
        for one in suite():
            results.append(one)
            mark = "ok" if one["ok"] else "MISSED"
            print(f"{one['name']:26} {one['value']:>12} {one['unit']:8} target {one['target']}"
                  f"  bare {one['bound']}  {mark}", flush=True)  # fmt: skip
    if given.as_json:
        print(json.dumps({"results": results}))
    return 0 if all(one["ok"] for one in results) else 1


@contextmanager
def _city(given):
    """The suite that was asked for, on its database."""
    if not given.listeners:
        with own_database():
            yield SUITES[given.suite]
        return
    with own_server() as server, own_database(server):
        yield partial(many, given.listeners, given.rate, given.seconds)


if __name__ == "__main__":
    sys.exit(main())
