class SparhundError(Exception):
    """The base of every error that a command turns into one line and exit code 2.

    Its text names the place and the reason, never a value from a record: values are personal data, and errors end up in
    logs.
    """


class FieldError(SparhundError):
    """One field of something given to us can't be taken.

    Attributes: `place` (a file, a row, a setting), `field` and `reason`, so that callers branch on data and not on the
    text.
    """

    def __init__(self, place: str, field: str, reason: str) -> None:
        super().__init__(f"{place}: {field}: {reason}")
        self.place = place
        self.field = field
        self.reason = reason


class SettingsError(FieldError):
    """The configuration file, the asset register, or a people or context table is wrong; nothing of it was loaded."""


class SqlFileError(FieldError):
    """An SQL file or its cases do not follow the one format (`schemas.sqlfile`)."""


class MappingError(SparhundError):
    """A mapping is wrong (a column of another type, a record lost or event and reject at once). The run stops."""


class DecodeError(SparhundError):
    """A stream can't be read further (truncated, damaged). What came before it is kept."""


class LakeError(SparhundError):
    """The lake can't be used: missing, read-only, full, or written by a newer version."""


class MovedError(LakeError):
    """A file that was listed can't be read: compaction has removed it since. Who asks again finds the others."""


class QuestionError(FieldError):
    """A question can't be asked so: no such question, or a parameter that is unknown, missing or of another type."""


class LimitError(SparhundError):
    """An answer would take more time, memory or rows than it may. What is asked must be narrowed."""
