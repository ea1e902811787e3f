import time, os
from importlib import import_module
from pathlib import Path
from django.urls import reverse
from tests.web.stage import build_stage
from tests.web.odd.search import *
from tests.web.odd.asking import *
import pytest
HERE = Path(__file__).parents[1]
def declared():
    for interface in ("backoffice", "storefront"):
        for file in sorted((HERE / interface).rglob("test_pages.py")):
            module = import_module(".".join(("tests.web", *file.relative_to(HERE).with_suffix("").parts)))
            for page in module.TestPages.pages:
                yield interface, page

@pytest.mark.django_db
def test_trial():
    stage = build_stage()
    s = Search()
    each = int(os.environ.get("EACH", "3"))
    a = Asker(s, each, int(os.environ.get("SWEEPS", "4")))
    t = time.time()
    bare = []
    known=set()
    def say(what):
        print(what, s.asked, round(time.time()-t, 1), flush=True)
        for k in s.faults.keys() - known:
            known.add(k)
            print("FAULT", k, "\n   ", s.faults[k][:3000], flush=True)
    for interface, page in declared():
        for who in (["owner"] if interface == "backoffice" else ["ana", "ben", "stranger"]):
            path = reverse(f"{interface}:{page.name}", kwargs=stage.known[page.about])
            target = Target(who, stage.clients[who], f"{interface}:{page.name}", path, page.methods)
            if "get" in page.methods: a.look(target)
            if "post" in page.methods: bare.append(target)
    say("looked")
    for target, form in list(a.forms.values()):
        a.submit(target, form)
        say(form.address)
    addr = {f.address for _, f in a.forms.values()}
    for target in bare:
        if target.name not in addr:
            a.post_bare(target); say(target.name)
