"""What engines on V8 share: JavaScript between it and the engine interface, wherever V8 is embedded.

The files are CommonJS modules that ask nothing of their surroundings but `require` for each other.
"""

from __future__ import annotations

from pathlib import Path

_REQUIRE = """
(() => {
  const files = {%s};
  const loaded = {};
  const require = (name) => {
    if (!(name in loaded)) files[name]((loaded[name] = {}), require);
    return loaded[name].exports;
  };
  return require;
})()
"""


def bundle() -> str:
    """The files as one expression of JavaScript, for where there is no `require`: it is one."""
    files = sorted(Path(__file__).parent.glob("*.js"))
    wrapped = (f'"./{file.name}": (module, require) => {{{file.read_text("utf-8")}}}' for file in files)
    return _REQUIRE % ",\n".join(wrapped)
