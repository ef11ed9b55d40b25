"use client";

import { useEffect, useRef, type ReactNode } from "react";
import { IconButton } from "@/components/ui/button";
import { cx } from "@/components/ui/cx";
import { Icon } from "@/components/ui/icon";

type Props = {
  open: boolean;
  onClose: () => void;
  title: string;
  /** The words of the closing button in the reader's language. */
  closeLabel: string;
  /** `centre`: a question or a form; `side`: a drawer at the end of the line; `full`: the whole screen. */
  place?: "centre" | "side" | "full";
  footer?: ReactNode;
  children: ReactNode;
};

const PLACES = {
  centre: "m-auto max-h-[90dvh] w-[min(36rem,calc(100vw-1.5rem))] rounded-2xl",
  side: "my-0 mr-0 ml-auto h-dvh max-h-dvh w-[min(28rem,100vw)] max-w-none",
  full: "m-0 h-dvh max-h-dvh w-screen max-w-none",
};

/** The browser's own modal dialog: it keeps the focus inside, closes with Escape and gives the focus back. */
export function Dialog({ open, onClose, title, closeLabel, place = "centre", footer, children }: Props) {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = element.current;
    if (!dialog) return;
    if (open && !dialog.open) dialog.showModal();
    if (!open && dialog.open) dialog.close();
  }, [open]);
  return (
    <dialog
      ref={element}
      aria-label={title}
      onCancel={(event) => { event.preventDefault(); onClose(); }}
      onClose={() => { if (open) onClose(); }}
      onClick={(event) => { if (event.target === element.current) onClose(); }}
      className={cx("bg-surface p-0 text-ink shadow-2xl", PLACES[place])}
    >
      {open && (
        <div className={cx("flex flex-col", place === "centre" ? "max-h-[90dvh]" : "h-full")}>
          <div className="flex items-center justify-between gap-2 border-b border-line py-2 pr-2 pl-5">
            <h2 className="text-lg font-bold">{title}</h2>
            <IconButton label={closeLabel} onClick={onClose}><Icon name="close" className="size-5" /></IconButton>
          </div>
          <div className="min-h-0 flex-1 overflow-y-auto p-5">{children}</div>
          {footer && <div className="border-t border-line p-4">{footer}</div>}
        </div>
      )}
    </dialog>
  );
}
