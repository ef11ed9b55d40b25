const LONGEST_SIDE = 1_024;
const MOST_CHARACTERS = 270_000; // 200 KiB as base64, as the API takes it

/** A photo as a small JPEG data URL: what the door looked like, not where each hair lay. Undefined for no picture. */
export async function shrunk(file: File): Promise<string | undefined> {
  const picture = await createImageBitmap(file).catch(() => null);
  if (!picture) return undefined;
  const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
  for (const quality of [0.8, 0.6, 0.4, 0.2]) {
    const jpeg = canvas.toDataURL("image/jpeg", quality);
    if (jpeg.length <= MOST_CHARACTERS) return jpeg;
  }
  return undefined;
}
