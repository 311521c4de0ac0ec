// Written by `npm run generate`. Do not edit.

/** The settings that manifests of services declare, by their names in quadrille.yaml; true: a secret. */
export const declaredByServices: Readonly<Record<string, Readonly<Record<string, boolean>>>> = {
  order: {
    deadline: false,
  },
  stock: {},
  coupon: {},
  pay: {
    paymentExpiry: false,
    provider: false,
    webhookSecrets: true,
    webhookUrl: false,
    stripeKey: true,
    publicUrl: false,
    currency: false,
    testProviderDatabaseUrl: true,
  },
};
