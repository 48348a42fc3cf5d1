"""The page of the demo's mails: a list, and one mail with its HTML, its text and its headers."""

from collections.abc import Mapping
from email.message import EmailMessage
from html import escape
from pathlib import Path
from string import Template

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from domain.calendar import SHANGHAI
from domain.words import Text
from runtime.postbox.keeping import ANSWERS, Answer, Mail, Postbox

HERE = Path(__file__).parent
LISTED = 200
REFRESH = '<meta http-equiv="refresh" content="5">\n'

POLICY = "default-src 'none'; style-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
MAIL_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "form-action 'none'; frame-ancestors 'self'"
)
"""What a mail may do: nothing but look, and be left by a link into a tab of its own."""

HEADERS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cache-Control": "no-store"}

STATES: Mapping[Answer, Text] = {
    "accept": Text("邮件服务器正常接收。", "The mail server takes every mail."),
    "refuse": Text(
        "邮件服务器正在拒收（550）：提醒记为“拒收”。", "It refuses every mail (550): reminders are recorded as refused."
    ),
    "later": Text(
        "邮件服务器要求稍后再试（451）：通知书留在收发室。",
        "It puts every mail off (451): letters wait in their mailroom.",
    ),
}
BUTTONS: Mapping[Answer, Text] = {
    "accept": Text("正常接收", "accept"),
    "refuse": Text("拒收", "refuse"),
    "later": Text("稍后再试", "put off"),
}


def make_pages(postbox: Postbox) -> Starlette:
    """The application. It answers to this machine's own names alone, so that no foreign page can have it read by a browser."""
    pages = Pages(postbox)
    return Starlette(
        routes=[
            Route("/", pages.everything),
            Route("/style.css", pages.styled),
            Route("/mails/{number:int}", pages.one),
            Route("/mails/{number:int}/html", pages.html),
            Route("/mails/{number:int}/raw", pages.raw),
            Route("/answer/{answer}", pages.answer, methods=["POST"]),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])],
    )


class Pages:
    """The pages of one postbox."""

    def __init__(self, postbox: Postbox) -> None:
        """Show these mails."""
        self._postbox = postbox
        self._template = Template((HERE / "page.html").read_text("utf-8"))
        self._style = (HERE / "style.css").read_text("utf-8")

    def everything(self, _request: Request) -> Response:
        """The list, and what the mail server answers."""
        body = _control(self._postbox.answer) + _listed(self._postbox)
        return self._page("演示邮箱 · Mails", body, refresh=True)

    def one(self, request: Request) -> Response:
        """One mail."""
        mail = self._mail(request)
        message = mail.message
        return self._page(str(message["Subject"] or "—"), _shown(mail, message))

    def html(self, request: Request) -> Response:
        """The HTML of a mail, locked into itself; its links open tabs of their own."""
        found = _part(self._mail(request).message, "html")
        found = found.replace("<head>", '<head><base target="_blank">', 1)
        return HTMLResponse(found, headers={"Content-Security-Policy": MAIL_POLICY, **HEADERS})

    def raw(self, request: Request) -> Response:
        """A mail as it came."""
        return PlainTextResponse(self._mail(request).raw, headers=HEADERS)

    def answer(self, request: Request) -> Response:
        """Have the mail server answer otherwise; not for the page of somebody else."""
        origin = request.headers.get("origin")
        if origin is not None and origin != f"{request.url.scheme}://{request.url.netloc}":
            raise HTTPException(403, "asked by a page of somebody else")
        wanted = next((name for name in ANSWERS if name == request.path_params["answer"]), None)
        if wanted is None:
            raise HTTPException(404, f"one of {', '.join(ANSWERS)}")
        self._postbox.answer = wanted
        return RedirectResponse("/", 303)

    def styled(self, _request: Request) -> Response:
        """The style of the pages."""
        return PlainTextResponse(self._style, media_type="text/css", headers=HEADERS)

    def _mail(self, request: Request) -> Mail:
        mail = self._postbox.read(request.path_params["number"])
        if mail is None:
            raise HTTPException(404, "没有这封邮件，或已清理 · there is no such mail, or it is gone")
        return mail

    def _page(self, title: str, body: str, *, refresh: bool = False) -> Response:
        text = self._template.substitute(title=escape(title), body=body, refresh=REFRESH if refresh else "")
        return HTMLResponse(text, headers={"Content-Security-Policy": POLICY, **HEADERS})


def _control(now: Answer) -> str:
    forms = "".join(
        f'<form method="post" action="/answer/{name}"><button{" disabled" if name == now else ""}>{_both(text)}</button></form>'
        for name, text in BUTTONS.items()
    )
    return f'<div class="control {now}"><p>{_both(STATES[now])}</p>{forms}</div>'


def _listed(postbox: Postbox) -> str:
    mails = postbox.newest(LISTED)
    title = f'<h1>收到的邮件 {len(postbox.numbers())} <small lang="en">mails that came</small></h1>'
    if not mails:
        return f'{title}<p>还没有邮件：提醒在到期时发出。<small lang="en">None yet: reminders go out when they are due.</small></p>'
    return f"{title}<ol>{''.join(map(_row, mails))}</ol>"


def _row(mail: Mail) -> str:
    message = mail.message
    return (
        f'<li><a href="/mails/{mail.number}"><span class="when">{_at(mail)}</span>'
        f'<span class="to">{_header(message, "To")}</span><span class="subject">{_header(message, "Subject")}</span></a></li>'
    )


def _shown(mail: Mail, message: EmailMessage) -> str:
    names = (("收件人 To", "To"), ("发件人 From", "From"), ("编号 Message-ID", "Message-ID"))
    rows = "".join(f"<dt>{label}</dt><dd>{_header(message, name)}</dd>" for label, name in names)
    headers = "\n".join(f"{name}: {value}" for name, value in message.items())
    parts = "\n".join(f"{one.get_content_type()}  {one.get_filename() or ''}".rstrip() for one in message.walk())
    framed = f'<iframe sandbox="allow-popups allow-popups-to-escape-sandbox" src="/mails/{mail.number}/html" title="HTML"></iframe>'
    return f"""<h1>{_header(message, "Subject")}</h1>
<dl><dt>收到 Came</dt><dd>{_at(mail)}</dd>{rows}</dl>
{framed if message.get_body(("html",)) else ""}
<details{"" if message.get_body(("html",)) else " open"}><summary>纯文本 <small lang="en">Plain text</small></summary>
<pre>{escape(_part(message, "plain"))}</pre></details>
<details><summary>信头与各部分 <small lang="en">Headers and parts</small></summary>
<pre>{escape(headers)}

{escape(parts)}</pre></details>
<p><a href="/">全部邮件 <small lang="en">All mails</small></a> · <a href="/mails/{mail.number}/raw">原文 <small lang="en">As it came</small></a></p>"""


def _part(message: EmailMessage, kind: str) -> str:
    """The HTML or the plain text; what cannot be decoded is shown as it can be."""
    body = message.get_body((kind,))
    if body is None:
        return ""
    try:
        return str(body.get_content())
    except (LookupError, ValueError):
        return bytes(body.get_payload(decode=True) or b"").decode("utf-8", "replace")


def _header(message: EmailMessage, name: str) -> str:
    return escape(str(message[name] or "—"))


def _at(mail: Mail) -> str:
    return f"{mail.came_at.astimezone(SHANGHAI):%m-%d %H:%M:%S}"


def _both(text: Text) -> str:
    return f'{escape(text.zh)} <small lang="en">{escape(text.en)}</small>'
