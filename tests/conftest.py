import os
import shutil
from collections import Counter
from pathlib import Path

import pytest
from schemathesis.pytest.plugin import SchemathesisFunction

# What must be there for a test marked `program(name)`; programs that act on accounts need root besides.
PROGRAMS: dict[str, tuple[str, ...]] = {
    "sshd": ("/usr/sbin/sshd", "ssh"),
    "sudo": ("sudo",),
    "auditd": ("/usr/sbin/auditd", "/usr/sbin/auditctl"),
    "samba": ("/usr/sbin/smbd", "smbclient", "smbpasswd", "/usr/lib/*/samba/vfs/full_audit.so"),
    "postgresql": ("/usr/lib/postgresql/15/bin/postgres", "/usr/lib/postgresql/15/lib/pgaudit.so"),
    "rsyslog": ("rsyslogd", "/usr/lib/*/rsyslog/omrelp.so", "/usr/lib/*/rsyslog/lmnsd_gtls.so"),
    "nginx": ("nginx",),
    "apache2": ("apache2",),
    "evtxexport": ("evtxexport",),
    "rsyslog-kafka": ("rsyslogd", "/usr/lib/*/rsyslog/omkafka.so"),
    "prometheus": ("prometheus", "promtool"),
    "systemd": ("systemd-analyze",),
    "chromium": ("chromium",),
    "rsyslog-elasticsearch": ("rsyslogd", "/usr/lib/*/rsyslog/omelasticsearch.so"),
}
NEEDS_ROOT = {"sshd", "sudo", "auditd", "samba", "postgresql"}
_SBIN = "/usr/local/sbin:/usr/sbin:/sbin"

os.environ["PATH"] = f"{os.environ.get('PATH', os.defpath)}:{_SBIN}"


def lacks(program: str) -> str | None:
    """Why PROGRAM can't be run here, or None."""
    if program in NEEDS_ROOT and os.geteuid() != 0:
        return f"{program} (needs root)"
    for path in PROGRAMS.get(program, (program,)):
        found = any(Path("/").glob(path[1:])) if path.startswith("/") else shutil.which(path)
        if not found:
            return program
    return None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Errors: UsageError for two tests of one id: of those xdist runs the first alone, and says nothing."""
    for item in items:
        if isinstance(item, SchemathesisFunction):  # since pytest 9.2 the id lacks what stands in the name
            item._id = item.parent.id.child(item.name)
    if twice := [nodeid for nodeid, number in Counter(item.nodeid for item in items).items() if number > 1]:
        raise pytest.UsageError(f"{len(twice)} ids are those of several tests: {twice[0]}")
    for item in items:
        for mark in item.iter_markers("program"):
            if reason := lacks(mark.args[0]):
                item.add_marker(pytest.mark.skip(reason=f"program missing: {reason}"))


def pytest_terminal_summary(terminalreporter) -> None:
    reasons = {
        report.longrepr[2]
        for report in terminalreporter.stats.get("skipped", [])
        if "program missing" in str(report.longrepr)
    }
    if reasons:
        names = ", ".join(sorted(reason.split("program missing: ")[1] for reason in reasons))
        terminalreporter.write_line(
            f"!!! NOT TESTED, programs missing: {names}. deploy/test-programs installs them.", red=True, bold=True
        )


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where a skip is a failure (.ci/run), it is one."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if (
        os.environ.get("SPARHUND_SKIPS") == "fail"
        and reporter
        and reporter.stats.get("skipped")
        and not session.exitstatus
    ):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
