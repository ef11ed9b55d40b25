import { ChevronDown, MapPin, Receipt, User } from "lucide-react";
import { cookies } from "next/headers";
import Link from "next/link";
import { Suspense } from "react";
import { CartButton } from "@/components/shop/cart/cart-button";
import { PlaceTrigger } from "@/components/shop/location/ask-place-button";
import { LocalTime } from "@/components/shop/local-time";
import { SearchBox } from "@/components/shop/search/search-box";
import { getLocale, getT } from "@/lib/i18n/server";
import type { Spot } from "@/lib/server/shop";
import { distance, minutes } from "@/lib/time";

/** Always there: where to and how soon, search, account, cart. Two lines on phones, one from tablets on. */
export async function Header({ spot }: { spot: Spot | null }) {
  const t = await getT();
  const signedIn = (await cookies()).has("csrf_refresh_token");
  return (
    <header className="sticky top-0 z-40 border-b border-line bg-surface">
      <div className="mx-auto grid max-w-7xl grid-cols-[auto_minmax(0,1fr)_auto] items-center gap-x-3 gap-y-2 px-3 py-2 md:grid-cols-[auto_minmax(10rem,15rem)_minmax(0,1fr)_auto_auto] md:px-6">
        <Link href="/" aria-label={t("nav.homeOf")} className="tap inline-flex items-center gap-2 rounded-xl font-extrabold text-brand-deep">
          <img src="/icons/icon.svg" alt="" width={36} height={36} className="size-9 rounded-lg" />
          <span className="hidden text-xl lg:inline">ShopSmart</span>
        </Link>
        <PlaceTrigger className="flex min-h-11 min-w-0 items-center gap-2 rounded-xl px-2 text-left hover:bg-sunken">
          <MapPin aria-hidden="true" className="size-5 shrink-0 text-brand" />
          <WhereTo spot={spot} />
          <ChevronDown aria-hidden="true" className="ml-auto size-4 shrink-0 text-muted" />
        </PlaceTrigger>
        <div className="order-last col-span-3 md:order-none md:col-span-1">
          <Suspense><SearchBox where={spot?.where ?? null} /></Suspense>
        </div>
        <nav aria-label={t("nav.account")} className="hidden items-center gap-1 md:flex">
          {signedIn && (
            <Link href="/orders" prefetch={false} className="tap inline-flex items-center justify-center gap-2 rounded-xl px-3 font-semibold hover:bg-sunken">
              <Receipt aria-hidden="true" className="size-5" /><span className="sr-only lg:not-sr-only">{t("nav.orders")}</span>
            </Link>
          )}
          <Link href={signedIn ? "/account" : "/sign-in"} prefetch={false} className="tap inline-flex items-center justify-center gap-2 rounded-xl px-3 font-semibold whitespace-nowrap hover:bg-sunken">
            <User aria-hidden="true" className="size-5" /><span className="sr-only lg:not-sr-only">{t(signedIn ? "nav.account" : "nav.signIn")}</span>
          </Link>
        </nav>
        <CartButton />
      </div>
    </header>
  );
}

/** Two short lines: the promise, and from which store to which place. */
async function WhereTo({ spot }: { spot: Spot | null }) {
  const t = await getT();
  const locale = await getLocale();
  const { place, answer } = spot ?? { place: null, answer: null };
  const lines = "min-w-0 leading-tight";
  if (!place || !answer) {
    return <span className={lines}><span className="block truncate font-bold">{t("header.where")}</span><span className="block truncate text-xs text-muted">{t("header.whereHint")}</span></span>;
  }
  if (answer.store) {
    return (
      <span className={lines}>
        <span className="block truncate font-bold"><span className="sr-only">{t("header.deliversIn")} </span>{t("header.minutes", { count: minutes(answer.store.eta_s) })} · {place.label}</span>
        <span className="block truncate text-xs text-muted">{answer.store.name} · {distance(answer.store.distance_m, locale)}</span>
      </span>
    );
  }
  const closed = answer.reason === "all_closed";
  return (
    <span className={lines}>
      <span className="block truncate font-bold">{place.label}</span>
      <span className="block truncate text-xs font-semibold text-warn">
        {t(closed ? "store.closed" : "header.outside")}
        {closed && answer.opens_at && <> · {t("store.opensAt")} <LocalTime at={answer.opens_at} /></>}
      </span>
    </span>
  );
}
