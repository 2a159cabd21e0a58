"""What verl loads in each of its processes (entry point ``verl.plugins``): registers trainer, estimator and manager.

verl loads plug-ins while it is itself half imported, and tells nobody when one fails. So nothing of verl is imported here:
each part registers itself when verl has imported the module with the register, and a failure there is raised there.
"""

# pyright: reportMissingImports=false

import sys
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import Any, Final


def _estimator() -> None:
    from verl.trainer.ppo.core_algos import register_adv_est

    from rvpo.trainer.verl_plugin.trainer import estimate

    register_adv_est("rvpo")(estimate)


def _trainer() -> None:
    from verl.trainer.ppo.v1.trainer_base import register_trainer

    from rvpo.trainer.verl_plugin.trainer import MODE, trainer_class

    register_trainer(MODE)(trainer_class())


def _manager() -> None:
    from verl.experimental.reward_loop.reward_manager import register

    from rvpo.trainer.verl_plugin.manager import manager_class

    register("rvpo")(manager_class())


REGISTERS: Final[dict[str, Callable[[], None]]] = {
    "verl.trainer.ppo.core_algos": _estimator,
    "verl.trainer.ppo.v1": _trainer,
    "verl.experimental.reward_loop.reward_manager": _manager,
}
"""What to do once a module of verl is there."""


class AfterImport(MetaPathFinder):
    """Calls something once a module has been imported."""

    def __init__(self, wanted: dict[str, Callable[[], None]]) -> None:
        self._wanted = wanted

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002 - the protocol's signature
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        """Find a wanted module by the other finders, and hang the call behind its execution."""
        then = self._wanted.pop(fullname, None)
        if then is None:
            return None
        spec = find_spec(fullname)
        if spec is None or spec.loader is None:
            return spec
        loader: Any = spec.loader
        execute = loader.exec_module

        def execute_then(module: ModuleType) -> None:
            execute(module)
            then()

        loader.exec_module = execute_then
        return spec


def register_when_ready(registers: dict[str, Callable[[], None]]) -> None:
    """Register at once where the module is there already, and otherwise when it comes."""
    waiting = {}
    for name, register in registers.items():
        if name in sys.modules:
            register()
        else:
            waiting[name] = register
    sys.meta_path.insert(0, AfterImport(waiting))


if "verl" in sys.modules:
    register_when_ready(dict(REGISTERS))
