"""`liaison paper` at an office: keying paper reports on behalf of contact points, filing them, what became of them."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from enforcement.codelists.model import CodeLists
from enforcement.intake.importing import Account, surveyed
from enforcement.intake.store import problem_record
from enforcement.intake.template_words import LANGUAGES
from enforcement.intake.templates import ALL, Wanted, write_template
from enforcement.keying.books import key_rows, order_to_key
from enforcement.keying.drafting import correct_draft, drop_draft, find_draft, list_drafts, served
from enforcement.keying.errors import NoKeyedDraft, NotConfirmed
from enforcement.keying.filing import Sheet, file_draft, withdraw_keyed
from enforcement.keying.listing import KeyedFilter, count_keyed, find_keyed, keyed_record, list_keyed
from enforcement.keying.scan_commands import Redacted, ScanFile, add_scan_commands
from enforcement.keying.scans import read_scan, scans_of
from enforcement.seizures.commands import DAY, Administration, Limit, Reference, country, one_of
from enforcement.seizures.model import as_json
from liaison.terminal import Counter, counter

if TYPE_CHECKING:
    from enforcement.seizures.store import CaseKey
    from liaison.node.work import UnitOfWork

KEY: Final = "paper.key"
LOOK: Final = "paper.list"
WITHDRAW: Final = "paper.withdraw"
COLUMNS: Final = ["administration", "reference", "version", "state", "answer", "days", "overdue", "sheet_number", "keyed_at"]
SHOWN_PROBLEMS: Final = 20
KEPT_PROBLEMS: Final = 10_000
_GROUP: Final = """Paper reports keyed on behalf of contact points.

