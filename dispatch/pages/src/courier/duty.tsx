import { t } from "../shared/i18n";
import type { Duty } from "../shared/protocol/courier_messages";
import { warmUpAlerts } from "./alerts";
import { useCourier } from "./context";
import { Sign, type SignName } from "./sign";
import { Sheet } from "./ui";

const CHOICES: readonly { duty: Duty; sign: SignName }[] = [
  { duty: "available", sign: "bag" },
  { duty: "on_break", sign: "coffee" },
  { duty: "ending", sign: "flag" },
  { duty: "off_duty", sign: "power" },
];

/** Going on duty is also the tap by which the browser lets the app ring and keep the screen on. */
export function useSetDuty(): (duty: Duty) => void {
  const { shift, now } = useCourier();
  return (duty) => {
    warmUpAlerts();
    if (duty !== now.duty) shift.do({ t: "duty", duty });
  };
}

/** On duty, break, finishing, home: each with what it means. */
export function DutySheet({ onClose }: { onClose(): void }) {
  const { now } = useCourier();
  const setDuty = useSetDuty();
  const choose = (duty: Duty) => {
    setDuty(duty);
    onClose();
  };
  return (
    <Sheet title={t("courier.duty.title")} name="duty" onClose={onClose}>
      <h2>{t("courier.duty.title")}</h2>
      <div class="duty-choices">
        {CHOICES.map(({ duty, sign }) => (
          <button
            key={duty}
            type="button"
            class="duty-choice"
            aria-pressed={duty === now.duty}
            onClick={() => choose(duty)}
          >
            <Sign name={sign} />
            <span>
              <strong>{t(`courier.duty.${duty}`)}</strong>
              <small>{t(`courier.duty.${duty}.note`)}</small>
            </span>
            {duty === now.duty && <Sign name="check" />}
          </button>
        ))}
      </div>
    </Sheet>
  );
}
