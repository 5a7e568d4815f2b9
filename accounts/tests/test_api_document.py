"""The OpenAPI document and its page: public, complete, and without a line of inline script."""

import re

from django.test import Client


def test_the_document_is_public_and_describes_identity(client):
    document = client.get("/api/schema?format=json").json()
    assert document["openapi"].startswith("3.1")
    posted = document["paths"]["/api/fleet/device-token"]["post"]
    assert "security" not in posted
    assert {"200", "400", "401", "429"} <= set(posted["responses"])
    assert document["paths"]["/api/fleet/me"]["get"]["security"] == [
        {"bearer": []},
        {"cookie": []},
        {"session": []},
    ]


def test_every_operation_has_a_summary_and_a_unique_name(client):
    document = client.get("/api/schema?format=json").json()
    paths = document["paths"].values()
    operations = [operation for methods in paths for operation in methods.values()]
    assert operations
    names = [operation["operationId"] for operation in operations]
    assert len(names) == len(set(names))
    assert all(operation.get("summary") for operation in operations)


def test_every_operation_tells_the_form_of_its_refusals(client):
    document = client.get("/api/schema?format=json").json()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            refusals = [code for code in operation["responses"] if code[0] in "4d"]
            assert refusals, f"{method} {path}"
            assert all("content" in operation["responses"][code] for code in refusals), path


def test_the_page_has_no_inline_script_and_loads_from_here_alone():
    response = Client().get("/api/docs")
    assert response.status_code == 200
    page = response.content.decode()
    scripts = re.findall(r"<script([^>]*)>(.*?)</script>", page, re.S)
    assert scripts
    assert all("src=" in attributes and not body.strip() for attributes, body in scripts)
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", page)
    policy = response["Content-Security-Policy"]
    assert "'unsafe-inline'" not in policy.split("script-src")[1].split(";")[0]


def test_the_page_has_a_way_back_and_follows_the_theme():
    client = Client()
    client.cookies["theme"] = "dark"
    page = client.get("/api/docs").content.decode()
    assert 'data-theme="dark" class="dark-mode"' in page
    assert "Back to the fleet" in page
    assert "/api/schema?format=json" in page
