"""Two tables about those who are reminded: recipients with their addresses, and who holds which post at a unit."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from domain.facts.recipients import AddressGiven, ChannelName, RecipientRegistered
from domain.facts.units import Appointed, AppointmentEnded
from domain.recipients import CHANNELS
from registry.importing.base import plain_name
from registry.importing.forms import Address, Columns, Given, Of, cells_of, text_of
from registry.importing.rows import Said, Told, complete, fields_by_name, hints, say
from registry.importing.sheets import Row
from registry.importing.words import VALUES

NUMBER = ("学号", "学工号", "工号", "number")
UNIT = ("任职党组织", "党组织", "党组织编号", "unit", "unit_id")
FROM = ("任职日期", "日期", "effective_on")
UNTIL = ("免职日期", "ended_on")
CAUSE = ("免职原因", "原因类别", "cause")
REGISTERED_ON = ("登记日期", "日期", "effective_on")


def _meant(header: str, names: Mapping[str, Sequence[str]]) -> str | None:
    """Which of these columns a header names."""
    name = plain_name(header)
    return next((field for field, known in names.items() if name in map(plain_name, known)), None)


class RecipientsForm:
    """One row a person who can be reminded: number, name, language, and a column for the address of each channel."""

    NAME: ClassVar[str] = "recipients"
    OF: ClassVar[Of] = "recipient"
    NEEDS: ClassVar[Sequence[Address]] = [("", 1, "number"), ("", 1, "name"), ("mail", 1, "address")]

    def address(self, header: str) -> Address | None:
        """Take who it is, and the addresses by channel."""
        for channel in CHANNELS:
            if plain_name(header) in map(plain_name, (channel, *VALUES[channel])):
                return (channel, 1, "address")
        field = _meant(header, {"number": NUMBER, "effective_on": REGISTERED_ON})
        field = field or fields_by_name().get(plain_name(header))
        return ("", 1, field) if field and field in hints(RecipientRegistered.TOPIC) else None

    def read(self, row: Row, columns: Columns, given: Given) -> Told:
        """Read a recipient."""
        told = Told(row)
        where = {field: number for (channel, _, field), number in columns.of.items() if not channel}
        told.subject = text_of(row, where["number"], told)
        topic = RecipientRegistered.TOPIC
        registered = say(topic, cells_of(row, where, topic, given), given.units, told)
        complete(registered, told, where)
        told.facts = [registered]
        for channel in CHANNELS:
            column = columns.of.get((channel, 1, "address"), 0)
            if column in row.cells or column in row.hollow:
                told.facts.append(self._given(channel, column, registered, told))
        return told

    def _given(self, channel: ChannelName, column: int, registered: Said, told: Told) -> Said:
        fact = say(AddressGiven.TOPIC, [("address", column, told.row.cells.get(column))], {}, told)
        fact.values["channel"] = channel
        same = ("effective_on", "approved_by")
        fact.values |= {name: registered.values[name] for name in same if name in registered.values}
        return fact


class AppointmentsForm:
    """One row an appointment: the unit, the number, the post, from which day on, and until when if it has ended.

    Rows stand in the order of their days: somebody follows in a post when the row before says that it was given up.
    """

    NAME: ClassVar[str] = "appointments"
    OF: ClassVar[Of] = "unit"
    NEEDS: ClassVar[Sequence[Address]] = [("", 1, "unit_id"), ("", 1, "number"), ("", 1, "post")]

    def address(self, header: str) -> Address | None:
        """Take the fields of an appointment and of its end."""
        field = _meant(header, {"unit_id": UNIT, "number": NUMBER, "effective_on": FROM})
        if field is None and (ended := _meant(header, {"effective_on": UNTIL, "cause": CAUSE})):
            return (AppointmentEnded.TOPIC, 1, ended)
        field = field or fields_by_name().get(plain_name(header))
        return ("", 1, field) if field == "unit_id" or (field and field in hints(Appointed.TOPIC)) else None

    def read(self, row: Row, columns: Columns, given: Given) -> Told:
        """Read an appointment, with its end if it has one."""
        told = Told(row)
        where = {field: number for (topic, _, field), number in columns.of.items() if not topic}
        unit = text_of(row, where["unit_id"], told)
        told.subject = given.units.get(unit, unit)
        topic = Appointed.TOPIC
        own = {field: number for field, number in where.items() if field != "unit_id"}
        appointed = say(topic, cells_of(row, own, topic, given), {}, told)
        complete(appointed, told, where)
        told.facts = [appointed]
        ends = {field: number for (topic, _, field), number in columns.of.items() if topic == AppointmentEnded.TOPIC}
        if ends.get("effective_on") in {*row.cells, *row.hollow}:
            cells = [(field, number, row.cells.get(number)) for field, number in ends.items() if number in row.cells]
            ended = say(AppointmentEnded.TOPIC, cells, {}, told)
            same = ("number", "post", "approved_by")
            ended.values |= {name: appointed.values[name] for name in same if name in appointed.values}
            ended.values.setdefault("cause", "other")
            told.facts.append(ended)
        return told
