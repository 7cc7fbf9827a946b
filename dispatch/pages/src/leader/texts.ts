import { addTexts } from "../shared/i18n";
import { leaderEn } from "../shared/i18n/leader_en";
import { leaderZh } from "../shared/i18n/leader_zh";

addTexts({ en: leaderEn, zh: leaderZh });
