"""What stands around the short Python blocks of the documents."""

import asyncio
import os

from api_client import APIClient, CentrifugoRPCClient, RPCError, TaskStatsParams

__all__ = ["APIClient", "CentrifugoRPCClient", "RPCError", "TaskStatsParams", "asyncio"]


async def main() -> None:
    token = os.environ["TOKEN"]
    # SNIPPET
    await rpc.disconnect()


asyncio.run(main())
