import { addTexts } from "../shared/i18n";
import { courierEn } from "../shared/i18n/courier_en";
import { courierZh } from "../shared/i18n/courier_zh";

addTexts({ en: courierEn, zh: courierZh });
