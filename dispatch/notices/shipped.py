"""Escalation rules a center starts from. Plain data; rows an administrator edits come from it."""

RULES = (
    # moment, stage, scope, post, channel, only on duty
    ("warn", "", "holder", "", "in_app", False),
    ("overdue", "", "holder", "", "in_app", False),
    ("overdue", "dispose", "dept", "liaison", "in_app", False),
    ("overdue", "dispose", "dept", "liaison", "sms", True),
    ("overdue", "", "area", "shift_leader", "in_app", True),
    ("escalate", "", "area", "shift_leader", "in_app", False),
    ("escalate", "dispose", "area", "leader", "in_app", False),
    ("escalate", "dispose", "area", "inspector", "in_app", False),
    ("escalate", "dispose", "dept", "liaison", "sms", False),
    ("arrival_late", "", "holder", "", "in_app", False),
    ("arrival_late", "", "dept", "liaison", "sms", False),
    ("arrival_late", "", "area", "shift_leader", "in_app", False),
    ("supervise", "", "holder", "", "in_app", False),
    ("supervise", "", "dept", "liaison", "in_app", False),
    ("urge", "", "holder", "", "in_app", False),
    ("urge", "", "dept", "liaison", "sms", True),
    ("instruct", "", "holder", "", "in_app", False),
    ("withdraw", "", "decider", "", "in_app", False),
)
