"""Certificates of a run: `town`, an authority, its `server` and `sender`, and `stranger` whom it does not know."""

import subprocess
from pathlib import Path

_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2")


def make(folder: Path) -> bool:
    """Write them into FOLDER. False where there is no openssl."""
    folder.mkdir()
    (folder / "names").write_text("subjectAltName=DNS:localhost\n", encoding="ascii")
    try:
        for authority in ("town", "stranger"):
            _openssl(folder, "req", "-x509", *_KEY, "-subj", f"/CN={authority}", *_files(authority))
        for name in ("server", "sender"):
            signed = ("-CA", "town.pem", "-CAkey", "town.key", "-CAcreateserial", "-extfile", "names", "-days", "2")
            _openssl(folder, "req", *_KEY[:-2], "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
            _openssl(folder, "x509", "-req", "-in", f"{name}.csr", *signed, "-out", f"{name}.pem")
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def _files(name: str) -> tuple[str, ...]:
    return "-keyout", f"{name}.key", "-out", f"{name}.pem"


def _openssl(folder: Path, *words: str) -> None:
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)
