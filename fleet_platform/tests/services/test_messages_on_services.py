"""The same messages on PostgreSQL and Redis."""

from fleet_platform.tests import messages_run
from fleet_platform.tests.server import Server


def test_codes_and_temporary_passwords_go_through_redis(installation, tmp_path):
    changes = {**installation.changes, **messages_run.files(tmp_path)}
    server = Server(installation.folder, installation.world, changes=changes).start()
    installation.processes.append(server)
    messages_run.check_messages(server, tmp_path)
