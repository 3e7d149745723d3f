"""Chinese names of the invented roads and parks of the schematic district (示意)."""

from __future__ import annotations

STREETS_WEST_TO_EAST = (
    "620105003",
    "620105008",
    "620105007",
    "620105006",
    "620105005",
    "620105002",
    "620105001",
    "620105004",
)

# West and east half of each main road, from the river to the hills.
MAIN = (
    ("北滨河西路", "北滨河中路"),
    ("安宁西路", "安宁东路"),
    ("建宁西路", "建宁东路"),
    ("北环西路", "北环东路"),
)

# One string, split: a name a line would fill pages.
_CROSS = (
    "沙井路 元台路 机场路 河湾路 桃林路 桃海路 安宁堡路 世纪大道 万新路 刘家堡路 银滩路 通达路 "
    "宝兴路 营门滩路 孔家崖路 学府路 科教路 费家营路 水挂庄路 长新路 枣林路 培黎路 十里店路"
)
CROSS = tuple(_CROSS.split())

VALLEYS = ("枣树沟路", "大青沟路", "咸水沟路", "凤凰沟路")

_STEMS = (
    "安泰 安康 安和 安居 安民 宁静 宁远 宁康 宁和 宁馨 桃源 桃花 桃苑 桃李 桃园 银河 银杏 银桥 "
    "银苑 银光 河畔 河源 河清 河景 河阳 文汇 文昌 文华 文苑 文源 学苑 学林 学海 师苑 书院 科苑 "
    "科兴 科创 创业 创新 兴业 兴隆 兴盛 兴安 永昌 永安 永兴 永康 长安 长宁 长乐 长青 和平 和谐 "
    "和顺 和畅 福寿 福宁 福星 福泰 吉祥 吉庆 金牛 金桥 金泉 金安 建设 建业 建新 建国 新安 新民 "
    "新华 新苑 青松 翠柏 红柳 百合"
)
STEMS = tuple(_STEMS.split())

PARKS = (
    "桃花园",
    "银滩公园",
    "文化公园",
    "学府公园",
    "科教公园",
    "安宁公园",
    "长青公园",
    "和平公园",
)
BANK_PARKS = ("滨河湿地公园", "银滩湿地公园", "黄河风情园", "水车园")
HILL_PARK = "北山森林公园"

DIGITS = "零一二三四五六七八九"


def numeral(number: int) -> str:
    """1-99 as Chinese writes it: 一, 十, 十一, 二十, 二十一."""
    tens, ones = divmod(number, 10)
    if not tens:
        return DIGITS[ones]
    return ("" if tens == 1 else DIGITS[tens]) + "十" + (DIGITS[ones] if ones else "")


def inner_street(block: int, order: int, *, diagonal: bool) -> str:
    """Name of the n-th street inside a large block: a road, a street, then numbered lanes."""
    again, place = divmod(block, len(STEMS))
    stem = "新" * again + STEMS[place]
    if order == 0:
        return f"{stem}{'斜路' if diagonal else '路'}"
    if order == 1:
        return f"{stem}街"
    return f"{stem}{numeral(order - 1)}巷"
