"""Reading the environment: every setting that differs between installations comes from here."""

import glob
import importlib.util
import ipaddress
import os
import secrets
import stat
from pathlib import Path


def flag(name: str, default: bool = False) -> bool:
    """True for 1, true, yes, on; False for 0, false, no, off and the empty string."""
    raw = os.environ.get(name)
    if raw is None:
        return default
    value = raw.strip().lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"", "0", "false", "no", "off"}:
        return False
    raise ValueError(f"{name} is {raw!r}; use 1 or 0")


def words(name: str, default: str = "") -> list[str]:
    """A comma-separated list."""
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]


def seconds(name: str, default: float) -> float:
    """A length of time, at least 0; ValueError for anything else."""
    value = float(os.environ.get(name) or default)
    if not 0 <= value < float("inf"):
        raise ValueError(f"{name} is {value}; give seconds")
    return value


def networks(name: str, default: str = "") -> list[str]:
    """A comma-separated list of addresses and networks (10.0.0.0/8); ValueError for others."""
    return [str(ipaddress.ip_network(word, strict=False)) for word in words(name, default)]


def one_of(name: str, options: tuple[str, ...], default: str) -> str:
    """One of the words; ValueError for others."""
    value = os.environ.get(name, default).strip().lower()
    if value not in options:
        raise ValueError(f"{name} is {value!r}; use one of {', '.join(options)}")
    return value


def secret(name: str, path: Path) -> str:
    """The secret in the environment, or one made once and kept in `path` with mode 600."""
    if value := os.environ.get(name):
        return value
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(handle, "w") as file:
        value = secrets.token_urlsafe(50)
        file.write(value)
    return value


def own(path: Path, folder: bool = False) -> None:
    """From now on only the owner reads what is there, also where another version made it.

    `folder`: it is made if it is missing; others may pass through it to what is theirs inside
    (the database server that `script/services` starts), but see nothing of it.
    """
    if folder:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.name == "nt" or not path.exists():
        return
    found = path.stat()
    kept = stat.S_IMODE(found.st_mode) & (0o711 if folder else 0o700)
    if found.st_uid == os.geteuid() and kept != stat.S_IMODE(found.st_mode):
        path.chmod(kept)


def wheel_library(package: str, *patterns: str) -> str | None:
    """Path of a shared library inside an installed wheel, e.g. GDAL in pyogrio's.

    The file names carry hashes, so they are found by pattern. None where the wheel has none.
    """
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        return None
    home = Path(spec.origin).parent
    for folder in (home.parent / f"{package}.libs", home / ".dylibs", home):
        for pattern in patterns:
            if found := sorted(glob.glob(str(folder / pattern))):
                return found[0]
    return None
