// Shows the OpenAPI document. What changes something cannot be tried out here, only read about.
(function () {
  "use strict";
  const place = document.getElementById("docs");
  const changesNothing = {
    statePlugins: {
      spec: {
        wrapSelectors: {
          allowTryItOutFor: () => (state, path, method) =>
            state.getIn(["json", "paths", path, method, "x-changes"]) !== true,
        },
      },
    },
  };
  window.SwaggerUIBundle({
    url: place.dataset.document,
    domNode: place,
    deepLinking: true,
    validatorUrl: null,
    plugins: [() => changesNothing],
  });
})();
