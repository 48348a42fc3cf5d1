"""All that is stored about a person as one page to read and to keep: no script, nothing from elsewhere."""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from domain.calendar import SHANGHAI
from domain.words import FIELDS, VALUES

_PAGE = """<!doctype html>
<html lang="zh-CN"><meta charset="utf-8"><title>个人信息 · Personal data</title>
<style>
body {{ font: 16px/1.6 system-ui, "Noto Sans CJK SC", sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #1b1b1b }}
h1 {{ font-size: 1.5rem }} h2 {{ font-size: 1.15rem; margin-top: 2rem }}
table {{ border-collapse: collapse; width: 100% }}
th, td {{ text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid #ddd }}
th {{ font-weight: 600 }} dl {{ margin: 0 }} dt {{ color: #555; display: inline }} dt::after {{ content: "：" }}
dd {{ display: inline; margin: 0 }} dd::after {{ content: ""; display: block }} small {{ color: #555 }}
</style>
<h1>{name} <small>{number}</small></h1>
<p>系统中保存的全部本人信息，制表时间 {made}。<br>All that is stored about this person, as of {made} (Shanghai).</p>
<p>{state}</p>
<h2>记录 · What is recorded ({count})</h2>
<table><thead><tr><th>日期<br><small>day, version</small></th><th>事项<br><small>what</small></th><th>内容<br><small>says</small></th>
<th>记录<br><small>recorded</small></th></tr></thead><tbody>
{facts}
</tbody></table>
<h2>作为收件人 · As a recipient ({addresses})</h2>
<table><tbody>
{recipient}
</tbody></table>
<h2>查阅记录 · Who has looked ({looked})</h2>
<table><thead><tr><th>时间<br><small>when</small></th><th>查阅人<br><small>who</small></th><th>方式<br><small>through</small></th>
<th>目的<br><small>purpose</small></th><th>可读内容<br><small>readable</small></th></tr></thead><tbody>
{looks}
</tbody></table>
</html>
"""


def page(shown: Any) -> str:
    """Make the page of what `api.subjects.Personal` holds."""
    return _PAGE.format(
        name=escape(shown.name or "—"),
        number=escape(shown.student_no or ""),
        made=_moment(shown.made_at),
        state=_state(shown.state),
        count=len(shown.facts),
        facts="\n".join(_fact(one) for one in shown.facts),
        addresses=len(shown.as_recipient),
        recipient="\n".join(_fact(one) for one in shown.as_recipient) or "<tr><td>—</td></tr>",
        looked=len(shown.looks),
        looks="\n".join(_look(one) for one in shown.looks) or "<tr><td colspan=5>—</td></tr>",
    )


def _state(state: Any) -> str:
    if state.shredded:
        return (
            "个人信息密钥已销毁，密封内容不可再读。<br>The keys were destroyed: what was sealed can no longer be read."
        )
    words = ["已停止处理 · restricted" if state.restricted else "正常 · in use"]
    if state.not_before:
        words.append(f"已申请销毁，{state.not_before} 起可执行 · to be destroyed from {state.not_before} on")
    return "；".join(words)


def _fact(fact: Any) -> str:
    recorded = f"{_moment(fact.recorded_at)}<br><small>{escape(fact.recorded_by)} ({escape(fact.capacity)})</small>"
    what = f"{escape(fact.title)}<br><small>{escape(fact.topic)}</small>"
    day = f"{fact.effective_on}<br><small>{fact.version}</small>"
    return f"<tr><td>{day}</td><td>{what}</td><td>{_says(fact.fields)}</td><td>{recorded}</td></tr>"


def _says(fields: Mapping[str, Any]) -> str:
    rows = (f"<dt>{escape(_named(name))}</dt><dd>{escape(_plain(value))}</dd>" for name, value in fields.items())
    return f"<dl>{''.join(rows)}</dl>"


def _named(name: str) -> str:
    return FIELDS[name][0] if name in FIELDS else name


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Mapping):
        return "，".join(f"{_named(name)} {_plain(one)}" for name, one in value.items())
    if isinstance(value, list | tuple):
        return "、".join(_plain(one) for one in value)
    return VALUES[value][0] if isinstance(value, str) and VALUES.get(value) else str(value)


def _look(look: Any) -> str:
    cells: Iterable[str] = (
        _moment(look.at),
        f"{escape(look.actor)}<br><small>{escape(look.role)}, {escape(look.unit)}</small>",
        escape(look.route),
        escape(look.purpose),
        escape(", ".join(look.opened) or "—"),
    )
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _moment(moment: Any) -> str:
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
