import re

import pytest

from schemas.errors import SettingsError
from schemas.objectpath import expression
from schemas.source import Source


@pytest.mark.parametrize(
    ("pattern", "path", "object_id"),
    [
        ("/arende/{id}", "/arende/SN-1", "SN-1"),
        ("/arende/{id}", "/arende/SN-1/handlingar/3.pdf", "SN-1"),
        ("/arende/{id}", "/arende/SN-1?sida=2", "SN-1"),
        ("/arende/{id}", "/arende/", None),
        ("/arende/{id}", "/arenden/SN-1", None),
        ("/arende/{id}", "/x/arende/SN-1", None),
        ("/arende/{id}/akt", "/arende/SN-1/akten", None),
        ("/{}/arende/{id}", "/sn/arende/SN-1", "SN-1"),
        ("/{}/arende/{id}", "/sn/vo/arende/SN-1", None),
        ("/visa.aspx?id={id}", "/visa.aspx?id=7&sida=2", "7"),
        ("/visa.aspx?id={id}", "/visaXaspx?id=7", None),
        (r"\\FS01\akter\{id}", r"\\FS01\akter\8812\brev.docx", "8812"),
    ],
)
def test_a_path_names_the_object_of_a_pattern(pattern, path, object_id):
    found = re.search(expression(pattern), path)
    assert (found and found[1]) == object_id


@pytest.mark.parametrize(
    ("objects", "message"),
    [
        ({"case": "/arende/"}, "sources.web.objects: case: want {id} once, such as /arende/{id}"),
        ({"case": "/a/{id}/{id}"}, "sources.web.objects: case: want {id} once, such as /arende/{id}"),
        ({"case": "/{}/{id}"}, "sources.web.objects: case: want a word beside {id}, or every path were such an object"),
        ({"case": "/a/{id"}, "sources.web.objects: case: want {id} once, such as /arende/{id}"),
        ({"case": "/a{1}/{id}"}, "sources.web.objects: case: want no braces but those of {id} and {}"),
        ({"case": "/a/v{id}"}, r"sources.web.objects: case: want {id} and {} alone between two of / \ ? & # ="),
        ({"case": "/a/{id}.pdf"}, r"sources.web.objects: case: want {id} and {} alone between two of / \ ? & # ="),
        ({"case": 7}, "sources.web.objects: case: want a text, such as /arende/{id}"),
        ({"Ärende": "/a/{id}"}, "sources.web: objects: want a type of object in small letters, such as case"),
    ],
)
def test_a_bad_pattern_is_refused_with_its_place_and_reason(objects, message):
    with pytest.raises(SettingsError) as refused:
        Source(name="web", mapping="web_access", objects=objects)
    assert str(refused.value) == message
