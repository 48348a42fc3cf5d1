"""A letter box: a channel that keeps what it is given, and answers what it was told to answer."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from activities.channels.base import Delivery, Message

ACCEPTED = Delivery("accepted", code="250")
LATER = Delivery("later", code="451", retry_after_s=0.0)
REFUSED = Delivery("refused", code="550")


@dataclass
class LetterBox:
    """Keeps what it accepts. `answers` come one after another, the last one for ever; `before` is done with each letter."""

    name: str = "mail"
    group: bool = False
    answers: list[Delivery] = field(default_factory=lambda: [ACCEPTED])
    before: Callable[[], Awaitable[None]] | None = None
    offered: int = 0
    kept: list[tuple[str, Message]] = field(default_factory=list)

    async def send(self, to: str, message: Message) -> Delivery:
        """Answer, and keep what was accepted."""
        self.offered += 1
        if self.before:
            await self.before()
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer.outcome == "accepted":
            self.kept.append((to, message))
        return answer
