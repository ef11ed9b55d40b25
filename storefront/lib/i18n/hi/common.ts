import type { common as en } from "@/lib/i18n/en/common";
import type { In } from "@/lib/i18n/translate";

export const common: In<typeof en> = {
  "close": "बंद करें",
  "tryAgain": "फिर कोशिश करें",
  "offline": "कनेक्शन नहीं है। हम खुद फिर कोशिश करेंगे।",
  "loading": "लोड हो रहा है…",
};
