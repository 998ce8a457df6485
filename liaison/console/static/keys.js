// Security keys: what the browser and the key say to each other; the rest is done by the forms. https://www.w3.org/TR/webauthn-3/
"use strict";
(() => {
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  const asked = async (form, address) => {
    const answer = await fetch(address, { method: "POST", body: new URLSearchParams({ csrf: form.elements.csrf.value }), credentials: "same-origin" });
    if (!answer.ok) throw new Error(answer.status);
    return answer.json();
  };
  const known = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

  const made = async (form) => {
    const options = await asked(form, form.dataset.keyMake);
    const key = await navigator.credentials.create({ publicKey: { ...options, challenge: bytes(options.challenge), user: { ...options.user, id: bytes(options.user.id) }, excludeCredentials: known(options.excludeCredentials) } });
    const said = key.response;
    return { id: key.id, rawId: text(key.rawId), type: key.type, response: { clientDataJSON: text(said.clientDataJSON), attestationObject: text(said.attestationObject), transports: said.getTransports ? said.getTransports() : [] } };
  };
  const shown = async (form) => {
    const options = await asked(form, form.dataset.keyAsk);
    const key = await navigator.credentials.get({ publicKey: { ...options, challenge: bytes(options.challenge), allowCredentials: known(options.allowCredentials) } });
    const said = key.response;
    return { id: key.id, rawId: text(key.rawId), type: key.type, response: { clientDataJSON: text(said.clientDataJSON), authenticatorData: text(said.authenticatorData), signature: text(said.signature), userHandle: said.userHandle ? text(said.userHandle) : null } };
  };

  for (const form of document.querySelectorAll("form[data-key-make], form[data-key-ask]")) {
    form.addEventListener("submit", async (event) => {
      if (form.elements.answer.value) return;
      event.preventDefault();
      const problem = form.querySelector("[data-key-problem]");
      problem.hidden = true;
      try {
        form.elements.answer.value = JSON.stringify(await (form.dataset.keyMake ? made(form) : shown(form)));
        form.submit();
      } catch { problem.hidden = false; }
    });
  }
})();
