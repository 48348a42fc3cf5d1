"""Facts of a recipient: somebody who can be reminded, and the addresses under which they are reached."""

from typing import ClassVar, Literal

from domain.facts.base import About, Fact, Opening, optional
from domain.facts.personal import Basis

ChannelName = Literal["mail", "wecom", "dingtalk", "feishu", "sms", "portal"]
"""Every way to one person, by what the address is; *portal* is any system that knows people by a word of its own.

The robot of a group is none: it tells everybody who is there, and has no address of anyone.
"""

Language = Literal["zh", "en"]


class RecipientRegistered(Opening):
    """Somebody can be reminded from this day: a student or one of the staff, known by their number.

    The stream's id is made from the number, so that one person is one recipient. All that the facts of this stream say
    is sealed under a key of the recipient's own, apart from the one under which other people's facts name them.
    """

    TOPIC = "recipient-registered"
    SUBJECT: ClassVar[About] = "recipient"
    TITLE = "登记收件人"

    number: str
    name: str
    language: Language = optional(default="zh")


class AddressGiven(Fact):
    """The recipient is reached under this address of a channel; an earlier one of the same channel counts no more."""

    TOPIC = "address-given"
    SUBJECT: ClassVar[About] = "recipient"
    TITLE = "登记联系方式"

    channel: ChannelName
    address: str


class AddressWithdrawn(Fact):
    """The recipient is no longer reached through a channel."""

    TOPIC = "address-withdrawn"
    SUBJECT: ClassVar[About] = "recipient"
    TITLE = "停用联系方式"

    channel: ChannelName


class RecipientLeft(Fact):
    """The recipient has left the school and is not told anything."""

    TOPIC = "recipient-left"
    SUBJECT: ClassVar[About] = "recipient"
    TITLE = "收件人离校"


class RecipientReturned(Fact):
    """The recipient is back, and is told again."""

    TOPIC = "recipient-returned"
    SUBJECT: ClassVar[About] = "recipient"
    TITLE = "收件人返校"


class RecipientShredded(Fact):
    """The key of the recipient's name and addresses is destroyed: recorded first, so that it has its reason."""

    TOPIC = "recipient-shredded"
    SUBJECT: ClassVar[About] = "recipient"
    TITLE = "销毁收件人密钥"

    basis: Basis
