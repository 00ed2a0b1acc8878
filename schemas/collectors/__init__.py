"""Collectors: what listens to senders or asks systems, a dataclass for each kind. Section [collect.NAME]."""

from schemas.collectors.base import Collector
from schemas.collectors.database import Database
from schemas.collectors.microsoft import Graph, ManagementActivity
from schemas.collectors.syslog import Relp, SyslogTcp, SyslogUdp
from schemas.collectors.web import ElasticsearchBulk, Http

# The word after `kind =`, and what its section holds.
KINDS: dict[str, type[Collector]] = {
    "syslog_udp": SyslogUdp,
    "syslog_tcp": SyslogTcp,
    "relp": Relp,
    "http": Http,
    "elasticsearch_bulk": ElasticsearchBulk,
    "management_activity": ManagementActivity,
    "graph": Graph,
    "database": Database,
}
