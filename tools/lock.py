"""Write requirements.txt and requirements-dev.txt: every package, its version and its hashes, and no host's name."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = {
    "requirements.txt": [],
    "requirements-dev.txt": ["--group", "dev", "--constraint", "requirements.txt"],
}
OPTIONS = [
    "--universal",
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--no-header",
    "--quiet",
]
LOCAL = re.compile(r"://|^\s*-|/opt/|find-links|index-url", re.MULTILINE)


def main() -> None:
    environment = {name: value for name, value in os.environ.items() if "FIND_LINKS" not in name}
    for name, groups in LOCKS.items():
        compile_lock = [
            Path(sys.executable).parent / "uv",
            "pip",
            "compile",
            *OPTIONS,
            "--upgrade",
            "--python-version",
            "3.11",
        ]
        subprocess.run(
            [*compile_lock, *groups, "pyproject.toml", "--output-file", name],
            cwd=ROOT,
            env=environment,
            check=True,
        )
        text = (ROOT / name).read_text(encoding="utf-8")
        body = re.sub(r"^ +--hash=sha256:[0-9a-f]{64}( \\)?$", "", text, flags=re.MULTILINE)
        if found := LOCAL.search(body):
            sys.exit(
                f"{name} names something of this machine only: {found.group()!r}. It must not be committed."
            )
        print(f"{name}: {len(re.findall('^[a-z0-9]', text, re.MULTILINE))} packages")


if __name__ == "__main__":
    main()
