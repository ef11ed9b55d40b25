"use client";

import { ArrowLeft, ImageUp } from "lucide-react";
import { Link } from "@/components/ui/link";
import useSWR from "swr";
import { Button } from "@/components/ui/button";
import { TextArea, TextField } from "@/components/ui/field";
import { Badge, Banner, Card, Notice, Skeleton } from "@/components/ui/states";
import { toast } from "@/components/ui/toast";
import { api, call } from "@/lib/api/client";
import type { components } from "@/lib/api/schema";
import { dateAndTime } from "@/lib/time";
import { useAction } from "@/lib/problems/use-problem";

type Facts = components["schemas"]["ProductFacts"];
const TONGUES = { en: "English", hi: "Hindi", or: "Odia", vi: "Vietnamese" } as const;
const PICTURES = ["image/jpeg", "image/png", "image/webp", "image/avif"] as const;

/** One product: its names, texts, MRP and pictures; hidden or shown; what was changed before. */
export function ProductForm({ sku }: { sku: string }) {
  const { busy, run } = useAction();
  const { data, error, mutate } = useSWR(["admin/product", sku], async () => {
    const answer = await api.GET("/api/v1/admin/products/{sku}", { params: { path: { sku } } });
    return { product: await call(Promise.resolve(answer)), etag: answer.response.headers.get("etag") };
  });
  if (error) return <Notice title="No such product" action={<Link href="/admin/catalogue" className="font-semibold text-brand-deep underline">All products</Link>} />;
  if (!data) return <Skeleton className="h-96" />;
  const { product, etag } = data;
  const texts = (fields: FormData, name: string) => Object.fromEntries(Object.keys(TONGUES).map((tag) => [tag, String(fields.get(`${name}.${tag}`)).trim()]).filter(([, text]) => text));
  const save = (fields: FormData) => run(async () => {
    const body: Facts = {
      name: { ...texts(fields, "name"), en: String(fields.get("name.en")) },
      description: texts(fields, "description"),
      brand: String(fields.get("brand")).trim() || null,
      category_path: product.category_path,
      barcodes: String(fields.get("barcodes")).split(/[\s,]+/).filter(Boolean),
      pack: product.pack,
      mrp: { amount: Math.round(Number(fields.get("mrp")) * 100), currency: product.mrp.currency },
      hsn: String(fields.get("hsn")),
      tax_rate: Number(fields.get("tax_rate")),
      perishable: product.perishable,
      shelf_life_days: product.shelf_life_days,
      min_life_at_door_days: product.min_life_at_door_days,
      allergens: String(fields.get("allergens")).split(",").map((word) => word.trim()).filter(Boolean),
      dietary: product.dietary,
      storage: product.storage as Facts["storage"],
      substitute_group: product.substitute_group,
      images: product.images,
      hidden: fields.get("hidden") === "on",
    };
    await call(api.PUT("/api/v1/products/{sku}", { params: { path: { sku } }, body, headers: etag ? { "If-Match": etag } : {} }));
    toast("Saved; the shop shows it at once");
    await mutate();
  });
  return (
    <div className="grid gap-4">
      <Link href="/admin/catalogue" className="tap inline-flex items-center gap-2 justify-self-start font-semibold text-brand-deep"><ArrowLeft aria-hidden="true" className="size-5" />All products</Link>
      <h1 className="flex flex-wrap items-center gap-3 text-2xl font-extrabold">{product.name} <Badge tone={product.hidden ? "bad" : "good"}>{product.hidden ? "hidden" : "shown"}</Badge></h1>
      <div className="grid gap-4 lg:grid-cols-[2fr_1fr]">
        <Card>
          <form key={product.version} className="grid gap-4" onSubmit={(event) => { event.preventDefault(); void save(new FormData(event.currentTarget)); }}>
            <div className="grid gap-4 md:grid-cols-2">
              {Object.entries(TONGUES).map(([tag, tongue]) => <TextField key={tag} label={`Name, ${tongue}`} lang={tag} name={`name.${tag}`} required={tag === "en"} defaultValue={product.names[tag as keyof typeof TONGUES] ?? ""} />)}
              {Object.entries(TONGUES).map(([tag, tongue]) => <TextArea key={tag} label={`Description, ${tongue}`} lang={tag} name={`description.${tag}`} defaultValue={product.descriptions[tag as keyof typeof TONGUES] ?? ""} />)}
              <TextField label="Brand" name="brand" defaultValue={product.brand ?? ""} />
              <TextField label="MRP in rupees" name="mrp" type="number" min={0.01} step={0.01} required defaultValue={product.mrp.amount / 100} />
              <TextField label="HSN" name="hsn" defaultValue={product.hsn} />
              <TextField label="GST in percent" name="tax_rate" type="number" min={0} max={100} required defaultValue={product.tax_rate} />
              <TextField label="Barcodes" name="barcodes" defaultValue={product.barcodes.join(" ")} hint="With blanks between them." />
              <TextField label="Allergens" name="allergens" defaultValue={product.allergens.join(", ")} hint="With commas between them." />
            </div>
            <label className="flex min-h-11 items-center gap-3"><input type="checkbox" name="hidden" defaultChecked={product.hidden} className="size-5 accent-brand" />Hidden from customers</label>
            <Button type="submit" size="large" busy={busy}>Save</Button>
          </form>
        </Card>
        <div className="grid content-start gap-4">
          <Pictures sku={sku} />
          <Changes sku={sku} />
        </div>
      </div>
    </div>
  );
}

