"""Record the code of a run.

It records git revision and patch with secrets redacted, and checks out revisions into a worktree per arm.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import unified_diff
from pathlib import Path
from typing import Any, Final

from seedspread.errors import Conflict, InvalidInput
from seedspread.recording.records import slug

_LARGEST_PATCH: Final = 5_000_000  # larger differences are data or generated files under version control
_AS_PATCH: Final = ("--no-color", "--no-ext-diff", "--submodule=diff")
_SECRETS: Final = re.compile(
    r"""AKIA[0-9A-Z]{16}                                          # AWS
    | \b(?:ghp|gho|ghs|github_pat|glpat|hf|sk|pk|rk|xox[abp])[-_][A-Za-z0-9_-]{16,}  # GitHub, GitLab, HF, OpenAI, Slack
    | -----BEGIN[ ][A-Z ]*PRIVATE[ ]KEY-----
    | (?:api_?key|secret|token|passw(?:or)?d)["']?\s*[:=]\s*["']?[^\s"']{8,}
    | ://[^/\s:@]+:[^/\s:@]+@""",
    re.VERBOSE | re.IGNORECASE,
)
_SECRET_FLAG: Final = re.compile(r"--?[\w-]*(?:api-?_?key|secret|token|passw(?:or)?d)[\w-]*", re.IGNORECASE)
BETWEEN: Final = "between-arms.patch"
"""File of a study's folder `code` with what differs between the arms."""
REDACTED: Final = "[redacted: looks like a secret]"


@dataclass(frozen=True)
class CodeState:
    """State of the code that ran.

    It holds commit, branch, whether tracked files differ from the commit, and their patch with secrets redacted.
    """

    commit: str = ""
    branch: str = ""
    dirty: bool = False
    patch: str = ""
    patch_sha256: str = ""
    redacted: int = 0
    untracked: int = 0
    facts: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the state without the patch, for a manifest."""
        if not self.commit:
            return dict(self.facts)
        return {
            "commit": self.commit,
            "branch": self.branch,
            "dirty": self.dirty,
            "patch_sha256": self.patch_sha256,
            "untracked_files": self.untracked,
            **self.facts,
        }


def code_state(folder: Path) -> CodeState:
    """Return the git state of a folder.

    It is empty if there is no repository, commit or git.
    """
    commit = _git(folder, "rev-parse", "HEAD")
    if not commit:
        return CodeState()
    # Tracked files alone: what is ignored or untracked, such as .env, never gets into a record.
    patch = _git(folder, "diff", "HEAD", *_AS_PATCH, strip=False)
    if len(patch) > _LARGEST_PATCH:
        digest = hashlib.sha256(patch.encode("utf-8", "surrogateescape")).hexdigest()
        return CodeState(commit, _branch(folder), True, "", digest, facts={"patch": "too large"})
    clean, redacted = without_secrets(patch)
    digest = hashlib.sha256(patch.encode("utf-8", "surrogateescape")).hexdigest() if patch else ""
    untracked = len(_git(folder, "ls-files", "--others", "--exclude-standard").splitlines())
    return CodeState(commit, _branch(folder), bool(patch), clean, digest, redacted, untracked)


def without_secrets(text: str) -> tuple[str, int]:
    """Redact lines that look like secrets, and count them."""
    lines = text.split("\n")
    redacted = [f"{line[:1]}{REDACTED}" if _SECRETS.search(line) else line for line in lines]
    return "\n".join(redacted), sum(a != b for a, b in zip(lines, redacted, strict=True))


def command_without_secrets(command: list[str]) -> list[str]:
    """Redact secrets in a command.

    These are values of options with names such as `--token`, and arguments that look like a secret.
    """
    clean = []
    hide = False
    for part in command:
        name, equals, _ = part.partition("=")
        if hide or _SECRETS.search(part):
            clean.append(REDACTED)
            hide = False
        elif _SECRET_FLAG.fullmatch(name):
            clean.append(f"{name}={REDACTED}" if equals else part)
            hide = not equals
        else:
            clean.append(part)
    return clean


def add_worktree(repository: Path, reference: str, folder: Path, link: tuple[str, ...]) -> CodeState:
    """Check out a revision in a worktree of its own.

    Paths in `link` that git does not track are linked into the worktree.

    Raises:
        InvalidInput: there is no repository, no such revision, or no such path to link.
    """
    commit = commit_of(repository, reference)
    if not commit:
        raise InvalidInput("--arm", f"git:{reference}", "a revision of this repository")
    if not (folder / ".git").exists() or _git(folder, "rev-parse", "HEAD") != commit:
        remove_worktree(repository, folder)
        folder.parent.mkdir(parents=True, exist_ok=True)
        done = _run(repository, "worktree", "add", "--detach", "--force", str(folder), commit)
        if done.returncode:
            raise InvalidInput(
                "--arm", f"git:{reference}", f"a revision that can be checked out ({done.stderr.strip()})"
            )
        _add_submodules(repository, folder)
    for path in link:
        source, target = repository / path, folder / path
        if not source.exists():
            raise InvalidInput("--link", path, "a file or folder that exists")
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(source.absolute())
    return CodeState(commit, reference)


def commit_of(repository: Path, reference: str) -> str:
    """Return the commit of a revision, or an empty string."""
    return _git(repository, "rev-parse", "--verify", f"{reference}^{{commit}}")


def _submodules(worktree: Path) -> dict[str, str]:
    """Return the commit of each submodule by its path."""
    entries = (line.partition("\t") for line in _git(worktree, "ls-tree", "-r", "HEAD").splitlines())
    return {path: facts.split()[2] for facts, _, path in entries if facts.split()[1] == "commit"}


def _add_submodules(repository: Path, folder: Path) -> None:
    """Check out the submodules of a worktree from local clones.

    One that the repository has not cloned stays empty.

    Raises:
        InvalidInput: the clone lacks the commit.
    """
    for path, commit in _submodules(folder).items():
        clone = repository / path
        if not (clone / ".git").exists():
            continue
        done = _run(clone, "worktree", "add", "--detach", "--force", str(folder / path), commit)
        if done.returncode:
            expected = f"a revision whose submodules are here: in {path}, use `git fetch` ({done.stderr.strip()})"
            raise InvalidInput("--arm", f"{path} at {commit[:12]}", expected)
        _add_submodules(clone, folder / path)


def apply_patch(worktree: Path, patch: Path) -> None:
    """Apply a recorded patch to a worktree.

    Raises:
        Conflict: it does not apply, for example since it changes a binary file.
    """
    _run(worktree, "checkout", "--force", "HEAD", "--", ".")
    done = _run(worktree, "apply", "--whitespace=nowarn", str(patch.absolute()))
    if done.returncode:
        raise Conflict(f"the run's uncommitted changes cannot be applied: {done.stderr.strip().splitlines()[0]}")


def remove_worktree(repository: Path, folder: Path) -> None:
    """Remove a worktree and its registration."""
    if folder.exists():
        for path in _submodules(folder):
            if (repository / path / ".git").exists():
                remove_worktree(repository / path, folder / path)
        _run(repository, "worktree", "remove", "--force", str(folder))
        shutil.rmtree(folder, ignore_errors=True)
    _run(repository, "worktree", "prune")


def code_difference(repository: Path, a: str, b: str) -> str:
    """Return the patch from one commit to another, secrets redacted."""
    return without_secrets(_git(repository, "diff", *_AS_PATCH, a, b, strip=False))[0]


def write_patches(
    folder: Path,
    root: Path | None,
    states: Mapping[str, CodeState],
    worktrees: Mapping[str, Path],
    configs: Mapping[str, Sequence[Path]],
) -> Path | None:
    """Write each arm's patch, and what differs between the arms.

    Return the path of the latter, if they differ.

    Args:
        folder: for the patches; made if there is one.
        root: of the repository.
        states: code of each arm, the baseline first.
        worktrees: folder in which each arm runs.
        configs: configuration files that each arm names.
    """
    patches = {f"{slug(name)}.patch": state.patch for name, state in states.items()}
    commits = list(dict.fromkeys(state.commit for state in states.values() if state.commit))
    between = code_difference(root, commits[0], commits[1]) if root is not None and len(commits) > 1 else ""
    baseline, *others = configs
    texts = {name: [(str(path), worktrees[name] / path) for path in paths] for name, paths in configs.items()}
    between += "".join(_config_difference(texts[baseline], texts[other]) for other in others)
    for name, patch in (patches | {BETWEEN: between}).items():
        if patch:
            folder.mkdir(exist_ok=True)
            (folder / name).write_text(patch, "utf-8", "surrogateescape")
    return folder / BETWEEN if between else None


def _config_difference(ours: Sequence[tuple[str, Path]], theirs: Sequence[tuple[str, Path]]) -> str:
    """Return the patch from an arm's configuration files to another's, secrets redacted."""
    patch = ""
    for (before, a), (after, b) in zip(ours, theirs, strict=False):
        old, new = (path.read_text("utf-8", "surrogateescape").splitlines() for path in (a, b))
        patch += "".join(f"{line}\n" for line in unified_diff(old, new, before, after, lineterm=""))
    return without_secrets(patch)[0]


def top_level(folder: Path) -> Path | None:
    """Return the repository's root, or None."""
    root = _git(folder, "rev-parse", "--show-toplevel")
    return Path(root) if root else None


