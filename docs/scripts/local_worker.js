// A page opened from a folder (file://) may start no worker: the search then runs in a hidden frame of the page.
// What the theme asks of a worker is here: messages both ways, and scripts loaded one after the other.
(() => {
  if (location.protocol !== "file:") return;

  class FrameWorker extends EventTarget {
    constructor(url) {
      super();
      this.waiting = [];
      this.isReady = false;
      const frame = document.createElement("iframe");
      frame.hidden = true;
      document.body.append(frame);
      this.inside = frame.contentWindow;
      const base = new URL(url, document.baseURI);
      const load = (address) => new Promise((done, fail) => {
        const script = frame.contentDocument.createElement("script");
        script.src = address;
        script.onload = done;
        script.onerror = () => fail(new Error(`cannot load ${address}`));
        frame.contentDocument.body.append(script);
      });
      this.inside.importScripts = (...addresses) =>
        addresses.reduce((before, address) => before.then(() => load(new URL(address, base))), Promise.resolve());
      this.inside.postMessage = (data) => this.tell(data);
      load(base).then(() => {
        this.isReady = true;
        this.waiting.splice(0).forEach((data) => this.pass(data));
      });
    }

    tell(data) {
      const event = new MessageEvent("message", { data });
      this.dispatchEvent(event);
      if (this.onmessage) this.onmessage(event);
    }

    pass(data) {
      const { inside } = this;
      inside.dispatchEvent(new inside.MessageEvent("message", { data }));
    }

    postMessage(data) {
      if (this.isReady) setTimeout(() => this.pass(data));
      else this.waiting.push(data);
    }

    terminate() {}
  }

  window.Worker = FrameWorker;
})();
