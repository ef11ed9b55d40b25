"use client";

import dynamic from "next/dynamic";
import { useEffect, useState } from "react";
import { ASK_PLACE } from "@/components/shop/location/open";

const LocationPicker = dynamic(() => import("@/components/shop/location/location-picker").then((loaded) => loaded.LocationPicker), { ssr: false });

/** Shows the location dialog when something on the page asks for it; its code comes only then. */
export function LocationHost() {
  const [open, setOpen] = useState(false);
  const [wanted, setWanted] = useState(false);
  useEffect(() => {
    const show = () => { setWanted(true); setOpen(true); };
    window.addEventListener(ASK_PLACE, show);
    return () => window.removeEventListener(ASK_PLACE, show);
  }, []);
  return wanted ? <LocationPicker open={open} onClose={() => setOpen(false)} /> : null;
}
