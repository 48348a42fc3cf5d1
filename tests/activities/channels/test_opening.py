"""The channel file: every mistake at its line with what is allowed, no secret in any of them, and what it opens."""

import base64
from pathlib import Path

import pytest

from activities.channels.opening import KINDS, open_channels, read_channels
from domain.spot import RulebookError
from runtime.clock import now
from tests.activities.channels.conftest import counts, letter
from tests.gateways import ROBOT, WEBHOOK_SECRET, Gateway, MailHouse

ROOT = Path(__file__).parents[3]
TOP_SECRET = "geheim-8d777f38"

GOOD = f"""\
prefer: [mail]
channels:
  mail:
    kind: mail
    host: smtp.example.edu.cn
    from: 组织部 <jieti@example.edu.cn>
    user: jieti
    password: {TOP_SECRET}
  group:
    kind: dingtalk-robot
    url: https://oapi.dingtalk.com/robot/send?access_token={TOP_SECRET}
    secret: {TOP_SECRET}
  wecom:
    kind: wecom-app
    corp_id: ww1
    agent_id: 7
    secret: {TOP_SECRET}
  portal:
    kind: webhook
    url: https://portal.example.edu.cn/{TOP_SECRET}
    secret: {WEBHOOK_SECRET}
  sms:
    kind: apprise
    url: tgram://123456789:{"a" * 35}/{{to}}
"""

MISTAKES = [
    ("kind: mail\n", "kind: post\n", 4, "'post' is not a kind of channel; allowed here"),
    ("    kind: mail\n", "", 4, "kind must be given here"),
    ("    host: smtp.example.edu.cn\n", "", 4, "host must be given here"),
    ("host: smtp.example.edu.cn", "hots: smtp.example.edu.cn", 5, "'hots' is unknown here; allowed: kind, host, from"),
    ("host: smtp.example.edu.cn", "host: smtp.example.edu.cn/x y", 5, "the name of a machine"),
    ("from: 组织部 <jieti@example.edu.cn>", "from: 组织部", 6, "a mail address like"),
    ("    password: geheim-8d777f38\n", "", 7, "user and password belong together"),
    ("    user: jieti\n", "    user: jieti\n    tls: none\n", 8, "a password is not sent without TLS"),
    ("    user: jieti\n", "    user: jieti\n    tls: ssl\n", 8, "'ssl' is not a tls; allowed here"),
    ("    user: jieti\n", "    user: jieti\n    port: 70000\n", 8, "a number from 1 to 65535"),
    ("    user: jieti\n", "    user: jieti\n    port: many\n", 8, "'many' is not a number"),
    ("    user: jieti\n", "    user: jieti\n    ca: lost.pem\n", 8, "there is no file"),
    ("    user: jieti\n", "    user: jieti\n    ca: channels.yaml\n", 8, "holds no certificates in PEM"),
    ("password: geheim-8d777f38", "password: {file: lost}", 8, "there is no file"),
    ("password: geheim-8d777f38", "password: {path: lost}", 8, "'path' is unknown here; allowed: file"),
    ("password: geheim-8d777f38", "password: [geheim-8d777f38, b]", 8, "one secret is expected here"),
    ("url: https://oapi", "url: http://oapi", 11, "begins with https:// is expected here"),
    (
        "url: https://oapi.dingtalk.com/robot",
        "url: oapi.dingtalk.com/robot",
        11,
        "begins with https:// is expected here",
    ),
    ("url: https://oapi.dingtalk.com", "url: https://0177.0.0.1", 11, "an address like https://"),
    ("url: https://oapi.dingtalk.com", "url: https://a:b@oapi.dingtalk.com", 11, "without a user"),
    ("agent_id: 7", "agent_id: seven", 16, "'seven' is not a number"),
    (WEBHOOK_SECRET, base64.b64encode(b"short").decode(), 21, "whsec_ and 24 to 64 bytes in base64"),
    ("tgram://", "nosuchservice://", 24, "Apprise does not understand this address"),
    ("tgram://", "wecombot://", 24, "there is the kind wecom-robot"),
    ("tgram://", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=", 24, "there is the kind wecom-robot"),
    ("tgram://", "ntfys://everybody, tgram://", 24, "or takes it for several"),
    ("tgram://", "jsons://", 24, "there is the kind webhook"),
    ("  sms:\n", "  pigeon:\n", 23, "what reaches one person is called mail, wecom"),
    ("prefer: [mail]", "prefer: [fax]", 1, "'fax' is not a channel of this file"),
    ("prefer: [mail]", "prefer: [mail, mail]", 1, "'mail' stands here twice"),
    ("prefer: [mail]", "prefer: [group]", 1, "'group' is read by a group"),
    ("prefer: [mail]", "internal: [10.0.0.0/8, here]", 1, "'here' is not a network"),
    ("prefer: [mail]", "timeout: 3", 1, "'timeout' is unknown here; allowed: prefer, internal, channels"),
    ("  group:\n", "  mail:\n", 9, "'mail' stands here twice"),
    ("channels:\n", "channels: none\n", 2, "this is not YAML"),
]


@pytest.mark.parametrize(
    ("old", "new", "line", "message"), MISTAKES, ids=[f"{n} {one[3][:30]}" for n, one in enumerate(MISTAKES)]
)
def test_a_mistake_is_told_at_its_line(tmp_path: Path, old: str, new: str, line: int, message: str) -> None:
    """The file, the line, and what is allowed there; never what is secret."""
    assert old in GOOD
    file = tmp_path / "channels.yaml"
    file.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RulebookError, match=r"channels\.yaml") as error:
        read_channels(file, now)
    assert message in str(error.value)
    assert f"channels.yaml:{line}:" in str(error.value) or "YAML" in message
    assert TOP_SECRET not in str(error.value)


