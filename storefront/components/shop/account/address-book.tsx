"use client";

import { MapPin, Pencil, Plus, Trash2 } from "lucide-react";
import dynamic from "next/dynamic";
import { useState } from "react";
import { addressLine, useAddresses } from "@/components/shop/account/addresses";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Card, Notice, Skeleton } from "@/components/ui/states";
import { toast } from "@/components/ui/toast";
import { api, call } from "@/lib/api/client";
import type { Address } from "@/lib/api/types";
import { useT } from "@/lib/i18n/client";
import { useAction, useSentence } from "@/lib/problems/use-problem";

const AddressForm = dynamic(() => import("@/components/shop/account/address-form").then((loaded) => loaded.AddressForm), { ssr: false, loading: () => <Skeleton className="h-96" /> });

type Doing = { what: "add" } | { what: "edit"; address: Address } | { what: "delete"; address: Address } | null;

export function AddressBook() {
  const t = useT();
  const { addresses, fault, again } = useAddresses();
  const sentence = useSentence(fault);
  const [doing, setDoing] = useState<Doing>(null);
  const close = () => setDoing(null);
  const saved = () => { void again(); close(); toast(t("address.saved")); };
  if (fault && !addresses) return <Notice title={t("address.title")} action={<Button onClick={() => void again()}>{t("tryAgain")}</Button>}>{sentence}</Notice>;
  if (!addresses) return <Skeleton className="h-48" />;
  const add = <Button icon={<Plus aria-hidden="true" className="size-4" />} onClick={() => setDoing({ what: "add" })}>{t("address.new")}</Button>;
  return (
    <div className="grid gap-4">
      {addresses.length === 0
        ? <Notice icon={<MapPin aria-hidden="true" className="size-7" />} title={t("address.none")} action={add}>{t("address.noneHint")}</Notice>
        : <><ul className="grid gap-3">{addresses.map((address) => <li key={address.id}><Row address={address} onDo={setDoing} /></li>)}</ul><div>{add}</div></>}
      <Dialog open={doing?.what === "add" || doing?.what === "edit"} onClose={close} title={doing?.what === "edit" ? t("address.editOf", { label: doing.address.label }) : t("address.new")} closeLabel={t("close")}>
        {doing?.what === "add" && <AddressForm onSaved={saved} />}
        {doing?.what === "edit" && <AddressForm address={doing.address} onSaved={saved} />}
      </Dialog>
      {doing?.what === "delete" && <Delete address={doing.address} onClose={close} onDeleted={() => { void again(); close(); toast(t("address.deleted")); }} />}
    </div>
  );
}

function Row({ address, onDo }: { address: Address; onDo: (doing: Doing) => void }) {
  const t = useT();
  const { label } = address;
  return (
    <Card className="grid gap-2 sm:grid-cols-[1fr_auto] sm:items-center">
      <div className="min-w-0">
        <h2 className="font-bold break-words">{label}</h2>
        <p className="text-sm break-words text-muted">{addressLine(address)}</p>
        {address.door_note && <p className="text-sm break-words text-muted">{address.door_note}</p>}
      </div>
      <div className="flex flex-wrap gap-2">
        <Button look="secondary" aria-label={t("address.editOf", { label })} icon={<Pencil aria-hidden="true" className="size-4" />} onClick={() => onDo({ what: "edit", address })}>{t("address.edit")}</Button>
        <Button look="quiet" aria-label={t("address.deleteOf", { label })} className="text-danger" icon={<Trash2 aria-hidden="true" className="size-4" />} onClick={() => onDo({ what: "delete", address })}>{t("address.delete")}</Button>
      </div>
    </Card>
  );
}

function Delete({ address, onClose, onDeleted }: { address: Address; onClose: () => void; onDeleted: () => void }) {
  const t = useT();
  const { busy, run } = useAction();
  const remove = () => run(async () => {
    await call(api.DELETE("/api/v1/me/addresses/{address_id}", { params: { path: { address_id: address.id } } }));
    onDeleted();
  });
  return (
    <Dialog open onClose={onClose} title={t("address.delete")} closeLabel={t("close")}>
      <p>{t("address.deleteSure", { label: address.label })}</p>
      <div className="mt-5 flex flex-wrap justify-end gap-2">
        <Button look="secondary" onClick={onClose}>{t("cart.keep")}</Button>
        <Button look="danger" busy={busy} onClick={() => void remove()}>{t("address.delete")}</Button>
      </div>
    </Dialog>
  );
}
