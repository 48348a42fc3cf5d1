"""`python -m runtime.postbox HOME SMTP-PORT PAGE-PORT`: takes mails on the one port, shows them on the other, on loopback."""

import asyncio
import sys
from functools import partial
from pathlib import Path

import uvicorn
from aiosmtpd.smtp import SMTP, Envelope, Session

from runtime.postbox.keeping import ANSWERS, Postbox
from runtime.postbox.pages import make_pages
from runtime.postbox.placing import HOST

MOST_BYTES = 2_000_000


class Taking:
    """What the mail server does with what it is handed."""

    def __init__(self, postbox: Postbox) -> None:
        """Put it into this box."""
        self._postbox = postbox

    async def handle_RCPT(  # noqa: N802 - the library's own name and arguments
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a receiver, or answer what somebody wants to be answered."""
        answer = self._postbox.answer
        if answer == "accept":
            envelope.rcpt_tos.append(address)
            envelope.rcpt_options.extend(options)
        return ANSWERS[answer]

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        """Keep the mail, then say so."""
        content = envelope.content
        number = self._postbox.keep(content if isinstance(content, bytes) else (content or "").encode())
        return f"250 2.0.0 kept as {number}"


async def serve(home: Path, smtp_port: int, page_port: int) -> None:
    """Take and show mails until told to stop."""
    postbox = Postbox(home)
    take = partial(SMTP, Taking(postbox), enable_SMTPUTF8=True, data_size_limit=MOST_BYTES)
    taking = await asyncio.get_running_loop().create_server(take, HOST, smtp_port)
    settings = uvicorn.Config(
        make_pages(postbox), host=HOST, port=page_port, log_level="warning", timeout_graceful_shutdown=2
    )
    try:
        await uvicorn.Server(settings).serve()
    finally:
        taking.close()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
