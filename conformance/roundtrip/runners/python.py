# Gets a value of each type in turn, and puts it back; tells of each how that went.
import asyncio
import inspect
import json
import sys
from typing import Any

from pydantic import ValidationError

from api_client import APIClient, CentrifugoRPCClient, RPCError


async def main() -> None:
    url, token, types = sys.argv[1:]
    async with CentrifugoRPCClient(url, token, "42") as rpc:
        api = APIClient(rpc)
        for name in types.split(","):
            get: Any = getattr(api, f"get_{name}")
            put: Any = getattr(api, f"put_{name}")
            try:
                value = await get()
                await (put(value) if "params" in inspect.signature(put).parameters else put())
                outcome: dict[str, Any] = {"ok": True}
            except RPCError as error:
                outcome = {"code": error.code, "message": error.message, "details": error.details}
            except ValidationError as error:
                outcome = {"code": 0, "message": str(error)}
            print(json.dumps(outcome), flush=True)


asyncio.run(main())
