"use client";

import { ArrowLeft, Check, Minus, Plus, Printer } from "lucide-react";
import { Link } from "@/components/ui/link";
import { useCallback, useState } from "react";
import useSWR from "swr";
import { Age } from "@/components/store/age";
import { Failed } from "@/components/staff/failed";
import { partOf } from "@/components/store/parts";
import { RejectDialog } from "@/components/store/reject-dialog";
import { SubstituteDialog } from "@/components/store/substitute";
import { QUEUE_EVENTS } from "@/components/store/store-events";
import { useStore, useStoreEvents } from "@/components/store/store-frame";
import { Button, IconButton } from "@/components/ui/button";
import { cx } from "@/components/ui/cx";
import { Dialog } from "@/components/ui/dialog";
import { TextField } from "@/components/ui/field";
import { Badge, Banner, Card, Notice, Skeleton } from "@/components/ui/states";
import { toast } from "@/components/ui/toast";
import { api, call } from "@/lib/api/client";
import { ApiProblem } from "@/lib/api/problem";
import type { Order } from "@/lib/api/types";
import { useAction } from "@/lib/problems/use-problem";

type Line = Order["lines"][number];

const STATES: Record<string, string> = {
  placed: "New", accepted: "Accepted", picking: "Picking", packed: "Packed", ready_for_collection: "Waiting to be collected",
  out_for_delivery: "With the rider", undeliverable: "Nobody took it", delivered: "Delivered", collected: "Collected", cancelled: "Cancelled", returned: "Returned",
};

