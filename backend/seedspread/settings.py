"""Settings from `SEEDSPREAD_*` variables.

Each process builds them when it starts, never at import.
"""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class AppSettings(BaseSettings):
    """Settings of a Seedspread process."""

    model_config = SettingsConfigDict(env_prefix="SEEDSPREAD_", frozen=True, extra="ignore")

    data_dir: Path = Field(Path.home() / ".seedspread", description="the one directory for everything that is kept")
    database_url: str | None = Field(None, description="SQLAlchemy URL; default: SQLite in the data directory")
    broker_url: str | None = Field(None, description="Redis or Valkey URL; default: the embedded Valkey of `up`")
    host: str = Field("127.0.0.1", description="address the API listens on")
    port: int = Field(8321, ge=0, le=65535, description="port the API listens on; 0 takes a free one")
    allowed_hosts: str = Field(
        "", description="comma-separated names the API also answers under, beside those of this machine; * is any"
    )
    auth: Literal["auto", "token"] = Field(
        "auto", description="who is answered: `token` only those who hold one; `auto` the same beyond loopback"
    )
    trusted_proxies: str = Field(
        "127.0.0.1",
        description="comma-separated addresses or networks of proxies whose X-Forwarded-For and -Proto are believed; "
        "* is any",
    )
    requests_per_s: float = Field(
        100, gt=0, description="requests that a token may make a second, and five times as many at once"
    )
    data_roots: str = Field(
        "", description="folders whose files studies may name, beside data/ of the data directory; separated like PATH"
    )
    max_shared_bytes: int = Field(
        256 * 2**20, ge=0, description="size of the largest data file that travels to workers without access to it"
    )
    max_upload_bytes: int = Field(2 * 2**30, ge=1, description="size of the largest data file that may be uploaded")
    max_unpacked_bytes: int = Field(
        2**30, ge=1, description="size that one data file may unpack to when it is read as a table, texts or arrays"
    )
    workers: int | None = Field(None, ge=0, le=1024, description="trainers `up` starts; default: one per core")
    gpus: str | None = Field(
        None, description="numbers of the GPUs a GPU worker trains on, or all; for `up`: start such a worker, too"
    )
    per_gpu: int = Field(1, ge=1, le=64, description="trainers that share a GPU")
    recipes: str = Field("", description="comma-separated modules, .py files or .toml files of commands")
    watch: str = Field(
        "", description="folders of studies that the page shows while they are written; separated like PATH"
    )
    lease_s: float = Field(20.0, gt=0, description="a running run whose worker is silent for this long is lost")
    beat_s: float = Field(3.0, gt=0, description="how often a worker beats while it trains")
    reconcile_s: float = Field(2.0, gt=0, description="how often the API looks for lost runs and unsent messages")
    resend_s: float = Field(15.0, gt=0, description="a queued run waits this long before its message is sent again")
    max_attempts: int = Field(4, ge=1, le=100, description="attempts after which a run that keeps being lost is failed")
    max_kills: int = Field(3, ge=1, le=100, description="attempts after which a run killed for lack of memory fails")
    time_limit_s: float | None = Field(
        None, gt=0, description="a run that trains longer than this on a worker fails, where its study sets no limit"
    )
    flush_s: float = Field(0.25, ge=0, description="metrics are written at least this often while a run trains")
    webhook_url: SecretStr | None = Field(
        None, description="address that alerts are posted to, as Slack takes them; it is secret and never logged"
    )
    public_url: str | None = Field(None, description="address of the page in alerts; default: http://HOST:PORT")
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR")

    @property
    def resolved_database_url(self) -> str:
        """Database URL, with the default filled in."""
        return self.database_url or f"sqlite:///{self.data_dir / 'seedspread.db'}"

    @property
    def requires_token(self) -> bool:
        """True if the API answers only those who hold a token.

        Loopback is for one person, who has nothing to sign in to. There is no way to answer a network without tokens.
        """
        return self.auth == "token" or not is_loopback(self.host)

    @property
    def data_folders(self) -> tuple[Path, ...]:
        """Folders whose files a request may name, the own one first."""
        further = (Path(folder) for folder in self.data_roots.split(os.pathsep) if folder.strip())
        return (self.data_dir / "data", *further)

    @property
    def watched_folders(self) -> tuple[Path, ...]:
        """Folders of studies that are shown while they are written."""
        return tuple(Path(folder) for folder in self.watch.split(os.pathsep) if folder.strip())

    @property
    def upload_folder(self) -> Path:
        """Folder of uploaded data files."""
        return self.data_dir / "data" / "uploads"

    @property
    def recipe_modules(self) -> tuple[str, ...]:
        """Modules named by `recipes`."""
        return tuple(name.strip() for name in self.recipes.split(",") if name.strip())

    @property
    def recipes_note(self) -> Path:
        """File in which a worker notes that its recipes are published.

        It holds the reason if publishing failed.
        """
        return self.data_dir / "run" / "recipes"

    def as_environment(self) -> dict[str, str]:
        """Return environment variables that give a child process these settings."""
        values = {name: value for name, value in self.model_dump(mode="json").items() if value is not None}
        if self.webhook_url is not None:
            values["webhook_url"] = self.webhook_url.get_secret_value()
        return {f"SEEDSPREAD_{name.upper()}": str(value) for name, value in values.items()}


def is_loopback(host: str) -> bool:
    """Tell whether a host is reached from this machine alone."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def cores() -> int:
    """Count the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
