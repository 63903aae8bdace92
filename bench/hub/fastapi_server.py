# SPDX-License-Identifier: MIT
"""FastAPI's own ConnectionManager example on uvicorn."""
import sys

import uvicorn
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()
subscribers = set()


@app.websocket("/subscribe")
async def subscribe(socket: WebSocket):
    await socket.accept()
    subscribers.add(socket)
    try:
        while True:
            await socket.receive_text()
    except WebSocketDisconnect:
        subscribers.discard(socket)


@app.websocket("/publish")
async def publish(socket: WebSocket):
    await socket.accept()
    try:
        while True:
            text = await socket.receive_text()
            for each in list(subscribers):
                await each.send_text(text)
    except WebSocketDisconnect:
        pass


uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error", ws_per_message_deflate=False, backlog=4096)
