// The little that pages cannot do from the server: where the viewer is, and what to show while the connection is gone.
(() => {
  "use strict";

  window.patchEdge = {
    zone: () => Intl.DateTimeFormat().resolvedOptions().timeZone
  };

  const notice = document.getElementById("components-reconnect-modal");
  if (!notice)
    return;

  const reconnect = async () => {
    try {
      if (await Blazor.reconnect() || await Blazor.resumeCircuit())
        return;
    } catch {
      notice.dataset.state = "failed";
      return;
    }
    location.reload();
  };

  notice.addEventListener("components-reconnect-state-changed", event => {
    const state = event.detail.state;
    notice.dataset.state = state === "failed" ? "failed" : "trying";
    if (state === "show" && !notice.open)
      notice.showModal();
    else if (state === "hide")
      notice.close();
    else if (state === "rejected")
      location.reload();
  });
  // Leaving it closed would make what is old look live.
  notice.addEventListener("cancel", event => event.preventDefault());
  document.getElementById("reconnect-now").addEventListener("click", reconnect);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible" && notice.dataset.state === "failed" && notice.open)
      reconnect();
  });
})();