def test_what_is_no_text_is_told(tmp_path: Path) -> None:
    """A file in another encoding, an empty one, one that is gone."""
    file = tmp_path / "channels.yaml"
    for content in (b"\xff\xfe", b"", None):
        file.unlink(missing_ok=True)
        if content is not None:
            file.write_bytes(content)
        with pytest.raises(RulebookError, match=r"channels\.yaml"):
            read_channels(file, now)


def test_the_order_is_the_preferred_ones_first(tmp_path: Path) -> None:
    """Whoever asks for the channels gets them in the order in which one person's addresses are tried."""
    file = tmp_path / "channels.yaml"
    file.write_text(GOOD.replace("[mail]", "[wecom, mail]"), encoding="utf-8")
    opened = read_channels(file, now)
    assert list(opened) == ["wecom", "mail", "group", "portal", "sms"]
    assert [name for name, channel in opened.items() if channel.group] == ["group"]
    assert TOP_SECRET not in repr(opened)
    assert TOP_SECRET not in str([vars(one).get("_server") for one in opened.values()])


def test_the_sample_file_is_right(tmp_path: Path) -> None:
    """It can be copied as it stands, and shows every kind there is."""
    text = (ROOT / "channels.example.yaml").read_text(encoding="utf-8")
    (tmp_path / "channels.yaml").write_text(text, encoding="utf-8")
    for name in ("smtp-password", "wecom-app-secret", "dingtalk-robot-secret", "feishu-robot-secret"):
        (tmp_path / name).write_text("secret\n", encoding="utf-8")
    for name in ("portal-key-2026", "portal-key-2027"):
        (tmp_path / name).write_text(WEBHOOK_SECRET, encoding="utf-8")
    for name in ("wecom-robot-url", "dingtalk-robot-url", "feishu-robot-url"):
        (tmp_path / name).write_text("https://gateway.example/robot?key=1\n", encoding="utf-8")
    assert list(read_channels(tmp_path / "channels.yaml", now))[:2] == ["wecom", "mail"]
    assert [kind for kind in KINDS if f"kind: {kind}\n" not in text] == ["console"]


async def test_without_a_file_there_is_the_console(caplog: pytest.LogCaptureFixture) -> None:
    """A letter is a line of the log, and is accepted; the line names nobody."""
    caplog.set_level("INFO")
    async with open_channels(None, now) as opened:
        (console,) = opened.values()
        delivery = await console.send("zhangsan", letter("letter-1"))
    assert (delivery.outcome, delivery.code, list(opened)) == ("accepted", "logged", ["console"])
    assert "letter-1" in caplog.text
    assert "zhangsan" not in caplog.text


async def test_what_is_opened_sends(tmp_path: Path, house: MailHouse, chats: Gateway) -> None:
    """A file that allows this machine: mail arrives, a group is told, and both are closed at the end."""
    (tmp_path / "robot").write_text(chats.url(f"/cgi-bin/webhook/send?key={ROBOT}"), encoding="utf-8")
    (tmp_path / "channels.yaml").write_text(
        f"""\
internal: [127.0.0.1]
channels:
  mail: {{kind: mail, host: 127.0.0.1, port: {house.port}, tls: none, from: jieti@example.edu.cn}}
  group: {{kind: wecom-robot, url: {{file: robot}}}}
""",
        encoding="utf-8",
    )
    async with open_channels(tmp_path / "channels.yaml", now) as opened:
        assert (await opened["mail"].send("zhangsan@example.edu.cn", letter())).outcome == "accepted"
        assert (await opened["group"].send("", counts())).outcome == "accepted"
        assert [(await one.check()).outcome for one in opened.values()] == ["accepted", "accepted"]
    assert len(house.received) == len(chats.told) == 1


async def test_a_file_that_does_not_say_so_reaches_nothing_inside(tmp_path: Path, chats: Gateway) -> None:
    """Without `internal` a webhook of this machine is refused, whatever it would answer."""
    text = f"channels:\n  portal: {{kind: webhook, url: {chats.url('/hook')}, secret: {WEBHOOK_SECRET}}}\n"
    (tmp_path / "channels.yaml").write_text(text, encoding="utf-8")
    async with open_channels(tmp_path / "channels.yaml", now) as opened:
        for delivery in (await opened["portal"].send("2026001", letter()), await opened["portal"].check()):
            assert (delivery.outcome, delivery.code) == ("refused", "internal-address")
    assert chats.asked == []
