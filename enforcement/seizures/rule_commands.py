"""`liaison rules`: what the rules of a case object to, in three languages, at every kind of office."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

import typer

from enforcement.seizures.errors import UnknownRule
from enforcement.seizures.rules import BY_CODE, ERROR, RULES, WARNING, Rule
from enforcement.seizures.rules.page import SUBJECTS
from enforcement.seizures.rules.phrases import LANGUAGES
from enforcement.seizures.switch_commands import switches_app
from liaison.terminal import counter

Language = Annotated[str, typer.Option("--language", help=f"Language of the sentence: {', '.join(LANGUAGES)}.")]

_GROUP: Final = """Rules: what every case is checked for, the same in form, file, API and at the office.

An error keeps a case from being submitted; a warning is told, and an officer may keep what was written. An office may switch some
of them (`switches`).
"""


def rules_app() -> typer.Typer:
    """Rules: list, show, and the switches of the office in charge."""
    return _app(office=False)


def office_rules_app() -> typer.Typer:
    """Rules at an office: list, show, and setting switches."""
    return _app(office=True)


def _app(*, office: bool) -> typer.Typer:
    made = typer.Typer(help=_GROUP, add_completion=False, rich_markup_mode=None, no_args_is_help=True)
    made.command("list")(_list)
    made.command("show")(_show)
    made.add_typer(switches_app(office=office), name="switches")
    return made


def _language(language: str) -> str:
    if language not in LANGUAGES:
        raise typer.BadParameter(f"{language!r} is none of: {', '.join(LANGUAGES)}.", param_hint="--language")
    return language


def _chosen(subject: str, severity: str) -> list[Rule]:
    if subject and subject not in SUBJECTS:
        raise typer.BadParameter(f"{subject!r} is none of: {', '.join(SUBJECTS)}.", param_hint="--subject")
    if severity not in ("", ERROR, WARNING):
        raise typer.BadParameter(f"{severity!r} is neither {ERROR} nor {WARNING}.", param_hint="--severity")
    return [rule for rule in RULES if subject in ("", rule.subject) and severity in ("", rule.severity)]


def _list(
    ctx: typer.Context,
    *,
    subject: Annotated[str, typer.Option(help="Only this subject: what a code begins with, for example quantity.")] = "",
    severity: Annotated[str, typer.Option(help=f"Only {ERROR} or {WARNING}.")] = "",
    language: Language = "en",
) -> None:
    """Every rule with its severity, whether an officer may override it, and its sentence.

    Example: liaison rules list --subject quantity --language fr

    Next: `liaison rules show CODE`.
    """
    spoken = _language(language)
    rows = [_row(rule, spoken) for rule in _chosen(subject, severity)]
    columns = ["code", "severity", "overridable", "sentence"]
    counter(ctx).terminal.table("Rules of a case", rows, columns, empty="No rule is both; leave one option out.")


def _show(
    ctx: typer.Context,
    code: Annotated[str, typer.Argument(metavar="CODE", help="Code of the rule, as findings and verdicts state it.")],
    *,
    language: Language = "en",
) -> None:
    """One rule whole: what it finds, in which fields, its sentence, where it comes from.

    Example: liaison rules show quantity.beyond --language es

    Next: correct the field with `liaison seizures amend REFERENCE --set FIELD=VALUE`.
    """
    spoken = _language(language)
    rule = BY_CODE.get(code.strip().lower())
    if rule is None:
        raise UnknownRule.of(code, BY_CODE)
    row = _row(rule, spoken)
    counter(ctx).terminal.record({**row, "about": rule.about, "fields": list(rule.fields), "reference": rule.source}, rule.code)


def _row(rule: Rule, language: str) -> Mapping[str, Any]:
    return {
        "code": rule.code,
        "severity": rule.severity,
        "overridable": rule.overridable,
        "sentence": rule.messages[language],
        "language": language,
    }
