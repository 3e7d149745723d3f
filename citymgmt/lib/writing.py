"""How people write: one spelling for what is searched, numbered or dialled. Pure.

Chinese input methods type full-width letters and digits, chats and web pages put invisible
characters around what is copied, and each program has a dash of its own. Free text is kept as it
was typed; only what is compared with something stored is brought into one spelling.
"""

import re
import unicodedata

# Every dash and minus that keyboards and programs make, and the sound mark "ー" taken for one.
DASHES = re.compile(r"[‐-―−﹘﹣－ー─]")
# Format characters (zero width, marks of direction) and controls: never meant, never seen.
INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn"}
# A case number as pages show it, or a part of it: digits in groups.
GROUPED_DIGITS = re.compile(r"\d[\d-]*\d")
PUNCTUATION = str.maketrans({c: chr(ord(c) + 0xFEE0) for c in "!(),:;?"})
WIDE = str.maketrans({chr(c): chr(c + 0xFEE0) for c in range(0x21, 0x7F)})
LONGEST, MOST_WORDS = 100, 8


def plain(text: str) -> str:
    """One line of text in one spelling: compatibility forms composed (NFKC), dashes as "-",
    invisible characters gone, blanks single and none at the ends."""
    spaced = "".join(" " if c.isspace() else c for c in text)
    seen = "".join(c for c in spaced if unicodedata.category(c) not in INVISIBLE)
    return " ".join(DASHES.sub("-", unicodedata.normalize("NFKC", seen)).split())


def code(text: str) -> str:
    """A code or number typed by hand: `plain`, without blanks."""
    return plain(text).replace(" ", "")


def digits(text: str) -> str:
    """A number typed in groups ("620105-20261128-000001"), digits only; "" for anything else."""
    written = code(text)
    return written.replace("-", "") if GROUPED_DIGITS.fullmatch(written) else ""


def words(text: str) -> list[str]:
    """The words of a search, each `plain`; of a longer text the first hundred characters."""
    return plain(text)[:LONGEST].split()[:MOST_WORDS]


def spellings(word: str) -> list[str]:
    """The ways in which a `plain` word may be stored: as it is, with Chinese punctuation, and
    full-width throughout."""
    ways = (word, word.translate(PUNCTUATION), word.translate(WIDE))
    return list(dict.fromkeys(ways))
