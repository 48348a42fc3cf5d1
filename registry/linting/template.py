"""A workbook to start from: the columns of a branch's sheet, a list of members, and the sheet of one whole dossier."""

from io import BytesIO

import xlsxwriter

from domain.facts import KINDS
from registry.linting.headings import Entry, headings

IDENTITY = ("学号", "姓名", "出生日期", "党支部", "预计离校日期")
POINTS = {"activist": "积极分子", "development-target": "发展对象", "admission": "接收", "conversion": "转正"}
TWICE = {"thought-report-received": 4, "half-year-inspection-recorded": 3, "probation-inspection-recorded": 2}
"""How many columns of a kind the template has."""

NOTES = (
    "发展党员材料检查模板 · Template for the check of dossiers",
    "发展台账：一人一行，没有的留空；日期写成 2024-03-01 或设为日期格式。用不到的列可以删掉：没有列的事项不作判断。",
    "正式党员名册：用来核对培养联系人和入党介绍人当日是否为正式党员。",
    "一人材料：一份材料一行，适合检查一个人的全部材料；可以复制成多张表。",
    "Delete the columns you do not need: what has no column is not judged; a cell left empty has not happened.",
    "检查不保存任何内容。 Nothing of a check is kept.",
)


def template() -> bytes:
    """Write the workbook."""
    out = BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    notes = book.add_worksheet("说明")
    notes.set_column(0, 0, 100)
    notes.write_column(0, 0, NOTES)
    ledger = book.add_worksheet("发展台账")
    for column, heading in enumerate((*IDENTITY, *columns())):
        ledger.write(0, column, heading, bold)
        dated = heading.endswith(("日期", "开始", "结束"))
        ledger.set_column(column, column, 13, day if dated else None)
    ledger.freeze_panes(1, 2)
    members = book.add_worksheet("正式党员名册")
    members.write_row(0, 0, ("姓名", "入党日期", "转正日期"), bold)
    members.set_column(0, 2, 14)
    one = book.add_worksheet("一人材料")
    one.write_row(0, 0, ("姓名：",))
    one.write_row(1, 0, ("学号：",))
    one.write_row(2, 0, ("出生日期：",))
    one.write_row(3, 0, ("材料名称", "日期"), bold)
    one.write_column(4, 0, papers())
    one.set_column(0, 0, 30)
    one.set_column(1, 1, 14, day)
    book.close()
    return out.getvalue()


def columns() -> list[str]:
    """The headings of the ledger, in the order of the procedure; each means the same wherever it stands."""
    return [heading for entry in headings().entries for heading in _of(entry)]


def _of(entry: Entry) -> list[str]:
    if entry.point:
        name = f"{POINTS[entry.point]}公示"
        return [f"{name}开始", f"{name}结束"]
    found = [f"{name}{n}日期" if entry.many else f"{name}日期" for name in entry.names[:1] for n in _times(entry.kind)]
    found += [*entry.from_[:1], *entry.to[:1]]
    for names in entry.fields.values():
        found += [f"{names[0]}{n}" for n in (1, 2)] if entry.kind in PEOPLE else [names[0]]
    return found


PEOPLE = ("cultivation-contact-assigned", "introducers-confirmed")


def _times(kind: str) -> range:
    return range(1, TWICE.get(kind, 1) + 1)


def papers() -> list[str]:
    """The papers of a whole dossier, in the order of the procedure."""
    whole = (entry for entry in headings().entries if entry.whole)
    return [KINDS[one.kind].TITLE if one.kind in KINDS and one.names else (*one.names, *one.span)[0] for one in whole]
