"""One measurement and what it is made with."""

import resource
import time


def result(name, value, unit, target, bound, *, less=True):
    """One measurement; `less`: the target is an upper limit."""
    ok = value <= target if less else value >= target
    bound = None if bound is None else round(bound, 3)
    return {"name": name, "value": round(value, 3), "unit": unit, "target": target,
            "bound": bound, "ok": bool(ok)}  # fmt: skip


def timed(deed, *args, **kwargs):
    """(what it answers, seconds)."""
    begun = time.perf_counter()
    answer = deed(*args, **kwargs)
    return answer, time.perf_counter() - begun


def p95(values):
    return sorted(values)[max(0, round(len(values) * 0.95) - 1)]


def peak_memory():
    """The most memory this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
