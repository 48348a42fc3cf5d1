"""The pages that letters and calendars lead to: what a step is, which facts take it, and how to stop reminders.

They say what the rulebooks say and load no path: whoever has only the address learns nothing of anybody.
"""

from html import escape
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path
from starlette.responses import HTMLResponse, Response

from api.answers import BASE
from api.house import InHouse
from api.problems import NotFound
from api.rights import who_may
from domain.rulebook import Edition, StepRules
from domain.rulewords import ROLES
from domain.sources import say_sources, titles_of
from domain.termrules import Job
from domain.words import Text, of_kind

router = APIRouter(tags=["letters"])

POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
HEADERS = {"Content-Security-Policy": POLICY}

STYLE = """
:root { color-scheme: light dark }
body { font: 16px/1.6 system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; max-width: 44rem;
  margin: 0 auto; padding: 1.25rem 1rem 3rem; color: light-dark(#1c1e21, #e8eaed); background: light-dark(#fff, #17191c) }
h1 { font-size: 1.35rem; line-height: 1.35; margin: .5rem 0 0 } h2 { font-size: 1.05rem; margin: 1.75rem 0 .25rem }
p, ul, pre { margin: .25rem 0 } small, .faint { color: light-dark(#5a6068, #a9b0b8) }
code, pre { font: .85rem/1.5 ui-monospace, Consolas, monospace; overflow-wrap: anywhere; white-space: pre-wrap }
pre { padding: .6rem .75rem; border-radius: 6px; background: light-dark(#f3f4f6, #22262b) }
li { margin: .35rem 0 } a { color: light-dark(#0b57a4, #8ab4f8) }
"""

_PAGE = """<!doctype html>
<html lang="zh-Hans"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><style>{style}</style>
{body}
</html>
"""

_STOP = """<h2>怎样不再收到提醒 <small>How to stop it</small></h2>
<ul>
<li>办理并登记；已经办理的，按实际日期登记（<code>mode=record</code>，写明理由）。<br>
<small>Do it and record it. What was done already is recorded with its day, and why it was not asked for before.</small></li>
<li>暂缓：登记 <code>reminder-snoozed</code>，写明事项、截至日期和理由。<br>
<small>Snooze it: record <code>reminder-snoozed</code> with the obligation, until when, and why.</small></li>
<li>联系方式或职务有变：登记 <code>address-given</code>，或告知组织部门。<br>
<small>Another address or post: record <code>address-given</code>, or tell the organisation department.</small></li>
</ul>
"""


@router.get("/paths/{path_id}/steps/{step}", operation_id="explain_act", response_class=HTMLResponse)
async def explain_act(path_id: UUID, step: Annotated[str, Path(max_length=40)], house: InHouse) -> Response:
    """What a letter's link leads to: the step, its rules, and every fact that takes it, with where to record it."""
    books = house.desk.rulebooks
    edition = books.on(house.today)
    found = next((one for one in books.steps_of(edition) if one.step.id == step), None)
    if found is None:
        raise NotFound(f"{edition.name} has no step {step[:40]!r}")
    said = say_sources(found.sources, titles_of(books.editions))
    return _page(found.step.title.zh, _step(found, edition, said, path_id))


@router.get("/terms/{term_id}/jobs/{job}", operation_id="explain_job", response_class=HTMLResponse)
async def explain_job(term_id: UUID, job: Annotated[str, Path(max_length=80)], house: InHouse) -> Response:
    """What a letter's link leads to where a unit owes something in a term."""
    terms = house.desk.rulebooks.policy.terms
    found = next((one for one in terms.jobs if one.id == job), None) if terms else None
    if found is None:
        raise NotFound(f"the policy has no job {job[:80]!r} of a term")
    return _page(found.text.zh, _job(found, str(term_id)))


