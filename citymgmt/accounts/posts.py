"""The posts of a center and the verbs each may use. Plain data; rows start from it.

A verb is the identifier of a case action (`cases.states.Action`) or one of the few below.
The rows an administrator edits are `accounts.Post`; this table fills them.
Source: glossary §6, workflow §4; the three administrators exclude each other (requirements S6).
"""

SEE_MAP, SEE_WALL, SEE_SCORES, SEE_LEDGERS = "see_map", "see_wall", "see_scores", "see_ledgers"
EVALUATE, PUBLISH = "evaluate", "publish"
TAKE_CALLS = "take_calls"
MANAGE_PEOPLE, MANAGE_RIGHTS, READ_AUDIT = "manage_people", "manage_rights", "read_audit"
MANAGE_STANDARDS, MANAGE_GRID, MANAGE_COMPONENTS = (
    "manage_standards",
    "manage_grid",
    "manage_components",
)

# Who walks where and when; control areas asked for (approved with the verb `approve`).
MANAGE_ROTA, ASK_CONTROL = "manage_rota", "ask_control"
MANAGE_CAMPAIGNS = "manage_campaigns"
# Callers' telephone numbers in lists, files and on paper; nobody's until it is given to a post.
SEE_NUMBERS = "see_numbers"

SCREEN = "screen"  # not a person: a wall that hangs in a room and stays signed in

POSTS = {
    # code: (English, Chinese, verbs)
    "collector": (
        "Collector",
        "监督员",
        ["report", "verify", "check", "self_dispose", "hand_over", SEE_MAP],
    ),
    "acceptor": (
        "Acceptor",
        "受理员",
        [
            "report",
            "accept",
            "reject",
            "send_verify",
            "send_check",
            "merge",
            "unmerge",
            "archive",
            "decide_appeal",
            "hand_over",
            "unsolved",
            TAKE_CALLS,
            ASK_CONTROL,
            SEE_MAP,
        ],
    ),
    "shift_leader": (
        "Shift leader",
        "值班长",
        [
            "report",
            "file",
            "decline",
            "close",
            "rework",
            "approve",
            "refuse",
            "send_back",
            "supervise",
            "urge",
            "resume",
            "merge",
            "unmerge",
            "arbitrate",
            "decide_appeal",
            "hand_over",
            "unsolved",
            TAKE_CALLS,
            MANAGE_ROTA,
            MANAGE_CAMPAIGNS,
            ASK_CONTROL,
            SEE_MAP,
            SEE_WALL,
            SEE_SCORES,
            SEE_LEDGERS,
        ],
    ),
    "dispatcher": (
        "Dispatcher",
        "派遣员",
        [
            "dispatch",
            "redispatch",
            "pass_check",
            "send_back",
            "void",
            "withdraw",
            "urge",
            ASK_CONTROL,
            "forward",
            "no_party",
            "proxy_dispose",
            SEE_MAP,
            SEE_WALL,
            SEE_LEDGERS,
        ],
    ),
    "liaison": (
        "Department liaison",
        "专业部门联络员",
        [
            "assign",
            "unassign",
            "dispose",
            "feedback",
            "send_back",
            "return_",
            "extend",
            "suspend",
            "suspend_hard",
            "appeal",
            "withdraw",
            "assist_feedback",
            "reply",
            "hand_over",
            "arrive",
            "hand_over_site",
            SEE_MAP,
        ],
    ),
    "handler": (
        "Handler",
        "处置人员",
        ["dispose", "hand_over", "arrive", "hand_over_site", SEE_MAP],
    ),
    "inspector": (
        "Inspector",
        "督察员",
        ["pass_check", "supervise", "urge", "send_back", SEE_MAP, SEE_WALL, SEE_LEDGERS],
    ),
    "leader": (
        "Commander",
        "指挥长",
        [
            "approve",
            "approve_further",
            "refuse",
            "force_close",
            "supervise",
            "urge",
            "instruct",
            "resume",
            "approve_hard",
            "arbitrate",
            MANAGE_CAMPAIGNS,
            SEE_MAP,
            SEE_WALL,
            SEE_SCORES,
            SEE_LEDGERS,
        ],
    ),
    "evaluator": ("Evaluator", "考核员", [EVALUATE, PUBLISH, SEE_SCORES, SEE_WALL, SEE_LEDGERS]),
    "sysadmin": (
        "System administrator",
        "系统管理员",
        [
            MANAGE_PEOPLE,
            MANAGE_STANDARDS,
            MANAGE_GRID,
            MANAGE_COMPONENTS,
            MANAGE_ROTA,
            ASK_CONTROL,
            SEE_MAP,
        ],
    ),
    "secadmin": ("Security administrator", "安全管理员", [MANAGE_RIGHTS]),
    "auditor": ("Auditor", "审计员", [READ_AUDIT]),
    SCREEN: ("Wall screen", "大屏", [SEE_WALL]),
}

# Nobody holds two of these, and nobody who holds one acts on cases.
SEPARATED = {"sysadmin", "secadmin", "auditor"}
