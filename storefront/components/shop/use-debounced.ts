"use client";

import { useEffect, useState } from "react";

/** The value once it stayed the same for a moment: not one call for each letter. */
export function useDebounced<Value>(value: Value, milliseconds = 180): Value {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), milliseconds);
    return () => clearTimeout(timer);
  }, [value, milliseconds]);
  return settled;
}
