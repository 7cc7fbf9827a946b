import { actionsEn } from "./actions_en";
import { actionsZh } from "./actions_zh";
import { afterDeskEn } from "./after_desk_en";
import { afterDeskZh } from "./after_desk_zh";
import { areasEn } from "./areas_en";
import { areasZh } from "./areas_zh";
import { casesDeskEn } from "./cases_en";
import { casesDeskZh } from "./cases_zh";
import { claimsDeskEn } from "./claims_en";
import { claimsDeskZh } from "./claims_zh";
import { consoleEn } from "./console_en";
import { consoleZh } from "./console_zh";
import { deskEn } from "./desk_en";
import { deskZh } from "./desk_zh";
import { distributorsEn } from "./distributors_en";
import { distributorsZh } from "./distributors_zh";
import { etaEn } from "./eta_en";
import { etaZh } from "./eta_zh";
import { fleetEn } from "./fleet_en";
import { fleetZh } from "./fleet_zh";
import { goalsEn } from "./goals_en";
import { goalsZh } from "./goals_zh";
import { importsEn } from "./imports_en";
import { importsZh } from "./imports_zh";
import { modesDeskEn } from "./modes_en";
import { modesDeskZh } from "./modes_zh";
import { overrideEn } from "./override_en";
import { overrideZh } from "./override_zh";
import { papersEn } from "./papers_en";
import { papersZh } from "./papers_zh";
import { partnersEn } from "./partners_en";
import { partnersZh } from "./partners_zh";
import { pinsEn } from "./pins_en";
import { pinsZh } from "./pins_zh";
import { playbookEn } from "./playbook_en";
import { playbookZh } from "./playbook_zh";
import { replayEn } from "./replay_en";
import { replayZh } from "./replay_zh";
import { restockEn } from "./restock_en";
import { restockZh } from "./restock_zh";
import { settingsEn } from "./settings_en";
import { settingsZh } from "./settings_zh";
import { staffEn } from "./staff_en";
import { staffZh } from "./staff_zh";
import { stockEn } from "./stock_en";
import { stockZh } from "./stock_zh";
import { timelineEn } from "./timeline_en";
import { timelineZh } from "./timeline_zh";
import { trafficEn } from "./traffic_en";
import { trafficZh } from "./traffic_zh";
import { wavesEn } from "./waves_en";
import { wavesZh } from "./waves_zh";
import { wishesDeskEn } from "./wishes_en";
import { wishesDeskZh } from "./wishes_zh";

/** The desk's own texts, which no other page loads. */
export const DESK_EN = {
  ...afterDeskEn,
  ...actionsEn,
  ...areasEn,
  ...casesDeskEn,
  ...claimsDeskEn,
  ...consoleEn,
  ...deskEn,
  ...distributorsEn,
  ...etaEn,
  ...fleetEn,
  ...goalsEn,
  ...importsEn,
  ...modesDeskEn,
  ...overrideEn,
  ...papersEn,
  ...partnersEn,
  ...pinsEn,
  ...replayEn,
  ...restockEn,
  ...settingsEn,
  ...staffEn,
  ...stockEn,
  ...playbookEn,
  ...timelineEn,
  ...trafficEn,
  ...wavesEn,
  ...wishesDeskEn,
};
export const DESK_ZH = {
  ...afterDeskZh,
  ...actionsZh,
  ...areasZh,
  ...casesDeskZh,
  ...claimsDeskZh,
  ...consoleZh,
  ...deskZh,
  ...distributorsZh,
  ...etaZh,
  ...fleetZh,
  ...goalsZh,
  ...importsZh,
  ...modesDeskZh,
  ...overrideZh,
  ...papersZh,
  ...partnersZh,
  ...pinsZh,
  ...replayZh,
  ...restockZh,
  ...settingsZh,
  ...staffZh,
  ...stockZh,
  ...playbookZh,
  ...timelineZh,
  ...trafficZh,
  ...wavesZh,
  ...wishesDeskZh,
};
export type DeskKey = keyof typeof DESK_EN;
