"use client";

import { useRef, useState, type PointerEvent } from "react";
import { Button } from "@/components/ui/button";
import { useT } from "@/lib/i18n/client";

const WIDTH = 600;
const HEIGHT = 280;

/** A field for a finger; gives the strokes as a PNG on white. */
export function SignaturePad({ onSigned }: { onSigned: (png: string) => void }) {
  const t = useT();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [signed, setSigned] = useState(false);
  const at = (event: PointerEvent<HTMLCanvasElement>): [number, number] => {
    const box = event.currentTarget.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * WIDTH, ((event.clientY - box.top) / box.height) * HEIGHT];
  };
  const begin = (event: PointerEvent<HTMLCanvasElement>) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    const pen = event.currentTarget.getContext("2d");
    pen?.beginPath();
    pen?.moveTo(...at(event));
  };
  const draw = (event: PointerEvent<HTMLCanvasElement>) => {
    if (event.buttons === 0) return;
    const pen = event.currentTarget.getContext("2d");
    if (!pen) return;
    pen.lineWidth = 4;
    pen.lineCap = pen.lineJoin = "round";
    pen.lineTo(...at(event));
    pen.stroke();
    setSigned(true);
  };
  const clear = () => {
    canvas.current?.getContext("2d")?.clearRect(0, 0, WIDTH, HEIGHT);
    setSigned(false);
  };
  const done = () => {
    if (!canvas.current) return;
    const paper = document.createElement("canvas");
    paper.width = WIDTH;
    paper.height = HEIGHT;
    const pen = paper.getContext("2d");
    if (!pen) return;
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, WIDTH, HEIGHT);
    pen.drawImage(canvas.current, 0, 0);
    onSigned(paper.toDataURL("image/png"));
  };
  return (
    <div className="grid gap-3">
      <p className="text-muted">{t("ride.signHere")}</p>
      <canvas ref={canvas} width={WIDTH} height={HEIGHT} role="img" aria-label={t("ride.signHere")} onPointerDown={begin} onPointerMove={draw} className="w-full touch-none rounded-2xl border-2 border-edge bg-white" />
      <div className="grid grid-cols-[1fr_2fr] gap-3">
        <Button look="secondary" size="huge" onClick={clear}>{t("ride.clear")}</Button>
        <Button size="huge" disabled={!signed} onClick={done}>{t("ride.delivered")}</Button>
      </div>
    </div>
  );
}
