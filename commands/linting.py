"""`jieti lint`: checks a dossier or a branch's spreadsheet that is not in Jieti; nothing is stored."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from commands.leaving import Code, Leave
from commands.showing import ERR, OUT
from domain.calendar import civil_day
from registry.linting.apart import in_form
from registry.linting.lint import lint as check
from registry.linting.page import WEIGHED, source_of, where
from registry.linting.report import Remark, Report
from registry.linting.rules import WEIGHTS
from registry.linting.template import template as made
from registry.rulebooks import CURRENT, load_rulebooks, texts_named
from runtime.clock import now
from runtime.settings import Settings

SHOWN = 200

app = typer.Typer()


@app.command()
def lint(
    file: Annotated[
        Path | None, typer.Argument(help="xlsx, xls or csv: one row a student, or one sheet a dossier.")
    ] = None,
    day: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Judge on this day; today if left out.")
    ] = None,
    policy: Annotated[
        Path | None, typer.Option(help="The school's policy; the one of this installation if left out.")
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Write the findings as a page to print.")] = None,
    xlsx: Annotated[Path | None, typer.Option(help="Write the same workbook with the cells marked.")] = None,
    template: Annotated[
        Path | None, typer.Option(help="Write an empty workbook to start from, and check nothing.")
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Check a whole dossier, or a branch's spreadsheet, that is not in Jieti. Nothing is stored.

    Ends with 0 if nothing was found, 1 if something was, 2 if the file cannot be read.
    """
    if template:
        template.write_bytes(made())
        OUT.print(f"{template}: an empty workbook; fill it in and run `jieti lint {template}`", markup=False)
        return
    if file is None:
        raise Leave("which file? or --template FILE.xlsx for an empty one", Code.WRONG)
    if xlsx and xlsx.exists() and xlsx.samefile(file):
        raise Leave("--xlsx names the file itself: give the marked copy another name", Code.WRONG)
    rulebooks = load_rulebooks(policy) if policy else texts_named(CURRENT, Settings.read().school).read()
    report = check(file, rulebooks, _day(day))
    for out, form in ((html, "html"), (xlsx, "xlsx")):
        if out:
            out.write_bytes(in_form(file, report, "html" if form == "html" else "xlsx"))
            ERR.print(f"written: {out}", markup=False)
    if as_json:
        print(in_form(file, report, "json").decode())
    else:
        _tell(report)
    raise typer.Exit(Code.DONE if report.clean else Code.REFUSED)


def _day(given: datetime | None) -> date:
    return given.date() if given else civil_day(now())


def _tell(report: Report) -> None:
    """Say what was found, person by person."""
    OUT.print(f"{report.file}: {report.persons} persons, as of {report.day}", markup=False)
    for sheet in report.sheets:
        OUT.print(f"  {sheet.name}: {sheet.form}", markup=False)
    told = 0
    for person, remarks in report.by_person().items():
        if told >= SHOWN:
            break
        OUT.print(f"\n{person or 'The sheets'}", markup=False, style="bold")
        for remark in remarks:
            _line(remark)
        told += len(remarks)
    rest = len(report.remarks) + report.more - told
    if rest > 0:
        OUT.print(f"\n… and {rest} more; --html, --xlsx or --json tells them all")
    counts = ", ".join(f"{report.counts[one]} {WEIGHED[one][1]}" for one in WEIGHTS if one in report.counts)
    OUT.print(f"\n{counts or 'nothing was found'}; {len(report.unchecked)} rules were not judged of everybody")


def _line(remark: Remark) -> None:
    OUT.print(
        f"  {where(remark.cells, 3)}  {WEIGHED[remark.severity][0]} {remark.rule} [{source_of(remark)}]",
        markup=False,
        soft_wrap=True,
    )
    for text in (f"{remark.zh}：{remark.why_zh}", f"{remark.en}: {remark.why_en}"):
        OUT.print(f"      {text}", markup=False, soft_wrap=True)
