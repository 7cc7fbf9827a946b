import { addTexts } from "../shared/i18n";
import { detailsEn } from "../shared/i18n/details_en";
import { detailsZh } from "../shared/i18n/details_zh";
import { pushEn } from "../shared/i18n/reach_en";
import { pushZh } from "../shared/i18n/reach_zh";
import { wishesEn } from "../shared/i18n/wishes_en";
import { wishesZh } from "../shared/i18n/wishes_zh";

addTexts({ en: { ...detailsEn, ...wishesEn, ...pushEn }, zh: { ...detailsZh, ...wishesZh, ...pushZh } });
