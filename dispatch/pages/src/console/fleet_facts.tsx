import { useState } from "preact/hooks";
import { clockTime } from "../shared/format";
import { t } from "../shared/i18n";
import type { CourierView } from "../shared/protocol/messages";
import { Icon } from "../shared/ui/icon";
import { type DrawerProps, Fact } from "./drawer_parts";
import { fleetRows } from "./fleet";
import { DutyDialog } from "./fleet_duty";
import { batteryWords, busyWords, dutyWords, loadWords } from "./fleet_words";

/** Of a courier's shift: battery, load, how busy, and until when; and the way to another duty. */
export function FleetFacts(props: DrawerProps & { courier: CourierView }) {
  const { courier, zone, now_ms } = props;
  const [setting, set] = useState(false);
  const row = fleetRows(zone, now_ms).find((each) => each.courier.id === courier.id);
  if (!row) return null;
  const { shift_from_ms = 0, shift_end_at_ms = 0, account = "active" } = courier;
  return (
    <>
      <dl class="facts">
        <Fact label="fleet.column.duty" value={dutyWords(courier, now_ms)} />
        <Fact label="fleet.column.battery" value={batteryWords(courier)} />
        <Fact label="fleet.column.load" value={loadWords(row)} />
        {row.on_duty && <Fact label="fleet.column.busy" value={busyWords(row)} title={t("fleet.busy.means")} />}
        {row.on_duty && shift_from_ms > 0 && <Fact label="fleet.shift.from" value={clockTime(shift_from_ms)} />}
        {shift_end_at_ms > 0 && <Fact label="fleet.shift.end" value={clockTime(shift_end_at_ms)} />}
        {account !== "active" && <Fact label="fleet.account" value={t(`account.${account}`)} />}
      </dl>
      <div class="actions">
        <button type="button" class="button" data-action="duty" onClick={() => set(true)}>
          <Icon name="clock" />
          {t("duty.change")}
        </button>
      </div>
      {setting && (
        <DutyDialog
          courier={courier}
          zone={zone}
          token={props.token}
          onClose={() => set(false)}
          onDone={(message, back) => {
            set(false);
            props.onBack(message, back);
          }}
        />
      )}
    </>
  );
}
