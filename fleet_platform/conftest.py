"""Servers as processes, for the tests of the platform and of its spine."""

import shutil

import pytest

from fleet_platform.tests.server import Aide, Server, manage


@pytest.fixture(scope="session")
def installation(tmp_path_factory):
    """A migrated SQLite installation with aide.world in it, to be copied: (folder, world)."""
    folder = tmp_path_factory.mktemp("installation")
    manage(folder, "migrate", "--verbosity", "0", changes={})
    aide = Aide(folder)
    try:
        return folder, aide.world()
    finally:
        aide.close()


@pytest.fixture(scope="session")
def server_maker(installation, tmp_path_factory):
    """`make(kind="uvicorn", **environment)`: a new server on a copy of the installation. The caller stops it."""
    template, world = installation

    def make(kind: str = "uvicorn", **environment: str) -> Server:
        folder = tmp_path_factory.mktemp("server") / "data"
        shutil.copytree(template, folder)
        return Server(folder, world, kind=kind, changes=environment).start()

    return make


@pytest.fixture
def make_server(server_maker):
    """`server_maker` whose servers end with the test."""
    made = []

    def make(*arguments, **options) -> Server:
        made.append(server_maker(*arguments, **options))
        return made[-1]

    yield make
    for server in made:
        server.stop()
