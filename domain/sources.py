"""Says in words where a rule comes from: rulebooks name their sources by short ids, which nobody outside can read."""

import re
from collections.abc import Iterable, Mapping, Sequence

from domain.rulebook import Edition
from domain.words import Text

KINDS_OF_SOURCE: Mapping[str, Text] = {
    "FC": Text("《发展党员工作流程图》", "flow chart of developing Party members"),
    "REG": Text("其他党内法规", "another Party regulation"),
    "UP": Text("高校通行做法", "published practice of universities"),
    "A": Text("本系统的设定", "an assumption of this system"),
}
"""What is no article of an edition; an id may add a number, like `REG-12`. The editions' files say what each means."""

ARTICLE = re.compile(r"(?a:(R\d\d)-(\d+))")
NUMBERED = re.compile(r"(?a:([A-Z]+)(?:-(\d+))?)")
ROW = re.compile(r"(?a:\d{3}-\d{2})")
"""A row of a school's own document, as docs/programmes.md counts them."""

YEAR = re.compile(r"(?a:\d\d(\d\d))$")
DIGITS = "零一二三四五六七八九"
LARGEST_IN_WORDS = 99


def titles_of(editions: Iterable[Edition]) -> Mapping[str, Text]:
    """The titles of editions by what the ids of their articles begin with: `R26` is the edition whose name ends in 2026."""
    years = ((YEAR.search(one.name), one.title) for one in editions)
    return {f"R{year[1]}": title for year, title in years if year}


def say_sources(sources: Sequence[str], titles: Mapping[str, Text]) -> Text:
    """Say sources in words: a title once, with all its articles. An id that is not known is given as it is."""
    articles: dict[str, list[str]] = {}
    for source in dict.fromkeys(sources):
        found = ARTICLE.fullmatch(source)
        if found and found[1] in titles:
            articles.setdefault(found[1], []).append(found[2])
        else:
            articles[source] = []
    said = [_articles(titles[one], numbers) if numbers else _other(one) for one, numbers in articles.items()]
    return Text("；".join(one.zh for one in said), "; ".join(one.en for one in said))


def _articles(title: Text, numbers: Sequence[str]) -> Text:
    name, bracket, which = title.zh.partition("（")
    zh = "、".join(f"第{_numeral(int(number))}条" for number in numbers)
    en = f"art{'s' if len(numbers) > 1 else ''}. {', '.join(numbers)}"
    return Text(f"《{name}》{bracket}{which}{zh}", f"{title.en}, {en}")


def _other(source: str) -> Text:
    if ROW.fullmatch(source):
        return Text(f"校内文件 {source}", f"the school's own document, {source}")
    found = NUMBERED.fullmatch(source)
    if found is None or found[1] not in KINDS_OF_SOURCE:
        return Text(source, source)
    kind, number = KINDS_OF_SOURCE[found[1]], f" {found[2]}" if found[2] else ""
    return Text(f"{kind.zh}{number}", f"{kind.en}{number and f', no.{number}'}")


def _numeral(number: int) -> str:
    """A number as Chinese texts count their articles: 十一, 二十."""
    if number > LARGEST_IN_WORDS:
        return str(number)
    tens, ones = divmod(number, 10)
    head = f"{DIGITS[tens] if tens > 1 else ''}十" if tens else ""
    return head + (DIGITS[ones] if ones or not tens else "")
