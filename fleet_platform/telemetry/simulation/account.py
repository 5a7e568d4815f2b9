"""A person's and a device's way in, over the public REST API: sign in, find devices, get secrets and tokens."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import requests

TIMEOUT_SECONDS = 15
PAGE = 100


class Away(Exception):
    """The server cannot be reached or is busy: worth another try. `after`: seconds it asked for."""

    def __init__(self, message: str, after: float = 0.0):
        super().__init__(message)
        self.after = after


class Refused(Exception):
    """The server understood and said no: trying the same again is no use."""

    def __init__(self, message: str, status: int = 0, body: str = ""):
        super().__init__(message)
        self.status, self.body = status, body


def call(session: requests.Session, method: str, url: str, **options) -> requests.Response:
    """Raises Away where a later try may work, Refused for every other refusal."""
    try:
        answer = session.request(method, url, timeout=TIMEOUT_SECONDS, **options)
    except requests.RequestException as error:
        raise Away(str(error)) from None
    if answer.status_code >= 500 or answer.status_code == 429:
        after = answer.headers.get("Retry-After", "")
        raise Away(f"{answer.status_code} from {url}", float(after) if after.isdigit() else 0.0)
    if answer.status_code >= 400:
        said = f"{answer.status_code} from {url}: {answer.text[:300]}"
        raise Refused(said, answer.status_code, answer.text)
    return answer


@dataclass(frozen=True)
class Found:
    """A device as the fleet API lists it."""

    id: int
    kind: str
    name: str
    document: dict


class Person:
    """A user signed in by POST /login; signs in again when the access token ends."""

    def __init__(self, url: str, email: str, password: str):
        self.url = url.rstrip("/")
        self.email, self.password = email, password
        self.session = requests.Session()

    def sign_in(self) -> None:
        form = {"email": self.email, "password": self.password}
        answer = call(requests.Session(), "POST", f"{self.url}/login", json=form)
        self.session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def call(self, method: str, path: str, **options) -> dict:
        for last in (False, True):
            if "Authorization" not in self.session.headers:
                self.sign_in()
            try:
                return call(self.session, method, f"{self.url}{path}", **options).json()
            except Refused as error:
                if error.status != 401 or last:
                    raise
                del self.session.headers["Authorization"]
        raise AssertionError("the loop returns or raises")

    def devices(self, search: str, kind: str = "") -> Iterator[Found]:
        """Every device that the search finds, page by page."""
        query = {"search": search, "limit": PAGE, **({"kind": kind} if kind else {})}
        while True:
            page = self.call("GET", "/api/fleet/devices", params=query)
            for one in page["results"]:
                yield Found(one["device_id"], one["kind"], one["name"], one)
            if not page["next"]:
                return
            query["cursor"] = page["next"]

    def device(self, device_id: int) -> Found:
        one = self.call("GET", f"/api/fleet/devices/{device_id}")
        return Found(one["device_id"], one["kind"], one["name"], one)

    def first_workspace(self) -> int:
        return self.call("GET", "/api/fleet/me")["workspaces"][0]["id"]

    def create(self, workspace_id: int, kind: str, name: str, serial: str) -> tuple[int, str]:
        """A new device's id and secret."""
        form = {"workspace_id": workspace_id, "kind": kind, "name": name, "serial_number": serial}
        made = self.call("POST", "/api/fleet/devices", json=form)
        return made["device_id"], made["secret"]

    def new_secret(self, device_id: int) -> str:
        """Makes a new secret; the device's old one ends."""
        return self.call("POST", f"/api/fleet/devices/{device_id}/rotate-secret")["secret"]


class DeviceLogin:
    """A device's token, renewed before it ends."""

    def __init__(self, url: str, identifier: str, secret: str):
        self.url = url.rstrip("/")
        self.identifier, self.secret = identifier, secret
        self.device_id = 0
        self._token, self._ends = "", 0.0

    def token(self, fresh: bool = False) -> str:
        if fresh or time.monotonic() > self._ends:
            form = {"device": self.identifier, "secret": self.secret}
            with requests.Session() as session:
                path = f"{self.url}/api/fleet/device-token"
                answer = call(session, "POST", path, json=form).json()
            self._token, self.device_id = answer["token"], answer["device_id"]
            self._ends = time.monotonic() + answer["expires_in"] * 0.8
        return self._token


def way_point_lists(login: DeviceLogin, map_id: str) -> dict[str, list[dict]]:
    """The way-point lists of the device's map as the platform has them: points by the list's code.

    Raises Away, Refused.
    """
    headers = {"Authorization": f"Bearer {login.token()}"}
    floors = f"{login.url}/api/fleet/floors"
    with requests.Session() as session:
        found = call(session, "GET", floors, params={"map_id": map_id}, headers=headers).json()
        whole = [
            call(session, "GET", f"{floors}/{floor['id']}", headers=headers).json()
            for floor in found["results"]
        ]
    return {way["way_point_id"]: way["points"] for floor in whole for way in floor["way_points"]}
