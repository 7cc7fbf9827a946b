/** The longer side of a picture that is sent, CSS-free pixels: enough to read a house number, small on a bad link. */
export const LONGEST_PX = 1_600;
const JPEG_QUALITY = 0.8;

/** The size that a picture is scaled down to; never up. */
export function scaled(width: number, height: number, longest_px = LONGEST_PX): { width: number; height: number } {
  const ratio = Math.min(1, longest_px / Math.max(width, height, 1));
  return { width: Math.max(1, Math.round(width * ratio)), height: Math.max(1, Math.round(height * ratio)) };
}

/**
 * The picture as a small JPEG, turned as the camera held it, and without what the camera noted in it (place, time, make).
 * Rejects when the file is no picture.
 */
export async function smallPicture(file: Blob): Promise<Blob> {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  const { width, height } = scaled(picture.width, picture.height);
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  canvas.getContext("2d")?.drawImage(picture, 0, 0, width, height);
  picture.close();
  return blobOf(canvas, "image/jpeg", JPEG_QUALITY);
}

export function blobOf(canvas: HTMLCanvasElement, type: string, quality?: number): Promise<Blob> {
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("The picture is empty."))), type, quality);
  });
}
