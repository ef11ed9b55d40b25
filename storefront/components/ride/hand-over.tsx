"use client";

import { Camera, PenLine } from "lucide-react";
import { useState } from "react";
import { CodePad } from "@/components/ride/code-pad";
import { SignaturePad } from "@/components/ride/signature-pad";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { useT } from "@/lib/i18n/client";
import { shrunk } from "@/lib/ride/photo";
import type { Proof } from "@/lib/ride/taps";

/** The proof at the door: the code, or a signature where nothing is to be paid; a photo if he likes. */
export function HandOver({ maySign, onClose, onProof }: { maySign: boolean; onClose: () => void; onProof: (proof: Proof) => void }) {
  const t = useT();
  const [signing, setSigning] = useState(false);
  const [photo, setPhoto] = useState<string | undefined>();
  const take = async (file: File | undefined) => setPhoto(file && (await shrunk(file)));
  return (
    <Dialog open title={t(signing ? "ride.signature" : "ride.codeTitle")} closeLabel={t("close")} onClose={onClose}>
      <div className="grid gap-3">
        {signing ? <SignaturePad onSigned={(signature) => onProof({ signature, photo })} /> : <CodePad onCode={(otp) => onProof({ otp, photo })} />}
        <div className="grid grid-cols-2 gap-3">
          <label className="inline-flex min-h-13 items-center justify-center gap-2 rounded-xl border border-edge font-semibold">
            <Camera aria-hidden="true" className="size-5" />
            {t(photo ? "ride.photoTaken" : "ride.photo")}
            <input type="file" accept="image/*" capture="environment" className="sr-only" onChange={(event) => void take(event.target.files?.[0])} />
          </label>
          {maySign && <Button look="secondary" size="large" icon={<PenLine aria-hidden="true" className="size-5" />} onClick={() => setSigning(!signing)}>{t(signing ? "ride.codeTitle" : "ride.signature")}</Button>}
        </div>
      </div>
    </Dialog>
  );
}
