"""Rows an empty database starts from: sources, stage limits, the calendar. Plain data.

Sources: codes §8 (default list); verification: workflow §1 — public, media, web and letter reports
are verified on site first, collectors' own and leaders' written instructions are not.
Stage limits: workflow §8; where filing and dispatching share 30 (urgent 10) minutes, half each.
"""

from decimal import Decimal

from cases.states import Stage
from cases.time.worktime import Unit

SOURCES = (
    # code, Chinese, English, group, needs verify
    ("patrol", "监督员上报", "Collector's patrol", "collector", False),
    ("hotline_12319", "12319热线", "Hotline 12319", "public", True),
    ("hotline_12345", "12345热线", "Hotline 12345", "public", True),
    ("app", "手机应用", "App", "public", True),
    ("wechat", "微信", "WeChat", "public", True),
    ("web", "网站", "Web", "public", True),
    ("sms", "短信", "Text message", "public", True),
    ("media", "媒体", "Media", "public", True),
    ("petition", "信访", "Petition", "public", True),
    ("leader", "领导批示", "Leader's instruction", "other", False),
    ("referral", "部门转办", "Referral", "other", True),
    ("video", "视频巡查", "Video patrol", "other", False),
    ("ai", "智能识别", "AI recognition", "other", True),
    ("drone", "无人机巡查", "Drone patrol", "other", False),
    ("sensor", "传感器报警", "Sensor alarm", "other", True),
    ("inspection", "督察", "Inspection", "other", False),
    ("evaluation", "考评发现", "Evaluation finding", "collector", False),
    ("linked_110", "110联动", "Linked with 110", "public", True),
)

STAGE_LIMITS = (
    # stage, area class, urgency, value, unit
    (Stage.ACCEPT, "", "", 15, Unit.MINUTES),
    (Stage.VERIFY, "", "", 30, Unit.MINUTES),
    (Stage.FILE, "", "", 15, Unit.MINUTES),
    (Stage.FILE, "", "urgent", 5, Unit.MINUTES),
    (Stage.DISPATCH, "", "", 15, Unit.MINUTES),
    (Stage.DISPATCH, "", "urgent", 5, Unit.MINUTES),
    (Stage.REVIEW, "", "", 30, Unit.MINUTES),
    (Stage.SEND_CHECK, "", "", 30, Unit.MINUTES),
    (Stage.CHECK, "", "", 60, Unit.MINUTES),
    (Stage.CHECK, "C", "", 120, Unit.MINUTES),
    (Stage.CLOSE, "", "", 15, Unit.MINUTES),
    (Stage.CITY_REVIEW, "", "", 60, Unit.MINUTES),
)

CALENDAR = {
    "name": "工作日历",
    "minutes_per_day": 480,
    "weekdays": [0, 1, 2, 3, 4],
    "slots": [["08:00", "12:00"], ["14:00", "18:00"]],
}

REACHES = (
    # kind (empty: all others), metres, days after closing; a component stands where it stands
    ("", 100, 30),
    ("component", 50, 30),
)

MOST = Decimal("99999.99")  # what a limit column holds
