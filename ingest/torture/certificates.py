"""Certificates of a run: `town`, an authority, its `server` and `sender`, and `stranger` whom it does not know."""

import os
import subprocess
from pathlib import Path

from ingest.torture.clock import Clock

_EARLIER_S = 86400  # who checks them may have a clock that is an hour slow
_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2")


def make(folder: Path, clock: Clock | None) -> bool:
    """Write them into FOLDER, by a CLOCK that is a day slow if there is one. False where there is no openssl."""
    folder.mkdir()
    if clock:
        clock.move(-_EARLIER_S)
    (folder / "names").write_text("subjectAltName=DNS:localhost\n", encoding="ascii")
    try:
        for authority in ("town", "stranger"):
            _openssl(folder, clock, "req", "-x509", *_KEY, "-subj", f"/CN={authority}", *_files(authority))
        for name in ("server", "sender"):
            signed = ("-CA", "town.pem", "-CAkey", "town.key", "-CAcreateserial", "-extfile", "names", "-days", "2")
            _openssl(
                folder,
                clock,
                "req",
                *_KEY[:-2],
                "-subj",
                f"/CN={name}",
                "-keyout",
                f"{name}.key",
                "-out",
                f"{name}.csr",
            )
            _openssl(folder, clock, "x509", "-req", "-in", f"{name}.csr", *signed, "-out", f"{name}.pem")
    except (OSError, subprocess.CalledProcessError):
        return False
    finally:
        if clock:
            clock.move(0)
    return True


def _files(name: str) -> tuple[str, ...]:
    return "-keyout", f"{name}.key", "-out", f"{name}.pem"


def _openssl(folder: Path, clock: Clock | None, *words: str) -> None:
    environment = {**os.environ, **(clock.environment if clock else {})}
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True, env=environment)
