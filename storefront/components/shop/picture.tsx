import type { Offer } from "@/lib/api/types";
import { cx } from "@/components/ui/cx";

type Props = { of: Pick<Offer, "image" | "image_set">; sizes: string; eager?: boolean; className?: string };

/** The picture of a product in the size that fits, in a square that is there before it. The name stands beside it. */
export function Picture({ of: { image, image_set }, sizes, eager, className }: Props) {
  const loading = eager ? "eager" : "lazy";
  return (
    <span className={cx("block aspect-square overflow-hidden rounded-xl bg-white", className)}>
      {image && (
        <picture>
          {image_set && <source type="image/avif" srcSet={image_set.avif} sizes={sizes} />}
          {image_set && <source type="image/webp" srcSet={image_set.webp} sizes={sizes} />}
          <img src={image} alt="" width={320} height={320} loading={loading} fetchPriority={eager ? "high" : undefined} decoding={eager ? "sync" : "async"} className="size-full object-contain" />
        </picture>
      )}
    </span>
  );
}
