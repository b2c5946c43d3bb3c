"""State files: safetensors, which PyTorch reads too, or NumPy's npz. Reading them cannot run code, unlike pickle."""

from __future__ import annotations

import os
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nn.arrays import np
from nn.module import Module

Arrays = dict[str, np.ndarray]
NOTE = "__note__"  # the entry of an npz file with the text that a safetensors file has in its header


def save(module: Module | Mapping[str, Any], path: str | Path) -> None:
    """Write the state of a module to a file, under PyTorch's parameter names.

    module: a module, or a state_dict. path: the name must end in .safetensors or .npz.
    The new content is written to a temporary file first, so that an older file is never lost or incomplete.
    """
    if not isinstance(module, (Module, Mapping)):
        raise TypeError(
            f"save takes a module or a state_dict, got {type(module).__name__}: {module!r}; to save the optimiser "
            "too, use nn.fit(..., callbacks=[nn.Checkpoint(path)])"
        )
    state = module.state_dict() if isinstance(module, Module) else module
    write(path, {name: np.asarray(array, dtype=np.float64) for name, array in state.items()})


def load(module: Module, path: str | Path) -> Module:
    """Read the state of a module from a file written by `save` or PyTorch; return the module.

    Raises ValueError if the file is damaged, or with a list of the entries that do not fit; the module is then unchanged.

    >>> import tempfile, pathlib, nn
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     nn.save(nn.MLP(2, [1], seed=0), pathlib.Path(folder) / "model.npz")
    ...     model = nn.load(nn.MLP(2, [1]), pathlib.Path(folder) / "model.npz")
    >>> nn.predict(model, [[0.0, 0.0]]).tolist()
    [0.0]
    """
    if not isinstance(module, Module):
        raise TypeError(
            f"load takes a module and the path of a file for it, in this order, got {type(module).__name__}: {module!r}"
        )
    arrays, _ = read(path)
    try:
        module.load_state_dict(arrays)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    return module


def write(path: str | Path, arrays: Arrays, note: str = "") -> None:
    """Write arrays and a text to a file. At every moment the file at `path` is either the old one or the new one."""
    path = Path(path)
    suffix = file_type(path)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    os.close(handle)
    try:
        with open(temporary, "wb") as file:
            if suffix == ".npz":
                np.savez(file, **{NOTE: np.array(note)}, **arrays)  # type: ignore[arg-type]
            else:
                from safetensors.numpy import save as as_bytes

                contiguous = {name: np.array(array, order="C") for name, array in arrays.items()}
                file.write(as_bytes(contiguous, metadata={"note": note}))
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        Path(temporary).unlink(missing_ok=True)


def read(path: str | Path) -> tuple[Arrays, str]:
    """Return the arrays and the text of a file. Raises ValueError if it is not a complete state file."""
    path = Path(path)
    if file_type(path) == ".npz":
        try:
            with open(path, "rb") as handle, np.load(handle, allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
        except (ValueError, EOFError, KeyError, AttributeError, zipfile.BadZipFile) as error:
            raise ValueError(f"{path} is not a complete .npz file of numbers: {error}") from error
        return arrays, str(arrays.pop(NOTE, ""))
    from safetensors import SafetensorError, safe_open

    path.stat()
    try:
        with safe_open(path, framework="numpy") as file:
            return {name: _array(file, name, path) for name in file.keys()}, (file.metadata() or {}).get("note", "")  # noqa: SIM118
    except SafetensorError as error:
        raise ValueError(f"{path} is not a complete .safetensors file: {error}") from error


def _array(file: Any, name: str, path: Path) -> np.ndarray:
    try:
        return np.asarray(file.get_tensor(name))
    except (TypeError, AttributeError) as error:  # bfloat16 and other types that NumPy does not have
        raise ValueError(
            f"{path}: {name} has a type that NumPy does not have ({error}): save it as float32 or float64"
        ) from error


def file_type(path: Path) -> str:
    """Return '.safetensors' or '.npz'. Raises ValueError for any other suffix."""
    if path.suffix.lower() not in (".safetensors", ".npz"):
        raise ValueError(f"{path.name}: the name of a state file must end in .safetensors or .npz")
    return path.suffix.lower()
