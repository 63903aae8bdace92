// SPDX-License-Identifier: MIT
// Draws pieces of the map beside the page's own thread.
import { drawMap, type DrawStyle, type Job } from "./draw_map";
import { Scene } from "./scene";
import type { FromWorker, ToWorker } from "./tile_protocol";

interface Port {
  postMessage(message: FromWorker, transfer?: Transferable[]): void;
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
}

const port = self as unknown as Port;
let scene: Scene | null = null;
let style: DrawStyle | null = null;

function picture(job: Job): OffscreenCanvas {
  const canvas = new OffscreenCanvas(job.width, job.height);
  drawMap(canvas.getContext("2d", { alpha: false })!, scene!, style!, job);
  return canvas;
}

async function answer(message: ToWorker): Promise<void> {
  switch (message.kind) {
    case "scene":
      scene = new Scene(message.map, message.folded);
      return;
    case "fold":
      if (scene !== null) scene = new Scene(scene.map, message.folded);
      return;
    case "style":
      style = message.style;
      return;
    case "draw": {
      const bitmap = picture(message.job).transferToImageBitmap();
      return port.postMessage({ kind: "drawn", id: message.id, bitmap }, [bitmap]);
    }
    case "png":
      return port.postMessage({ kind: "png", id: message.id, blob: await picture(message.job).convertToBlob({ type: "image/png" }) });
  }
}

port.onmessage = ({ data }) => {
  answer(data).catch((error: unknown) => port.postMessage({ kind: "failed", id: "id" in data ? data.id : -1, message: String(error) }));
};
port.postMessage({ kind: "ready" });
warmUp();

/** Fonts are looked for at the first letter; better before there is a map than after. */
function warmUp(): void {
  const brush = new OffscreenCanvas(16, 16).getContext("2d");
  if (brush === null) return;
  for (const weight of [400, 600, 700]) {
    brush.font = `${weight} 12px system-ui, sans-serif`;
    brush.fillText("Aa…·−", 0, 12);
  }
  brush.getImageData(0, 0, 1, 1);
}