The way: `template --for BR`, fill it in from the sheet, `key FILE`, `file REFERENCE --scan FILE`; another officer compares with
`scan REFERENCE` and decides with `liaison verification`. The contact point is told, and confirms or says it is not theirs;
`list --unanswered` shows who has not.
"""


def office_paper_app() -> typer.Typer:
    """Paper reports at an office: keying, filing, scans, answers."""
    made = typer.Typer(help=_GROUP, add_completion=False, rich_markup_mode=None, no_args_is_help=True)
    made.command("template")(_template)
    made.command("key")(_key)
    made.command("correct")(_correct)
    made.command("drop")(_drop)
    made.command("file")(_file)
    made.command("list")(_list)
    made.command("show")(_show)
    made.command("withdraw")(_withdraw)
    add_scan_commands(made)
    return made


def _template(  # noqa: PLR0913 - one parameter an option
    ctx: typer.Context,
    *,
    member: Annotated[str, typer.Option("--for", metavar="COUNTRY", help="The contact point: BR or ncp.br.")],
    out: Annotated[Path, typer.Option("--out", metavar="XLSX", help="The workbook to write; a file that is there is not written over.")],
    section: Annotated[str, typer.Option("--section", help="drugs, security, ...: only what its goods have. Default: all of them.")] = ALL,
    level: Annotated[str, typer.Option("--level", help="SIMPLIFIED or FULL: decides what is mandatory.")] = "SIMPLIFIED",
    language: Annotated[str, typer.Option("--language", help="en, fr or es: of headings, lists and help.")] = LANGUAGES[0],
) -> None:
    """Write a workbook to key sheets of one contact point into.

    The same as a contact point's own: what is mandatory, drop-downs, an example, help. One row for each of the goods.

    Example: liaison paper template --for JM --section drugs --out jamaica.xlsx

    Next: key the sheets into it, then `liaison paper key jamaica.xlsx`.
    """
    at = counter(ctx)
    desk = at.desk()
    desk.require(KEY)
    if language not in LANGUAGES:
        raise typer.BadParameter(f"{language!r} is none of: {', '.join(LANGUAGES)}.", param_hint="--language")
    if out.exists():
        raise typer.BadParameter(f"{out} is there already; give another name.", param_hint="--out")
    with desk.looking(KEY) as tx:
        reporter = served(tx, member)
        lists = tx.of(CodeLists)
    columns = write_template(out, Wanted(reporter.country, section, level.upper(), language), lists)
    if at.terminal.as_json:
        at.terminal.record({"file": str(out), "administration": reporter.country, "edition": lists.edition, "columns": len(columns)})
    at.terminal.say(f"{out}: {len(columns)} columns for {reporter.country}, lists of edition {lists.edition}.")


def _key(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="A filled workbook of `template`, or a file that a mapping profile reads.")],
    *,
    profile: Annotated[str, typer.Option("--profile", "-p", help="For another file: a mapping profile by name, or a YAML file.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would become of every row, and keep nothing.")] = False,
) -> None:
    """Take in what was keyed from sheets of paper.

    Each case becomes a draft, by the rules of every report.

    Whoever keys a case is one of its keyers and cannot verify it. The same rows again change nothing, also where a draft was corrected
    since; rows with a reference that
    was filed become its next version, as long as the contact point has not taken the case over.

    Example: liaison paper key jamaica.xlsx --dry-run

    Next: `liaison paper file REFERENCE --number N --date YYYY-MM-DD --scan FILE`.
    """
    at = counter(ctx)
    desk = at.desk()
    desk.require(KEY)
    source = surveyed(order_to_key(file, profile, desk.parts.field[CodeLists]).source)
    account, problems, keys = Account(), list[dict[str, Any]](), list["CaseKey"]()
    with at.terminal.progress(f"Reading {file.name}", source.survey.rows if source.survey else 0) as advance:
        for portion in key_rows(desk, source, dry_run=dry_run):
            advance(portion.account.rows - account.rows)
            account = portion.account
            problems += [problem_record(one) for one in portion.problems[: KEPT_PROBLEMS - len(problems)]]
            keys += portion.keys
    _tell_keyed(at, file, (account, problems, keys), dry_run=dry_run)


def _tell_keyed(at: Counter, file: Path, told: "tuple[Account, list[dict[str, Any]], list[CaseKey]]", *, dry_run: bool) -> None:
    account, problems, keys = told
    if at.terminal.as_json:
        record = {"file": file.name, "dry_run": dry_run, "rows": account.rows, **account.fates, "warnings": account.warnings}
        at.terminal.record({**record, "references": [reference for _, reference in dict.fromkeys(keys)], "problems": problems})
        return
    counts = [{"what became of them": fate, "rows": count} for fate, count in {**account.fates, "all": account.rows}.items()]
    at.terminal.table("Dry run, nothing kept" if dry_run else f"Keyed from {file.name}", counts, ["what became of them", "rows"])
    if problems:
        at.terminal.table("Rejected rows", problems[:SHOWN_PROBLEMS], ["row", "column", "value", "code", "text", "suggestion"])
    if keys and not dry_run:
        at.terminal.say("Next: `liaison paper list --drafts`, then `liaison paper file REFERENCE --number N --date DAY --scan FILE`.")


def _either(tx: "UnitOfWork", reference: str, administration: str) -> "CaseKey":
    """The case of a draft, or of what was filed."""
    try:
        return find_draft(tx, reference, country(administration))
    except NoKeyedDraft:
        return find_keyed(tx, reference, country(administration))


def _correct(
    ctx: typer.Context,
    reference: Reference,
    *,
    changes: Annotated[list[str], typer.Option("--set", metavar="FIELD=VALUE", help="A field by its path in `show`; again for more.")],
    administration: Administration = "",
) -> None:
    """Correct a keyed draft, or begin a next version.

    Of what was filed, these changes begin the next version.

    Whoever corrects has keyed a part of it. After a contact point has confirmed electronically, only it amends.

    Example: liaison paper correct JM-2026-017 --set "lines[0].quantities[0].amount=12.5"

    Next: `liaison paper file REFERENCE`.
    """
    at = counter(ctx)
    pairs = [_change(text) for text in changes]
    with at.desk().acting(KEY, reference, fields=len(pairs)) as tx:
        key = _either(tx, reference, administration)
        case = correct_draft(tx, key, pairs)
    if at.terminal.as_json:
        at.terminal.record({"administration": key[0], "reference": key[1], "case": as_json(case)})
    at.terminal.say(f"{reference} is a draft with these changes: `liaison paper file {reference}`.")


def _change(text: str) -> tuple[str, str]:
    path, equals, value = text.partition("=")
    if not equals or not path.strip():
        raise typer.BadParameter(f"{text!r} is not FIELD=VALUE.", param_hint="--set")
    return path.strip(), value


def _drop(ctx: typer.Context, reference: Reference, *, administration: Administration = "") -> None:
    """Drop a keyed draft that was not filed. What was filed is withdrawn instead.

    Example: liaison paper drop JM-2026-017

    Next: `liaison paper list --drafts`.
    """
    at = counter(ctx)
    with at.desk().acting(KEY, reference, draft="dropped") as tx:
        key = find_draft(tx, reference, country(administration))
        drop_draft(tx, key)
    if at.terminal.as_json:
        at.terminal.record({"administration": key[0], "reference": key[1], "dropped": True})
    at.terminal.say(f"The draft of {reference} is dropped.")


def _file(  # noqa: PLR0913 - one parameter an option
    ctx: typer.Context,
    reference: Reference,
    *,
    number: Annotated[str, typer.Option("--number", help="The number or mark of the sheet; the contact point finds it by that.")],
    date: Annotated[datetime, typer.Option("--date", formats=DAY, help="The date that stands on it.")],
    scan: ScanFile = None,
    redacted: Redacted = False,
    administration: Administration = "",
) -> None:
    """File a keyed draft with the scan of its sheet.

    It is signed by this office in the contact point's name, told to it, and put before another officer.

    The scan goes in with it, encrypted, and never leaves this node. Names, dates of birth, document numbers, addresses and
    telephone numbers must be covered on it: you are asked, or say so with --redacted. A next version may do without --scan while
    the scan of the last one is kept. A report keyed from paper is for all customs.

    Example: liaison paper file JM-2026-017 --number P-17 --date 2026-02-20 --scan p17.pdf --redacted

    Next: another officer: `liaison paper scan JM-2026-017 --out look.pdf`, then `liaison verification accept JM-2026-017`.
    """
    at = counter(ctx)
    desk = at.desk()
    desk.require(KEY)
    held = read_scan(scan) if scan is not None else None
    sure = redacted if held is None else confirmed_redacted(at, redacted=redacted)
    with desk.acting(KEY, reference, filed=True, scan=held.media if held else "kept") as tx:
        filed = file_draft(tx, find_draft(tx, reference, country(administration)), Sheet(number, date.date(), held, sure))
    told = {"administration": filed.key[0], "reference": filed.key[1], "version": filed.version, "event_id": filed.event_id}
    if at.terminal.as_json:
        at.terminal.record({**told, "contact_point": filed.contact_point})
    at.terminal.say(f"{reference} version {filed.version} is filed; {filed.contact_point} is told. Another officer verifies it.")


def confirmed_redacted(at: Counter, *, redacted: bool) -> bool:
    """Whether somebody says that the scan is redacted; nobody is asked with --json."""
    if redacted or at.terminal.as_json:
        return redacted
    question = "Are names, birth dates, document numbers, addresses and telephone numbers covered on this scan?"
    return bool(typer.confirm(question, err=True))


def _list(  # noqa: PLR0913 - one parameter an option
    ctx: typer.Context,
    *,
    drafts: Annotated[bool, typer.Option("--drafts", help="What was keyed and is not filed yet.")] = False,
    unanswered: Annotated[bool, typer.Option("--unanswered", help="The contact point has not answered, longest waiting first.")] = False,
    overdue: Annotated[bool, typer.Option("--overdue", help="Unanswered for longer than `policy --answer` says.")] = False,
    without_scan: Annotated[bool, typer.Option("--without-scan", help="Unanswered, and the scan was lost with a restore.")] = False,
    administration: Administration = "",
    limit: Limit = 50,
) -> None:
    """What was keyed from paper, and the answers to it.

    Answers: unanswered, confirmed, not-ours, own report (the contact point has amended it itself), withdrawn.

    Example: liaison paper list --overdue

    After a restore `--without-scan` says which sheets to scan again: `liaison paper rescan REFERENCE --scan FILE`.

    Next: `liaison paper show REFERENCE`; a letter that confirms: `liaison paper letter REFERENCE --scan FILE`.
    """
    at = counter(ctx)
    wanted = KeyedFilter(country(administration), unanswered, overdue, without_scan)
    with at.desk().looking(LOOK) as tx:
        rows = list_drafts(tx, limit=limit) if drafts else list_keyed(tx, wanted, limit=limit)
        fitting = len(rows) if drafts else count_keyed(tx, wanted)
    if drafts:
        columns = ["administration", "reference", "version", "date", "sections", "keyed_by", "keyed_at"]
        empty = "Nothing is keyed that waits to be filed. `liaison paper key FILE` takes in what was."
        at.terminal.table("Keyed drafts", rows, columns, headings={"administration": "country"}, empty=empty)
        return
    empty = (
        "Every report has its answer." if unanswered or overdue else "Nothing was keyed from paper. Begin with `liaison paper template`."
    )
    at.terminal.table("Keyed from paper", rows, COLUMNS, headings={"administration": "country", "sheet_number": "sheet"}, empty=empty)
    if len(rows) < fitting:
        at.terminal.say(f"{len(rows):,} of {fitting:,}; raise --limit.")


def _show(ctx: typer.Context, reference: Reference, *, administration: Administration = "") -> None:
    """How a report keyed from paper stands.

    Who keyed it, the answer, the scans that are kept.

    Example: liaison paper show JM-2026-017

    Next: `liaison seizures show JM-2026-017` for the case.
    """
    at = counter(ctx)
    with at.desk().acting(LOOK, reference, paper="shown") as tx:
        key = find_keyed(tx, reference, country(administration))
        told = {**keyed_record(tx, key), "scans": scans_of(tx, key)}
    at.terminal.record(told)


def _withdraw(  # noqa: PLR0913 - one parameter an option
    ctx: typer.Context,
    reference: Reference,
    *,
    reason_code: Annotated[str, typer.Option("--reason-code", help="entered-in-error, duplicate, goods-released, court-decision, other.")],
    reason: Annotated[str, typer.Option("--reason", help="The reason in a sentence, without anything that names a person.")],
    administration: Administration = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Withdraw what this office keyed, everywhere. Only until the contact point speaks for the case itself.

    Also when a letter says that it is not theirs; said electronically, it is withdrawn by itself.

    Example: liaison paper withdraw JM-2026-017 --reason-code entered-in-error --reason "Keyed twice, see JM-2026-016."

    Next: `liaison paper show REFERENCE`.
    """
    at = counter(ctx)
    desk = at.desk()
    lists: CodeLists = desk.parts.field[CodeLists]
    one_of(reason_code, lists.valid["withdrawal-reasons"], "--reason-code")
    desk.require(WITHDRAW)
    if not yes and (at.terminal.as_json or not typer.confirm(f"Withdraw {reference} everywhere?", err=True)):
        raise NotConfirmed("Nothing was withdrawn: give --yes.")
    with desk.acting(WITHDRAW, reference, reason_code=reason_code) as tx:
        key = find_keyed(tx, reference, country(administration))
        event_id = withdraw_keyed(tx, key, reason_code, reason)
    if at.terminal.as_json:
        at.terminal.record({"administration": key[0], "reference": key[1], "event_id": event_id})
    at.terminal.say(f"{reference} is withdrawn; {key[0]} and everybody who holds it are told.")
