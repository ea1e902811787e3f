"""Every page of the back office is guarded, and the table of roles is closed by default."""

from __future__ import annotations

import pytest

from tests.web.addresses import Address, addresses
from tests.web.conftest import ClientAs
from tests.world import World
from tirage.staff import permissions
from tirage.staff.permissions import GRANTS, Permission
from tirage.staff.states import Role

ADDRESSES = addresses("backoffice")


@pytest.mark.parametrize("address", ADDRESSES, ids=[one.name for one in ADDRESSES])
def test_every_view_names_its_permissions(address: Address) -> None:
    needed = getattr(address.view, "needed_permissions", None)
    assert needed, f"{address.path} is not guarded by staff_required"
    assert needed <= frozenset(Permission)


def test_the_table_is_closed_by_default() -> None:
    assert GRANTS[Role.OWNER] == frozenset(Permission)
    owners = {Permission.MANAGE_TEAM, Permission.EXPORT_EVERYTHING, Permission.ERASE_CUSTOMERS}
    assert frozenset(Permission) - GRANTS[Role.MANAGER] == owners
    for role in (Role.HOSPITALITY, Role.FULFILMENT, Role.READ_ONLY):
        assert not GRANTS[role] & {
            Permission.REFUND,
            Permission.EDIT_SETTINGS,
            Permission.EDIT_OFFERS,
            Permission.MANAGE_TEAM,
        }
    assert all(not str(permission).startswith(("edit", "refund")) for permission in GRANTS[Role.READ_ONLY])


def test_an_unknown_permission_or_person_is_a_no() -> None:
    assert not permissions.may(object(), Permission.ENTER)
    with pytest.raises(ValueError, match="name at least one"):
        permissions.staff_required()


def test_saving_settings_needs_more_than_seeing_them(client_as: ClientAs, world: World) -> None:
    """A page that shows to some and saves for fewer refuses the save itself."""
    client = client_as(Role.READ_ONLY)
    assert Permission.SEE_SETTINGS not in GRANTS[Role.READ_ONLY]
    assert client.post("/winery/settings/", {"name": "Mine"}).status_code == 403
    world.winery.refresh_from_db()
    assert world.winery.name == "Halcyon Ridge"
