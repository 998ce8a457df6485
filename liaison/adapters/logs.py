"""Structured log lines on standard error: event name and facts, never payload."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any, cast

import structlog

if TYPE_CHECKING:
    from liaison.node.ports import Log


def node_log(node: str, level: str = "info", *, as_json: bool = True) -> Log:
    """A log bound to the node's id; one JSON object a line, or readable lines for a terminal."""
    renderer: Any = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer()
    processors = [structlog.processors.add_log_level, structlog.processors.TimeStamper(fmt="iso", utc=True), renderer]
    logger = structlog.wrap_logger(
        structlog.PrintLogger(sys.stderr),
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        cache_logger_on_first_use=True,
    )
    return cast("Log", logger.bind(node=node))
