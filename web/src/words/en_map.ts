// SPDX-License-Identifier: MIT

export const en = {
} as const;
