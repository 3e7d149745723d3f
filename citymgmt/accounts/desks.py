"""Where a post works: each app names the page of its posts at start; `/` leads there."""

_desks: dict[str, str] = {}


def register(post_code: str, url_name: str) -> None:
    """Called from `AppConfig.ready`. A post has one desk."""
    known = _desks.setdefault(post_code, url_name)
    if known != url_name:
        raise ValueError(f"{post_code} has the desk {known}; {url_name} cannot be another one")


def desk_of(user) -> str | None:
    """The URL name of the desk of the person's first post that has one."""
    return next((_desks[code] for code in user.post_codes if code in _desks), None)
