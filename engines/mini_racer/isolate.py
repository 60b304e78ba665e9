"""An isolate of V8's, as mini-racer makes them: a thread that evaluates one thing after the other."""

from __future__ import annotations

import asyncio
import json
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from py_mini_racer import mini_racer

from engines.v8 import bundle
from harness.engine import Interrupted

if TYPE_CHECKING:
    from harness.context import Context

_SCRIPT = f"{Path(__file__).with_name('main.js').read_text('utf-8')}\nstopwat = stopwat({bundle()});0"


def start_loop() -> asyncio.AbstractEventLoop:
    """An event loop on a thread of its own, which mini-racer tells what came of things."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="stopwat-mini-racer", daemon=True).start()
    return loop


class Isolate:
    """An isolate with the functions of ``main.js``."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._maker = mini_racer(loop)
        self._racer = self._maker.__enter__()
        self.version = self._racer.v8_version
        self._racer.eval(_SCRIPT)

    def call(self, function: str, *args: Any) -> Any:
        """What a function of ``main.js`` answers."""
        return self.run(None, function, *args)

    def run(self, context: Context | None, function: str, *args: Any) -> Any:
        """The same, terminated when the context is done: then raises `Interrupted`."""
        text = f"stopwat.{function}({', '.join(map(json.dumps, args))})"
        future = asyncio.run_coroutine_threadsafe(self._evaluate(text, context), self._loop)
        answer = future.result()
        return json.loads(answer) if isinstance(answer, str) else bytes(answer)

    def close(self) -> None:
        """End the isolate and its thread; waits for what cannot be terminated."""
        self._maker.__exit__(None, None, None)

    async def _evaluate(self, text: str, context: Context | None) -> Any:
        task = asyncio.ensure_future(self._racer.eval_cancelable(text))
        if context is None:
            return await task
        forget = context.on_done(lambda: self._loop.call_soon_threadsafe(task.cancel))
        try:
            return await task
        except asyncio.CancelledError:
            assert context.cause is not None
            raise Interrupted(context.cause) from None
        finally:
            forget()
