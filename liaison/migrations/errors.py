"""What can be wrong with the version of a database's tables."""

from __future__ import annotations

from liaison.protocol.errors import LiaisonError


class SchemaBehind(LiaisonError):  # noqa: N818 - named for the state
    """The database was made by an older version of this program."""

    code = "database.schema-behind"
    next_step = "Make a backup with `liaison backup`, then run `liaison database upgrade`."


class SchemaAhead(LiaisonError):  # noqa: N818 - named for the state
    """The database was upgraded by a newer version of this program; this version must not touch it."""

    code = "database.schema-ahead"
    next_step = "Install that newer version, or restore a backup from before the upgrade; there is no way back."


class SchemaUnknown(LiaisonError):  # noqa: N818 - named for the state
    """The database holds tables of a node but no record of their version."""

    code = "database.schema-unknown"
    next_step = "Point the node at an empty database, or restore a backup made by `liaison backup`."


class MigrationsMissing(LiaisonError):  # noqa: N818 - named for the state
    """An installed package announces migrations that are not there."""

    code = "database.migrations-missing"
    next_step = "Install the package whole; the revisions come with it."
