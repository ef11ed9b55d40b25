import type { common as en } from "@/lib/i18n/en/common";
import type { In } from "@/lib/i18n/translate";

export const common: In<typeof en> = {
  "close": "ବନ୍ଦ କରନ୍ତୁ",
  "tryAgain": "ପୁଣି ଚେଷ୍ଟା କରନ୍ତୁ",
  "offline": "ସଂଯୋଗ ନାହିଁ। ଆମେ ନିଜେ ପୁଣି ଚେଷ୍ଟା କରିବୁ।",
  "loading": "ଲୋଡ୍ ହେଉଛି…",
};
