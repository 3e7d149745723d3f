"""Every page of every post: the one list for the pictures (`script/screenshots`) and the sizes.

What a page is for (`thing`) and its main control are selectors; of several matches the first that
is shown counts. Pages that are led to from these but do not stand here are measured as `OTHER`.
"""

from dataclasses import dataclass, replace

from citymgmt.tests.browser import DESK, PHONE

TABLE = "main .table-wrap, main .empty"
ROW = "main .table-wrap a[href], main a.btn, main button.btn"
FIRST_CASE = "[data-row] > a, [data-row] td > a, .empty"
SEND = "main form button.btn-primary"

# width × height: phones upright, a tablet upright and lying, the smallest desk, a large one
SIZES = [(360, 740), (412, 915), (768, 1024), (1024, 768), (1366, 768), (1920, 1080)]
WALLS = [(1920, 1080), (2560, 1080), (3840, 1080), (3840, 2160), (5760, 1080), (1080, 1920)]


@dataclass(frozen=True)
class Page:
    """`post`: account of the demonstration, empty for the public. `link`: to follow from there.

    `least`: px of height that `thing` shows at once; `share`: of the width of a narrow window that
    it takes; `size`: of the page's picture.
    """

    post: str
    address: str
    thing: str = "main"
    control: str = ""
    link: str = ""
    least: int = 120
    share: float = 0.6
    size: tuple = (DESK["width"], DESK["height"])

    @property
    def viewport(self) -> dict:
        return dict(zip(("width", "height"), self.size, strict=True))


OTHER = Page("", "", least=60)


def _table(post, address, control=ROW) -> Page:
    """A page for its table: one row and the head are enough where there is no more."""
    return Page(post, address, TABLE, control, least=70)


def _queue(post, address) -> Page:
    """A desk at work: a queue may hold one case, and its list is no higher than that."""
    return Page(post, address, ".list", FIRST_CASE, least=50)


def _phone(*given, **more) -> Page:
    return replace(Page(*given, **more), size=(PHONE["width"], PHONE["height"]))


