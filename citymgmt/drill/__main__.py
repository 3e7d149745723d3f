"""The command line of `script/drill`."""

import argparse
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from citymgmt import drill
from citymgmt.drill import counting, looking
from citymgmt.drill.clients import Stream
from citymgmt.drill.servers import Installation

CREATIONS, SECONDS, CLIENTS = 1500, 185, 8
ROUNDS = 2  # how often each is killed
DOWN = 1.0  # seconds that what was killed stays away
SHOWN = 10  # lines of each fault


def main(arguments=None):
    """0 when nothing was lost, 1 otherwise."""
    parser = argparse.ArgumentParser(
        prog="script/drill", description=drill.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--creations", type=int, default=CREATIONS)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of the stream, at least")
    parser.add_argument("--clients", type=int, default=CLIENTS)
    given = parser.parse_args(arguments)
    place = Path(tempfile.mkdtemp(prefix="citymgmt-drill-"))
    place.chmod(0o711)  # PostgreSQL runs as somebody else, whose own folder is within
    installation, found = Installation(place), None
    try:
        found = _drill(installation, given)
    finally:
        installation.stop()
        if found is not None and not any(found.values()):
            installation.remove()
        else:
            say(f"kept: {place}")
    return 1 if any(found.values()) else 0


def _drill(installation, given):
    """{figure: lines of faults}."""
    stream = _prepared(installation, given)
    killer = threading.Thread(target=_kill_all, args=(installation, given.seconds))
    killer.start()
    stream.run(given.clients)
    killer.join()
    say(f"the stream is over; {stream.again} times something was sent again")
    seconds = looking.catch_up()
    say(f"caught up after {seconds:.0f} s")
    looking.keep_house()
    found = counting.faults(stream.acknowledged, looking.stored()) | {
        "refused": stream.refused,
        "broken": looking.broken(),
        "late": looking.late(),
        "fallen": installation.fallen(),
    }
    _tell(stream, found)
    return found


def _prepared(installation, given):
    """The small city, its processes, and the stream with its tokens."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from citymgmt.bench.city import make_city, person

    call_command("migrate", verbosity=0, skip_checks=True)
    make_city()
    stream = Stream(
        addresses=installation.addresses,
        department=person("liaison").current_memberships[0].department.code,
        matters=looking.matters(),
        creations=given.creations,
        seconds=given.seconds,
    )
    connection.close()  # the server behind it is about to be killed
    say("the city is made")
    installation.start()
    stream.sign_in()
    say(f"web, worker and beat run at {' and '.join(installation.addresses)}")
    return stream


def _kill_all(installation, seconds):
    """Each in turn, evenly over the seconds; an outage is over before the next begins."""
    victims = [*installation.victims().items()] * ROUNDS
    for name, (kill, start) in victims:
        time.sleep(max(0, seconds / (len(victims) + 1) - DOWN))
        kill()
        time.sleep(DOWN)
        start()
        say(f"kill -9 {name}")


def _tell(stream, found):
    counted = Counter(act.what for act in stream.acknowledged)
    say("acknowledged: " + ", ".join(f"{what} {n}" for what, n in counted.most_common()))
    for name, lines in found.items():
        for line in lines[:SHOWN]:
            say(f"{name}: {line}")
    figures = {
        "acknowledged": len(stream.acknowledged),
        "reported": counted["report"],
        "closed": stream.closed,
    }
    figures |= {name: len(lines) for name, lines in found.items()}
    say("  ".join(f"{name} {n}" for name, n in figures.items()))


BEGUN = time.monotonic()


def say(line):
    print(f"{time.monotonic() - BEGUN:6.1f} s  {line}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
