import type { Offered } from "../shared/protocol/courier_messages";

const VIBRATION_MS = [240, 120, 240, 120, 480];
const NOTES_HZ = [784, 988, 1175];
const NOTE_S = 0.16;

let sound: AudioContext | null = null;

/** Browsers let a page ring only after a tap: call this in one. */
export function warmUpAlerts(): void {
  try {
    sound ??= new AudioContext();
    void sound.resume().catch(() => {});
  } catch {
    // No sound here: the vibration and the sheet have to do.
  }
}

/** A new offer: three rising notes, and a vibration that is felt through a jacket. */
export function alertOffer(_offer: Offered): void {
  navigator.vibrate?.(VIBRATION_MS);
  if (sound?.state !== "running") return;
  for (const [i, hz] of NOTES_HZ.entries()) ring(sound, hz, sound.currentTime + i * NOTE_S * 1.2);
}

function ring(context: AudioContext, hz: number, at_s: number): void {
  const tone = context.createOscillator();
  const volume = context.createGain();
  tone.frequency.value = hz;
  volume.gain.setValueAtTime(0, at_s);
  volume.gain.linearRampToValueAtTime(0.4, at_s + 0.02);
  volume.gain.exponentialRampToValueAtTime(0.001, at_s + NOTE_S);
  tone.connect(volume).connect(context.destination);
  tone.start(at_s);
  tone.stop(at_s + NOTE_S);
}
