import { NavLink } from "@/components/shop/nav-link";
import { Icon } from "@/components/ui/icon";
import { getT } from "@/lib/i18n/server";

const TABS = [
  { href: "/", word: "nav.home", icon: "house" },
  { href: "/category", word: "nav.categories", icon: "grid" },
  { href: "/search", word: "nav.search", icon: "search" },
  { href: "/orders", word: "nav.orders", icon: "receipt" },
  { href: "/account", word: "nav.account", icon: "user" },
] as const;

/** The ways around on a phone, where a thumb reaches them: 4 rem high, and the safe area below. */
export async function BottomNav() {
  const t = await getT();
  return (
    <nav aria-label={t("nav.main")} className="fixed inset-x-0 bottom-0 z-30 border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] md:hidden">
      <ul className="grid h-16 grid-cols-5">
        {TABS.map(({ href, word, icon }) => (
          <li key={href}>
            <NavLink href={href}>
              <Icon name={icon} className="size-5.5" />
              {t(word)}
            </NavLink>
          </li>
        ))}
      </ul>
    </nav>
  );
}
