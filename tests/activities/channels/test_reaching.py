"""Where a channel may go: never inside the house, whatever a name, a redirect or a second look-up says."""

import ipaddress
from collections.abc import Sequence
from ipaddress import ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.channels.reaching import Failed, Web, inside
from tests.activities.channels.conftest import HERE
from tests.gateways import Gateway, gateway

INSIDE = [
    "127.0.0.1",
    "127.8.9.1",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.5.4",
    "192.168.1.1",
    "169.254.169.254",
    "100.100.100.200",
    "100.64.0.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "198.18.0.1",
    "::1",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd00:ec2::254",
    "fec0::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:a9fe:a9fe",
    "::127.0.0.1",
    "64:ff9b::169.254.169.254",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "2001:db8::1",
    "::ffff:0:127.0.0.1",
    "64:ff9b:1::7f00:1",
    "2400:3200::5efe:7f00:1",
    "2400:3200::200:5efe:a00:1",
]
OUTSIDE = ["1.2.4.8", "223.5.5.5", "2400:3200::1", "::ffff:223.5.5.5", "64:ff9b::223.5.5.5"]


class Names:
    """A resolver that answers with one list of addresses after another, and counts how often it was asked."""

    def __init__(self, *answers: Sequence[str]) -> None:
        """The last answer is given for ever."""
        self.answers, self.asked = list(answers), 0

    async def __call__(self, _host: str, _port: int) -> Sequence[str]:
        """Answer."""
        self.asked += 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.mark.parametrize("address", INSIDE)
def test_addresses_inside_are_known_in_every_form(address: str) -> None:
    """Loopback, private, link-local with the clouds' secrets, multicast, and IPv6 forms that only wrap one of them."""
    assert inside(address)


@pytest.mark.parametrize("address", OUTSIDE)
def test_addresses_outside_are_asked(address: str) -> None:
    """Public addresses are no exception to anything."""
    assert inside(address) is None


@given(st.ip_addresses(v=4), st.sampled_from(["::ffff:{}", "64:ff9b::{}", "::{}", "2400::5efe:{}"]))
def test_wrapping_changes_nothing(address: ipaddress.IPv4Address, form: str) -> None:
    """An IPv4 address is inside or not, in whatever IPv6 form it comes."""
    if int(address) > 1:
        assert bool(inside(form.format(address))) == bool(inside(str(address)))


async def failed(web: Web, url: str) -> Failed:
    """Ask, be refused, and tell why."""
    try:
        with pytest.raises(Failed) as caught:
            await web.post(url, b"{}")
    finally:
        await web.close()
    return caught.value


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f000001", "localhost"])
async def test_this_machine_is_not_asked_in_whatever_form_it_is_written(chats: Gateway, host: str) -> None:
    """It is looked at what a name becomes, not at what it looks like."""
    error = await failed(Web(), chats.url("/hook", host))
    assert (error.delivery.outcome, error.delivery.code) == ("refused", "internal-address")
    assert "never asked" in error.delivery.detail
    assert chats.asked == []


async def test_a_name_with_one_inner_address_is_refused_as_a_whole(chats: Gateway) -> None:
    """The order of a name's addresses is not ours to choose."""
    error = await failed(Web(HERE, resolve=Names(["127.0.0.1", "10.1.2.3"])), chats.url("/hook", "hook.example"))
    assert error.delivery.code == "internal-address"
    assert "10.1.2.3" in error.delivery.detail
    assert chats.asked == []


async def test_what_was_looked_at_is_what_is_connected_to(chats: Gateway) -> None:
    """The name is resolved once: an answer that changes in between reaches nobody else. The name is told to them."""
    names = Names(["127.0.0.1"], ["169.254.169.254"])
    web = Web(HERE, resolve=names)
    await web.post(chats.url("/nothing", "hook.example"), b"{}")
    await web.close()
    assert names.asked == 1
    assert chats.asked[0].headers["host"] == f"hook.example:{chats.port}"


async def test_a_name_that_turns_inside_is_refused_at_the_next_message(chats: Gateway) -> None:
    """Every message looks anew, also where a connection is still open."""
    web = Web(HERE, resolve=Names(["127.0.0.1"], ["192.168.7.7"]))
    await web.post(chats.url("/nothing", "hook.example"), b"{}")
    assert (await failed(web, chats.url("/nothing", "hook.example"))).delivery.code == "internal-address"
    assert len(chats.asked) == 1


@pytest.mark.parametrize("address", ["169.254.169.254", "fe80::1", "224.0.0.1", "0.0.0.0", "::ffff:169.254.169.254"])
async def test_some_addresses_no_exception_allows(address: str) -> None:
    """Where machines find their own secrets, nobody is sent, even if the file lists everything."""
    everything = (ip_network("0.0.0.0/0"), ip_network("::/0"))
    error = await failed(Web(everything, resolve=Names([address])), "https://hook.example/")
    assert error.delivery.code == "internal-address"


async def test_the_next_address_is_tried() -> None:
    """Where one of a name's addresses takes no connection, another may."""
    async with gateway() as chats:
        web = Web((*HERE, ip_network("::1")), resolve=Names(["::1", "127.0.0.1"]))
        answer = await web.post(chats.url("/nothing", "hook.example"), b"{}")
        await web.close()
    assert answer.status == 404


async def test_an_unknown_name_is_later() -> None:
    """A name server that is away is no refusal."""

    async def nobody_knows(_host: str, _port: int) -> Sequence[str]:
        raise OSError

    error = await failed(Web(resolve=nobody_knows), "https://hook.example/")
    assert (error.delivery.outcome, error.delivery.code) == ("later", "no-address")


async def test_certificates_are_checked_against_the_name(tmp_path: Path) -> None:
    """The address is connected to, and the certificate is the name's: another name's, or an unknown one, is no answer."""
    async with gateway(tls_in=tmp_path) as chats:
        for host, ca, outcome in (
            ("hook.example", chats.certificate, None),
            ("other.example", chats.certificate, "later"),
            ("hook.example", None, "later"),
        ):
            web = Web(HERE, ca=ca, resolve=Names(["127.0.0.1"]))
            reached = await web.reach(chats.url("/hook", host))
            assert (reached.outcome == "accepted") == (outcome is None)
            if outcome:
                assert (await failed(web, chats.url("/hook", host))).delivery.outcome == outcome
            else:
                assert (await web.post(chats.url("/nothing", host), b"{}")).status == 404
                await web.close()