/** One order from accepted to handed over: the pick list in the order of the shelves, then the bag. */
export function OrderScreen({ id }: { id: string }) {
  const { store } = useStore();
  const key = ["store-order", id, store.id];
  const { data: order, error, isValidating, mutate } = useSWR(key, () => call(api.GET("/api/v1/orders/{order_id}", { params: { path: { order_id: id } } })), { refreshInterval: 20_000 });
  const refresh = useCallback(() => void mutate(), [mutate]);
  useStoreEvents(QUEUE_EVENTS, refresh);
  const { busy, run } = useAction();
  const [rejecting, setRejecting] = useState(false);

  if (error instanceof ApiProblem && error.status === 404) return <Notice title="No such order here" action={<Link href="/store" className="font-semibold text-brand-deep underline">Back to the orders</Link>}>It may have gone to another store.</Notice>;
  const failed = error && <Failed what={order ? "This may be out of date: the order could not be read." : "The order could not be read."} fault={error} busy={isValidating} onAgain={refresh} />;
  if (!order) return failed || <div className="grid gap-3"><Skeleton className="h-16" /><Skeleton className="h-96" /></div>;
  const own = partOf(order, store.id);
  if (!own) return <Notice title="This order went to another store" action={<Link href="/store" className="font-semibold text-brand-deep underline">Back to the orders</Link>} />;
  const { part, lines } = own;
  const params = { path: { order_id: id }, query: { store_id: store.id } };
  const take = (done: Order) => mutate(done, { revalidate: false });
  const accept = () => run(async () => take(await call(api.POST("/api/v1/store/orders/{order_id}/accept", { params }))));
  const pack = () => run(async () => {
    await take(await call(api.POST("/api/v1/store/orders/{order_id}/pack", { params })));
    toast(`${order.number} is packed`);
  });
  const open = lines.filter(({ picked }) => picked === null).length;
  const asked = lines.filter(({ proposal }) => proposal?.state === "asked").length;
  return (
    <div className="mx-auto grid max-w-3xl gap-4 pb-28">
      <Link href="/store" className="inline-flex min-h-14 items-center gap-2 justify-self-start font-semibold text-brand-deep"><ArrowLeft aria-hidden="true" className="size-5" />All orders</Link>
      {failed}
      <div className="flex flex-wrap items-center gap-3">
        <h1 className="text-3xl font-extrabold">{order.number}</h1>
        <Badge tone="info"><span data-testid="part-status">{STATES[part.status] ?? part.status}</span></Badge>
        <Badge>{order.mode === "pickup" ? "Pickup" : "Delivery"}</Badge>
        <a href={`/api/v1/store/orders/${encodeURIComponent(id)}/packing-slip?store_id=${encodeURIComponent(store.id)}`} target="_blank" rel="noreferrer" className="ml-auto inline-flex min-h-14 items-center gap-2 rounded-xl border border-edge bg-surface px-4 font-semibold hover:bg-sunken">
          <Printer aria-hidden="true" className="size-5" />Packing slip
        </a>
      </div>
      {!["delivered", "collected", "cancelled", "returned"].includes(part.status) && <Age order={order} />}
      {order.note && <Banner tone="sun">{order.note}</Banner>}
      {part.rider && <p className="font-semibold">Rider: {part.rider.name}{part.rider.phone && `, ${part.rider.phone}`}</p>}
      <p className="text-muted">If something is missing: {{ refund: "refund it", best_match: "take the best match", ask_me: "the customer wants to be asked" }[order.substitution.policy] ?? order.substitution.policy}</p>
      {part.status === "placed" && (
        <div className="grid grid-cols-[2fr_1fr] gap-3">
          <Button size="huge" busy={busy} onClick={accept} className="min-h-20 text-2xl">Accept</Button>
          <Button look="secondary" size="huge" onClick={() => setRejecting(true)}>Reject</Button>
        </div>
      )}
      <ul aria-label="Pick list" className="grid gap-3">
        {lines.map((line) => <PickLine key={line.id} line={line} order={order} may={part.status === "accepted" || part.status === "picking"} onPicked={take} onGone={refresh} />)}
      </ul>
      {(part.status === "accepted" || part.status === "picking") && (
        <div className="fixed inset-x-0 bottom-0 border-t border-line bg-surface p-3">
          <div className="mx-auto flex max-w-3xl gap-3">
            <Button look="secondary" size="huge" onClick={() => setRejecting(true)} disabled={part.status === "picking"}>Reject</Button>
            <Button size="huge" wide busy={busy} disabled={open > 0 || asked > 0} onClick={pack} className="min-h-16 flex-1">{open > 0 ? `${open} of ${lines.length} to pick` : asked > 0 ? "Waiting for the customer's answer" : "Packed"}</Button>
          </div>
        </div>
      )}
      {part.status === "undeliverable" && <Banner tone="warn">Nobody took it at the door. The rider brings it back; an administrator sends it out once more or books its return, and then it is on the shelf again.</Banner>}
      {part.status === "ready_for_collection" && <Handover order={order} onDone={take} />}
      {rejecting && <RejectDialog order={order} onClose={() => setRejecting(false)} onDone={refresh} />}
    </div>
  );
}

