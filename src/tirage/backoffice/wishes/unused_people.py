"""What the list of people with unused bottles can be narrowed by."""

from __future__ import annotations

from datetime import datetime

from django import forms
from django.http import QueryDict

from tirage.backoffice.frame.people import words_in
from tirage.customers.rules import fold
from tirage.offers.models import OfferItem, Release
from tirage.wishes.reallocation.statements import Narrowed

_MOST = 10_000


class PeopleForm(forms.Form):
    """The filters as a GET form; what can't be read filters nothing."""

    q = forms.CharField(label="Name or e-mail", required=False, max_length=200)
    wine = forms.ChoiceField(label="Wine", required=False)
    group = forms.ChoiceField(label="Group", required=False)
    state = forms.ChoiceField(
        label="Left",
        required=False,
        choices=[("", "Any"), ("certain", "For certain: their time is over"), ("open", "May still be taken")],
    )
    bought = forms.ChoiceField(
        label="Took",
        required=False,
        choices=[("", "Any"), ("yes", "Took some"), ("no", "Took none"), ("all", "Took all")],
    )
    at_least = forms.IntegerField(label="Left at least", required=False, min_value=1, max_value=_MOST)

    def __init__(self, release: Release, asked: QueryDict) -> None:
        super().__init__(asked)
        items = list(
            OfferItem.objects.filter(offer__release=release)
            .select_related("sku", "offer__group")
            .order_by("offer__group__rank", "position", "id")
        )
        #: Group names by offer id.
        self.groups = {item.offer_id: item.offer.group.name for item in items}
        self._offers = {item.offer.reference: item.offer_id for item in items}
        self._skus = {item.sku.code: item.sku for item in items}
        self._choose("wine", [("", "All"), *((code, str(sku)) for code, sku in self._skus.items())])
        offers = [(reference, self.groups[key]) for reference, key in self._offers.items()]
        self._choose("group", [("", "All"), *offers])

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices

    @property
    def given(self) -> dict[str, object]:
        """What was filled in rightly."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}

    @property
    def query(self) -> str:
        asked = QueryDict(mutable=True)
        for name, value in self.given.items():
            asked[name] = str(value)
        return asked.urlencode()

    @property
    def sku_id(self) -> int | None:
        """The wine asked for."""
        sku = self._skus.get(str(self.given.get("wine", "")))
        return sku.pk if sku else None

    @property
    def offer_id(self) -> int | None:
        return self._offers.get(str(self.given.get("group", "")))


def narrowed_by(form: PeopleForm, now: datetime) -> Narrowed:
    """The filters as the statement takes them."""
    given = form.given
    at_least = given.get("at_least")
    return Narrowed(
        sku_id=form.sku_id,
        offer_id=form.offer_id,
        goes_on={"certain": False, "open": True}.get(str(given.get("state", ""))),
        bought={"yes": True, "no": False}.get(str(given.get("bought", ""))),
        at_least=at_least if isinstance(at_least, int) else 1,
        took_all=given.get("bought") == "all",
        words=[fold(word) for word in words_in(str(given.get("q", "")))],
    )
