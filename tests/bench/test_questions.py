from analytics.question import arguments, questions
from tests.bench.questions import ASKED


def test_each_question_has_what_it_asks_for():
    known = questions()
    assert ASKED.keys() <= known.keys()
    for name, file in known.items():
        arguments(file, ASKED.get(name, {}))