PAGES = {
    "sign-in": Page("", "/accounts/sign-in/", "main form", SEND, share=0.4),
    "demonstration": Page("", "/accounts/demonstration/", "main", "main button"),
    "help": Page("acceptor", "/help/acceptor/", ".guide"),
    "desk-acceptor": _queue("acceptor", "/desk/"),
    "new-report": Page("acceptor", "/desk/new/", "#class_q", "[data-send]", least=32),
    "new-report-map": Page("acceptor", "/desk/new/", ".report-map", "#place_q"),
    "hotline": Page("acceptor", "/hotline/", ".call-fields", ".call-actions .btn-primary"),
    "call-backs": _table("acceptor", "/hotline/call-backs/"),
    "call-back": Page("acceptor", "/hotline/call-backs/", ".call-back-form", SEND,
                      link="main td a.number"),
    "calls": _table("acceptor", "/hotline/calls/", "main td a"),
    "call": Page("acceptor", "/hotline/calls/", "main .facts", link="main td a"),
    "standards": _table("acceptor", "/standards/", "main form button, main select"),
    "editions": _table("sysadmin", "/standards/editions/", "main td a, main th a"),
    "desk-shift-leader": _queue("shift_leader", "/desk/?queue=to_close"),
    "cases": Page("shift_leader", "/cases/", ".list", FIRST_CASE),
    "cases-table": _table("shift_leader", "/cases/?view=table", "main td a.number"),
    "case": Page("shift_leader", "/ledgers/extension/", "#work", ".action-bar .btn",
                 link="table a[href^='/cases/']"),
    "hand-over": Page("shift_leader", "/hand-over/", "main", "main .btn"),
    "notices": Page("shift_leader", "/notices/", "main .table-wrap, main", "main a[href]"),
    "ledgers": Page("shift_leader", "/ledgers/", "main", "main a[href^='/ledgers/']"),
    "ledger": _table("shift_leader", "/ledgers/extension/", "main td a, main .btn"),
    "ledger-print": Page("shift_leader", "/ledgers/extension/print/", "main table", least=70),
    "campaigns": _table("shift_leader", "/campaigns/", "main th a, main .btn"),
    "campaign": Page("shift_leader", "/campaigns/", "main", "main .btn",
                     link="main th a[href^='/campaigns/']"),
    "machine": Page("shift_leader", "/cases/machine/", TABLE),
    "rota": Page("shift_leader", "/grid/rota/", ".rota-wrap", ".rota-cell > button"),
    "controls": _table("shift_leader", "/grid/controls/"),
    "map": Page("shift_leader", "/map/", "#map, .map-page", ".map-search input", least=300),
    "desk-dispatcher": _queue("dispatcher", "/desk/?queue=to_dispatch"),
    "terminal": Page("liaison", "/terminal/", "#lanes", FIRST_CASE),
    "terminal-table": Page("liaison", "/terminal/?view=table", "#lanes", FIRST_CASE),
    "terminal-handler": Page("handler", "/terminal/", "#lanes", FIRST_CASE),
    "terminal-case": Page("handler", "/terminal/", "#work", ".action-bar .btn",
                          link="[data-row] > a"),
    "overview": Page("leader", "/overview/", ".figures", "main .figures a", least=60),
    "overview-list": _table("leader", "/wall/list/overdue/", "main td a, main li a"),
    "wall-1920": Page("leader", "/wall/", "#wall-map", ".counter", least=240, size=(1920, 1080)),
    "wall-3840": Page("leader", "/wall/", "#wall-map", ".counter", least=240, size=(3840, 2160)),
    "scores": Page("evaluator", "/scores/", "main .panel", SEND, least=72),
    "score-sheet": Page("evaluator", "/scores/", "main .table-wrap", "main table a, .scores-why",
                        link="main a[href='/scores/live/']"),
    "bulletin": Page("evaluator", "/scores/", ".scores-paper", link="main a[href*='/bulletins/']"),
    "schemes": Page("evaluator", "/scores/schemes/", "main", "main a[href]"),
    "scores-missed": Page("evaluator", "/scores/missed/", ".scores-missed, .empty",
                          "main .tabs a", least=60),
    "scores-mine": Page("liaison", "/scores/mine/", "main .table-wrap, main .empty", ".chip",
                        least=70),
    "scores-mine-phone": _phone("collector", "/scores/mine/", "main .table-wrap, main .empty",
                                ".chip", least=70),
    "people": _table("sysadmin", "/accounts/people/", "main td a, main th a"),
    "people-import": Page("sysadmin", "/accounts/people/import/", "main form", SEND, least=100),
    "tokens": Page("sysadmin", "/accounts/tokens/", "main .panel", "main .page-head .btn",
                   least=70),
    "service": Page("sysadmin", "/accounts/services/new/", "main form", SEND),
    "screens": _table("sysadmin", "/accounts/screens/", "main td a, .empty"),
    "departments": _table("sysadmin", "/accounts/departments/"),
    "settings": Page("sysadmin", "/settings/", "main", "main a[href^='/settings/']"),
    "settings-escalation": _table("sysadmin", "/settings/escalation/"),
    "settings-calendars": _table("sysadmin", "/settings/department-calendars/"),
    "components": _table("sysadmin", "/components/", "main td a, main th a"),
    "grid-duty": _table("sysadmin", "/grid/duty/"),
    "grid-classes": _table("sysadmin", "/grid/classes/"),
    "grid-above": _table("sysadmin", "/grid/above/", "main button.btn"),
    "grid-build": Page("sysadmin", "/grid/build/", "main form", SEND),
    "grid-edit": Page("sysadmin", "/grid/edit/", ".draw-map", "main button", least=240),
    "grid-check": Page("sysadmin", "/grid/check/", "main", "main button.btn"),
    "responsibilities": _table("sysadmin", "/grid/responsibilities/"),
    "routing": _table("sysadmin", "/grid/routing/", "main .page-head .btn"),
    "routing-read": _table("dispatcher", "/grid/routing/", "main form button"),
    "posts": _table("secadmin", "/accounts/posts/"),
    "acts": Page("secadmin", "/accounts/acts/", TABLE, least=70),
    "audit": _table("auditor", "/accounts/audit/", "main form button"),
    "anchors": _table("auditor", "/record/anchors/", "main td a, main .take a"),
    "field-tasks": _phone("collector", "/field/", "#tasks", ".task > a, .empty"),
    "field-task": _phone("collector", "/field/", ".choices", "button[form=answer]",
                         link=".task > a", least=40),
    "field-report": _phone("collector", "/field/report/", "#report", "button[form=report]"),
    "field-map": _phone("collector", "/field/map/", "#field-map", "[data-locate]", least=300),
    "field-me": _phone("collector", "/field/me/", "#reports", ".field-duty button"),
    "field-help": _phone("collector", "/field/help/", ".guide"),
    "public-help": _phone("", "/help/public/", ".guide"),
    "public": _phone("", "/public/", "#report", "#report .btn-primary"),
    "public-track": _phone("", "/public/track/", "main form", "main .btn-primary"),
    "public-nearby": _phone("", "/public/nearby/", "main", "main .btn"),
    "public-league": _phone("", "/public/league/", ".league, .empty", least=40),
}  # fmt: skip
