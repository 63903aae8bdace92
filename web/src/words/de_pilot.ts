// SPDX-License-Identifier: MIT

export const de = {
} as const;
