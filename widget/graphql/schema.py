from __future__ import annotations

from functools import cache
from typing import Any, Final

from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema, build_schema

from programs.models import Participant
from widget.graphql import (
    balances,
    basics,
    codes,
    events,
    exchanges,
    imports,
    links,
    money,
    people,
    pretty,
    redemptions,
    referrals,
    registering,
    render,
    rewards,
    user_events,
)
from widget.graphql.areas import Info, Resolver, call_of

AREAS: Final = (
    basics.AREA,
    people.AREA,
    codes.AREA,
    links.AREA,
    pretty.AREA,
    rewards.AREA,
    redemptions.AREA,
    exchanges.AREA,
    registering.AREA,
    money.AREA,
    user_events.AREA,
    imports.AREA,
    balances.AREA,
    referrals.AREA,
    events.AREA,
    render.AREA,
)
RESOLVE_TYPE: Final = "__resolve_type"


def _forgetting(resolver: Resolver) -> Resolver:
    """Return what answers a mutation and then forgets what was found out before it."""

    def resolve(root: Any, info: Info, **arguments: Any) -> Any:
        try:
            return resolver(root, info, **arguments)
        finally:
            call_of(info).forget()

    return resolve


@cache
def schema() -> GraphQLSchema:
    """Return the schema of all areas together, with what answers its fields."""
    built = build_schema("\n".join(area.sdl for area in AREAS))
    for area in AREAS:
        for path, resolver in area.resolvers.items():
            type_name, name = path.split(".")
            found = built.type_map[type_name]
            if name == RESOLVE_TYPE:
                assert isinstance(found, GraphQLInterfaceType), path
                found.resolve_type = resolver
            else:
                assert isinstance(found, GraphQLObjectType), path
                found.fields[name].resolve = _forgetting(resolver) if type_name == "Mutation" else resolver
    viewer = built.type_map["Viewer"]
    assert isinstance(viewer, GraphQLInterfaceType)
    viewer.resolve_type = lambda value, _info, _type: "User" if isinstance(value, Participant) else None
    return built
