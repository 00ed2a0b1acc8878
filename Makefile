# Two commands for a new user: `make run` and `make test`. Each does its own set-up.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test check screenshots bench bench-stream bench-syslog bench-sigma bench-detect bench-serve soak lock clean

run: .venv/installed
	$(BIN)/sparhund demo

test: .venv/installed-dev
	deploy/test-programs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/sparhund check
	$(BIN)/pytest --ignore tests/programs
	# These share the machine's accounts, sockets and audit rules.
	$(BIN)/pytest -n 0 tests/programs

check: .venv/installed-dev
	$(BIN)/sparhund check

bench: .venv/installed-dev
	$(BIN)/uv pip install --quiet --require-hashes -r requirements-bench.lock
	$(BIN)/python -m tests.bench

# Logprep, the peer, wants versions of its own.
bench-stream: .venv/installed-dev
	$(BIN)/uv venv --quiet --allow-existing .venv/logprep
	$(BIN)/uv pip install --quiet --require-hashes --python .venv/logprep -r requirements-logprep.lock
	BENCH_LOGPREP=.venv/logprep/bin/logprep $(BIN)/python -W ignore -m tests.bench.stream

# Syslog over TLS into the spool, beside rsyslog that writes a file.
bench-syslog: .venv/installed-dev
	deploy/test-programs
	$(BIN)/python -W ignore -m tests.bench.syslog

# A made-up municipality with planted misuse, judged. `DETECT="--people 500 --days 40"` makes a smaller one.
bench-detect: .venv/installed-dev
	$(BIN)/uv venv --quiet --allow-existing .venv/pyod
	$(BIN)/uv pip install --quiet --require-hashes --python .venv/pyod -r requirements-pyod.lock
	BENCH_PYOD=.venv/pyod/bin/python $(BIN)/python -W ignore -m tests.bench.detect $(DETECT)

# 300 and 3,000 Sigma rules over ten million events. `SIGMA="--events 1000000"` makes it smaller.
bench-sigma: .venv/installed-dev
	$(BIN)/python -W ignore -m tests.bench.sigma $(SIGMA)

# Pages and API over ten million events while records come in. `SERVE="1000000 30"` makes it smaller.
bench-serve: .venv/installed-dev
	$(BIN)/python -W ignore -m tests.bench.serve $(SERVE)

# A lake of 400 days and 100,000 commits, held to the truth: some hours. `SOAK="--commits 2000"` makes a young one.
soak: .venv/installed-dev
	$(BIN)/python -m tests.soak $(SOAK)

# Pictures of the pages for the README.
screenshots: .venv/installed-dev
	deploy/test-programs
	$(BIN)/python -W ignore -m tests.screenshots

# The versions in force. Run after a change in pyproject.toml.
lock: .venv/bin/python
	$(BIN)/pip install --quiet uv==0.13.9
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra dev pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra bench pyproject.toml -o requirements-bench.lock
	echo "logprep==21.1.0" | $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header - -o requirements-logprep.lock
	echo "pyod==3.6.7" | $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header - -o requirements-pyod.lock

.venv/bin/python:
	$(PYTHON) -m venv .venv

# One environment for both commands: what is locked is what is tested.
.venv/installed-dev .venv/installed: requirements.lock pyproject.toml | .venv/bin/python
	$(BIN)/pip install --quiet uv==0.13.9
	$(BIN)/uv pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --no-deps -e .
	touch .venv/installed .venv/installed-dev

clean:
	rm -rf .venv build demo *.egg-info
