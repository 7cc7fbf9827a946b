import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../shared/i18n";
import { Sign } from "./sign";

interface Detector {
  detect(source: HTMLVideoElement): Promise<readonly { rawValue: string }[]>;
}

declare global {
  interface Window {
    BarcodeDetector?: new () => Detector;
  }
}

const LOOK_EVERY_MS = 250;
/** The same code in sight of the camera counts once in this time. */
const AGAIN_AFTER_MS = 2_000;

export function canScan(): boolean {
  return "BarcodeDetector" in window && Boolean(navigator.mediaDevices?.getUserMedia);
}

/** A code that is typed, or scanned where the browser can. `heard` says what became of the last one. */
export function CodeField(props: { heard?: string; label?: string; onCode(code: string): void }) {
  const [text, setText] = useState("");
  const [scanning, setScanning] = useState(false);
  const submit = (event: Event) => {
    event.preventDefault();
    if (text.trim()) props.onCode(text.trim());
    setText("");
  };
  return (
    <form class="code-field" onSubmit={submit}>
      <div class="field-line">
        <input
          type="text"
          inputMode="text"
          autocomplete="off"
          autocapitalize="characters"
          maxLength={64}
          aria-label={props.label ?? t("courier.scan.label")}
          placeholder={props.label ?? t("courier.scan.label")}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <button type="submit" class="side-action" disabled={!text.trim()}>
          {t("courier.scan.add")}
        </button>
        {canScan() && (
          <button type="button" class="side-action" aria-pressed={scanning} onClick={() => setScanning(!scanning)}>
            <Sign name="scan" />
            {t(scanning ? "courier.scan.stop" : "courier.scan")}
          </button>
        )}
      </div>
      {scanning && <Camera onCode={props.onCode} />}
      <p class="faint" role="status">
        {props.heard}
      </p>
    </form>
  );
}

/** The camera's picture, looked at for codes a few times a second. */
function Camera({ onCode }: { onCode(code: string): void }) {
  const video = useRef<HTMLVideoElement>(null);
  const [failed, setFailed] = useState(false);
  const tell = useRef(onCode);
  tell.current = onCode;
  useEffect(() => {
    const watch = new CodeWatch((code) => tell.current(code));
    if (video.current) watch.start(video.current).catch(() => setFailed(true));
    return () => watch.stop();
  }, []);
  if (failed) return <p role="alert">{t("courier.scan.failed")}</p>;
  return <video ref={video} class="camera" muted playsInline aria-label={t("courier.scan.video")} />;
}

/** Runs the camera and tells each code that comes into its sight. */
class CodeWatch {
  private stream: MediaStream | null = null;
  private timer: ReturnType<typeof setInterval> | undefined;
  private over = false;
  private last = { code: "", at_ms: 0 };

  constructor(private readonly onCode: (code: string) => void) {}

  async start(video: HTMLVideoElement): Promise<void> {
    if (!window.BarcodeDetector) throw new Error("This browser reads no codes.");
    const detector = new window.BarcodeDetector();
    this.stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    if (this.over) return this.stop();
    video.srcObject = this.stream;
    await video.play();
    this.timer = setInterval(() => void this.look(detector, video), LOOK_EVERY_MS);
  }

  private async look(detector: Detector, video: HTMLVideoElement): Promise<void> {
    const found = await detector.detect(video).catch(() => []);
    const code = found[0]?.rawValue;
    if (!code || this.over) return;
    const now_ms = performance.now();
    if (code === this.last.code && now_ms - this.last.at_ms < AGAIN_AFTER_MS) return;
    this.last = { code, at_ms: now_ms };
    navigator.vibrate?.(60);
    this.onCode(code);
  }

  stop(): void {
    this.over = true;
    clearInterval(this.timer);
    for (const track of this.stream?.getTracks() ?? []) track.stop();
  }
}
