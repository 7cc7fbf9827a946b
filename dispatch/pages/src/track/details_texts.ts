import { addTexts } from "../shared/i18n";
import { casesEn } from "../shared/i18n/cases_en";
import { casesZh } from "../shared/i18n/cases_zh";
import { claimsEn, claimWordsEn } from "../shared/i18n/claims_en";
import { claimsZh, claimWordsZh } from "../shared/i18n/claims_zh";
import { detailsEn } from "../shared/i18n/details_en";
import { detailsZh } from "../shared/i18n/details_zh";
import { modesTrackEn } from "../shared/i18n/modes_en";
import { modesTrackZh } from "../shared/i18n/modes_zh";
import { pushEn } from "../shared/i18n/reach_en";
import { pushZh } from "../shared/i18n/reach_zh";
import { wishesEn } from "../shared/i18n/wishes_en";
import { wishesZh } from "../shared/i18n/wishes_zh";

addTexts({
  en: { ...detailsEn, ...modesTrackEn, ...wishesEn, ...pushEn, ...casesEn, ...claimWordsEn, ...claimsEn },
  zh: { ...detailsZh, ...modesTrackZh, ...wishesZh, ...pushZh, ...casesZh, ...claimWordsZh, ...claimsZh },
});
