"""`python -m bot api`: any call of the exchange's, made from the command line."""

import json
import sys
import uuid
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.options import ConfigOption, SetOption, options_of
from bot.domain.errors import UserError

if TYPE_CHECKING:
    from bot.bybit.client.by_text import TextCall

OWN_ORDER_PREFIX = "api-"


def api(
    context: typer.Context,
    method: Annotated[
        str | None,
        typer.Argument(metavar="METHOD", help="The call, such as get_tickers; without: list all."),
    ] = None,
    parameters: Annotated[
        list[str] | None, typer.Argument(metavar="NAME=VALUE", help="Its parameters: symbol=BTCUSDT limit=5.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Change something on mainnet, with real money.")] = False,
    show_help: Annotated[
        bool, typer.Option("--help", "-h", help="Show this message, or the parameters of METHOD.")
    ] = False,
    config: ConfigOption = None,
    overrides: SetOption = None,
) -> None:
    """Call any method of the exchange on the configured venue and print its answer as JSON.

    Names are pybit's, parameters Bybit's (orderLinkId=x) or with underscores (order_link_id=x). With venue.kind
    simulator or paper an exchange is started for the one call. Calls marked with * move money or change orders,
    positions or settings, and need --yes on mainnet.
    """
    if show_help and method is None:
        print(context.get_help())
        return
    from bot.bybit.client.by_text import find_call

    if method is None:
        _list()
        return
    call = find_call(method)
    if show_help:
        _explain(call)
        return
    arguments = call.arguments(parameters or ())
    if call.name == "place_order":  # an order without an id of its own can not be looked for if its answer is lost
        arguments.setdefault("order_link_id", f"{OWN_ORDER_PREFIX}{uuid.uuid4().hex[:24]}")
    settings = options_of(context, config, overrides).load_config()
    if call.changes and settings.venue.kind == "mainnet" and not yes:
        raise UserError(f"{call.name} changes something on mainnet, with real money: say --yes if you mean it")
    from actors.api import call_venue

    answer = call_venue(settings, call, arguments)
    indent = 2 if sys.stdout.isatty() else None
    print(json.dumps(answer.result, indent=indent, ensure_ascii=False))
    if answer.remark:
        print(answer.remark, file=sys.stderr)


def _list() -> None:
    from bot.bybit.client.by_text import all_calls

    calls = all_calls()
    width = max(map(len, calls))
    area = ""
    for call in calls.values():
        if call.area != area:
            area = call.area
            print(f"{area}:")
        print(f" {'*' if call.changes else ' '} {call.name:<{width}}  {call.summary}")
    print("\n* moves money or changes something, and needs --yes on mainnet")


def _explain(call: "TextCall") -> None:
    print(f"Usage: python -m bot api {call.name}{' NAME=VALUE...' if call.parameters else ''}\n\n{call.description}")
    if call.changes:
        print("It moves money or changes something, and needs --yes on mainnet.")
    if call.parameters:
        print()
    width = max((len(each.shown_name) for each in call.parameters), default=0)
    for each in call.parameters:
        default = "" if each.default is None else f"  [default: {getattr(each.default, 'value', each.default)}]"
        print(f"  {each.shown_name:<{width}}  {each.expects}{'  [required]' if each.is_required else default}")