function Pictures({ sku }: { sku: string }) {
  const { busy, run } = useAction();
  const path = { sku };
  const { data, mutate } = useSWR(["admin/images", sku], () => call(api.GET("/api/v1/products/{sku}/images", { params: { path } })), { refreshInterval: (now) => (now?.pending.length ? 1_500 : 0) });
  const add = (file: File | undefined) => file && run(async () => {
    const type = PICTURES.find((known) => known === file.type);
    if (!type) return toast("A picture is a JPEG, PNG, WebP or AVIF file.", "refused");
    const target = await call(api.POST("/api/v1/products/{sku}/image-upload", { params: { path }, body: { content_type: type, size: file.size } }));
    const address = new URL(target.url, location.origin);
    const put = await fetch(address.pathname.startsWith("/api/") ? address.pathname + address.search : target.url, { method: target.method, headers: target.headers as Record<string, string>, body: file });
    if (!put.ok) return toast("The file did not arrive. Try again.", "refused");
    await call(api.POST("/api/v1/products/{sku}/images", { params: { path }, body: { upload_id: target.upload_id } }));
    await mutate();
  });
  const order = (images: string[]) => run(async () => {
    await mutate(call(api.PUT("/api/v1/products/{sku}/images", { params: { path }, body: { images } })), { revalidate: false });
  });
  const urls = data?.items.map(({ url }) => url) ?? [];
  return (
    <Card className="grid gap-3">
      <h2 className="text-lg font-bold">Pictures</h2>
      {data && urls.length === 0 && data.pending.length === 0 && <p className="text-muted">None: a drawing of its kind is shown.</p>}
      <ul className="grid grid-cols-3 gap-2">
        {urls.map((url, index) => (
          <li key={url} className="grid gap-1">
            <img src={url} alt={`Picture ${index + 1}`} width={120} height={120} className="aspect-square w-full rounded-lg bg-white object-contain" />
            {index > 0 && <Button size="small" look="quiet" disabled={busy} onClick={() => order([url, ...urls.filter((other) => other !== url)])}>First</Button>}
            <Button size="small" look="quiet" disabled={busy} onClick={() => order(urls.filter((other) => other !== url))}>Remove</Button>
          </li>
        ))}
      </ul>
      {data?.pending.map((one) => <Banner key={one.upload_id} tone={one.reason ? "bad" : "info"}>{one.reason ? `Refused: ${one.reason}` : "Being made ready…"}</Banner>)}
      <label className="tap inline-flex cursor-pointer items-center justify-center gap-2 rounded-xl border border-edge font-semibold hover:bg-sunken">
        <ImageUp aria-hidden="true" className="size-5" />
        {busy ? "Working…" : "Add a picture"}
        <input type="file" accept={PICTURES.join(",")} className="sr-only" disabled={busy} onChange={(event) => void add(event.target.files?.[0])} />
      </label>
    </Card>
  );
}

function Changes({ sku }: { sku: string }) {
  const { data } = useSWR(["admin/history", sku], () => call(api.GET("/api/v1/admin/products/{sku}/history", { params: { path: { sku }, query: { limit: 20 } } })));
  return (
    <Card>
      <h2 className="mb-2 text-lg font-bold">Changes</h2>
      {data?.items.length === 0 && <p className="text-muted">None yet.</p>}
      <ol className="grid gap-2">{data?.items.map((row) => <li key={row.id} className="text-sm"><span className="font-semibold">{row.what.replaceAll("_", " ")}</span> <span className="text-muted">{dateAndTime(row.at)} · {row.who}{row.why && ` · ${row.why}`}</span></li>)}</ol>
    </Card>
  );
}
