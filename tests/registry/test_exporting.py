"""The page of a bundle: what happened, when it was recorded, what was found; and never what is sealed."""

from datetime import date
from html.parser import HTMLParser
from uuid import UUID

from domain.judge import judge
from registry.desk import Desk
from registry.exporting.timeline import begin, end, timeline
from registry.record import record
from tests.registry.lin import LIN, NOW, Asking

DAY = date(2026, 9, 1)


class Outline(HTMLParser):
    """Which elements a page has, and its text."""

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__()
        self.elements: list[str] = []
        self.loads: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the element, and what it would load."""
        self.elements.append(tag)
        self.loads += [value or "" for name, value in attrs if name in {"src", "href"}]

    def handle_data(self, data: str) -> None:
        """Note the text."""
        self.text += data


def read(html: str) -> Outline:
    """Read a page."""
    outline = Outline()
    outline.feed(html)
    return outline


async def page_of(desk: Desk, path_id: UUID, sealed: int = 10**9) -> str:
    """The page of one path."""
    parts = [
        *begin("时间线", {"日志 Log": "<b>x</b>"}),
        timeline(desk.rulebooks, await desk.load(path_id), DAY, sealed),
    ]
    return "".join([*parts, end()])


async def test_the_page_stands_by_itself(desk: Desk, lin: UUID, question: Asking) -> None:
    """It loads nothing, runs nothing, and what it is told is text and no markup."""
    await record(desk, question("application-submitted", **LIN), NOW)
    page = await page_of(desk, lin)
    outline = read(page)
    assert not {"script", "link", "img", "iframe"} & set(outline.elements)
    assert outline.loads == []
    assert "default-src 'none'" in page
    assert "<b>x</b>" in outline.text
    assert outline.elements.count("section") == 1


async def test_sealed_values_are_not_shown(desk: Desk, lin: UUID, question: Asking) -> None:
    """Neither the name nor its sealed form stands on the page: only that it is sealed."""
    await record(desk, question("application-submitted", **LIN), NOW)
    outline = read(await page_of(desk, lin))
    assert "密封 sealed" in outline.text
    assert "20230001" not in outline.text
    assert ":identity:" not in outline.text


async def test_a_correction_is_shown_without_what_is_sealed(desk: Desk, lin: UUID, question: Asking) -> None:
    """The new day stands on the page; of a new name only that there is one."""
    await record(desk, question("application-submitted", **LIN), NOW)
    says = {"born_on": "2005-06-19", "name": "林晓宇"}
    asked = question(
        "fact-corrected", effective_on="2026-08-01", corrects=1, says=says, reason="papers", approved_by="second"
    )
    assert (await record(desk, asked, NOW)).kind == "recorded"
    outline = read(await page_of(desk, lin))
    assert "born_on: 2005-06-19" in outline.text
    assert "name: 密封 sealed" in outline.text
    assert ":identity:" not in outline.text


async def test_what_is_not_sealed_yet_says_so(desk: Desk, lin: UUID, question: Asking) -> None:
    """An entry behind the last checkpoint is marked."""
    await record(desk, question("application-submitted", **LIN), NOW)
    assert "尚未封存" in read(await page_of(desk, lin, sealed=0)).text
    assert "尚未封存" not in read(await page_of(desk, lin)).text


async def test_findings_stand_beside_their_fact(desk: Desk, lin: UUID, question: Asking) -> None:
    """A decision that came too early stands there with the rule, in both languages, and the arithmetic."""
    await record(desk, question("application-submitted", **LIN), NOW)
    too_early = question(
        "activist-determined",
        by_unit="branch-1",
        decided_by="branch-committee",
        effective_on="2026-03-03",
        mode="record",
    )
    assert (await record(desk, too_early, NOW)).kind == "recorded"
    known = [
        finding for finding in judge(desk.rulebooks, (await desk.load(lin)).facts, DAY).findings if finding.version == 2
    ]
    assert known
    outline = read(await page_of(desk, lin))
    for finding in known:
        assert finding.rule in outline.text
        assert finding.zh in outline.text
        assert finding.en in outline.text
        assert (finding.why_zh or finding.arithmetic) in outline.text
