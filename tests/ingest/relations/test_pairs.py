from datetime import date

import pytest

from ingest.relations.build import build
from tests.ingest.relations.town import Town, home, number, related


@pytest.fixture
def town(tmp_path):
    return Town(tmp_path)


def test_everybody_is_a_pair_with_herself(town):
    town.build([home("anna", "Storgatan 1")])
    assert [(r["person"], r["subject"], r["kind"]) for r in town.table("kin")] == [("staff_anna", "anna", "self")]


def test_divorce_ends_the_marriage_and_begins_former(town):
    town.build([related("anna", "M", "bo", "2001-05-01", "2020-02-01")])
    assert town.pairs() == {
        ("anna", "bo", "spouse", "2001-05-01", "2020-02-01"),
        ("anna", "bo", "former", "2020-02-01", ""),
    }


def test_divorced_and_married_again_is_both(town):
    town.build([related("anna", "M", "bo", "2001-05-01", "2010-02-01"), related("bo", "M", "anna", "2015-01-01")])
    assert town.pairs() == {
        ("anna", "bo", "spouse", "2001-05-01", "2010-02-01"),
        ("anna", "bo", "former", "2010-02-01", ""),
        ("anna", "bo", "spouse", "2015-01-01", ""),
    }


def test_a_dead_spouse_was_one_until_the_death(town):
    town.build([related("anna", "M", "bo", "2001-05-01"), {"number": "bo", "deceased": "2024-06-01"}])
    assert town.pairs() == {
        ("anna", "bo", "spouse", "2001-05-01", "2024-06-01"),
        ("anna", "bo", "former", "2024-06-01", ""),
    }
    assert [(r["subject"], r["deceased"], r["valid_from"]) for r in town.table("subjects") if r["subject"] == "bo"] == [
        ("bo", "true", "2024-06-01")
    ]


def test_relations_count_from_both_sides(town):
    town.build([related("bo", "B", "anna"), related("cia", "FA", "anna"), related("anna", "V", "dan")])
    assert town.pairs() == {
        ("anna", "bo", "parent", "", ""),
        ("anna", "cia", "child", "", ""),
        ("anna", "dan", "other_family", "", ""),
    }


def test_siblings_and_grandparents_follow_from_parents(town):
    rows = [related("anna", "MO", "bo"), related("cia", "MO", "bo"), related("bo", "FA", "dan")]
    town.build(rows, staff=("anna", "dan"))
    assert town.pairs() == {
        ("anna", "bo", "parent", "", ""),
        ("anna", "cia", "sibling", "", ""),
        ("anna", "dan", "other_family", "", ""),
        ("dan", "bo", "child", "", ""),
        ("dan", "anna", "other_family", "", ""),
        ("dan", "cia", "other_family", "", ""),
    }


def test_twins_are_two(town):
    town.numbers |= {"twin_a": number(date(2015, 3, 1), 982), "twin_b": number(date(2015, 3, 1), 984)}
    rows = [
        home("anna", "Storgatan 1"),
        *(home(twin, "Storgatan 1", relation="MO", relation_number="anna") for twin in ("twin_a", "twin_b")),
    ]
    town.build(rows, staff=("anna", "twin_a"))
    assert town.pairs() == {
        ("anna", "twin_a", "child", "", ""),
        ("anna", "twin_b", "child", "", ""),
        ("twin_a", "anna", "parent", "", ""),
        ("twin_a", "twin_b", "sibling", "", ""),
    }


@pytest.mark.parametrize("side", ["old", "new"])
def test_a_changed_number_leads_to_the_pair_by_both(town, side):
    town.numbers |= {"old": number(date(1970, 1, 1)), "new": number(date(1970, 1, 2))}
    other = {"old": "new", "new": "old"}[side]
    town.build([{"number": side, "other_number": other}, related("old", "M", "anna", "2001-01-01")])
    assert town.pairs() == {
        ("anna", "old", "spouse", "2001-01-01", ""),
        ("anna", "new", "spouse", "2001-01-01", ""),
    }


def test_an_employee_who_changed_number_is_herself_by_both_and_keeps_her_relations(town):
    town.numbers |= {"old": number(date(1970, 1, 1))}
    town.build([{"number": "anna", "other_number": "old"}, related("old", "M", "bo")])
    assert {(r["subject"], r["kind"]) for r in town.table("kin")} == {
        ("anna", "self"),
        ("old", "self"),
        ("bo", "spouse"),
    }


