"""Stores, regions and way point lists: drawn on a floor, read, changed and taken off, each kind in the same way."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from accounts.api.base import FleetView
from accounts.api.schema import answers

from ... import selectors, services
from ...models import Place, Region, Store, WayPointList
from . import serializers as shapes
from .floors import TAG


class PlacesView(FleetView):
    model: type[Place]
    form: type[Serializer]
    body: Callable[[Any], dict]
    address: str

    def post(self, request: Request, floor_id: int) -> Response:
        facts = self.read(self.form)
        place = services.place_create(
            actor=self.actor, model=self.model, floor_id=floor_id, **facts
        )
        there = {"Location": f"/api/fleet/{self.address}/{place.pk}"}
        return Response(self.body(place), status=201, headers=there)


class PlaceView(FleetView):
    model: type[Place]
    form: type[Serializer]
    body: Callable[[Any], dict]

    @property
    def place(self) -> dict[str, Any]:
        (id,) = self.kwargs.values()
        return {"actor": self.actor, "model": self.model, "id": id}

    def get(self, request: Request, **kwargs: int) -> Response:
        return Response(self.body(selectors.place_for(**self.place, verb="map.view")))

    def patch(self, request: Request, **kwargs: int) -> Response:
        facts = self.read(self.form, partial=True)
        return Response(self.body(services.place_update(**self.place, **facts)))

    def delete(self, request: Request, **kwargs: int) -> Response:
        services.place_remove(**self.place)
        return Response(status=204)


def _described(name: str, title: str, form: type[Serializer], answer: type[Serializer]):
    """A decorator that gives the methods of one kind their names in the API's document."""
    told = {
        "post": extend_schema(
            operation_id=f"{name}_create",
            summary=f"Draw a {title} on a floor",
            tags=[TAG],
            request=form,
            responses=answers({201: answer}, 400, 401, 403, 404, 409),
        ),
        "get": extend_schema(
            operation_id=name,
            summary=f"One {title}",
            tags=[TAG],
            responses=answers({200: answer}, 401, 404),
        ),
        "patch": extend_schema(
            operation_id=f"{name}_change",
            summary=f"Change a {title}",
            tags=[TAG],
            request=form(partial=True),
            responses=answers({200: answer}, 400, 401, 403, 404, 409),
        ),
        "delete": extend_schema(
            operation_id=f"{name}_remove",
            summary=f"Take a {title} off its floor",
            tags=[TAG],
            responses=answers({204: None}, 401, 403, 404),
        ),
    }

    def decorate(view: type[FleetView]) -> type[FleetView]:
        methods = {method: schema for method, schema in told.items() if hasattr(view, method)}
        return extend_schema_view(**methods)(view)

    return decorate


_store = _described("store", "store", shapes.StoreRequest, shapes.StoreResponse)
_region = _described("region", "region", shapes.RegionRequest, shapes.RegionResponse)
_way = _described(
    "way_points", "way point list", shapes.WayPointListRequest, shapes.WayPointListResponse
)


class OfStores:
    model, form, address = Store, shapes.StoreRequest, "stores"
    body = staticmethod(shapes.store_body)


class OfRegions:
    model, form, address = Region, shapes.RegionRequest, "regions"
    body = staticmethod(shapes.region_body)


class OfWayPointLists:
    model, form, address = WayPointList, shapes.WayPointListRequest, "way-points"
    body = staticmethod(shapes.way_body)


@_store
class StoresView(OfStores, PlacesView):
    pass


@_store
class StoreView(OfStores, PlaceView):
    pass


@_region
class RegionsView(OfRegions, PlacesView):
    pass


@_region
class RegionView(OfRegions, PlaceView):
    pass


@_way
class WayPointListsView(OfWayPointLists, PlacesView):
    pass


@_way
class WayPointListView(OfWayPointLists, PlaceView):
    pass