@router.get("/reminders", operation_id="explain_reminders", response_class=HTMLResponse)
async def explain_reminders() -> Response:
    """What the other link of a letter leads to: where all that is owed is read, followed and stopped."""
    body = f"""<h1>待办与提醒 <small>What is owed, and reminders</small></h1>
<h2>查看全部 <small>See all of it</small></h2>
<p>一条历程：<code>GET {BASE}/paths/{{path_id}}/next</code>，<code>GET {BASE}/paths/{{path_id}}/calendar</code>。
本单位：<code>GET {BASE}/paths?sort=due&amp;state=open</code>；已发和将发的提醒：<code>GET {BASE}/reminders</code>。</p>
<pre>jieti path PATH
jieti calendar PATH
jieti reminders list
jieti reminders due --on DAY</pre>
<h2>订阅到日历 <small>Follow it in your calendar</small></h2>
<p><code>POST {BASE}/calendars</code> 给出一个保密地址，只显示一次，可随时停用。<br>
<small>It answers a secret address, once; it can be closed at any time.</small></p>
{_STOP}<p><a href="/docs">/docs</a></p>"""
    return _page("待办与提醒", body)


def _page(title: str, body: str) -> Response:
    return HTMLResponse(_PAGE.format(title=escape(title), style=STYLE, body=body), headers=HEADERS)


def _step(found: StepRules, edition: Edition, said: Text, path_id: UUID) -> str:
    step = found.step
    number = str(path_id)[:8]
    completing = tuple(dict.fromkeys(ref.topic for ref in step.done_by))
    beside = "、".join(f"<code>{escape(topic)}</code>" for topic in found.topics if topic not in completing)
    parts = [
        f'<p class="faint">{escape(step.id)} · 历程编号 {number} · path no. {number}</p>',
        f"<h1>{_both(step.title)}</h1>",
        f"<p>{_both(_role(step.acts))}</p>",
        "<h2>依据 <small>Rules</small></h2>",
        f"<p>{_both(said if found.sources else edition.title)}</p>",
        f'<p class="faint">{escape(", ".join(found.sources))}：{escape("、".join(found.ids))}</p>' if found.ids else "",
        "<h2>登记 <small>Record it</small></h2>",
        "<p>登录后登记下列之一。<br><small>Signed in, record one of these.</small></p>",
        "<ul>",
        *(_way(topic, path_id) for topic in completing),
        "</ul>",
        f'<p class="faint">同属此步骤 <small>Of this step too</small>：{beside}</p>' if beside else "",
        _STOP,
        '<p><a href="/reminders">待办与提醒</a> · <a href="/docs">/docs</a></p>',
    ]
    return "\n".join(part for part in parts if part)


def _way(topic: str, path_id: UUID) -> str:
    name = of_kind(topic)
    roles = ", ".join(who_may(topic)) or "—"
    return (
        f"<li>{_both(name)}<br><small>{escape(roles)}</small>"
        f"<pre>POST {BASE}/paths/{path_id}/facts/{topic}\njieti record {topic} --path {path_id} --on DAY</pre></li>"
    )


def _job(job: Job, term_id: str) -> str:
    ways = "".join(f"<li>{_both(of_kind(ref.topic))}<pre>{escape(ref.topic)}</pre></li>" for ref in job.until)
    return f"""<p class="faint">{escape(job.id)} · {term_id[:8]}</p>
<h1>{_both(job.text)}</h1>
<p>{_both(_role(job.owed_by))}</p>
<h2>依据 <small>Rules</small></h2>
<p>{_both(say_sources(job.sources, {}))}</p>
<h2>登记 <small>Record it</small></h2>
<ul>{ways}</ul>
{_STOP}<p><a href="/reminders">待办与提醒</a> · <a href="/docs">/docs</a></p>"""


def _role(role: str) -> Text:
    return ROLES.get(role) or Text(role, role)


def _both(text: Text) -> str:
    return f'{escape(text.zh)} <small lang="en">{escape(text.en)}</small>'
