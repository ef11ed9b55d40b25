"use client";

import { usePathname } from "next/navigation";
import type { ReactNode } from "react";
import { signInPath } from "@/components/shop/account/next-path";
import { useMe } from "@/components/shop/account/session";
import { Button, ButtonLink } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";
import { Notice, Skeleton } from "@/components/ui/states";
import { useT } from "@/lib/i18n/client";
import { useSentence } from "@/lib/problems/use-problem";

/** Shows what is one's own to whoever is signed in; everybody else the way in. */
export function Gate({ children }: { children: ReactNode }) {
  const t = useT();
  const path = usePathname();
  const { me, fault, again } = useMe();
  const sentence = useSentence(fault);
  if (me) return children;
  if (me === undefined && fault) return <Notice title={t("sign.cannotTell")} action={<Button onClick={again}>{t("tryAgain")}</Button>}>{sentence}</Notice>;
  if (me === undefined) return <div role="status"><span className="sr-only">{t("loading")}</span><Skeleton className="h-72" /></div>;
  return (
    <Notice icon={<Icon name="user" className="size-7" />} title={t("sign.needed")} action={<ButtonLink href={signInPath(path)}>{t("sign.in")}</ButtonLink>}>
      {t("sign.neededHint")}
    </Notice>
  );
}
