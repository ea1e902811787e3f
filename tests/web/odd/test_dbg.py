import pytest
from tests.web.stage import build_stage
from tests.web.odd.search import *
@pytest.mark.django_db
def test_x():
    stage = build_stage(); s = Search()
    import django.test
    from tests.web.odd import values
    from django.urls import reverse
    path = reverse("backoffice:collection_retry", kwargs=stage.known["collection"])
    for pairs in ([], [("csrfmiddlewaretoken","x")], [("csrfmiddlewaretoken", values.LONG)]):
        a = s.send(stage.clients["owner"], "post", path, encoded(pairs))
        print(a.status, a.wrote, a.location, len(a.body), a.body[:50])
        import re
        print(re.sub(r"<[^>]+>|\s+"," ",a.body)[:1500])
