"""A letter as a mail: text, HTML and calendar beside each other, under a Message-ID that a repetition has again."""

import hashlib
import re
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from activities.channels.base import Message
from domain.addresses import mail_address

KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")
METHOD = re.compile(r"^METHOD:([A-Z]+)\r?$", re.MULTILINE)
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
LONGEST_WHOLE = 74
"""An address that is longer is written by the library in an encoding in which no mail program finds an address."""


def sender_of(text: str) -> Address:
    """Who writes: `名称 <address>` or an address alone. Raises ValueError."""
    name, address = parseaddr(text)
    if CONTROL.search(name):
        raise ValueError("a name of one line")
    return Address(display_name=name, addr_spec=mail_address(address))


def message_id(key: str, domain: str) -> str:
    """The Message-ID of a key (RFC 5322, 3.6.4): the same whenever it is sent, and no other message's."""
    left = key if KEY.fullmatch(key) else hashlib.sha256(key.encode()).hexdigest()[:40]
    return f"<{left}@{domain}>"


def mail_of(sender: Address, to: str, message: Message, moment: datetime) -> EmailMessage:
    """The mail to one address (as `mail_address` gives it). What stands in headers is one line whatever it says."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = sender
    mail["To"] = Address(addr_spec=to)
    mail["Subject"] = CONTROL.sub(" ", message.subject).strip()
    mail["Date"] = format_datetime(moment)
    mail["Message-ID"] = message_id(message.key, sender.domain)
    mail["Content-Language"] = "zh-CN" if message.language == "zh" else "en"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: whoever is away does not answer it
    mail["X-Auto-Response-Suppress"] = "All"  # the same for Exchange
    stop = CONTROL.sub("", message.stop_link)
    if stop and len(stop) <= LONGEST_WHOLE:
        mail["List-Unsubscribe"] = f"<{stop}>"
    # Base64 goes through every relay, also through one that knows seven bits only.
    mail.set_content(message.text or message.markdown, cte="base64")
    if message.html:
        mail.add_alternative(message.html, subtype="html", cte="base64")
    if message.calendar is not None:
        method = METHOD.search(message.calendar)
        mail.add_alternative(
            message.calendar, subtype="calendar", cte="base64", params={"method": method[1] if method else "PUBLISH"}
        )
    return mail
