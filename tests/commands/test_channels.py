"""`jieti channels check`: the file is read, every channel tried, and nothing is sent but what was asked for."""

from pathlib import Path

import pytest

from commands.leaving import Code
from tests.commands.conftest import Run

MAIL = "channels:\n  mail: {kind: mail, host: 127.0.0.1, port: 1, tls: none, from: jieti@example.edu.cn}\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A channel file with a mail server that is not there."""
    (tmp_path / "channels.yaml").write_text(MAIL, encoding="utf-8")
    return tmp_path / "channels.yaml"


def test_a_channel_that_is_away_is_told(jieti: Run, file: Path) -> None:
    """The file of the settings, or one that is named: which channel is asked first, what it says, and code 4."""
    for done in (jieti("channels", "check", str(file)), jieti("channels", "check", JIETI_CHANNELS_FILE=str(file))):
        assert done.code == Code.AWAY
        assert "one person is written to by the first of: mail" in done.out
        assert "NOT NOW  mail [not-reached]" in done.out


def test_a_mistake_in_the_file_is_told_at_its_line(jieti: Run, file: Path) -> None:
    """Wrong usage, with file, line and what is allowed."""
    file.write_text(MAIL.replace("kind: mail", "kind: post"), encoding="utf-8")
    done = jieti("channels", "check", str(file))
    assert done.code == Code.WRONG
    assert "channels.yaml:2: 'post' is not a kind of channel" in done.err


def test_a_trial_message_goes_where_it_is_told(jieti: Run, tmp_path: Path) -> None:
    """Only with --send-to is anything sent; without a file that is to the console."""
    sent = jieti("channels", "check", "--send-to", "console=zhangsan", JIETI_DATA_DIR=str(tmp_path))
    assert (sent.code, "console: sent [logged]" in sent.out) == (Code.DONE, True)
    assert "sent" not in jieti("channels", "check", JIETI_DATA_DIR=str(tmp_path)).out.replace("be sent", "")


@pytest.mark.parametrize(
    ("to", "message"),
    [("sms=1", "there is no channel 'sms'; there are mail"), ("mail", "write --send-to mail=ADDRESS")],
)
def test_a_trial_message_that_cannot_be_sent_is_told(jieti: Run, file: Path, to: str, message: str) -> None:
    """A channel that is not there, or an address that lacks; the channels are not even tried."""
    done = jieti("channels", "check", str(file), "--send-to", to)
    assert (done.code, done.out) == (Code.WRONG, "")
    assert message in done.err
