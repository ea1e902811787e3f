import pytest

from tests.rooms.test_schema import ON_FILE, described


@pytest.mark.django_db
def test_w():
    ON_FILE.write_text("\n".join(described()) + "\n")
