import type { ZoneState } from "../shared/store/zone";
import { AccountDialog } from "./account_dialog";
import { CalibrationDialog } from "./calibration_dialog";
import { CausesDialog } from "./causes_dialog";
import type { DeskProps } from "./desk";
import { KeysDialog } from "./keys";
import { OverridesDialog } from "./overrides_dialog";
import type { Ways } from "./palette";
import { Palette } from "./palette_dialog";
import { PartnersDialog } from "./partners_dialog";
import { PinsDialog, type usePins } from "./pins_dialog";
import { isSection, type Section } from "./settings";
import { SettingsDialog } from "./settings_dialog";
import { UsersDialog } from "./users_dialog";

/** What may lie over the desk, one at a time; a change has a dialog of its own, and so have the goals. */
export type Opened =
  | "palette"
  | "keys"
  | "overrides"
  | "pins"
  | "calibration"
  | "causes"
  | "account"
  | "users"
  | "partners"
  | Section;

interface OpenedProps {
  opened: Opened;
  desk: DeskProps;
  zone: ZoneState;
  now_ms: number;
  pins: ReturnType<typeof usePins>[0];
  ways: Ways;
  onPins(): void;
  onUndo(override_id: string): void;
  onOpen(next: Opened): void;
  onClose(): void;
}

/** The dialog that lies over the desk; most of them are about the zone, which may not be known yet. */
export function OpenedDialog(props: OpenedProps) {
  const { opened, desk, zone, now_ms, onClose } = props;
  const { token, me } = desk;
  switch (opened) {
    case "palette":
      return <Palette zone={zone} ways={props.ways} onClose={onClose} />;
    case "keys":
      return <KeysDialog onClose={onClose} />;
    case "pins":
      return (
        <PinsDialog
          pins={props.pins}
          token={token}
          zone={zone.zone}
          looks={desk.looks}
          onChanged={props.onPins}
          onClose={onClose}
        />
      );
    case "account":
      return me && <AccountDialog {...desk} me={me} zone={zone.zone} onClose={onClose} />;
  }
  if (!zone.zone) return null;
  if (isSection(opened)) {
    return (
      <SettingsDialog
        section={opened}
        token={token}
        zone={zone.zone}
        now_ms={now_ms}
        onOrder={(id) => {
          onClose();
          props.ways.onSelect({ kind: "order", id });
        }}
        onSection={props.onOpen}
        onClose={onClose}
      />
    );
  }
  switch (opened) {
    case "overrides":
      return <OverridesDialog zone={zone} token={token} now_ms={now_ms} onUndo={props.onUndo} onClose={onClose} />;
    case "partners":
      return <PartnersDialog token={token} zone={zone.zone} now_ms={now_ms} onClose={onClose} />;
    case "calibration":
      return <CalibrationDialog token={token} zone={zone.zone} now_ms={now_ms} onClose={onClose} />;
    case "causes":
      return <CausesDialog token={token} zone={zone.zone} onClose={onClose} />;
    case "users":
      return <UsersDialog me={me} token={token} zone={zone.zone} onClose={onClose} />;
  }
}
