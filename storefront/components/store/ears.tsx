"use client";

import { Bell, BellOff, Wifi, WifiOff } from "lucide-react";
import { useSound } from "@/components/store/use-sound";
import { Button } from "@/components/ui/button";
import { cx } from "@/components/ui/cx";
import { ring } from "@/lib/ride/ring";

/** Whether the console hears of orders at once, and whether a new one rings. */
export function Ears({ live, className }: { live: boolean; className?: string }) {
  const [sound, setSound] = useSound();
  return (
    <span className={cx("items-center gap-3", className)}>
      <span role="status" className="flex items-center gap-1.5 text-sm font-semibold whitespace-nowrap">
        {live ? <Wifi aria-hidden="true" className="size-4 text-brand-deep" /> : <WifiOff aria-hidden="true" className="size-4 text-danger" />}
        {live ? "Live" : "Connecting…"}
      </span>
      <Button look={sound ? "primary" : "secondary"} aria-pressed={sound} icon={sound ? <Bell aria-hidden="true" className="size-5" /> : <BellOff aria-hidden="true" className="size-5" />} onClick={() => { if (!sound) ring(); setSound(!sound); }} className="min-h-14 whitespace-nowrap">
        {sound ? "Sound on" : "Sound off"}
      </Button>
    </span>
  );
}
