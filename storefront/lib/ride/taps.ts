// What a rider taps at the door, kept in the browser until the API has it: in order, each once.
import { ApiProblem } from "@/lib/api/problem";
import { api, call } from "@/lib/api/client";
import type { Task } from "@/lib/api/types";

/** What shows that it was handed over: the customer's code, or a signature (PNG); a photo (JPEG) beside either. Data URLs. */
export type Proof = { otp?: string; signature?: string; photo?: string };
export type Tap = { id: string; taskId: string; at: string } & (
  | { kind: "picked_up" }
  | ({ kind: "delivered" } & Proof)
  | { kind: "failed"; reason: string }
  | { kind: "give_back"; reason: string }
);
export type NewTap = Tap extends infer Each ? (Each extends Tap ? Omit<Each, "id" | "at"> : never) : never;
export type Refusal = { tap: Tap; problem: ApiProblem };

const DATABASE = "shopsmart-ride";
const STORE = "taps";

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "id" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function within<Result>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<Result>): Promise<Result> {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const request = work(transaction.objectStore(STORE));
      // Not before it is on the disk: a phone may die right after the tap.
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

/** All taps that wait, oldest first. */
export async function waiting(): Promise<Tap[]> {
  const taps = (await within("readonly", (store) => store.getAll())) as Tap[];
  return taps.sort((one, other) => one.id.localeCompare(other.id));
}

export async function keep(tap: NewTap): Promise<void> {
  const at = new Date().toISOString();
  await within("readwrite", (store) => store.add({ ...tap, at, id: `${at}-${crypto.randomUUID()}` }));
}

const drop = (id: string) => within("readwrite", (store) => store.delete(id));

/** Worth another try: no connection, or the API asks to come back later. */
function comesBack({ code, status }: ApiProblem): boolean {
  return code === "offline" || status >= 500 || status === 429 || status === 408 || status === 401;
}

/**
 * Send what waits, in order, in one tab at a time. A tap is forgotten once the API has answered it: yes, or a refusal
 * that another try would not change. The commands are idempotent by the task's state, so one whose answer was lost is
 * sent again without harm. Gives the refusals; ends quietly where the connection does.
 */
export async function send(): Promise<Refusal[]> {
  return await navigator.locks.request("shopsmart-ride-taps", async () => {
    const refusals: Refusal[] = [];
    for (const tap of await waiting()) {
      try {
        await post(tap);
      } catch (fault) {
        if (!(fault instanceof ApiProblem)) throw fault;
        if (comesBack(fault)) break;
        refusals.push({ tap, problem: fault });
      }
      await drop(tap.id);
    }
    return refusals;
  });
}

function post(tap: Tap): Promise<Task | object> {
  const path = { task_id: tap.taskId };
  switch (tap.kind) {
    case "picked_up":
      return call(api.POST("/api/v1/rider/tasks/{task_id}/picked-up", { params: { path } }));
    case "delivered":
      return call(api.POST("/api/v1/rider/tasks/{task_id}/delivered", { params: { path }, body: proofOf(tap) }));
    case "failed":
      return call(api.POST("/api/v1/rider/tasks/{task_id}/failed", { params: { path }, body: { reason: tap.reason } }));
    case "give_back":
      return call(api.POST("/api/v1/rider/tasks/{task_id}/give-back", { params: { path }, body: { reason: tap.reason } })).then(() => ({}));
  }
}

function proofOf({ otp, signature, photo }: Proof): Proof {
  return { ...(otp ? { otp } : {}), ...(signature ? { signature } : {}), ...(photo ? { photo } : {}) };
}

/** The task as it will be once the taps that wait are sent: what the rider sees meanwhile. */
export function foreseen(task: Task, taps: Tap[]): Task | null {
  let seen: Task = task;
  for (const { kind, taskId } of taps) {
    if (taskId !== task.id) continue;
    if (kind === "delivered" || kind === "give_back") return null;
    if (kind === "picked_up") seen = { ...seen, state: "loaded", allowed_actions: ["delivered", "failed"] };
    if (kind === "failed") seen = { ...seen, state: "attempt_failed", allowed_actions: [] };
  }
  return seen;
}
