import { UserRound } from "lucide-react";
import Link from "next/link";
import { Brand } from "@/components/shop/brand";
import { CartButton } from "@/components/shop/cart/cart-button";
import { PlaceButton } from "@/components/shop/location/place-button";
import { SearchBox } from "@/components/shop/search-box";
import { getLocale, getT } from "@/lib/i18n/server";
import { getPlace, getServiceability } from "@/lib/server/place";
import { timeOfDay } from "@/lib/time";

/** Where, from which store and how soon; search; account; cart. On each page of the shop. */
export async function Header() {
  const [t, locale, place, answer] = await Promise.all([getT(), getLocale(), getPlace(), getServiceability()]);
  const store = answer?.store ?? null;
  const opens = !store && answer?.opens_at ? timeOfDay(answer.opens_at, locale) : null;
  return (
    <header className="sticky top-0 z-30 border-b border-line bg-surface">
      <a href="#content" className="sr-only rounded-lg bg-brand px-4 py-2 text-on-brand focus:not-sr-only focus:absolute focus:top-2 focus:left-2 focus:z-50">{t("skip")}</a>
      <div className="mx-auto flex max-w-7xl flex-wrap items-center gap-x-4 gap-y-2 px-4 py-2 md:flex-nowrap">
        <Brand />
        <PlaceButton place={place} store={store} reason={answer?.reason ?? null} opens={opens} />
        <div className="order-last w-full md:order-none md:flex-1">
          <SearchBox />
        </div>
        <Link href="/account" className="tap hidden items-center gap-2 rounded-xl px-3 font-semibold hover:bg-sunken md:inline-flex">
          <UserRound aria-hidden="true" className="size-5" />
          {t("nav.account")}
        </Link>
        <CartButton />
      </div>
    </header>
  );
}
