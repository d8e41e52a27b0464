"""Where the broker is looked for."""

from __future__ import annotations

from pathlib import Path

from seedspread.queue.address import DEFAULT_URL, broker_url, note
from seedspread.settings import AppSettings


def test_the_setting_comes_first_then_the_embedded_server_then_the_usual_place(tmp_path: Path) -> None:
    assert broker_url(AppSettings(data_dir=tmp_path)) == DEFAULT_URL

    note(tmp_path).parent.mkdir()
    note(tmp_path).write_text("redis://:word@127.0.0.1:7001/0\n", encoding="utf-8")

    assert broker_url(AppSettings(data_dir=tmp_path)) == "redis://:word@127.0.0.1:7001/0"
    assert broker_url(AppSettings(data_dir=tmp_path, broker_url="redis://elsewhere/1")) == "redis://elsewhere/1"
