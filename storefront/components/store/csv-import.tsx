"use client";

import { FileUp } from "lucide-react";
import { useState } from "react";
import { useStore } from "@/components/store/store-frame";
import { Button } from "@/components/ui/button";
import { Select } from "@/components/ui/field";
import { Banner, Card } from "@/components/ui/states";
import { api, call, idempotencyKey } from "@/lib/api/client";
import type { components } from "@/lib/api/schema";
import { useAction } from "@/lib/problems/use-problem";

type Report = components["schemas"]["Imported"];
type Mode = "delta" | "absolute";

const EXAMPLES: Record<Mode, string> = { delta: "sku,delta,reason\nSS-MILK-0001,12,received\nSS-CURD-0002,-1,damaged", absolute: "sku,on_hand\nSS-MILK-0001,48\nSS-CURD-0002,17" };

/** Counts or deliveries from a file: first what would happen, line by line, then for good. */
export function CsvImport() {
  const { store } = useStore();
  const { busy, run } = useAction();
  const [mode, setMode] = useState<Mode>("delta");
  const [short, setShort] = useState<"refuse" | "declare">("refuse");
  const [file, setFile] = useState<{ name: string; text: string } | null>(null);
  const [key, setKey] = useState(idempotencyKey);
  const [report, setReport] = useState<Report | null>(null);

  const send = (dryRun: boolean) => file && run(async () => {
    setReport(await call(api.POST("/api/v1/store/inventory/import", {
      params: { query: { store_id: store.id, mode, short, dry_run: dryRun }, header: { "Idempotency-Key": key } },
      body: file.text,
      bodySerializer: (text: string) => text,
      headers: { "Content-Type": "text/csv" },
    })));
  });
  // A key stands for one file taken one way: another of these is another import.
  const anew = () => {
    setReport(null);
    setKey(idempotencyKey());
  };
  const choose = async (chosen: File | undefined) => {
    if (!chosen) return;
    anew();
    setFile({ name: chosen.name, text: await chosen.text() });
  };
  const foreseen = report?.dry_run;
  return (
    <div className="mx-auto grid max-w-3xl gap-4">
      <h1 className="text-2xl font-extrabold">Import</h1>
      <Card className="grid gap-4">
        <Select label="The file has" value={mode} className="min-h-14" onChange={(event) => { setMode(event.target.value as Mode); anew(); }}>
          <option value="delta">units up or down (a delivery, a write-off)</option>
          <option value="absolute">counts: units on the shelf</option>
        </Select>
        {mode === "absolute" && (
          <Select label="Counts below what orders were promised" value={short} className="min-h-14" onChange={(event) => { setShort(event.target.value as "refuse" | "declare"); anew(); }}>
            <option value="refuse">refuse such lines</option>
            <option value="declare">declare a shortage: orders are moved or shortened</option>
          </Select>
        )}
        <p className="text-muted">CSV with a first line of names, at most 5,000 lines. For example:</p>
        <pre className="overflow-x-auto rounded-xl bg-sunken p-3 text-sm" tabIndex={0}>{EXAMPLES[mode]}</pre>
        <label className="grid min-h-32 place-items-center gap-1 rounded-2xl border-2 border-dashed border-edge p-4 text-center font-semibold has-[:focus-visible]:outline-3 has-[:focus-visible]:outline-offset-2 has-[:focus-visible]:outline-info hover:bg-sunken">
          <FileUp aria-hidden="true" className="size-8 text-brand-deep" />
          {file ? file.name : "Choose a CSV file"}
          <input type="file" accept=".csv,text/csv" className="sr-only" onChange={({ target }) => {
            void choose(target.files?.[0]);
            target.value = ""; // the same name, mended, is a choice again
          }} />
        </label>
        <div className="grid gap-3 sm:grid-cols-2">
          <Button look="secondary" size="huge" busy={busy} disabled={!file} onClick={() => void send(true)}>Check only</Button>
          <Button size="huge" busy={busy} disabled={!file || !foreseen || report?.accepted === 0} onClick={() => void send(false)}>Import {foreseen ? report?.accepted : ""} lines</Button>
        </div>
      </Card>
      {report && (
        <section aria-label="Report" className="grid gap-3">
          <Banner tone={report.refused > 0 ? "warn" : "good"}>
            {report.dry_run ? `Would take ${report.accepted} lines and refuse ${report.refused}. Nothing was changed yet.` : `Took ${report.accepted} lines and refused ${report.refused}.`}
          </Banner>
          {report.lines.length > 0 && (
            <div className="overflow-x-auto rounded-2xl border border-line bg-surface" tabIndex={0} role="region" aria-label="Refused lines">
              <table className="w-full text-left">
                <thead><tr className="border-b border-line text-sm text-muted"><th className="p-3">Line</th><th className="p-3">SKU</th><th className="p-3">Why</th></tr></thead>
                <tbody>
                  {report.lines.map((line) => (
                    <tr key={line.line} className="border-b border-line last:border-0"><td className="p-3">{line.line}</td><td className="p-3 font-mono">{line.sku}</td><td className="p-3">{line.detail}</td></tr>
                  ))}
                </tbody>
              </table>
            </div>
          )}
        </section>
      )}
    </div>
  );
}
