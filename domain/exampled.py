"""Which rules of a rulebook file lack an example that passes or one that fails."""

from collections.abc import Iterator

from domain.spot import Spot, read_spot

SIDES = ("passes", "fails")


def unexampled(file: str, text: str, examples: tuple[str, str]) -> Iterator[str]:
    """Say for each rule of an edition or a policy, at its line, which example it lacks in the examples' file.

    Raises RulebookError where one of the files is not YAML.
    """
    shown: dict[str, dict[str, Spot]] = {}
    for one in read_spot(*examples).list():
        said = one.map()
        shown[said["rule"].text()] = said
    rules = read_spot(file, text).map().get("rules")
    for one in rules.list() if rules else ():
        name = one.map()["id"]
        lacking = [side for side in SIDES if side not in shown.get(name.text(), {})]
        if lacking:
            what = " and one that ".join(lacking)
            yield str(name.wrong(f"{name.text()!r} has no example that {what} in {examples[0]}"))
