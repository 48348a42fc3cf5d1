"""`jieti letters`: reads the texts of letters and says where one is wrong; shows what would be sent."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from commands.calling import told
from commands.leaving import Code, Leave
from commands.paths import api_as
from commands.showing import OUT
from commands.surroundings import settings_around
from domain.calendar import civil_day
from domain.spot import RulebookError
from registry.letters import LetterTexts, Links, check_letters, compose, compose_for_group, load_letters
from registry.letters.item import Language
from registry.letters.preview import sample_items
from registry.rulebooks import HERE, load_rulebooks, text_of
from runtime import clock
from runtime.resources import policy_file

app = typer.Typer(help="Work on the texts of letters.", no_args_is_help=True)

LANGUAGES = ("zh", "en")
NAME: Mapping[Language, str] = {"zh": "张老师", "en": "Ms Zhang"}
"""To whom a sample is written."""


@app.callback()
def letters() -> None:
    """Make a group of the commands."""


@app.command()
def check(
    files: Annotated[list[Path] | None, typer.Argument(help="Files of texts; those of rulebooks/ if left out.")] = None,
) -> None:
    """Read files of texts; the first mistake is told with file, line and what is allowed."""
    wrong = False
    for file in files or sorted(HERE.glob("letters*.yaml")):
        try:
            texts = _read(file)
        except RulebookError as error:
            print(error)
            wrong = True
        else:
            print(
                f"{file.name}: letters {texts.name}, {len(texts.texts)} texts, {len(texts.calendar)} titles in calendars"
            )
    raise typer.Exit(Code.REFUSED if wrong else Code.DONE)


@app.command()
def preview(
    path: Annotated[str | None, typer.Option("--path", help="The path's id, or the student number.")] = None,
    obligation: Annotated[str | None, typer.Option(help="Only this one; all that is owed if left out.")] = None,
    language: Annotated[str, typer.Option(help="zh or en.")] = "zh",
    form: Annotated[str, typer.Option(help="text, markdown, html, calendar; of a sample, also group.")] = "text",
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the HTML form into a file.")] = None,
    texts: Annotated[Path | None, typer.Option(metavar="FILE", help="Of a sample: with these texts.")] = None,
    persona: Annotated[str | None, typer.Option("--as", help="Ask as somebody of the sample school.")] = None,
    *,
    sample: Annotated[bool, typer.Option("--sample", help="Of everything that a letter can say, invented.")] = False,
) -> None:
    """Show what would be sent: of what is owed on a path now, from a running Jieti, or of a sample. Nothing is sent."""
    if language not in LANGUAGES:
        raise Leave(f"--language must be one of {', '.join(LANGUAGES)}, not {language!r}", Code.WRONG)
    if sample == (path is not None):
        raise Leave("say either --path, for what is owed on a path, or --sample", Code.WRONG)
    forms = _of_path(path, obligation, language, persona) if path else _of_sample(language, texts)
    if form not in forms:
        raise Leave(f"--form must be one of {', '.join(forms)}, not {form!r}", Code.WRONG)
    if html:
        html.write_text(forms["html"], encoding="utf-8")
    OUT.print(forms["subject"], style="bold", markup=False, highlight=False, soft_wrap=True)
    print(f"\n{forms[form]}", end="")
    if html:
        print(f"\n{html}")


def _of_sample(language: str, file: Path | None) -> dict[str, str]:
    settings = settings_around()
    rulebooks = load_rulebooks(policy_file(settings.school))
    texts = _read(file) if file else load_letters(settings.school, rulebooks)
    today, links = civil_day(clock.now()), Links(settings.reached_at)
    items = sample_items(rulebooks, today)
    said: Language = "en" if language == "en" else "zh"
    letter = compose(texts, said, NAME[said], today, items, links)
    return _forms(asdict(letter), compose_for_group(texts, said, today, items, links).markdown)


def _of_path(who: str, obligation: str | None, language: str, persona: str | None) -> dict[str, str]:
    api = api_as(persona)
    query = {"path_id": api.path_id(who), "obligation": obligation, "language": language}
    answer = api.get("/v1/letters/preview", **query)
    if not answer.well:
        raise Leave(told(answer), answer.code)
    if answer.body["letter"] is None:
        print("nothing is owed on this path now: no letter would be sent")
        raise typer.Exit(Code.DONE)
    return _forms(answer.body["letter"])


def _forms(letter: Mapping[str, str | None], group: str | None = None) -> dict[str, str]:
    names = ("subject", "text", "markdown", "html", "calendar")
    return {**{name: letter[name] or "" for name in names}, **({"group": group} if group else {})}


def _read(file: Path) -> LetterTexts:
    """A file as this installation would have it. Raises RulebookError, Leave."""
    if not file.is_file():
        raise Leave(f"there is no file {file}", Code.WRONG)
    return check_letters(file.name, text_of(file), load_rulebooks(policy_file(settings_around().school)))
