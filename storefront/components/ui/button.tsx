import { Link } from "@/components/ui/link";
import type { ComponentProps, ReactNode } from "react";
import { cx } from "@/components/ui/cx";

type Look = "primary" | "secondary" | "quiet" | "danger";
type Size = "small" | "normal" | "large" | "huge";

const LOOKS: Record<Look, string> = {
  primary: "bg-brand text-on-brand hover:bg-brand-deep disabled:bg-sunken disabled:text-muted",
  secondary: "border border-edge bg-surface text-ink hover:bg-sunken disabled:text-muted",
  quiet: "text-brand-deep hover:bg-brand-soft disabled:text-muted",
  danger: "bg-danger text-on-danger hover:opacity-90 disabled:bg-sunken disabled:text-muted",
};
const SIZES: Record<Size, string> = {
  small: "min-h-9 px-3 text-sm",
  normal: "min-h-11 px-4",
  large: "min-h-13 px-6 text-lg",
  huge: "min-h-16 px-6 text-xl",
};

type Common = { look?: Look; size?: Size; wide?: boolean; icon?: ReactNode };

function classes({ look = "primary", size = "normal", wide }: Common, more?: string): string {
  return cx(
    "inline-flex items-center justify-center gap-2 rounded-xl font-semibold transition-colors select-none",
    LOOKS[look], SIZES[size], wide && "w-full", more,
  );
}

/** A button. `busy` shows that its work runs, says so to screen readers, and keeps it from being pressed twice. */
export function Button({ look, size, wide, icon, busy, className, children, disabled, type = "button", ...rest }: Common & { busy?: boolean } & ComponentProps<"button">) {
  return (
    <button {...rest} type={type} disabled={disabled || busy} aria-busy={busy || undefined} className={classes({ look, size, wide }, className)}>
      {busy ? <Spinner /> : icon}
      {children}
    </button>
  );
}

/** A link that looks like a button. */
export function ButtonLink({ look, size, wide, icon, className, children, ...rest }: Common & ComponentProps<typeof Link>) {
  return (
    <Link {...rest} className={classes({ look, size, wide }, className)}>
      {icon}
      {children}
    </Link>
  );
}

/** A button that is only a picture; `label` is what it does. */
export function IconButton({ label, className, children, type = "button", ...rest }: { label: string } & ComponentProps<"button">) {
  return (
    <button {...rest} type={type} aria-label={label} title={label} className={cx("tap inline-flex items-center justify-center rounded-xl hover:bg-sunken disabled:text-muted", className)}>
      {children}
    </button>
  );
}

export function Spinner() {
  return <span aria-hidden="true" className="size-4 shrink-0 animate-spin rounded-full border-2 border-current border-r-transparent" />;
}
