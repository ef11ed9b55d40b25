"use client";

import dynamic from "next/dynamic";
import { useRouter } from "next/navigation";
import { useEffect, useMemo, useState } from "react";
import { metresBetween, useAddresses } from "@/components/shop/account/addresses";
import { useMe } from "@/components/shop/account/session";
import type { Spot } from "@/components/shop/account/pin-map";
import { useCart } from "@/components/shop/cart/cart-store";
import { Options } from "@/components/shop/checkout/options";
import { Payment, type Provider } from "@/components/shop/checkout/payment-choice";
import { RadioCard, Step } from "@/components/shop/checkout/radio-card";
import { Summary } from "@/components/shop/checkout/summary";
import { Tip } from "@/components/shop/checkout/tip";
import { usePlaceOrder } from "@/components/shop/checkout/use-place-order";
import { useChoice, useQuote, type Asked, type Mode } from "@/components/shop/checkout/use-quote";
import { Where } from "@/components/shop/checkout/where";
import { TextArea } from "@/components/ui/field";
import { Banner, Skeleton } from "@/components/ui/states";
import { cookie } from "@/lib/api/client";
import type { Address } from "@/lib/api/types";
import type { Key } from "@/lib/i18n/dictionaries";
import { useT } from "@/lib/i18n/client";
import { PLACE_COOKIE, readPlace, rememberPlace } from "@/lib/place";

// What only some see is loaded for them.
const Auth = dynamic(() => import("@/components/shop/account/auth").then((loaded) => loaded.Auth), { loading: () => <Skeleton className="h-80" /> });
const CartContents = dynamic(() => import("@/components/shop/cart/cart-contents").then((loaded) => loaded.CartContents));
const Refusal = dynamic(() => import("@/components/shop/checkout/refusal").then((loaded) => loaded.Refusal), { loading: () => <Skeleton className="h-24" /> });
const Changes = dynamic(() => import("@/components/shop/checkout/refusal").then((loaded) => loaded.Changes));

type Policy = "refund" | "best_match" | "ask_me";
const POLICIES: Policy[] = ["refund", "best_match", "ask_me"];
const SAME_DOOR_M = 300;

/** Everything between the cart and the order, on one page. */
export function Checkout() {
  const t = useT();
  const { cart, isLoading, fault } = useCart();
  const { me } = useMe();
  if ((!cart && isLoading) || me === undefined) return <CheckoutSkeleton />;
  if (!cart || fault || cart.lines.length === 0) return <CartContents />;
  if (me && !me.roles.includes("customer")) return <Banner tone="warn">{t("checkout.staff")}</Banner>;
  return <Desk basket={cart.lines.map((line) => `${line.sku}*${line.quantity}`).join(" ")} />;
}

