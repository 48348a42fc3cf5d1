"""A signed webhook to any system, by the specification "Standard Webhooks" 1.0.0 (standardwebhooks.com)."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from activities.channels.base import Delivery, Message, not_for_a_group
from activities.channels.fitting import said
from activities.channels.reaching import RETRY_S, Failed, Web
from activities.channels.robot import SERVER_ERROR, TOO_MANY, encoded

SECRET_PREFIX = "whsec_"  # noqa: S105 - what secrets begin with is none
LEAST_SECRET_BYTES, MOST_SECRET_BYTES = 24, 64
TIMEOUT = 408
SUCCESS = 2


def key_of(secret: str) -> bytes:
    """The key in a secret `whsec_…`. Raises ValueError for one of a length that the specification does not allow."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    if not LEAST_SECRET_BYTES <= len(key) <= MOST_SECRET_BYTES:
        raise ValueError(f"{LEAST_SECRET_BYTES} to {MOST_SECRET_BYTES} bytes in base64, after {SECRET_PREFIX}")
    return key


def signatures(keys: Sequence[bytes], webhook_id: str, timestamp_s: int, body: bytes) -> str:
    """One signature for each key, parted by spaces: while a key is changed, whoever knows either can check."""
    signed = f"{webhook_id}.{timestamp_s}.".encode() + body
    return " ".join(f"v1,{base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()}" for key in keys)


def webhook_id_of(key: str) -> str:
    """The webhook's id: the message's key, made such that no dot or slash in it can be taken for anything else."""
    return f"msg_{hashlib.sha256(key.encode()).hexdigest()[:32]}"


class Webhook:
    """Posts each message, signed. It may be repeated: whoever receives it knows the id again."""

    def __init__(
        self,
        name: str,
        web: Web,
        url: str,
        keys: Sequence[bytes],
        clock: Callable[[], datetime],
        *,
        group: bool = False,
    ) -> None:
        """With its keys, the newest in front; `group` where many people see what arrives there."""
        self.name, self.group = name, group
        self._web, self._url, self._keys, self._clock = web, url, tuple(keys), clock

    def __repr__(self) -> str:
        """Nothing that is secret."""
        return f"Webhook({self.name!r})"

    async def send(self, to: str, message: Message) -> Delivery:
        """Post a message; the status is the verdict. What got no clear answer is asked again under the same id."""
        if self.group and not message.group:
            return not_for_a_group(self.name)
        moment, webhook_id = self._clock(), webhook_id_of(message.key)
        body = encoded(_said(to, message, moment))
        timestamp = int(moment.timestamp())
        headers = {
            "webhook-id": webhook_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signatures(self._keys, webhook_id, timestamp, body),
        }
        try:
            answer = await self._web.post(self._url, body, headers)
        except Failed as failed:
            if failed.delivery.outcome == "unknown" and failed.delivery.code == "no-answer":
                return Delivery("later", failed.delivery.code, None, failed.delivery.detail, RETRY_S)
            return failed.delivery
        code, detail = str(answer.status), said(str(answer.said.get("message", "")), to, self._url)
        if answer.status // 100 == SUCCESS:
            return Delivery("accepted", code=code, provider_id=webhook_id, detail=detail)
        if answer.status >= SERVER_ERROR or answer.status in {TIMEOUT, TOO_MANY}:
            return Delivery("later", code=code, detail=detail, retry_after_s=answer.retry_after_s or RETRY_S)
        return Delivery("refused", code=code, detail=detail)

    async def check(self) -> Delivery:
        """Look whether somebody answers there."""
        return await self._web.reach(self._url)

    async def close(self) -> None:
        """Close its connections."""
        await self._web.close()


def _said(to: str, message: Message, moment: datetime) -> dict[str, object]:
    """The body: what has happened, when, and what is told; a group is told no address."""
    told = {
        "key": message.key,
        "to": None if message.group else to,
        "group": message.group,
        "language": message.language,
        "subject": message.subject,
        "text": message.text or message.markdown,
        "markdown": message.markdown,
        "link": message.link,
    }
    return {
        "type": "reminder.due",
        "timestamp": moment.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "data": told,
    }
