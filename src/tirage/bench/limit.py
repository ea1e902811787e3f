"""The limit: the least SQL that a journey can be, sent by pgbench from eight clients to the same server.

Three commits, as a journey has: two bottles held; the order with its lines and payment; the payment settled. Bare
tables with nothing but primary keys and the hold's index, so that no shop can be faster on this machine.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path

TABLES = """
CREATE TABLE limit_stock (id int PRIMARY KEY, on_hand int, sold int, held int, CHECK (sold + held <= on_hand));
CREATE TABLE limit_hold (holder int, stock int, quantity int, until timestamptz, PRIMARY KEY (holder, stock));
CREATE TABLE limit_order (id bigserial PRIMARY KEY, customer int, state text, owed bigint, paid bigint);
CREATE TABLE limit_line (id bigserial PRIMARY KEY, order_id bigint, stock int, quantity int, price bigint);
CREATE TABLE limit_payment (id bigserial PRIMARY KEY, order_id bigint, state text, amount bigint);
INSERT INTO limit_stock SELECT n, 100000000, 0, 0 FROM generate_series(1, 320) n;
"""

JOURNEY = """
\\set one random(1, {skus} - 1)
\\set two :one + 1
\\set holder random(1, 2000000000)
BEGIN;
INSERT INTO limit_hold VALUES (:holder, :one, 1, now()), (:holder, :two, 1, now());
UPDATE limit_stock SET held = held + 1 WHERE id = :one;
UPDATE limit_stock SET held = held + 1 WHERE id = :two;
COMMIT;
BEGIN;
INSERT INTO limit_order (customer, state, owed, paid) VALUES (:holder, 'pending', 24000, 0) RETURNING id AS oid \\gset
INSERT INTO limit_line (order_id, stock, quantity, price) VALUES (:oid, :one, 1, 12000), (:oid, :two, 1, 12000);
INSERT INTO limit_payment (order_id, state, amount) VALUES (:oid, 'pending', 24000) RETURNING id AS pid \\gset
DELETE FROM limit_hold WHERE holder = :holder;
UPDATE limit_stock SET held = held - 1, sold = sold + 1 WHERE id = :one;
UPDATE limit_stock SET held = held - 1, sold = sold + 1 WHERE id = :two;
COMMIT;
BEGIN;
UPDATE limit_payment SET state = 'settled' WHERE id = :pid;
UPDATE limit_order SET state = 'placed', paid = 24000 WHERE id = :oid;
COMMIT;
"""


def measure_limit(programs: Path, folder: Path, *, skus: int, seconds: int) -> float:
    """Journeys a second over so many wines (2: everybody wants the same two)."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(JOURNEY.format(skus=skus))
        script.flush()
        done = subprocess.run(
            [
                str(programs / "pgbench"),
                *("-h", str(folder), "-U", "tirage", "-n", "-M", "prepared"),
                *("-c", "8", "-j", "2", "-T", str(seconds), "-f", script.name, "tirage"),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    if done.returncode or not found:
        raise RuntimeError(f"pgbench failed: {done.stdout}{done.stderr}")
    return float(found.group(1))
