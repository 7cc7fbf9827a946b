import { addTexts } from "../shared/i18n";
import { myEn } from "../shared/i18n/my_en";
import { myZh } from "../shared/i18n/my_zh";
import { lookupEn } from "../shared/i18n/reach_en";
import { lookupZh } from "../shared/i18n/reach_zh";
import { wishesEn } from "../shared/i18n/wishes_en";
import { wishesZh } from "../shared/i18n/wishes_zh";

addTexts({ en: { ...lookupEn, ...myEn, ...wishesEn }, zh: { ...lookupZh, ...myZh, ...wishesZh } });
