"""`seedspread share`: read-only links to a study."""

from __future__ import annotations

from typing import Annotated

import typer

from seedspread.access.shares import LONGEST_DAYS
from seedspread.cli.console import output
from seedspread.cli.console.options import Api, Json, connect, study_number
from seedspread.cli.text import sentences

SHARE_EXAMPLES = """Examples:

- `seedspread share 3 --days 7` prints a link, once; whoever has it reads study 3 and nothing else
- `seedspread share 3 --list` lists the links of study 3
- `seedspread share 3 --revoke 2` refuses link 2 from now on
"""


def add_share(app: typer.Typer) -> None:
    """Register the command."""
    app.command("share", epilog=SHARE_EXAMPLES)(share)


def share(
    study: Annotated[int, typer.Argument(metavar="STUDY", parser=study_number, help="The study's number.")],
    days: Annotated[int, typer.Option("--days", min=1, max=LONGEST_DAYS, help="How long the link is valid.")] = 30,
    listed: Annotated[bool, typer.Option("--list", help="List the study's links instead.")] = False,
    revoke: Annotated[int | None, typer.Option("--revoke", min=1, help="Revoke a link by its number instead.")] = None,
    api: Api = None,
    as_json: Json = False,
) -> None:
    """Create a read-only link to a study, for somebody without a token."""
    with connect(api) as client:
        if revoke is not None:
            client.revoke_share(study, revoke)
            output.tell([sentences.share_revoked(study, revoke)], as_json=as_json)
        elif listed:
            links = client.shares(study)
            if as_json:
                output.print_json({"shares": [link.model_dump(mode="json") for link in links]})
                return
            states = [(link.id, link.revoked_at, link.expires_at) for link in links]
            output.tell([sentences.share_state(*state) for state in states] or [sentences.NO_SHARES], as_json=False)
        else:
            link = client.share(study, days)
            if as_json:
                output.print_json(link)
                return
            output.for_people().print(f"{client.address}{link.path}", soft_wrap=True, markup=False)
            output.beside().print(sentences.share_shown_once(study, link.expires_at), soft_wrap=True)
