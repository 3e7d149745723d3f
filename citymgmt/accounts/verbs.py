"""Words for the verbs of posts, the grants and the record. Plain data."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from citymgmt.accounts import posts

# Verbs that administer this system: each stays with one of the separated posts.
RESERVED = {
    posts.MANAGE_PEOPLE: "sysadmin",
    posts.MANAGE_RIGHTS: "secadmin",
    posts.READ_AUDIT: "auditor",
}

VERBS = {
    "report": _("Report"),
    "accept": _("Accept"),
    "reject": _("Reject"),
    "send_verify": _("Send verify task"),
    "verify": _("Verify"),
    "file": pgettext_lazy("action", "File"),
    "decline": _("Decline"),
    "dispatch": _("Dispatch"),
    "redispatch": _("Re-dispatch"),
    "assign": _("Assign"),
    "unassign": _("Take back assignment"),
    "dispose": _("Report work done"),
    "self_dispose": _("Self-disposal"),
    "feedback": _("Feedback"),
    "pass_check": _("Pass to check"),
    "send_check": _("Send check task"),
    "check": pgettext_lazy("action", "Check"),
    "rework": _("Rework"),
    "close": pgettext_lazy("action", "Close case"),
    "force_close": _("Forced close"),
    "send_back": _("Send back"),
    "return_": _("Ask for return"),
    "extend": _("Ask for extension"),
    "suspend": _("Ask for suspension"),
    "void": _("Ask to void"),
    "approve": _("Approve"),
    "approve_further": _("Decide on suspensions and further extensions"),
    "refuse": _("Refuse"),
    "resume": _("Resume"),
    "merge": _("Merge"),
    "supervise": _("Supervise"),
    "urge": _("Urge"),
    "instruct": _("Instruct"),
    posts.TAKE_CALLS: _("Take calls"),
    posts.SEE_MAP: _("See the map"),
    posts.SEE_WALL: _("See the wall display"),
    posts.SEE_SCORES: _("See scores"),
    posts.SEE_LEDGERS: _("See ledgers"),
    posts.EVALUATE: _("Evaluate"),
    posts.PUBLISH: _("Publish bulletins"),
    posts.MANAGE_STANDARDS: _("Manage standards"),
    posts.MANAGE_GRID: _("Manage the grid"),
    posts.MANAGE_COMPONENTS: _("Manage components"),
    posts.MANAGE_PEOPLE: _("Manage people"),
    posts.MANAGE_RIGHTS: _("Manage rights"),
    posts.READ_AUDIT: _("Read the audit log"),
}

GRANTS = {
    "handle_department": _("Handles cases for this department"),
    "oversee_area": _("Oversees cases in this area"),
}

AUDIT = {
    "sign_in": _("Signed in"),
    "sign_in_failed": _("Failed sign-in"),
    "sign_out": _("Signed out"),
    "locked_out": _("Locked after failed sign-ins"),
    "change_password": _("Changed own password"),
    "set_password": _("Set a password"),
    "create_person": _("Created a person"),
    "edit_person": _("Edited a person"),
    "save_department": _("Saved a department"),
    "load_posts": _("Loaded posts"),
    "set_verbs": _("Changed what a post may do"),
    "appoint": _("Appointed"),
    "dismiss": _("Dismissed"),
    "grant": _("Granted"),
    "revoke": _("Revoked"),
    "verify_audit": _("Verified the audit log"),
    "demonstration": _("Set up the demonstration"),
}
