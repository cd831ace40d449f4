"""The criteria of torch: how each is recognised, and what it computes. One file each, which registers it."""

from importlib import import_module
from pkgutil import iter_modules

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
