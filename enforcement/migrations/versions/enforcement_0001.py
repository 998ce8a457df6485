"""The customs field's tables as first released."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from enforcement.migrations.begun_files import make_begun_table
from enforcement.migrations.codelist_proposals import make_proposal_table
from enforcement.migrations.duplicates import make_duplicate_tables
from enforcement.migrations.facts_0001 import make_fact_tables
from enforcement.migrations.keyed import make_keyed_tables
from enforcement.migrations.notices_0001 import make_notice_tables
from enforcement.migrations.outward import make_outward_tables
from enforcement.migrations.papers import make_paper_table
from enforcement.migrations.places import make_place_tables
from enforcement.migrations.ports import make_port_tables
from enforcement.migrations.quality_0001 import make_quality_tables
from enforcement.migrations.releases import make_release_tables
from enforcement.migrations.replaced import make_replaced_table
from enforcement.migrations.rule_switches import make_switch_tables
from enforcement.migrations.searches import make_search_tables
from enforcement.migrations.unfinished import make_unfinished_table
from enforcement.migrations.verification import make_verification_tables

revision = "enforcement_0001"
down_revision = None
branch_labels = ("enforcement",)
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite counts by itself only an INTEGER PRIMARY KEY


def upgrade() -> None:
    """Make the tables."""
    _code_list_editions()
    _code_list_parts()
    make_proposal_table()
    make_place_tables()
    _seizure_versions()
    _seizure_version_indexes()
    _seizure_lines()
    _seizure_findings()
    _seizure_withdrawals()
    _seizure_given_verdicts()
    _seizure_national()
    _seizure_trail()
    make_switch_tables()
    make_verification_tables()
    make_fact_tables()
    make_notice_tables()
    make_search_tables()
    make_quality_tables()
    make_outward_tables()
    make_duplicate_tables()
    make_release_tables()
    _products()
    _product_citations()
    _product_feedback()
    _product_reads()
    _product_relays()
    _intake_imports()
    _intake_problems()
    _intake_sources()
    make_paper_table()
    make_unfinished_table()
    make_begun_table()
    make_replaced_table()
    make_port_tables()
    make_keyed_tables()


def _code_list_editions() -> None:
    op.create_table(
        "code_list_editions",
        sa.Column("edition", sa.String(length=8), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("valid_from", sa.String(length=10), nullable=False),
        sa.Column("previous", sa.String(length=8), nullable=False),
        sa.Column("previous_sha256", sa.String(length=64), nullable=False),
        sa.Column("released_at", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("note", sa.String(length=400), nullable=False),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("edition"),
    )


def _code_list_parts() -> None:
    op.create_table(
        "code_list_parts",
        sa.Column("packed_sha256", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("edition", sa.String(length=8), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("packed_sha256", "number"),
    )


def _seizure_versions() -> None:
    op.create_table(
        "seizure_versions",
        sa.Column("administration", sa.String(length=2), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("occurred_on", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("level", sa.String(length=40), nullable=False),
        sa.Column("direction", sa.String(length=40), nullable=False),
        sa.Column("detection_channel", sa.String(length=40), nullable=False),
        sa.Column("concealment", sa.String(length=40), nullable=False),
        sa.Column("conveyance", sa.String(length=40), nullable=False),
        sa.Column("ecommerce", sa.String(length=40), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("location_type", sa.String(length=40), nullable=False),
        sa.Column("locode", sa.String(length=5), nullable=False),
        sa.Column("sections", sa.String(length=120), nullable=False),
        sa.Column("event_issuer", sa.String(length=40), nullable=False),
        sa.Column("event_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("carrier", sa.LargeBinary(length=16), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("entered_at", sa.BigInteger(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.Column("method", sa.String(length=10), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.String(length=40), nullable=False),
        sa.Column("particulars", sa.Text(), nullable=False),
        sa.Column("counted_from", sa.BigInteger(), nullable=False),
        sa.Column("counted_until", sa.BigInteger(), nullable=False),
        sa.Column("indexed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("administration", "reference", "version"),
    )


def _seizure_version_indexes() -> None:
    op.create_index(
        "ix_seizure_versions_unindexed",
        "seizure_versions",
        ["indexed"],
        sqlite_where=sa.text("indexed = 0"),
        postgresql_where=sa.text("indexed = 0"),
    )
    op.create_index("ix_seizure_versions_event", "seizure_versions", ["event_id", "administration"])
    op.create_index("ix_seizure_versions_decided", "seizure_versions", ["decided_at"])
    op.create_index(
        "ix_seizure_versions_open",
        "seizure_versions",
        ["state", "entered_at"],
        sqlite_where=sa.text("state = 'draft' OR state = 'submitted' OR state = 'in-review' OR state = 'returned'"),
        postgresql_where=sa.text("state = 'draft' OR state = 'submitted' OR state = 'in-review' OR state = 'returned'"),
    )


def _seizure_lines() -> None:
    op.create_table(
        "seizure_lines",
        sa.Column("administration", sa.String(length=2), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("section", sa.String(length=40), nullable=False),
        sa.Column("stream", sa.String(length=40), nullable=False),
        sa.Column("commodity", sa.String(length=60), nullable=False),
        sa.Column("hs_code", sa.String(length=10), nullable=False),
        sa.Column("amount_micro", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.String(length=10), nullable=False),
        sa.Column("more_amounts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("administration", "reference", "version", "number"),
        sqlite_with_rowid=False,
    )


def _seizure_findings() -> None:
    op.create_table(
        "seizure_findings",
        sa.Column("administration", sa.String(length=2), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("severity", sa.String(length=10), nullable=False),
        sa.Column("field", sa.String(length=120), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("administration", "reference", "version", "number"),
    )


def _seizure_withdrawals() -> None:
    op.create_table(
        "seizure_withdrawals",
        sa.Column("administration", sa.String(length=2), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("event_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("administration", "reference"),
    )


def _seizure_national() -> None:
    op.create_table(
        "seizure_national",
        sa.Column("administration", sa.String(length=2), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("key_id", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("administration", "reference"),
    )


def _seizure_given_verdicts() -> None:
    op.create_table(
        "seizure_given_verdicts",
        sa.Column("administration", sa.String(length=2), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("verdict", sa.String(length=30), server_default="", nullable=False),
        sa.Column("method", sa.String(length=10), server_default="", nullable=False),
        sa.Column("reasons", sa.Text(), server_default="[]", nullable=False),
        sa.Column("decided_at", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("told", sa.Integer(), server_default="0", nullable=False),
        sa.Column("shared", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("administration", "reference", "version"),
    )


def _seizure_trail() -> None:
    op.create_table(
        "seizure_trail",
        sa.Column("administration", sa.String(length=2), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("issuer", sa.String(length=40), nullable=False),
        sa.Column("event_id", sa.LargeBinary(length=16), nullable=False),
        sa.PrimaryKeyConstraint("administration", "reference", "issuer", "event_id"),
    )


def _products() -> None:
    op.create_table(
        "products",
        sa.Column("product_id", BIG_ID, nullable=False),
        sa.Column("issuer", sa.String(length=40), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=True),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("audience", sa.String(length=10), nullable=False),
        sa.Column("tlp", sa.String(length=12), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("sections", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.String(length=10), nullable=False),
        sa.Column("valid_until", sa.String(length=10), nullable=False),
        sa.Column("acknowledge_by", sa.BigInteger(), nullable=False),
        sa.Column("supersedes", sa.String(length=60), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("author", sa.String(length=40), nullable=False),
        sa.Column("editors", sa.Text(), nullable=False),
        sa.Column("reviewer", sa.String(length=40), nullable=False),
        sa.Column("releaser", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("event_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("released_at", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("product_id"),
        sa.UniqueConstraint("issuer", "number", "edition", name="uq_products_number"),
    )
    op.create_index("ix_products_released_at", "products", ["released_at"])
    op.create_index("ix_products_supersedes", "products", ["issuer", "supersedes"])


def _product_citations() -> None:
    op.create_table(
        "product_citations",
        sa.Column("product_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("administration", sa.String(length=2), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("grade", sa.String(length=2), nullable=False),
        sa.Column("event_issuer", sa.String(length=40), nullable=False),
        sa.Column("event_id", sa.LargeBinary(length=16), nullable=False),
        sa.PrimaryKeyConstraint("product_id", "place"),
    )
    op.create_index("ix_product_citations_record", "product_citations", ["administration", "reference"])


def _product_feedback() -> None:
    op.create_table(
        "product_feedback",
        sa.Column("giver", sa.String(length=40), nullable=False),
        sa.Column("event_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("product_issuer", sa.String(length=40), nullable=False),
        sa.Column("product_number", sa.String(length=60), nullable=False),
        sa.Column("product_edition", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("case_administration", sa.String(length=2), nullable=False),
        sa.Column("case_reference", sa.String(length=64), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.BigInteger(), nullable=False),
        sa.Column("relayed_by", sa.String(length=40), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("giver", "event_id"),
    )
    op.create_index("ix_product_feedback_product", "product_feedback", ["product_issuer", "product_number", "kind"])


def _product_reads() -> None:
    op.create_table(
        "product_reads",
        sa.Column("product_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("read_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("product_id", "user_id"),
    )


def _product_relays() -> None:
    op.create_table(
        "product_relays",
        sa.Column("issuer", sa.String(length=40), nullable=False),
        sa.Column("event_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("relayer", sa.String(length=40), nullable=False),
        sa.Column("addressee", sa.String(length=40), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("relayed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("issuer", "event_id", "relayer", "addressee"),
    )


def _intake_imports() -> None:
    op.create_table(
        "intake_imports",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("profile_version", sa.Integer(), nullable=False),
        sa.Column("historical", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(length=120), nullable=False),
        sa.Column("imported_by", sa.String(length=40), nullable=False),
        sa.Column("port", sa.String(length=64), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=False),
        sa.Column("undone_at", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("new", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def _intake_problems() -> None:
    op.create_table(
        "intake_problems",
        sa.Column("import_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("origin", sa.Integer(), nullable=False),
        sa.Column("severity", sa.String(length=10), nullable=False),
        sa.Column("column", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("suggestion", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("settled_by", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("import_id", "number"),
    )


def _intake_sources() -> None:
    op.create_table(
        "intake_sources",
        sa.Column("administration", sa.String(length=2), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=16), nullable=False),
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("administration", "reference"),
    )
    op.create_index("ix_intake_sources_import_id", "intake_sources", ["import_id"])