function Desk({ basket }: { basket: string }) {
  const t = useT();
  const { me } = useMe();
  const router = useRouter();
  const [mode, setMode] = useState<Mode>("instant");
  const [tip, setTip] = useState(0);
  const [provider, setProvider] = useState<Provider>("sandbox");
  const [policy, setPolicy] = useState<Policy>("best_match");
  const [note, setNote] = useState("");
  const { address, setAddress, spot } = useDoor(mode);

  const owner = me?.id ?? "";
  const paidTip = mode === "instant" ? tip : 0;
  const asked = useMemo<Asked | null>(() => spot && { spot, mode, tip: paidTip, basket, owner }, [spot, mode, paidTip, basket, owner]);
  const { quote, fault, isAsking, renew } = useQuote(asked);
  const { option, choose, changes, seen } = useChoice(quote, asked);
  const { placing, place, forget } = usePlaceOrder(me?.id);
  const busy = placing.state === "sending" || placing.state === "unsure";
  const cashPossible = (option?.parts.length ?? 1) === 1;
  const pays = cashPossible ? provider : "sandbox";
  const missing: Key | null = !me ? "checkout.needSignIn" : mode === "instant" && !address ? "checkout.needAddress" : fault ? "checkout.needMend" : !quote || !option ? "checkout.needQuote" : null;

  // A quote that does not hold any more is asked for anew by itself; `changes` then says what is different.
  useEffect(() => {
    if (placing.state === "refused" && STALE.has(placing.problem.code)) void renew();
  }, [placing, renew]);

  function order(): void {
    if (!quote || !option || missing) return;
    forget();
    seen();
    place({
      quote_id: quote.quote_id,
      option_id: option.option_id,
      mode,
      ...(mode === "instant" && address ? { address_id: address.id } : {}),
      payment: { provider: pays },
      substitution: { policy },
      note: note.trim(),
    });
  }

  return (
    <div className="grid items-start gap-5 lg:grid-cols-[1fr_24rem]">
      <fieldset disabled={busy} className="grid min-w-0 gap-5">
        {!me && (
          <Step title={t("checkout.who")}>
            <p className="mb-4 text-muted">{t("sign.welcome")}</p>
            <div className="max-w-md"><Auth onSignedIn={() => router.refresh()} /></div>
          </Step>
        )}
        <Step title={t("checkout.how")}>
          <div role="radiogroup" aria-label={t("checkout.how")} className="grid gap-3 sm:grid-cols-2">
            <RadioCard name="mode" value="instant" checked={mode === "instant"} onChange={() => setMode("instant")}>
              <span className="block font-bold">{t("checkout.instant")}</span>
              <span className="block text-sm text-muted">{t("checkout.instantHint")}</span>
            </RadioCard>
            <RadioCard name="mode" value="pickup" checked={mode === "pickup"} onChange={() => setMode("pickup")}>
              <span className="block font-bold">{t("checkout.pickup")}</span>
              <span className="block text-sm text-muted">{t("checkout.pickupHint")}</span>
            </RadioCard>
          </div>
        </Step>
        {me && mode === "instant" && <Step title={t("checkout.where")}><Where chosen={address} onChoose={setAddress} /></Step>}
        <Step title={t("checkout.what")}>
          {!spot && <p className="font-medium text-warn">{t("cart.noPlace")}</p>}
          {spot && !quote && !fault && <Skeleton className="h-24" />}
          {fault ? <Refusal fault={fault} onAgain={() => void renew()} /> : null}
          {quote && <Options options={quote.options} chosen={option} pickup={mode === "pickup"} onChoose={choose} />}
        </Step>
        <Step title={t("checkout.notFound")}>
          <div role="radiogroup" aria-label={t("checkout.notFound")} className="grid gap-3 sm:grid-cols-3">
            {POLICIES.map((one) => (
              <RadioCard key={one} name="policy" value={one} checked={policy === one} onChange={() => setPolicy(one)}>{t(`cart.wish.${one}` as Key)}</RadioCard>
            ))}
          </div>
        </Step>
        {mode === "instant" && (
          <Step title={t("bill.tip")}><Tip tip={tip} currency={option?.totals.total.currency ?? "INR"} onTip={setTip} /></Step>
        )}
        <Step title={t("checkout.pay")}><Payment chosen={pays} cashPossible={cashPossible} pickup={mode === "pickup"} onChoose={setProvider} /></Step>
        <Step title={t("checkout.note")}>
          <TextArea label={t("checkout.noteLabel")} hideLabel maxLength={300} rows={2} value={note} hint={t("checkout.noteHint")} onChange={(event) => setNote(event.target.value)} />
        </Step>
      </fieldset>
      <Summary option={option} pickup={mode === "pickup"} isAsking={isAsking} placing={placing} missing={missing} onPlace={order}>
        {changes && <Changes changes={changes} onSeen={seen} />}
        {placing.state === "refused" && <Refusal fault={placing.problem} onAgain={() => { forget(); void renew(); }} onMended={() => { forget(); void renew(); }} />}
      </Summary>
    </div>
  );
}

const STALE = new Set(["quote_expired", "unknown_quote", "unknown_option", "quote_mismatch"]);

/** Where to: the chosen address, at first the one that stands where the customer shops; else the place itself. */
function useDoor(mode: Mode): { address: Address | null; setAddress: (address: Address) => void; spot: Spot | null } {
  const { addresses } = useAddresses();
  const router = useRouter();
  const [chosenId, setChosenId] = useState<string | null>(null);
  const place = readPlace(cookie(PLACE_COOKIE));
  const near = place && addresses?.find((one) => metresBetween(spotOf(one), place) <= SAME_DOOR_M);
  const address = addresses?.find((one) => one.id === chosenId) ?? near ?? null;
  const { lat, lng } = (mode === "instant" && address ? spotOf(address) : place) ?? {};
  const spot = useMemo(() => (lat === undefined || lng === undefined ? null : { lat, lng }), [lat, lng]);

  function setAddress(chosen: Address): void {
    setChosenId(chosen.id);
    // The shelves and the cart follow to the store of that door.
    rememberPlace({ ...spotOf(chosen), label: chosen.label });
    router.refresh();
  }
  return { address, setAddress, spot };
}

function spotOf({ location }: Address): Spot {
  const [lng = 0, lat = 0] = location.coordinates;
  return { lat, lng };
}

function CheckoutSkeleton() {
  const t = useT();
  return (
    <div role="status" className="grid items-start gap-5 lg:grid-cols-[1fr_24rem]">
      <span className="sr-only">{t("loading")}</span>
      <div className="grid gap-5">{[1, 2, 3].map((row) => <Skeleton key={row} className="h-40" />)}</div>
      <Skeleton className="h-80" />
    </div>
  );
}