def test_a_chain_of_numbers_is_one_person(town):
    chain = [number(date(1970, 1, day)) for day in range(1, 6)]
    town.numbers |= {f"n{at}": spelt for at, spelt in enumerate(chain)}
    rows = [{"number": f"n{at}", "other_number": f"n{at + 1}"} for at in range(4)]
    town.build([*rows, related("n2", "M", "anna")])
    assert {pair[1] for pair in town.pairs()} == {"n0", "n1", "n2", "n3", "n4"}


def test_coordination_numbers_are_persons(town):
    town.numbers["kim"] = number(date(1990, 5, 5), coordination=True)
    town.build([home("anna", "Storgatan 1"), home("kim", "Storgatan 1")])
    assert town.pairs() == {("anna", "kim", "household", "", "")}


def test_household_is_the_same_dwelling_at_the_same_time(town):
    rows = [
        home("anna", "Storgatan  1", apartment="1101", moved_in="2010-01-01"),
        home("bo", "STORGATAN 1 lgh 1101", moved_in="2012-01-01", moved_out="2020-01-01"),
        home("cia", "Storgatan 1", apartment="1101", moved_out="2010-01-01"),
        home("dan", "Storgatan 1", apartment="1201"),
        home("eva", "Storgatan 1", apartment="1101", postal_code="54321", city="Annan by"),
    ]
    town.build(rows)
    assert town.pairs() == {
        ("anna", "bo", "household", "2012-01-01", "2020-01-01"),
        ("anna", "bo", "former", "2020-01-01", ""),
    }


def test_who_move_together_have_not_parted(town):
    rows = [
        home("anna", "Storgatan 1", moved_out="2015-01-01"),
        home("bo", "Storgatan 1", moved_out="2015-01-01"),
        home("anna", "Bygatan 2", moved_in="2015-01-01"),
        home("bo", "Bygatan 2", moved_in="2015-01-01"),
    ]
    town.build(rows)
    assert town.pairs() == {("anna", "bo", "household", "", "")}


def test_neighbours_live_next_door(town):
    rows = [
        home("anna", "Storgatan 10"),
        home("bo", "Storgatan 12"),
        home("cia", "Storgatan 9"),
        home("dan", "Storgatan 10 B"),
        home("eva", "Storgatan 13"),
        home("fia", "Bygatan 10"),
        home("gun", "Storgatan 12", apartment="1101"),
    ]
    town.build(rows)
    assert {(pair[1], pair[2]) for pair in town.pairs()} == {
        ("bo", "neighbour"),
        ("cia", "neighbour"),
        ("dan", "neighbour"),
    }


def test_neighbours_in_a_house_of_flats_share_entrance_and_floor(town):
    rows = [
        home("anna", "Storgatan 10 A", apartment="1201"),
        home("bo", "Storgatan 10A", apartment="1202"),
        home("cia", "Storgatan 10 A", apartment="1301"),
        home("dan", "Storgatan 10 B", apartment="1202"),
    ]
    town.build(rows)
    assert {(pair[1], pair[2]) for pair in town.pairs()} == {("bo", "neighbour")}


def test_neighbours_on_one_property_where_no_street_is_named(town):
    rows = [
        {"number": "anna", "property": "Bosgården 1:12", "street": "Bosgården"},
        {"number": "bo", "property": "BOSGÅRDEN 1:12", "street": "Bosgårdens stuga"},
        {"number": "cia", "property": "Bosgården 1:13", "street": "Lillgården"},
    ]
    town.build(rows)
    assert {(pair[1], pair[2]) for pair in town.pairs()} == {("bo", "neighbour")}


def test_a_neighbour_who_is_family_is_family(town):
    town.build([home("anna", "Storgatan 1", relation="FA", relation_number="bo"), home("bo", "Storgatan 3")])
    assert town.pairs() == {("anna", "bo", "parent", "", "")}


def test_an_address_of_many_is_no_household(tmp_path):
    names = ("anna", "bo", "cia", "dan")
    rows = [home(name, "Hemmet 1") for name in names]
    town = Town(tmp_path, household_most=3)
    town.build(rows)
    assert town.pairs() == set()
    town.build(rows[:3])
    assert {pair[1] for pair in town.pairs()} == {"bo", "cia"}


