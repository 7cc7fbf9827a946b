import { addTexts } from "../shared/i18n";
import { claimWordsEn } from "../shared/i18n/claims_en";
import { claimWordsZh } from "../shared/i18n/claims_zh";
import { DESK_EN, DESK_ZH } from "../shared/i18n/console";

addTexts({ en: { ...DESK_EN, ...claimWordsEn }, zh: { ...DESK_ZH, ...claimWordsZh } });
