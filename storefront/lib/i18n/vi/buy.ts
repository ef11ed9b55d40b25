export const buy = {};
