"""Names as they are compared: without accents, with particles and double names, by sound.

The phonetic key folds what French spelling keeps apart (Lefèvre and Lefebvre, Thibault and Tibo,
Mohamed and Muhammad), then lets Metaphone forget the vowels. It finds candidates; nearness decides.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import jellyfish

from mobility.people.errors import NameUnreadable

NAME_MAX = 120
KEYS_MAX = 400
PLAIN_MAX = 800

PARTICLES = frozenset(
    [
        "abd",
        "abdel",
        "abou",
        "ait",
        "al",
        "aux",
        "bel",
        "ben",
        "bent",
        "bin",
        "d",
        "l",
        "da",
        "dal",
        "das",
        "de",
        "del",
        "della",
        "den",
        "der",
        "des",
        "di",
        "do",
        "dos",
        "du",
        "el",
        "ibn",
        "la",
        "le",
        "les",
        "lo",
        "los",
        "mac",
        "mc",
        "o",
        "ould",
        "saint",
        "sainte",
        "san",
        "santa",
        "st",
        "ste",
        "ten",
        "ter",
        "van",
        "von",
        "vom",
        "zu",
    ]
)
_SPELLED_OUT = {"st": "saint", "ste": "sainte"}
_LIGATURES = str.maketrans(
    {"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ı": "i", "ħ": "h"}
)
_FOLDS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), by)
    for pattern, by in (
        (r"^h(?=[aeiouy])", ""),
        (r"tch|sch|sh", "ch"),
        (r"ph", "f"),
        (r"th", "t"),
        (r"kh|ck|qu|q", "k"),
        (r"dj", "j"),
        (r"gn", "n"),
        (r"gu(?=[eiy])", "k"),
        (r"g(?=[eiy])", "j"),
        (r"c(?=[eiy])", "s"),
        (r"c(?!h)", "k"),
        (r"(?<!c)h", ""),
        (r"eaux?$|aux$|aul?[tdxs]+$|ot[sz]?$|os$|eau|au", "o"),
        (r"ou(?=[aeiouy])|w", "v"),
        (r"ou", "u"),
        (r"e[bf]v", "ev"),
        (r"y", "i"),
        (r"z|ç", "s"),
        (r"(.)\1+", r"\1"),
        (r"(?<=..)e[rs]?$", ""),
        (r"(?<=..)[dtspx]+$", ""),
    )
)


def clean_name(text: str, *, field: str) -> str:
    """Return the name as it is kept: one line, single spaces. Raises NameUnreadable."""
    composed = unicodedata.normalize("NFC", text)
    name = " ".join("".join(c for c in composed if unicodedata.category(c) not in {"Cc", "Cs"} or c in "\t\n").split())
    if not any(c.isalpha() for c in name) or len(name) > NAME_MAX:
        raise NameUnreadable(field=field, limit=NAME_MAX)
    return name


def unaccented(text: str) -> str:
    """Return the text in lower case without accents or ligatures."""
    lowered = text.casefold().translate(_LIGATURES)
    return "".join(c for c in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(c))


def words_of(text: str) -> list[str]:
    """Return the words of a name, unaccented; hyphens, quotes and dots separate."""
    return ["".join(word) for word in re.findall(r"[^\W_]+", unaccented(text))]


def units_of(text: str) -> list[tuple[str, ...]]:
    """Return the names of a text, each with its spellings: « Ben Ali » → ``("benali", "ali")``.

    A particle belongs to the name that follows it; people write both « Le Roy » and « Leroy ».
    """
    units: list[tuple[str, ...]] = []
    particles: list[str] = []
    for word in words_of(text):
        if word in PARTICLES:
            particles.append(_SPELLED_OUT.get(word, word))
        else:
            units.append(("".join([*particles, word]), word) if particles else (word,))
            particles = []
    if particles:
        units.append(("".join(particles),))
    return units


@lru_cache(maxsize=4096)
def phonetic_key(word: str) -> str:
    """Return how an unaccented word sounds; words in another script are their own key."""
    if not word.isascii():
        return word[:16]
    folded = word
    for pattern, by in _FOLDS:
        folded = pattern.sub(by, folded)
    return (jellyfish.metaphone(folded) or folded or word)[:16].strip().replace(" ", "").upper()


def _spaced(words: list[str], limit: int) -> str:
    unique = list(dict.fromkeys(word for word in words if word))
    kept = " "
    for word in unique:
        if len(kept) + len(word) + 1 > limit:
            break
        kept += f"{word} "
    return kept


def name_plain(*names: str | None) -> str:
    """Return every word and every spelling of the names between spaces, for the search by beginnings."""
    words: list[str] = []
    for name in filter(None, names):
        words += [spelling for unit in units_of(name) for spelling in unit]
        words += words_of(name)
    return _spaced(words, PLAIN_MAX)


def name_key(*names: str | None) -> str:
    """Return the phonetic keys of the names between spaces, for the search by sound."""
    keys = [phonetic_key(spelling) for name in filter(None, names) for unit in units_of(name) for spelling in unit]
    return _spaced(keys, KEYS_MAX)


def nearness(first: str, second: str) -> float:
    """Return how alike two names are, from 0 to 1; the order of double names does not matter."""
    left, right = sorted(words_of(first)), sorted(words_of(second))
    if not left or not right:
        return 0.0
    joined = jellyfish.jaro_winkler_similarity("".join(words_of(first)), "".join(words_of(second)))
    in_order = jellyfish.jaro_winkler_similarity("".join(left), "".join(right))
    return max(joined, in_order)


def sounds_alike(first: str, second: str) -> bool:
    """Tell whether two names share a phonetic key."""
    return bool(set(name_key(first).split()) & set(name_key(second).split()))
