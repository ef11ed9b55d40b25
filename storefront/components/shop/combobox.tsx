"use client";

import { useId, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { cx } from "@/components/ui/cx";
import { Icon } from "@/components/ui/icon";

type Props<Item> = {
  /** What the field is for, read out and used as its name. */
  label: string;
  listLabel: string;
  placeholder: string;
  clearLabel: string;
  name?: string;
  value: string;
  onChange: (text: string) => void;
  items: Item[];
  keyOf: (item: Item) => string;
  row: (item: Item) => ReactNode;
  onPick: (item: Item) => void;
  /** Above the choices, such as “Recent searches”. */
  heading?: string;
  maxLength?: number;
};

/** A text field with choices under it (ARIA combobox with a list box): arrows, Enter, Escape, mouse and touch. */
export function Combobox<Item>({ label, listLabel, placeholder, clearLabel, name, value, onChange, items, keyOf, row, onPick, heading, maxLength }: Props<Item>) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const shown = open && items.length > 0;
  const chosen = shown && active < items.length ? active : -1;

  function pick(item: Item): void {
    setOpen(false);
    setActive(-1);
    onPick(item);
  }

  function onKeyDown(event: KeyboardEvent<HTMLInputElement>): void {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      setOpen(true);
      if (items.length === 0) return;
      const step = event.key === "ArrowDown" ? 1 : -1;
      // From the field itself (-1) to the first or the last, and round again.
      setActive(((chosen + 1 + step + items.length + 1) % (items.length + 1)) - 1);
    } else if (event.key === "Enter" && chosen >= 0) {
      const item = items[chosen];
      event.preventDefault();
      if (item !== undefined) pick(item);
    } else if (event.key === "Escape" && shown) {
      event.preventDefault();
      event.stopPropagation();
      setOpen(false);
      setActive(-1);
    }
  }

  return (
    <div className="relative" onBlur={(event) => { if (!event.currentTarget.contains(event.relatedTarget)) setOpen(false); }}>
      <Icon name="search" className="pointer-events-none absolute top-3 left-3 size-5 text-muted" />
      <input
        ref={input}
        type="text"
        inputMode="search"
        enterKeyHint="search"
        role="combobox"
        name={name}
        aria-label={label}
        aria-autocomplete="list"
        aria-expanded={shown}
        aria-controls={`${id}-list`}
        aria-activedescendant={chosen >= 0 ? `${id}-${chosen}` : undefined}
        placeholder={placeholder}
        value={value}
        maxLength={maxLength}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        onFocus={() => setOpen(true)}
        onClick={() => setOpen(true)}
        onKeyDown={onKeyDown}
        onChange={(event) => { onChange(event.target.value); setOpen(true); setActive(-1); }}
        className="h-11 w-full rounded-xl border border-edge bg-ground pr-11 pl-10 text-ink placeholder:text-muted"
      />
      {value !== "" && (
        <button type="button" aria-label={clearLabel} onClick={() => { onChange(""); input.current?.focus(); }} className="absolute top-0 right-0 grid size-11 place-items-center rounded-xl text-muted hover:text-ink">
          <Icon name="close" className="size-4" />
        </button>
      )}
      <div
        hidden={!shown}
        className="absolute inset-x-0 top-full z-50 mt-1 max-h-[60dvh] overflow-y-auto rounded-xl border border-line bg-raised shadow-xl"
      >
        {heading && <p id={`${id}-heading`} className="px-4 pt-3 pb-1 text-sm font-semibold text-muted">{heading}</p>}
        <ul id={`${id}-list`} role="listbox" aria-label={listLabel} className="py-1">
          {items.map((item, index) => (
            <li
              key={keyOf(item)}
              id={`${id}-${index}`}
              role="option"
              aria-selected={index === chosen}
              // The field keeps the focus, else its blur would close the list before the click arrives.
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => pick(item)}
              className={cx("flex min-h-11 cursor-pointer items-center gap-3 px-4 py-2 hover:bg-sunken", index === chosen && "bg-brand-soft outline-2 -outline-offset-2 outline-brand")}
            >
              {row(item)}
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}
