"""tools/bootstrap with interpreters that only pretend: what it refuses, installs, repeats, leaves alone."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

# An interpreter of the claimed version, which notes the calls of venv and pip and runs all else for real.
PRETENDER = """\
#!/bin/sh
if [ "$1 $2" = "-m venv" ]; then
    echo "venv" >>"$CALLS"
    mkdir -p "$3/bin" && cp "$0" "$3/bin/python"
elif [ "$1 $2" = "-m pip" ]; then
    shift 2
    case "$*" in --version) exit 0 ;; esac
    shift
    echo "$*" >>"$CALLS"
    case "$*" in *"${FAILS:-nothing fails}"*) exit 1 ;; esac
elif [ "$1 $2" = "-c import ensurepip, venv" ]; then
    [ -e "$WITHOUT_ENSUREPIP" ] && exit 1 || exit 0
else
    exec REAL -c "import platform, sys
sys.version_info = VERSION
platform.python_version = lambda: '.'.join(map(str, VERSION))
$2"
fi
"""
TOOLS = ["sh", "cat", "cksum", "cp", "dirname", "head", "mkdir", "rm", "sleep"]
INSTALLATION = [
    "install --quiet torch==2.13.0",
    "install --quiet --require-hashes -r requirements.lock",
    "install --quiet --no-deps --no-build-isolation -e .",
]


class Checkout:
    """A directory with the script under test, and a PATH that holds only what a test puts there."""

    def __init__(self, directory: Path, script: Path) -> None:
        self.root = directory / "a checkout"
        self.tools = directory / "bin"
        self.calls = directory / "calls"
        self.without_ensurepip = directory / "without-ensurepip"
        (self.root / "tools").mkdir(parents=True)
        self.tools.mkdir()
        shutil.copy(script, self.root / "tools/bootstrap")
        (self.root / "pyproject.toml").write_text("[project]\n")
        (self.root / "requirements.lock").write_text("numpy==2.4.6\n")
        for name in TOOLS:
            (self.tools / name).symlink_to(shutil.which(name))

    def command(self, name: str, text: str) -> None:
        path = self.tools / name
        path.write_text(text)
        path.chmod(0o755)

    def python(self, name: str, version: tuple[int, int, int]) -> None:
        self.command(name, PRETENDER.replace("REAL", f"'{sys.executable}'").replace("VERSION", str(version)))

    def bootstrap(self, **variables: str) -> subprocess.CompletedProcess:
        environment = {
            "PATH": str(self.tools),
            "CALLS": str(self.calls),
            "WITHOUT_ENSUREPIP": str(self.without_ensurepip),
            **variables,
        }
        return subprocess.run(
            ["sh", "tools/bootstrap"],
            cwd=self.root,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def new_calls(self) -> list[str]:
        """Return what was called since the last time that this was asked."""
        calls = self.calls.read_text().splitlines() if self.calls.exists() else []
        self.calls.unlink(missing_ok=True)
        return calls


@pytest.fixture
def checkout(root, tmp_path):
    return Checkout(tmp_path, root / "tools/bootstrap")


@pytest.fixture
def installed(checkout):
    checkout.python("python3", (3, 12, 3))
    assert checkout.bootstrap().returncode == 0
    assert checkout.new_calls() == ["venv", *INSTALLATION]
    return checkout


def test_an_old_python_is_refused_with_one_sentence(checkout):
    checkout.python("python3", (3, 10, 12))
    outcome = checkout.bootstrap()
    assert outcome.returncode == 1
    assert outcome.stdout == ""
    assert outcome.stderr == (
        "This book needs Python 3.11 or newer, but python3 is Python 3.10.12: install a newer one, or name "
        "it with PYTHON, as in 'make book PYTHON=python3.12'.\n"
    )
    assert not (checkout.root / ".venv").exists()


def test_no_python_at_all_is_said_so(checkout):
    outcome = checkout.bootstrap()
    assert outcome.returncode == 1
    assert "python3 was not found" in outcome.stderr


def test_a_newer_python_is_found_beside_an_old_python3(checkout):
    checkout.python("python3", (3, 10, 12))
    checkout.python("python3.13", (3, 13, 1))
    outcome = checkout.bootstrap()
    assert outcome.returncode == 0
    assert "Python 3.13.1" in outcome.stderr


def test_the_named_python_is_taken_or_refused_but_never_replaced(checkout):
    checkout.python("python3", (3, 12, 3))
    checkout.python("other", (3, 10, 0))
    outcome = checkout.bootstrap(PYTHON="other")
    assert outcome.returncode == 1
    assert "other is Python 3.10.0" in outcome.stderr
    checkout.python("other", (3, 11, 0))
    assert "Python 3.11.0" in checkout.bootstrap(PYTHON="other").stderr


def test_a_complete_environment_is_left_alone(installed):
    outcome = installed.bootstrap()
    assert (outcome.returncode, outcome.stdout, outcome.stderr) == (0, "", "")
    assert installed.new_calls() == []


@pytest.mark.parametrize("name", ["pyproject.toml", "requirements.lock"])
def test_changed_pins_are_installed_into_the_same_environment(installed, name):
    (installed.root / name).write_text("something else\n")
    assert installed.bootstrap().returncode == 0
    assert installed.new_calls() == INSTALLATION


def test_another_torch_can_be_asked_for(installed):
    assert installed.bootstrap(TORCH="a wheel.whl").returncode == 0
    assert installed.new_calls() == ["install --quiet a wheel.whl", *INSTALLATION[1:]]


@pytest.mark.parametrize("step", range(3))
def test_an_installation_that_failed_is_repeated_from_the_start(checkout, step):
    checkout.python("python3", (3, 12, 3))
    outcome = checkout.bootstrap(FAILS=INSTALLATION[step])
    assert outcome.returncode == 1
    assert "Run make again" in outcome.stderr
    assert checkout.new_calls() == ["venv", *INSTALLATION[: step + 1]]
    assert checkout.bootstrap().returncode == 0
    assert checkout.new_calls() == ["venv", *INSTALLATION]


def test_an_installation_that_was_killed_is_repeated_from_the_start(installed):
    ended = subprocess.Popen(["true"])
    ended.wait()
    (installed.root / ".venv/installing").write_text(f"{ended.pid}\n")
    assert installed.bootstrap().returncode == 0
    assert installed.new_calls() == ["venv", *INSTALLATION]


def test_a_second_set_up_waits_for_the_first(installed):
    marker = installed.root / ".venv/installing"
    marker.write_text(f"{os.getpid()}\n")
    # The sleep between two looks is where the first set-up ends.
    (installed.tools / "sleep").unlink()
    installed.command("sleep", f"#!/bin/sh\nrm '{marker}'\n")
    outcome = installed.bootstrap()
    assert outcome.returncode == 0
    assert f"process {os.getpid()}" in outcome.stderr
    assert installed.new_calls() == []


def test_a_moved_checkout_is_installed_anew(installed):
    moved = installed.root.with_name("moved")
    installed.root.rename(moved)
    installed.root = moved
    assert installed.bootstrap().returncode == 0
    assert installed.new_calls() == ["venv", *INSTALLATION]


def test_without_ensurepip_a_reader_is_told_the_command(checkout):
    checkout.python("python3", (3, 12, 3))
    checkout.without_ensurepip.touch()
    checkout.command("apt-get", "#!/bin/sh\nexit 1\n")
    checkout.command("id", "#!/bin/sh\necho 1000\n")
    outcome = checkout.bootstrap()
    assert outcome.returncode == 1
    assert outcome.stderr == (
        "python3 cannot create virtual environments yet. Run 'sudo apt-get install python3.12-venv' and then "
        "make again.\n"
    )


def test_without_ensurepip_root_gets_it_installed(checkout):
    checkout.python("python3", (3, 12, 3))
    checkout.without_ensurepip.touch()
    checkout.command("apt-get", '#!/bin/sh\necho "apt-get $*" >>"$CALLS"\n')
    checkout.command("id", "#!/bin/sh\necho 0\n")
    assert checkout.bootstrap().returncode == 0
    assert checkout.new_calls() == [
        "apt-get update",
        "apt-get install -y --no-install-recommends python3.12-venv",
        "venv",
        *INSTALLATION,
    ]
