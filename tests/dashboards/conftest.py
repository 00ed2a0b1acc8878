from tests.analytics.conftest import home as home  # noqa: PLC0414 - the fixture, shared
