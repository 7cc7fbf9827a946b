import { addTexts } from "../shared/i18n";
import { distributorEn } from "../shared/i18n/distributor_en";
import { distributorZh } from "../shared/i18n/distributor_zh";
import { distributorsEn } from "../shared/i18n/distributors_en";
import { distributorsZh } from "../shared/i18n/distributors_zh";
import { importsEn } from "../shared/i18n/imports_en";
import { importsZh } from "../shared/i18n/imports_zh";
import { papersEn } from "../shared/i18n/papers_en";
import { papersZh } from "../shared/i18n/papers_zh";
import { staffEn } from "../shared/i18n/staff_en";
import { staffZh } from "../shared/i18n/staff_zh";

addTexts({
  en: { ...staffEn, ...importsEn, ...papersEn, ...distributorsEn, ...distributorEn },
  zh: { ...staffZh, ...importsZh, ...papersZh, ...distributorsZh, ...distributorZh },
});
