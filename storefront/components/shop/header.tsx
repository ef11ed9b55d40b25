import { cookies } from "next/headers";
import { Link } from "@/components/ui/link";
import { Brand } from "@/components/shop/brand";
import { CartButton } from "@/components/shop/cart/cart-button";
import { PlaceButton } from "@/components/shop/location/place-button";
import { SearchBox } from "@/components/shop/search-box";
import { Icon } from "@/components/ui/icon";
import { getT } from "@/lib/i18n/server";
import type { Spot } from "@/lib/server/spot";

/** Where, from which store and how soon; search; account; cart. On each page of the shop. */
export async function Header({ spot }: { spot: Spot | null }) {
  const [t, jar] = await Promise.all([getT(), cookies()]);
  const { place = null, answer = null, where = null } = spot ?? {};
  const signedIn = jar.has("csrf_refresh_token");
  return (
    <header className="sticky top-0 z-30 border-b border-line bg-surface">
      <a href="#content" className="sr-only rounded-lg bg-brand px-4 py-2 text-on-brand focus:not-sr-only focus:absolute focus:top-2 focus:left-2 focus:z-50">{t("skip")}</a>
      <div className="mx-auto flex max-w-7xl flex-wrap items-center gap-x-2 gap-y-2 md:gap-x-4 px-4 py-2 md:flex-nowrap">
        <Brand />
        <PlaceButton place={place} store={answer?.store ?? null} reason={answer?.reason ?? null} opens={answer?.opens_at ?? null} />
        <div className="order-last w-full md:order-none md:flex-1">
          <SearchBox where={where} />
        </div>
        <Link href={signedIn ? "/account" : "/sign-in"} className="tap hidden items-center gap-2 rounded-xl px-3 font-semibold hover:bg-sunken md:inline-flex">
          <Icon name="user" className="size-5" />
          {t(signedIn ? "nav.account" : "nav.signIn")}
        </Link>
        <CartButton />
      </div>
    </header>
  );
}
