import { addTexts } from "../shared/i18n";
import { pushEn } from "../shared/i18n/reach_en";
import { pushZh } from "../shared/i18n/reach_zh";

addTexts({ en: pushEn, zh: pushZh });
