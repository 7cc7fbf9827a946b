import { actionsEn } from "./actions_en";
import { actionsZh } from "./actions_zh";
import { afterDeskEn } from "./after_desk_en";
import { afterDeskZh } from "./after_desk_zh";
import { areasEn } from "./areas_en";
import { areasZh } from "./areas_zh";
import { consoleEn } from "./console_en";
import { consoleZh } from "./console_zh";
import { deskEn } from "./desk_en";
import { deskZh } from "./desk_zh";
import { etaEn } from "./eta_en";
import { etaZh } from "./eta_zh";
import { overrideEn } from "./override_en";
import { overrideZh } from "./override_zh";
import { pinsEn } from "./pins_en";
import { pinsZh } from "./pins_zh";
import { replayEn } from "./replay_en";
import { replayZh } from "./replay_zh";
import { staffEn } from "./staff_en";
import { staffZh } from "./staff_zh";
import { trafficEn } from "./traffic_en";
import { trafficZh } from "./traffic_zh";

/** The desk's own texts, which no other page loads. */
export const DESK_EN = {
  ...afterDeskEn,
  ...actionsEn,
  ...areasEn,
  ...consoleEn,
  ...deskEn,
  ...etaEn,
  ...overrideEn,
  ...pinsEn,
  ...replayEn,
  ...staffEn,
  ...trafficEn,
};
export const DESK_ZH = {
  ...afterDeskZh,
  ...actionsZh,
  ...areasZh,
  ...consoleZh,
  ...deskZh,
  ...etaZh,
  ...overrideZh,
  ...pinsZh,
  ...replayZh,
  ...staffZh,
  ...trafficZh,
};
export type DeskKey = keyof typeof DESK_EN;
