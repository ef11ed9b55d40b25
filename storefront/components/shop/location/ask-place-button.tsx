"use client";

import { MapPin } from "lucide-react";
import type { ComponentProps, ReactNode } from "react";
import { askPlace } from "@/components/shop/location/open";
import { Button } from "@/components/ui/button";

/** Opens the location dialog. */
export function AskPlaceButton({ children, ...rest }: ComponentProps<typeof Button>) {
  return <Button {...rest} icon={<MapPin aria-hidden="true" className="size-4 shrink-0" />} onClick={askPlace}>{children}</Button>;
}

/** The same as a part of the header, drawn by whoever uses it. */
export function PlaceTrigger({ className, children }: { className?: string; children: ReactNode }) {
  return <button type="button" aria-haspopup="dialog" onClick={askPlace} className={className}>{children}</button>;
}