def start_probe(program: str, folder: Path) -> subprocess.Popen[str] | None:
    """Ask the command's Python for its version and packages."""
    if not Path(program).name.startswith("python"):
        return None
    # Names of the folders, not their contents: reading 200 packages' metadata takes a second of processor time.
    script = (
        "import glob, json, os, platform, sys\nnames = [os.path.basename(found).rpartition('.')[0].split('-')[:2] "
        "for path in reversed(sys.path) for kind in ('dist', 'egg') "
        "for found in glob.glob(os.path.join(glob.escape(path), '*-*.' + kind + '-info'))]\n"
        "print(json.dumps({'python': platform.python_version(), 'executable': sys.executable, "
        "'packages': {name.replace('_', '-'): version for name, version in names}}))"
    )
    try:
        return subprocess.Popen(  # noqa: S603 (the interpreter of the command)
            [program, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=folder
        )
    except OSError:
        return None


def environment_facts(probe: subprocess.Popen[str] | None) -> dict[str, Any]:
    """Return facts about the machine, with the probe's answer."""
    facts: dict[str, Any] = {"machine": platform.machine(), "system": platform.platform(), "cpus": os.cpu_count()}
    if probe is not None:
        try:
            facts |= json.loads(probe.communicate(timeout=10)[0])
        except (ValueError, subprocess.TimeoutExpired):
            probe.kill()
            probe.communicate()
    return facts


def _branch(folder: Path) -> str:
    name = _git(folder, "rev-parse", "--abbrev-ref", "HEAD")
    return "" if name == "HEAD" else name


def _git(folder: Path, *arguments: str, strip: bool = True) -> str:
    """Return git's output, or an empty string if it fails."""
    try:
        done = _run(folder, *arguments)
    except OSError:
        return ""
    if done.returncode:
        return ""
    return done.stdout.strip() if strip else done.stdout


def _run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 (git, with our own arguments)
        ["git", "-C", str(folder), *arguments],  # noqa: S607
        capture_output=True,
        text=True,
        errors="surrogateescape",
        check=False,
        timeout=120,
    )
