"""What is recorded of the GPUs that a run was trained on."""

from __future__ import annotations

import pytest

from seedspread.core.environment import environment_differences
from seedspread.core.study import Settings
from seedspread_worker.trainer.libraries import gpu_facts

GPU = Settings(device="gpu")
LISTED = """\
0, GPU-1111-aa, NVIDIA H200, 575.57.08, 143771 MiB
1, GPU-2222-bb, NVIDIA A100-SXM4-40GB, 575.57.08, 40960 MiB
2, GPU-3333-cc, NVIDIA H200, 575.57.08, 143771 MiB"""


@pytest.mark.parametrize(
    ("visible", "names"),
    [
        (None, ["NVIDIA H200", "NVIDIA A100-SXM4-40GB", "NVIDIA H200"]),
        ("GPU-2222-bb", ["NVIDIA A100-SXM4-40GB"]),
        ("GPU-2222", ["NVIDIA A100-SXM4-40GB"]),
        ("1, 0", ["NVIDIA A100-SXM4-40GB", "NVIDIA H200"]),
        ("-1", []),
        ("", []),
    ],
)
def test_a_run_records_the_gpus_that_its_trainer_sees(visible: str | None, names: list[str]) -> None:
    facts = gpu_facts(GPU, LISTED, visible)
    assert [gpu["name"] for gpu in facts] == names
    assert all(gpu["driver"] == "575.57.08" and gpu["memory"].endswith("MiB") for gpu in facts)
    assert gpu_facts(Settings(), LISTED, visible) == []
    assert gpu_facts(GPU, None, visible) == []


def test_two_gpus_of_one_model_are_one_environment_and_two_models_are_two() -> None:
    def environment(uuid: str) -> dict[str, object]:
        return {"gpus": gpu_facts(GPU, LISTED, uuid), "variables": {"CUDA_VISIBLE_DEVICES": uuid}}

    first, other_model, same_model = map(environment, ("GPU-1111-aa", "GPU-2222-bb", "GPU-3333-cc"))
    assert environment_differences(first, same_model) == ()
    (difference,) = environment_differences(first, other_model)
    assert (difference.key, difference.matters) == ("gpus", True)
