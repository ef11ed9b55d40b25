"use client";

import { createContext, useContext } from "react";

/** Where map tiles come from; an empty address draws the maps on a plain ground. */
export type MapSettings = { tileUrl: string; tileAttribution: string };

const Settings = createContext<MapSettings>({ tileUrl: "", tileAttribution: "" });

export const MapSettingsProvider = Settings.Provider;

export function useMapSettings(): MapSettings {
  return useContext(Settings);
}
