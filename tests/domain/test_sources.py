"""Sources in words: every id that a rulebook has is said, titles come from the editions, and what is unknown stays."""

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from domain.sources import say_sources, titles_of
from registry.rulebooks import HERE, load_rulebooks

BOOKS = load_rulebooks(None)
TITLES = titles_of(BOOKS.editions)
RULES_2026 = "《中国共产党发展党员工作细则》（2026年修订）"


def sources_in(value: Any) -> Iterator[str]:
    """Every source that stands anywhere in a file."""
    if isinstance(value, dict):
        yield from value["source"] if isinstance(value.get("source"), list) else ()
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from sources_in(one)


@pytest.mark.parametrize(
    "file", sorted(one.name for one in HERE.glob("*.yaml") if one.name.startswith(("cpc", "policy")))
)
def test_every_source_of_a_rulebook_is_said_in_words(file: str) -> None:
    """No letter gives a bare id: whoever adds a source to a rulebook says it in both languages."""
    found = set(sources_in(yaml.safe_load((HERE / file).read_text(encoding="utf-8"))))
    assert found
    for source in found:
        said = say_sources([source], TITLES)
        assert source not in (said.zh, said.en), f"{source} of {file} is said nowhere: add it to domain/sources.py"


@pytest.mark.parametrize(
    ("sources", "zh", "en"),
    [
        (["R26-11"], f"{RULES_2026}第十一条", f"{BOOKS.editions[1].title.en}, art. 11"),
        (["R14-20"], "《中国共产党发展党员工作细则》（2014年）第二十条", f"{BOOKS.editions[0].title.en}, art. 20"),
        (
            ["R26-7", "FC", "R26-36", "R26-7"],
            f"{RULES_2026}第七条、第三十六条；《发展党员工作流程图》",
            f"{BOOKS.editions[1].title.en}, arts. 7, 36; flow chart of developing Party members",
        ),
        (["R26-10", "R26-100"], f"{RULES_2026}第十条、第100条", f"{BOOKS.editions[1].title.en}, arts. 10, 100"),
        (["REG-12"], "其他党内法规 12", "another Party regulation, no. 12"),
        (["UP", "A"], "高校通行做法；本系统的设定", "published practice of universities; an assumption of this system"),
        (["003-04"], "校内文件 003-04", "the school's own document, 003-04"),
        (["R99-1", "我校规定", "UPS", "R26"], "R99-1；我校规定；UPS；R26", "R99-1; 我校规定; UPS; R26"),
        ([], "", ""),
    ],
)
def test_sources_read_like_a_citation(sources: list[str], zh: str, en: str) -> None:
    """A title is said once with its articles after it, in the order of the rule; an unknown id is given as it is."""
    said = say_sources(sources, TITLES)
    assert (said.zh, said.en) == (zh, en)
