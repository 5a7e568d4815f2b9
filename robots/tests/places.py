"""Places as they are drawn in the tests, on a floor of 800 x 600 pixels."""

from robots.models import Region, Store, WayPointList

STORE = {
    "store_id": "3",
    "name": "카페",
    "polygon": [[100, 100], [200, 100], [200, 180], [100, 180]],
}
REGION = {"region_id": "7", "name": "Lobby", "x": 300, "y": 200, "width": 120, "height": 80.5}
WAY = {
    "way_point_id": "thehyundai_1f_tour",
    "name": "Tour",
    "points": [
        {"x": 100, "y": 50, "name": "Lift"},
        {"x": 100, "y": 150, "rotate": 90, "stay": 10},
        {"x": 400, "y": 150},
    ],
    "color": "#0b6b62",
}
FACTS = {Store: STORE, Region: REGION, WayPointList: WAY}
SECTIONS = {Store: "map_store", Region: "robot_region", WayPointList: "way_point_list"}
