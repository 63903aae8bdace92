// SPDX-License-Identifier: MIT
// The error page's Go Back button; inline handlers are not allowed here.

for (const button of document.querySelectorAll(".error-box button")) {
  button.addEventListener("click", () => (history.length > 1 ? history.back() : location.assign("/")));
}
