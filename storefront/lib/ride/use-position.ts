"use client";

import { useEffect, useRef, useState } from "react";
import { api, call } from "@/lib/api/client";

const SEND_MS = 4_000;
const MOST_KEPT = 100; // as many as the API takes at once
const STILL_MS = 60_000; // who stands still says so, or the shop takes him for lost

type Fix = { location: { type: "Point"; coordinates: number[] }; at: string; accuracy_m: number };
export type Seen = { lat: number; lng: number };

/** Follows the phone while on duty and reports where it is, in batches; what could not be sent goes with the next. */
export function usePosition(onDuty: boolean): { seen: Seen | null; denied: boolean } {
  const [seen, setSeen] = useState<Seen | null>(null);
  const [denied, setDenied] = useState(false);
  const kept = useRef<Fix[]>([]);
  const last = useRef<{ fix: Fix; sent: number } | null>(null);

  useEffect(() => {
    if (!onDuty) return;
    const watcher = navigator.geolocation.watchPosition(
      ({ coords, timestamp }) => {
        setDenied(false);
        setSeen({ lat: coords.latitude, lng: coords.longitude });
        const fix: Fix = {
          location: { type: "Point", coordinates: [coords.longitude, coords.latitude] },
          at: new Date(timestamp).toISOString(),
          accuracy_m: Math.min(coords.accuracy, 100_000),
        };
        kept.current = [...kept.current, fix].slice(-MOST_KEPT);
      },
      () => setDenied(true),
      { enableHighAccuracy: true, maximumAge: 5_000 },
    );
    const report = async () => {
      const now = Date.now();
      if (kept.current.length === 0 && last.current && now - last.current.sent > STILL_MS) {
        kept.current = [{ ...last.current.fix, at: new Date().toISOString() }];
      }
      const fixes = kept.current;
      const newest = fixes.at(-1);
      if (!newest) return;
      try {
        await call(api.POST("/api/v1/rider/locations", { body: { fixes } }));
        kept.current = kept.current.filter((fix) => !fixes.includes(fix));
        last.current = { fix: newest, sent: now };
      } catch {
        // Kept for the next time.
      }
    };
    const timer = setInterval(() => void report(), SEND_MS);
    return () => {
      navigator.geolocation.clearWatch(watcher);
      clearInterval(timer);
    };
  }, [onDuty]);
  return { seen, denied };
}
