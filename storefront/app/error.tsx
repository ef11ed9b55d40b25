"use client";

import { Broken } from "@/components/ui/broken";

/** For the staff's pages; the shop and the rider app have their own. */
export default function StaffBroken({ reset }: { reset: () => void }) {
  return <main><Broken title="This page broke" again="Try again" reset={reset}>What you saved is safe. If it breaks again, sign out and in, and tell the office.</Broken></main>;
}
