import { addTexts } from "../shared/i18n";
import { lookupEn } from "../shared/i18n/reach_en";
import { lookupZh } from "../shared/i18n/reach_zh";

addTexts({ en: lookupEn, zh: lookupZh });
