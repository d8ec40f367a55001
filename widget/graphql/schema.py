from __future__ import annotations

from functools import cache
from typing import Final

from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema, build_schema

from programs.models import Participant
from widget.graphql import balances, basics, codes, events, links, people, pretty, referrals, render, rewards

AREAS: Final = (
    basics.AREA,
    people.AREA,
    codes.AREA,
    links.AREA,
    pretty.AREA,
    rewards.AREA,
    balances.AREA,
    referrals.AREA,
    events.AREA,
    render.AREA,
)
RESOLVE_TYPE: Final = "__resolve_type"


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
                found.fields[name].resolve = resolver
    viewer = built.type_map["Viewer"]
    assert isinstance(viewer, GraphQLInterfaceType)
    viewer.resolve_type = lambda value, _info, _type: "User" if isinstance(value, Participant) else None
    return built
