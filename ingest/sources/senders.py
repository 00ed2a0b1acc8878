"""Which source a sender's records become: by the name in its certificate, or by its address."""

import ipaddress
from functools import lru_cache
from typing import Any

from schemas.collectors.syslog import Syslog


class Senders:
    """The senders of one collector's settings. Names are matched whole, addresses by the longest prefix."""

    def __init__(self, settings: Syslog) -> None:
        self.default = settings.source
        self.names: dict[str, str] = {}
        networks = []
        for sender, source in settings.senders.items():
            try:
                networks.append((ipaddress.ip_network(sender), source))
            except ValueError:
                self.names[sender.lower()] = source
        self._networks = sorted(networks, key=lambda each: -each[0].prefixlen)
        self.by_address = lru_cache(65_536)(self._by_address)  # a flood of forged addresses must not fill the memory

    def _by_address(self, host: str) -> str | None:
        address = ipaddress.ip_address(host)
        if isinstance(address, ipaddress.IPv6Address):
            address = address.ipv4_mapped or address
        found = (source for network, source in self._networks if address in network)
        return next(found, self.default)

    def by_certificate(self, certificate: dict[str, Any] | None, host: str) -> str | None:
        """The source, or None for a sender that nothing names. CERTIFICATE: as `ssl.SSLSocket.getpeercert` gives it."""
        for name in _names(certificate or {}):
            if source := self.names.get(name.lower()):
                return source
        return self.by_address(host)


def called(certificate: dict[str, Any] | None, host: str) -> str:
    """What evidence calls the sender: the name in its certificate, else its address."""
    return next(iter(_names(certificate or {})), host)


def _names(certificate: dict[str, Any]) -> list[str]:
    """The DNS names of a certificate; the common name counts only where there are none (RFC 6125)."""
    names = [str(value) for kind, value in certificate.get("subjectAltName", ()) if kind == "DNS"]
    common = [str(value) for part in certificate.get("subject", ()) for key, value in part if key == "commonName"]
    return names or common
