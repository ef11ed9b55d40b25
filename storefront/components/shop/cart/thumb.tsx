import { cx } from "@/components/ui/cx";
import { Icon } from "@/components/ui/icon";

/** A small picture of an item beside its name; a parcel where there is none. */
export function Thumb({ image, size }: { image: string | null; size: 48 | 56 }) {
  const place = cx("rounded-lg border border-line", size === 48 ? "size-12" : "size-14");
  return image
    ? <img src={image} alt="" width={size} height={size} loading="lazy" className={cx("bg-white object-contain", place)} />
    : <span aria-hidden="true" className={cx("grid place-items-center bg-sunken text-muted", place)}><Icon name="bag" className="size-5" /></span>;
}
