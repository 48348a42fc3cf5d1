"""Facts about a person's own data: their use restricted, their keys destroyed. They move no path and end none."""

from datetime import date
from typing import Literal

from domain.facts.base import Fact, optional

Basis = Literal["purpose-met", "consent-withdrawn", "period-over", "unlawful", "service-ended"]
"""Why data are deleted: the cases of article 47 of the Personal Information Protection Law (个人信息保护法第四十七条)."""


class PersonRestricted(Fact):
    """The data of the person are no longer used: they are stored and protected, and nothing else is done with them."""

    TOPIC = "person-restricted"
    TITLE = "停止处理个人信息"


class RestrictionLifted(Fact):
    """The data of the person may be used again."""

    TOPIC = "restriction-lifted"
    TITLE = "恢复处理个人信息"


class ShreddingRequested(Fact):
    """The keys of the person's data are to be destroyed; a second person agrees, and there is time to withdraw it.

    `not_before` is the first day on which it may be carried out; it is set by the recorder from the cooling period.
    """

    TOPIC = "shredding-requested"
    TITLE = "申请销毁个人信息密钥"

    basis: Basis
    not_before: date | None = optional()


class ShreddingWithdrawn(Fact):
    """The keys are not to be destroyed after all."""

    TOPIC = "shredding-withdrawn"
    TITLE = "撤回销毁申请"


class PersonShredded(Fact):
    """The keys of the person's data are destroyed: recorded first, so that a key that is gone has its reason."""

    TOPIC = "person-shredded"
    TITLE = "销毁个人信息密钥"

    requested: int
    basis: Basis


class OtherShreddingRequested(Fact):
    """The key of somebody whom facts name beside the person (a contact, an introducer) is to be destroyed."""

    TOPIC = "other-shredding-requested"
    SUBJECT = "unit"
    TITLE = "申请销毁相关人员密钥"

    whom: str
    basis: Basis
    not_before: date | None = optional()


class OtherShreddingWithdrawn(Fact):
    """The key of somebody whom facts name is not to be destroyed after all."""

    TOPIC = "other-shredding-withdrawn"
    SUBJECT = "unit"
    TITLE = "撤回相关人员密钥销毁申请"

    whom: str


class OtherShredded(Fact):
    """The key of somebody whom facts name is destroyed; `whom` is their pseudonym."""

    TOPIC = "other-shredded"
    SUBJECT = "unit"
    TITLE = "销毁相关人员密钥"

    whom: str
    basis: Basis
