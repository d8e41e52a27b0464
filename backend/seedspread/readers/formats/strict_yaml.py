"""Load YAML strictly: plain values as in YAML 1.2, each key once."""

from __future__ import annotations

import re
from typing import Any, ClassVar

import yaml

MAX_VALUES = 1_000_000
"""Values that a document may hold once its aliases are written out."""


class KeyGivenTwice(yaml.MarkedYAMLError):
    """Duplicate key in one mapping; `problem` is the key."""


class StrictLoader(yaml.SafeLoader):
    """Safe YAML loader without the surprises of YAML 1.1.

    Plain values follow the core schema of YAML 1.2 (section 10.3.2): `010` is ten, `1:30` and `yes` are text, `1e-3` is
    a number. PyYAML reads them as 8, 90, true and text. Dates stay dates, so that callers can refuse them by name.
    """

    yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, re.Pattern[str]]]]] = {  # type: ignore[misc]
        # PyYAML looks its patterns up by a value's first character.
        first: [(tag, pattern) for tag, pattern in resolvers if tag.endswith((":timestamp", ":merge", ":null"))]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def get_single_node(self) -> Any:
        """Return the document's root node.

        Raises:
            yaml.MarkedYAMLError: aliases stand for more than a million values, or one for itself.
        """
        root = super().get_single_node()
        if root is not None:
            _values(root, {})
        return root

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        """Build a mapping node before other mappings are merged into it.

        Raises:
            KeyGivenTwice: PyYAML would take the last value silently.
        """
        node = super().compose_mapping_node(anchor)
        keys: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in keys:
                    raise KeyGivenTwice(problem=key.value, problem_mark=key.start_mark)
                keys.add(key.value)
        return node

    def construct_whole_number(self, node: yaml.ScalarNode) -> int:
        """Return a decimal, `0o` octal or `0x` hexadecimal number."""
        text = str(self.construct_scalar(node))
        return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))


_NUMBERS = "-+0123456789"
for _tag, _pattern, _first in (
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("int", r"^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$", _NUMBERS),
    ("float", r"^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)$", _NUMBERS + "."),
    ("float", r"^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$", "-+."),
):
    StrictLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_first))
StrictLoader.add_constructor("tag:yaml.org,2002:int", StrictLoader.construct_whole_number)


def load(text: str) -> Any:
    """Load one document.

    Raises:
        KeyGivenTwice: a mapping names a key twice.
        yaml.YAMLError: the text is malformed, or its aliases stand for more than a million values.
        ValueError: a date that does not exist.
        RecursionError: a structure nested about a thousand deep.
    """
    return yaml.load(text, StrictLoader)  # noqa: S506 - a SafeLoader


def _values(node: yaml.Node, counted: dict[int, int]) -> int:
    if id(node) in counted:
        values = counted[id(node)]
    else:
        counted[id(node)] = MAX_VALUES + 1  # until it is counted: an alias inside its own anchor has no end
        inner = node.value if isinstance(node.value, list) else []
        parts = [part for item in inner for part in (item if isinstance(item, tuple) else (item,))]
        values = counted[id(node)] = 1 + sum(_values(part, counted) for part in parts)
    if values > MAX_VALUES:
        problem = f"aliases that stand for more than {MAX_VALUES:,} values"
        raise yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark)
    return values