@pytest.mark.parametrize("hidden", ["anna", "bo"])
@pytest.mark.parametrize("word", ["J", "sekretessmarkering", "ett okänt ord"])
def test_of_the_protected_no_address_is_used_or_kept(town, hidden, word):
    """An employee, or the other; by any row of hers, also one whose word can't be read."""
    rows = [
        home("anna", "Storgatan 1", surname="Ovanlig"),
        home("bo", "Storgatan 1", surname="Ovanlig"),
        home("cia", "Storgatan 3"),
        {"number": hidden, "protected": word},
        related("anna", "M", "dan"),
    ]
    town.build(rows, staff=("anna",))
    kinds = {(pair[1], pair[2]) for pair in town.pairs()}
    assert kinds == {("dan", "spouse")} | ({("cia", "neighbour")} if hidden == "bo" else set())
    mine = [row for row in town.table("subjects") if row["subject"] == hidden]
    assert [(row["address_key"], row["surname_key"], row["protected"]) for row in mine] == [("", "", "true")]


def test_flags_stand_for_everybody_and_keys_only_where_an_employee_shares_them(town):
    rows = [
        home("anna", "Storgatan 1", surname="Ovanlig"),
        home("bo", "Storgatan 1", surname="Annan"),
        home("cia", "Bygatan 7", surname="ovanlig"),
        home("dan", "Bygatan 9", surname="Tredje", deceased="2020-01-01"),
        home("eva", "Bygatan 11", surname="Fjärde"),
        {"number": "fia", "protected": "1"},
    ]
    town.build(rows)
    found = {row["subject"]: row for row in town.table("subjects")}
    assert set(found) == {"anna", "bo", "cia", "dan", "fia"}
    assert found["anna"]["surname_key"] == found["cia"]["surname_key"] != ""
    assert found["anna"]["address_key"] == found["bo"]["address_key"] != ""
    assert (found["bo"]["surname_key"], found["cia"]["address_key"]) == ("", "")
    assert (found["dan"]["deceased"], found["dan"]["address_key"], found["dan"]["surname_key"]) == ("true", "", "")
    assert (found["fia"]["protected"], found["anna"]["protected"]) == ("true", "false")
    assert (found["anna"]["person"], found["bo"]["person"]) == ("staff_anna", "")


def test_a_surname_of_many_is_no_key(tmp_path):
    town = Town(tmp_path, surname_most=2)
    rows = [{"number": name, "surname": "Vanlig"} for name in ("anna", "bo", "cia")]
    town.build(rows)
    assert {row["surname_key"] for row in town.table("subjects")} == {""}
    town.build(rows[:2])
    assert len({row["surname_key"] for row in town.table("subjects")} - {""}) == 1


def test_an_address_holds_while_one_lives_there(town):
    rows = [
        home("anna", "Storgatan 1", moved_in="2010-01-01", moved_out="2020-01-01"),
        home("anna", "Bygatan 2", moved_in="2020-01-01"),
    ]
    town.build(rows)
    # Rows come in the order of their keys, which are another town's in another town.
    found = sorted((row["valid_from"], row["valid_to"], bool(row["address_key"])) for row in town.table("subjects"))
    assert found == [("", "2010-01-01", False), ("2010-01-01", "2020-01-01", True), ("2020-01-01", "", True)]


def test_a_day_that_the_register_does_not_know_is_the_widest(town):
    town.build([related("anna", "M", "bo", "19900000", "20100200")])
    assert ("anna", "bo", "spouse", "1990-01-01", "2010-02-28") in town.pairs()


def test_a_parent_of_very_many_makes_no_siblings(town):
    children = {f"child{at}": number(date(1990, 1 + at // 28, 1 + at % 28)) for at in range(41)}
    town.numbers |= children
    town.build([related(name, "MO", "bo") for name in children], staff=("child0",))
    assert town.pairs() == {("child0", "bo", "parent", "", "")}


def test_an_employee_with_two_ids_has_pairs_under_both(town):
    staff = town.staff("anna")
    staff.write_text(staff.read_text() + f"also_anna;{town.numbers['anna']}\n")
    build(town.settings, [town.register(related("anna", "M", "bo"))], [staff])
    assert {(row["person"], row["kind"]) for row in town.table("kin")} == {
        ("staff_anna", "self"),
        ("staff_anna", "spouse"),
        ("also_anna", "self"),
        ("also_anna", "spouse"),
    }
    assert [row["person"] for row in town.table("subjects")] == ["also_anna"]
