import { addTexts } from "../shared/i18n";
import { DESK_EN, DESK_ZH } from "../shared/i18n/console";

addTexts({ en: DESK_EN, zh: DESK_ZH });
