import { Link } from "@/components/ui/link";

/** The name of the shop, which leads home. */
export function Brand() {
  return (
    <Link href="/" className="tap inline-flex shrink-0 items-center gap-2 rounded-lg text-xl font-extrabold tracking-tight text-brand-deep">
      <img src="/icons/icon.svg" alt="" width={32} height={32} className="size-8" />
      <span className="sr-only lg:not-sr-only">ShopSmart</span>
    </Link>
  );
}