/** One thing to fetch: where it lies, how many, and one big button when it is in the bag. */
function PickLine({ line, order, may, onPicked, onGone }: { line: Line; order: Order; may: boolean; onPicked: (order: Order) => void; onGone: () => void }) {
  const { store } = useStore();
  const { busy, run } = useAction();
  const [count, setCount] = useState(line.quantity);
  const [choosing, setChoosing] = useState(false);
  const [asking, setAsking] = useState(false);
  const done = line.picked !== null;
  const question = line.proposal;
  const maySubstitute = order.substitution.policy !== "refund" && count < line.quantity;
  const short = done && (line.picked ?? 0) < line.quantity;
  const pick = () => run(
    async () => {
      onPicked(await call(api.POST("/api/v1/store/orders/{order_id}/pick", { params: { path: { order_id: order.id }, query: { store_id: store.id } }, body: { line: line.id, picked: count } })));
      setAsking(false);
    },
    ({ code }) => { if (code === "line_already_picked") { setAsking(false); onGone(); } return false; },
  );
  return (
    <li data-testid="pick-line">
      <Card className={cx("grid items-center gap-4 sm:grid-cols-[4.5rem_1fr_auto]", done && "opacity-75")}>
        <img src={line.image ?? "/icons/icon.svg"} alt="" width={72} height={72} className="hidden size-18 rounded-xl bg-white sm:block" />
        <div>
          <p className="text-lg leading-snug font-bold">{line.name}</p>
          <p className="text-muted">Shelf <strong className="text-xl text-ink">{line.bin || "–"}</strong> · <span className="text-sm">{line.sku}</span></p>
          {line.instead_of && <Badge tone="info">Substitute</Badge>}
          {question && <p className="font-semibold text-info">{{ asked: "Asked", accepted: "Accepted", refused: "Refused", lapsed: "No answer" }[question.state]}: {question.quantity} × {question.name}</p>}
          {short && question?.state !== "asked" && question?.state !== "accepted" && <p className="font-semibold text-danger">Only {line.picked} of {line.quantity}; the rest is refunded</p>}
        </div>
        {done ? (
          <p className="flex items-center gap-2 text-xl font-bold text-brand-deep"><Check aria-hidden="true" className="size-6" />{line.picked} of {line.quantity}</p>
        ) : may ? (
          <div className="flex flex-wrap items-center justify-end gap-2">
            <IconButton label={`One ${line.name} less`} disabled={count === 0} onClick={() => setCount(count - 1)} className="size-14 border border-edge"><Minus aria-hidden="true" className="size-6" /></IconButton>
            <Button size="huge" busy={busy} look={count < line.quantity ? "danger" : "primary"} onClick={count < line.quantity ? () => setAsking(true) : pick} className="min-h-20 min-w-40 text-2xl">
              {count < line.quantity ? `Short: ${count} of ${line.quantity}` : `Picked ${count}`}
            </Button>
            <IconButton label={`One ${line.name} more`} disabled={count >= line.quantity} onClick={() => setCount(count + 1)} className="size-14 border border-edge"><Plus aria-hidden="true" className="size-6" /></IconButton>
            {maySubstitute && <Button look="secondary" size="huge" wide onClick={() => setChoosing(true)}>Send something else</Button>}
          </div>
        ) : <p className="text-2xl font-extrabold">{line.quantity} ×</p>}
      </Card>
      {asking && (
        <Dialog open title={`Only ${count} of ${line.quantity}?`} closeLabel="Close" onClose={() => setAsking(false)}>
          <div className="grid gap-3">
            <p className="text-lg">{line.name}: {line.quantity - count} {line.quantity - count === 1 ? "is" : "are"} missing and will be refunded. This cannot be taken back.</p>
            <Button size="huge" wide look="danger" busy={busy} onClick={pick}>{count === 0 ? "None was found" : `Only ${count} found`}</Button>
            <Button size="huge" wide look="secondary" onClick={() => setAsking(false)}>Look again</Button>
          </div>
        </Dialog>
      )}
      {choosing && <SubstituteDialog order={order} line={line} picked={count} onClose={() => setChoosing(false)} onDone={onPicked} />}
    </li>
  );
}

function Handover({ order, onDone }: { order: Order; onDone: (order: Order) => void }) {
  const { store } = useStore();
  const { busy, run } = useAction();
  const [problem, setProblem] = useState("");
  const [code, setCode] = useState("");
  const give = () => run(
    async () => {
      onDone(await call(api.POST("/api/v1/store/orders/{order_id}/handover", { params: { path: { order_id: order.id }, query: { store_id: store.id } }, body: { otp: code.trim() } })));
      toast(`${order.number} was handed over`);
    },
    ({ code: what, problem: { attempts_left: left } }) => {
      if (what !== "wrong_code") return false;
      setProblem(`Wrong code. ${String(left)} tries left.`);
      return true;
    },
  );
  return (
    <Card>
      <form className="grid gap-4" onSubmit={(event) => { event.preventDefault(); void give(); }}>
        <TextField label="Code of the customer" value={code} onChange={(event) => setCode(event.target.value)} inputMode="numeric" autoComplete="off" error={problem} className="min-h-16 text-center text-3xl font-bold tracking-widest" required />
        <Button type="submit" size="huge" busy={busy} disabled={code.trim().length < 4}>Hand over</Button>
      </form>
    </Card>
  );
}
