import { addTexts } from "../shared/i18n";
import { importsEn } from "../shared/i18n/imports_en";
import { importsZh } from "../shared/i18n/imports_zh";
import { leaderEn } from "../shared/i18n/leader_en";
import { leaderZh } from "../shared/i18n/leader_zh";
import { staffEn } from "../shared/i18n/staff_en";
import { staffZh } from "../shared/i18n/staff_zh";

addTexts({ en: { ...leaderEn, ...importsEn, ...staffEn }, zh: { ...leaderZh, ...importsZh, ...staffZh } });
