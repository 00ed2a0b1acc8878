import pytest

from schemas.patterns import meet

MEET = [
    ("/a/b", "/a/b"),
    ("/a/b", "/a/c/../b"),
    ("a/b", "./a/b"),
    ("/a", "/a/b/c"),
    ("/a/*", "/a/b.log"),
    ("/a/x*", "/a/*y"),
    ("/a/*.log*", "/a/access.log.1"),
    ("/a/*a*b*", "/a/xxaybz"),
    ("/a/?c", "/a/bc"),
    ("/a/[ab]c", "/a/bc"),
    ("/a/[!a]c", "/a/bc"),
    ("/a/[ab]", "/a/[bc]"),
    ("/a/?", "/a/[a]"),
    ("/a/**/x.log", "/a/x.log"),
    ("/a/**/x.log", "/a/b/c/*.log"),
    ("/a/*/b", "/a/c/*"),
]
APART = [
    ("/a/b", "/a/c"),
    ("/a/b.log", "/a/b.logg"),
    ("/a/*.log", "/a/b/c.log"),
    ("/a/*.log", "/a/b.gz"),
    ("/a/x*", "/a/y*"),
    ("/a/?c", "/a/c"),
    ("/a/[ab]c", "/a/cc"),
    ("/a/[!b]c", "/a/bc"),
    ("/b/**/x", "/a/x"),
    ("/a/*/b", "/a/*/c"),
]


@pytest.mark.parametrize(("one", "other"), MEET)
def test_patterns_that_can_name_one_file_meet(one, other):
    assert meet(one, other)
    assert meet(other, one)


@pytest.mark.parametrize(("one", "other"), APART)
def test_patterns_that_cannot_do_not(one, other):
    assert not meet(one, other)
    assert not meet(other, one)
