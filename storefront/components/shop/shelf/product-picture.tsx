import { cx } from "@/components/ui/cx";
import type { Offer } from "@/lib/api/types";

type Props = { offer: Pick<Offer, "image" | "image_set">; alt: string; sizes: string; eager?: boolean; className?: string };

/** A product's picture in a square that keeps its place: AVIF or WebP of a fitting width, else the drawing. */
export function ProductPicture({ offer: { image, image_set }, alt, sizes, eager, className }: Props) {
  const shape = cx("aspect-square w-full rounded-xl bg-white object-contain dark-dim", className);
  if (!image) return <span aria-hidden="true" className={cx(shape, "block")} />;
  const picture = (
    <img
      src={image}
      alt={alt}
      width={image_set?.width ?? 240}
      height={image_set?.height ?? 240}
      loading={eager ? "eager" : "lazy"}
      fetchPriority={eager ? "high" : undefined}
      decoding="async"
      className={shape}
    />
  );
  if (!image_set) return picture;
  return (
    <picture>
      <source type="image/avif" srcSet={image_set.avif} sizes={sizes} />
      <source type="image/webp" srcSet={image_set.webp} sizes={sizes} />
      {picture}
    </picture>
  );
}
