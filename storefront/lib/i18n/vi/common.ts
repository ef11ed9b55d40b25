import type { common as en } from "@/lib/i18n/en/common";
import type { In } from "@/lib/i18n/translate";

export const common: In<typeof en> = {
  "close": "Đóng",
  "tryAgain": "Thử lại",
  "offline": "Mất kết nối. Chúng tôi sẽ tự thử lại.",
  "loading": "Đang tải…",
};
