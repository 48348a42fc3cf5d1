"""`jieti rulebook`: reads rulebook files and says where one is wrong, shows them, compares two sets, adopts one."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from commands.adopting import adopt, recover
from commands.calling import Api, told
from commands.differing import Log, differ
from commands.leaving import Code, Leave
from commands.showing import ERR, OUT
from commands.surroundings import settings_around, token_for
from domain.exampled import unexampled
from domain.policyfile import read_policy
from domain.rulefile import read_edition, read_workdays
from domain.rulesaid import DutySaid, EditionSaid, PolicySaid, RuleSaid, edition_said, inline, policy_said
from domain.spot import RulebookError, read_spot
from registry.letters import check_letters
from registry.rulebooks import CURRENT, HERE, load_rulebooks, text_of, texts_named
from runtime import clock
from runtime.resources import policy_file
from runtime.settings import SettingsError

app = typer.Typer(help="Work on the rules.", no_args_is_help=True)

EXAMPLES = Path("examples") / "rules.yaml"
MARKS = {"sure": "", "one-source": " (one source only)", "verify": " (to be verified)"}
JSON = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]
SET = "`current`, an edition's name, a policy's file, or a directory with rulebooks."


@app.callback()
def rules() -> None:
    """Make a group of the commands."""


@app.command()
def check(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Editions, policies, workdays; all of the project's if left out.")
    ] = None,
) -> None:
    """Read rulebook files; the first mistake is told with file, line and what is allowed.

    Where a directory has examples/rules.yaml, every rule beside it has an example that passes and one that fails.
    """
    wrong = 0
    for file in files or sorted(HERE.glob("*.yaml")):
        try:
            text = _text(file)
            print(f"{file.name}: {_summary(file.name, text)}")
            lacking = list(_unexampled(file, text))
        except RulebookError as error:
            lacking = [str(error)]
        for one in lacking:
            print(one)
        wrong += bool(lacking)
    if not files:
        load_rulebooks(HERE / "policy-sample.yaml")
    raise typer.Exit(Code.REFUSED if wrong else Code.DONE)


def _text(file: Path) -> str:
    if not file.is_file():
        raise Leave(f"there is no file {file}", Code.WRONG)
    return text_of(file)


def _summary(name: str, text: str) -> str:
    """What a file holds. Raises RulebookError."""
    parts = read_spot(name, text).map()
    if "edition" in parts:
        one = read_edition(name, text)
        counts = f"{len(one.steps)} steps, {len(one.rules)} rules, {len(one.duties)} obligations"
        return f"edition {one.name}, in force from {one.in_force_from}: {counts}"
    if "policy" in parts:
        editions = load_rulebooks(None).editions
        policy = read_policy(name, text, editions)
        beside = f"beside those of {editions[-1].name}, {len(policy.tightenings)} made stricter"
        since = f", in force from {policy.in_force_from}" if policy.in_force_from else ""
        return f"policy {policy.name}{since}: {len(policy.rules)} rules, {len(policy.duties)} obligations {beside}"
    if "letters" in parts:
        letters = check_letters(name, text, load_rulebooks(policy_file(settings_around().school)))
        return f"letters {letters.name}: {len(letters.texts)} texts, {len(letters.calendar)} titles in calendars"
    days = read_workdays(name, text)
    return f"working days of {', '.join(map(str, sorted(days.off)))}"


def _unexampled(file: Path, text: str) -> list[str]:
    examples = file.parent / EXAMPLES
    if not examples.exists() or "rules" not in read_spot(file.name, text).map():
        return []
    return list(unexampled(file.name, text, (str(EXAMPLES), text_of(examples))))


@app.command()
def show(
    name: Annotated[str | None, typer.Argument(help="An edition or the policy; the list of them if left out.")] = None,
    step: Annotated[str | None, typer.Option(help="Only what belongs to this step, like S07.")] = None,
    rule: Annotated[str | None, typer.Option(help="Only this rule or obligation.")] = None,
    *,
    as_json: JSON = False,
) -> None:
    """Show the rules in words: each with its check, its source, how well that is known, and who made it stricter."""
    books = texts_named(CURRENT, settings_around().school).read()
    said: dict[str, EditionSaid | PolicySaid] = {one.name: edition_said(one) for one in books.editions}
    said[books.policy.name] = policy_said(books.policy)
    if name is None and not (step or rule):
        if as_json:
            print(json.dumps({"digest": books.digest, "items": list(said)}, ensure_ascii=False))
            return
        OUT.print(f"set {books.digest}")
        for book in said.values():
            OUT.print(f"\n{_head(book)}", markup=False, soft_wrap=True)
        _say_adoption(books.digest)
        return
    if name and name not in said:
        raise Leave(f"there is no rulebook {name!r}; there are {', '.join(said)}", Code.WRONG)
    shown = [book for book in said.values() if name in (None, book.name)]
    found = [(book, _entries(book, step, rule)) for book in shown]
    if not any(entries for _, entries in found) and (step or rule):
        raise Leave(f"nothing in {', '.join(book.name for book in shown)} is called {rule or step!r}", Code.WRONG)
    if as_json:
        whole = [
            asdict(book) if not (step or rule) else {"book": book.name, "items": entries} for book, entries in found
        ]
        print(json.dumps(whole if len(whole) > 1 else whole[0], ensure_ascii=False, default=str))
        return
    for book, entries in found:
        _show_book(book, entries, whole=not (step or rule))


def _head(book: EditionSaid | PolicySaid) -> str:
    since = f", in force from {book.in_force_from}" if book.in_force_from else ""
    counts = f"{len(book.rules)} rules, {len(book.obligations)} obligations"
    stricter = f", {len(book.tightenings)} made stricter" if isinstance(book, PolicySaid) else ""
    return f"{book.name}  {book.zh} · {book.en}\n  {counts}{since}{stricter}"


def _entries(book: EditionSaid | PolicySaid, step: str | None, rule: str | None) -> list[dict[str, Any]]:
    """The rules and obligations that are asked for, as plain values."""
    entries: list[RuleSaid | DutySaid] = [*book.rules, *book.obligations]
    return [asdict(one) for one in entries if step in (None, one.step) and rule in (None, one.id)]


def _show_book(book: EditionSaid | PolicySaid, entries: list[dict[str, Any]], *, whole: bool) -> None:
    if not entries and not whole:
        return
    OUT.print(f"\n{_head(book)}", markup=False, soft_wrap=True)
    titles = {one.id: f"{one.zh} · {one.en}" for one in book.steps} if isinstance(book, EditionSaid) else {}
    for step in dict.fromkeys(one["step"] for one in entries):
        OUT.print(f"\n{step}  {titles.get(step, '')}", markup=False, soft_wrap=True)
        for one in (one for one in entries if one["step"] == step):
            _show_entry(one)
    if whole and isinstance(book, PolicySaid):
        _show_policy(book)


def _show_entry(one: Mapping[str, Any]) -> None:
    weight = one.get("severity", "obligation")
    OUT.print(f"  {one['id']}  [{weight}]  {one['zh']} · {one['en']}", markup=False, soft_wrap=True)
    source = f"{', '.join(one['sources'])}{MARKS[one['confidence']]}"
    stricter = f"; tightened by policy {one['tightened_by']}" if one["tightened_by"] else ""
    if "check" in one:
        where = f" where {inline(one['where'])}" if one["where"] else ""
        said = f"{one['check']}: {inline(one['parameters'])}, on {', '.join(one['on'])}{where}"
    else:
        said = f"owed by {one['owed_by']}, due {inline(one['due'])} from {inline(one['since'])}, until {inline(one['until'])}"
    OUT.print(f"      {said}", markup=False, soft_wrap=True)
    OUT.print(f"      source: {source}{stricter}", markup=False, soft_wrap=True)


def _show_policy(book: PolicySaid) -> None:
    OUT.print("\nset by the school", markup=False, soft_wrap=True)
    for name in ("cultivation_basis", "written_opinions", "remote_meetings"):
        OUT.print(f"  {name}: {inline(getattr(book, name))}", markup=False, soft_wrap=True)
    for term in book.semesters:
        OUT.print(f"  semester {term.name}: {term.start} – {term.end}", markup=False, soft_wrap=True)
    for name, value in ((name, value) for name, value in book.reminders.items() if value is not None):
        OUT.print(f"  reminders {name}: {inline(value)}", markup=False, soft_wrap=True)
    for kind, words in book.capabilities.items():
        OUT.print(f"  a {kind} may no more than: {', '.join(words)}", markup=False, soft_wrap=True)
    for one in book.tightenings:
        was, now = (", ".join(f"{key}: {inline(value)}" for key, value in side.items()) for side in (one.was, one.now))
        OUT.print(f"  {one.id} of {one.edition}: {was} → {now}", markup=False, soft_wrap=True)


def _say_adoption(digest: str) -> None:
    """Who adopted the set, if an API can be asked; nothing where there is none."""
    settings = settings_around()
    try:
        answer = Api(settings.api_url, token_for(settings, None)).get("/v1/rulebooks")
    except (Leave, SettingsError) as error:
        ERR.print(f"\nwho adopted this set is not known: {error}", markup=False, soft_wrap=True)
        return
    found = [one for one in answer.body.get("adoptions", ()) if one["digest"] == digest] if answer.well else []
    if not answer.well:
        ERR.print(f"\nwho adopted this set is not known: {told(answer)}", markup=False, soft_wrap=True)
    elif not found:
        OUT.print("\nwarning: no committee has adopted this set; `jieti rulebook adopt` records that one has")
    for one in found:
        OUT.print(
            f"\nadopted by {one['unit']} on {one['recorded_at'][:10]}: {one['name']}, in force from {one['in_force_from']}; "
            f"{one['recorded_by']} with {one['approved_by']}: {one['reason']}",
            markup=False,
        )


@app.command()
def diff(
    before: Annotated[str, typer.Argument(help=SET)],
    after: Annotated[str, typer.Argument(help="The same.")],
    against: Annotated[
        Log | None, typer.Option(help="Judge all paths under both: of the log that runs here, or of the sample school.")
    ] = None,
    on: Annotated[str | None, typer.Option(help="Judge on this day; today if left out.")] = None,
    table: Annotated[Path | None, typer.Option("--csv", help="Write every difference to this file.")] = None,
    *,
    as_json: JSON = False,
) -> None:
    """Say what two sets of rulebooks say otherwise, and with --against whom the change would touch."""
    settings = settings_around()
    try:
        day = date.fromisoformat(on) if on else clock.today()
    except ValueError:
        raise Leave(f"{on!r} is not a day; write 2026-11-21", Code.WRONG) from None
    sets = texts_named(before, settings.school), texts_named(after, settings.school)
    asyncio.run(differ(settings, sets, against, day, table, as_json=as_json))


app.command()(adopt)
app.command()(recover)
