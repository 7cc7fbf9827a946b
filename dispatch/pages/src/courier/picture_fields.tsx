import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../shared/i18n";
import { blobOf, smallPicture } from "./pictures";
import { Sign } from "./sign";

/** A photo by the phone's own camera app, made small at once. */
export function PhotoField({ picture, onPicture }: { picture?: Blob | undefined; onPicture(picture: Blob): void }) {
  const [bad, setBad] = useState(false);
  const url = useObjectUrl(picture);
  const chosen = async (input: HTMLInputElement) => {
    const file = input.files?.[0];
    if (!file) return;
    try {
      onPicture(await smallPicture(file));
      setBad(false);
    } catch {
      setBad(true);
    }
    input.value = "";
  };
  return (
    <div class="photo-field">
      {url && <img src={url} alt={t("courier.give.photo.alt")} />}
      <label class={`side-action wide ${picture ? "" : "wanted"}`}>
        <Sign name="camera" />
        {t(picture ? "courier.give.photo.again" : "courier.give.photo")}
        <input
          type="file"
          class="visually-hidden"
          accept="image/*"
          capture="environment"
          onChange={(event) => void chosen(event.currentTarget)}
        />
      </label>
      {bad && <p role="alert">{t("courier.give.photo.bad")}</p>}
    </div>
  );
}

function useObjectUrl(blob: Blob | undefined): string {
  const [url, setUrl] = useState("");
  useEffect(() => {
    if (!blob) return;
    const made = URL.createObjectURL(blob);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [blob]);
  return blob ? url : "";
}

const LINE_PX = 2.6;
const INK = "#17201f";

/** A name written with a finger. The picture is dark on white in either theme, as paper is. */
export function SignatureField({ onPicture }: { onPicture(picture: Blob | undefined): void }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const pad = useRef<SignaturePad | null>(null);
  const tell = useRef(onPicture);
  tell.current = onPicture;
  useEffect(() => {
    if (!canvas.current) return;
    pad.current = new SignaturePad(canvas.current, (picture) => tell.current(picture));
    return () => pad.current?.remove();
  }, []);
  return (
    <div class="signature-field">
      <div class="signature-head">
        <span>{t("courier.give.signature")}</span>
        <button type="button" class="text-button" onClick={() => pad.current?.clear()}>
          {t("courier.give.clear")}
        </button>
      </div>
      <canvas ref={canvas} class="signature" role="img" aria-label={t("courier.give.signature")} />
    </div>
  );
}

/** Draws what the finger does, and tells the picture after each stroke. */
class SignaturePad {
  private readonly g: CanvasRenderingContext2D | null;
  private drawing = -1;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly onPicture: (picture: Blob | undefined) => void,
  ) {
    const ratio = Math.min(2, devicePixelRatio || 1);
    canvas.width = Math.round(canvas.clientWidth * ratio);
    canvas.height = Math.round(canvas.clientHeight * ratio);
    this.g = canvas.getContext("2d");
    this.g?.scale(ratio, ratio);
    this.wipe();
    canvas.addEventListener("pointerdown", this.down);
    canvas.addEventListener("pointermove", this.move);
    canvas.addEventListener("pointerup", this.up);
    canvas.addEventListener("pointercancel", this.up);
  }

  clear(): void {
    this.wipe();
    this.onPicture(undefined);
  }

  /** The listeners go with the canvas. */
  remove(): void {
    this.drawing = -1;
  }

  private wipe(): void {
    const { g, canvas } = this;
    if (!g) return;
    g.fillStyle = "#ffffff";
    g.fillRect(0, 0, canvas.width, canvas.height);
    g.strokeStyle = INK;
    g.lineWidth = LINE_PX;
    g.lineCap = g.lineJoin = "round";
  }

  private readonly down = (event: PointerEvent): void => {
    this.drawing = event.pointerId;
    this.canvas.setPointerCapture(event.pointerId);
    this.g?.beginPath();
    this.g?.moveTo(event.offsetX, event.offsetY);
    this.g?.lineTo(event.offsetX + 0.1, event.offsetY);
    this.g?.stroke();
  };

  private readonly move = (event: PointerEvent): void => {
    if (event.pointerId !== this.drawing) return;
    this.g?.lineTo(event.offsetX, event.offsetY);
    this.g?.stroke();
  };

  private readonly up = (event: PointerEvent): void => {
    if (event.pointerId !== this.drawing) return;
    this.drawing = -1;
    void blobOf(this.canvas, "image/png").then(this.onPicture, () => {});
  };
}
