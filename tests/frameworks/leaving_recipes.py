"""Free recipes that leave switches of PyTorch or JAX behind."""

from __future__ import annotations

import os
from typing import Any

from seedspread_worker import Field, Metric, RecipeParameters, Run, free_recipe


class Parameters(RecipeParameters):
    """One thing to leave behind."""

    leaves: str = Field("nothing", description="what is left behind")


METRICS = (Metric("value", "maximize"),)


def torch_switches() -> dict[str, Any]:
    """What may be left behind of PyTorch."""
    import torch
    from torch import nn

    def twice(_module: Any, _inputs: Any, output: Any) -> Any:
        return output * 2

    return {
        "nothing": lambda: None,
        "default dtype": lambda: torch.set_default_dtype(torch.float64),
        "threads": lambda: torch.set_num_threads(2),
        "gradients": lambda: torch.set_grad_enabled(False),
        "deterministic algorithms": lambda: torch.use_deterministic_algorithms(False),
        "cuDNN": lambda: setattr(torch.backends.cudnn, "benchmark", True),
        "autocast": lambda: torch.set_autocast_enabled("cpu", True),
        "oneDNN": lambda: torch._C._set_mkldnn_enabled(False),
        "hooks": lambda: nn.modules.module.register_module_forward_hook(twice),
        "denormals": lambda: torch.set_flush_denormal(True),
        "forward": lambda: setattr(nn.Linear, "forward", lambda self, x: x),
    }


@free_recipe(name="leaving-torch", version="1", parameters=Parameters, sources=("init",), metrics=METRICS)
def leaving_torch(run: Run) -> None:
    """A forward pass, and something that is left behind."""
    import torch

    torch.manual_seed(run.seed("init"))
    layer = torch.nn.Linear(64, 64)
    with torch.enable_grad():
        output = layer(torch.randn(8, 64))
    tiny = torch.tensor(1e-40) / 2
    run.weights(1, [output.detach().float()])
    run.log(1, value=float(output.detach().double().sum()), tiny=float(tiny), process=float(os.getpid()))
    torch_switches()[run.parameters.leaves]()


@free_recipe(name="leaving-jax", version="1", parameters=Parameters, sources=("init",), metrics=METRICS)
def leaving_jax(run: Run) -> None:
    """A sum in the precision of the process, and something that is left behind."""
    import jax
    import jax.numpy as jnp

    drawn = jax.random.normal(jax.random.key(run.seed("init")), (64,))
    run.log(1, value=float(jnp.asarray(drawn, dtype=float).sum()), process=float(os.getpid()))
    switches: dict[str, Any] = {
        "nothing": {},
        "jax_enable_x64": {"jax_enable_x64": True},
        "jax_default_prng_impl": {"jax_default_prng_impl": "rbg"},
        "jax_numpy_dtype_promotion": {"jax_numpy_dtype_promotion": "strict"},
    }
    for name, value in switches[run.parameters.leaves].items():
        jax.config.update(name, value)
