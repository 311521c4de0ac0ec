/** The sheet that every page of ours begins with: the shop, the payment page, the console. */
export const look = new URL('look.css', import.meta.url);
