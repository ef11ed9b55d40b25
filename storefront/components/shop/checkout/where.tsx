"use client";

import dynamic from "next/dynamic";
import { useState } from "react";
import { addressLine, useAddresses } from "@/components/shop/account/addresses";
import { RadioCard } from "@/components/shop/checkout/radio-card";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Icon } from "@/components/ui/icon";
import { Skeleton } from "@/components/ui/states";
import type { Address } from "@/lib/api/types";
import { useT } from "@/lib/i18n/client";

const AddressForm = dynamic(() => import("@/components/shop/account/address-form").then((loaded) => loaded.AddressForm), { ssr: false, loading: () => <Skeleton className="h-96" /> });

/** The address book to choose from, and a new door on the map. */
export function Where({ chosen, onChoose }: { chosen: Address | null; onChoose: (address: Address) => void }) {
  const t = useT();
  const { addresses, again } = useAddresses();
  const [adding, setAdding] = useState(false);
  async function added(address: Address): Promise<void> {
    await again();
    onChoose(address);
    setAdding(false);
  }
  if (!addresses) return <Skeleton className="h-24" />;
  return (
    <div className="grid gap-3">
      {addresses.length > 0 && (
        <div role="radiogroup" aria-label={t("checkout.where")} className="grid gap-3">
          {addresses.map((address) => (
            <RadioCard key={address.id} name="address" value={address.id} checked={address.id === chosen?.id} onChange={() => onChoose(address)}>
              <span className="block font-bold">{address.label}</span>
              <span className="block text-sm break-words text-muted">{addressLine(address)}</span>
              {address.door_note && <span className="block text-sm break-words text-muted">{address.door_note}</span>}
            </RadioCard>
          ))}
        </div>
      )}
      {!chosen && <p className="text-sm font-medium text-warn">{t(addresses.length > 0 ? "checkout.chooseAddress" : "checkout.firstAddress")}</p>}
      <Button look={addresses.length > 0 ? "secondary" : "primary"} className="justify-self-start" icon={<Icon name="plus" className="size-4" />} onClick={() => setAdding(true)}>{t("address.new")}</Button>
      <Dialog open={adding} onClose={() => setAdding(false)} title={t("address.new")} closeLabel={t("close")}>
        {adding && <AddressForm onSaved={(address) => void added(address)} />}
      </Dialog>
    </div>
  );
}
