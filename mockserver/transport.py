"""An application in process, as clients of httpx reach it: without a socket, waiting or awaiting.

The application lives on one event loop in a thread of its own, so that code that waits can call it
from inside of a loop, and requests that come together meet as they do in a server. What a fault
raises out of the application is what httpx raises when it happens on the wire.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable

import httpx

App = Callable[..., Awaitable[None]]


class InProcess(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """The transport of any number of `httpx.Client`s and `httpx.AsyncClient`s of asyncio.

    It stays open when one of them is closed, until `end`.

    Args:
        app: The ASGI application.
    """

    def __init__(self, app: App) -> None:
        self._asgi = httpx.ASGITransport(app)
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """As httpx calls it."""
        request.read()
        return asyncio.run_coroutine_threadsafe(self._answer(request), self._running()).result()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """As httpx calls it."""
        await request.aread()
        answer = asyncio.run_coroutine_threadsafe(self._answer(request), self._running())
        return await asyncio.wrap_future(answer)

    def end(self) -> None:
        """End the thread; what is still being answered is cancelled."""
        with self._lock:
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
        if loop is not None and thread is not None:
            asyncio.run_coroutine_threadsafe(_cancel_others(), loop).result()
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                name = "mockserver in process"
                self._thread = threading.Thread(
                    target=self._loop.run_forever, name=name, daemon=True
                )
                self._thread.start()
            return self._loop

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        """The whole answer; raises what httpx raises for a connection that breaks."""
        timeout_s = request.extensions.get("timeout", {}).get("read")
        try:
            async with asyncio.timeout(timeout_s) as limit:
                answer = await self._asgi.handle_async_request(request)
        except TimeoutError as error:
            raise httpx.ReadTimeout("timed out", request=request) from error
        except ConnectionAbortedError as error:
            raise httpx.RemoteProtocolError(str(error), request=request) from error
        except ConnectionError as error:
            raise httpx.ReadError(str(error), request=request) from error
        if limit.expired():  # the application takes a cancellation for a server that stops
            raise httpx.ReadTimeout("timed out", request=request)
        stream = answer.stream
        assert isinstance(stream, httpx.AsyncByteStream)  # noqa: S101 - an ASGI transport's always is
        body = b"".join([part async for part in stream])
        return httpx.Response(
            answer.status_code, headers=answer.headers, stream=httpx.ByteStream(body)
        )


async def _cancel_others() -> None:
    own = asyncio.current_task()
    others = [task for task in asyncio.all_tasks() if task is not own]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
