const tokens = {tokens};
window.ui = SwaggerUIBundle({
  url: "../openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  validatorUrl: null,
  onComplete: () => {
    for (const [scheme, token] of Object.entries(tokens)) ui.preauthorizeApiKey(scheme, token);
  },
});
