// Written by `npm run generate`, from the OpenAPI document of the gateway. Do not edit.

export interface paths {
    "/api/v1/orders": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List a user's orders */
        get: operations["listOrders"];
        put?: never;
        /**
         * Submit an order
         * @description Numbers are integers, amounts are cents. Unknown, missing and repeated fields are refused. With an `Idempotency-Key` it is safe to send again.
         */
        post: operations["submitOrder"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/orders/{orderId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read an order, or wait for it to move */
        get: operations["readOrder"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/orders/{orderId}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow an order by server-sent events
         * @description Events are named `order`; their data is what `GET /api/v1/orders/{orderId}` answers, their id the version. The stream ends when the order is final. Changes that come faster than the client reads may be told as one.
         */
        get: operations["followOrder"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/orders/{orderId}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel an order
         * @description Needs no body. Repeating it while the order is being cancelled does no harm and gets the same answer.
         */
        post: operations["cancelOrder"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/submit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Submit an order by the article's call
         * @description As `POST /api/v1/orders`, but names of fields are matched without regard to case (`userID` is `userId`), and the reply is the article's. Unlike in the article, bad input is answered with 400 and problem details, not with 200 and a code.
         */
        post: operations["submitOrderAsInTheArticle"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/products": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the products and their stock
         * @description A product whose price is 0 is not for sale: it is not listed, cannot be read, and an order for it is cancelled.
         */
        get: operations["listProducts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/products/{productId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a product and its stock */
        get: operations["readProduct"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/coupons": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List a user's coupons */
        get: operations["listCoupons"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/payments/webhook": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * News from the payment provider
         * @description Signed as the Standard Webhooks specification says, with HMAC-SHA256 over `id.timestamp.rawBody`; with Stripe as the provider, the headers and the body are those of its events. A message that is repeated, or of a type that is not known here, is answered with 200 and does nothing.
         */
        post: operations["paymentWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who am I? */
        get: operations["readSession"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Submitted: {
            /** Format: uuid */
            orderId: string;
            /** @enum {string} */
            status: "submitted";
            links: {
                /** @description A path on this host */
                self: string;
                /** @description Only while the order can be cancelled */
                cancel?: string;
                /**
                 * Format: uri
                 * @description The payment page, only while the payment is awaited
                 */
                payment?: string;
            };
        };
        /** @description RFC 9457 problem details */
        Problem: {
            /**
             * @description A stable name of the kind of problem
             * @example about:blank
             */
            type: string;
            title: string;
            status: number;
            detail?: string;
            instance?: string;
            errors?: {
                field: string;
                message: string;
            }[];
        };
        /** @description An order to place */
        SubmitOrder: {
            /**
             * @description Who orders: needed where login is off; elsewhere the user who is logged in
             * @example 1
             */
            userId?: number;
            /**
             * @description What
             * @example 1
             */
            productId: number;
            /**
             * @description Price x count in minor units (cents)
             * @example 1100
             */
            amount: number;
            /**
             * @description How many
             * @example 1
             */
            productCount: number;
            /**
             * @description A coupon of the user; 0, null or absent: none
             * @default 0
             * @example 1
             */
            couponId?: number | null;
        };
        Order: {
            /** Format: uuid */
            orderId: string;
            userId: number;
            productId: number;
            productCount: number;
            amount: number;
            couponId: number;
            /** @description What the coupon takes off the amount */
            discount: number;
            /** @enum {string} */
            status: "submitted" | "stock-reserved" | "coupon-applied" | "awaiting-payment" | "paid" | "cancelling" | "cancelled";
            /** @description true: the status will not change any more */
            final: boolean;
            /** @description Grows with each change; also the ETag */
            version: number;
            /** @description Why it is being cancelled, or was */
            reason: {
                code: string;
                message: string;
                /** @enum {string} */
                step: "order" | "stock" | "coupon" | "pay";
            } | null;
            /** @description While cancelling: the services that have not confirmed yet */
            pendingCompensations: ("stock" | "coupon" | "pay")[];
            /**
             * @deprecated
             * @description The former name of `pendingCompensations`
             */
            owed: ("stock" | "coupon" | "pay")[];
            /** @description The steps of services that have joined the saga and may still reject a paid order: it is final when all have happened */
            awaitedSteps: {
                type: string;
                after: string | null;
                by: string;
                happened: boolean;
            }[];
            payment: {
                /** Format: uuid */
                paymentId: string;
                amount: number;
                /** Format: date-time */
                expiresAt: string;
            } | null;
            /** Format: date-time */
            submittedAt: string;
            /**
             * Format: date-time
             * @description When it began to await its payment
             */
            placedAt: string | null;
            /** Format: date-time */
            finishedAt: string | null;
            /** Format: date-time */
            updatedAt: string;
            links: {
                /** @description A path on this host */
                self: string;
                /** @description Only while the order can be cancelled */
                cancel?: string;
                /**
                 * Format: uri
                 * @description The payment page, only while the payment is awaited
                 */
                payment?: string;
            };
        };
        OrderPage: {
            orders: components["schemas"]["Order"][];
            /** @description The cursor of the next page; null: this was the last */
            next: string | null;
        };
        OrderFinal: {
            /**
             * @description A stable name of the kind of problem
             * @example about:blank
             */
            type: string;
            title: string;
            status: number;
            detail?: string;
            instance?: string;
            errors?: {
                field: string;
                message: string;
            }[];
            /**
             * @description How the order ended
             * @enum {string}
             */
            orderStatus: "submitted" | "stock-reserved" | "coupon-applied" | "awaiting-payment" | "paid" | "cancelling" | "cancelled";
        };
        ArticleReply: {
            /** @enum {number} */
            code: 0;
            /** @enum {string} */
            msg: "ok";
            data: {
                /** Format: uuid */
                orderId: string;
            };
        };
        ProductPage: {
            products: components["schemas"]["Product"][];
            /** @description The cursor of the next page; null: this was the last */
            next: string | null;
        };
        Product: {
            productId: number;
            /**
             * @description In minor units (cents)
             * @example 1100
             */
            price: number;
            /**
             * @description What can be ordered now
             * @example 99
             */
            available: number;
            /**
             * @description Set aside for orders that are under way
             * @example 1
             */
            reserved: number;
            /**
             * @description Paid for
             * @example 0
             */
            sold: number;
        };
        CouponPage: {
            coupons: components["schemas"]["Coupon"][];
            /** @description The cursor of the next page; null: this was the last */
            next: string | null;
        };
        Coupon: {
            couponId: number;
            userId: number;
            /**
             * @description What it takes off an order at most, in minor units (cents)
             * @example 1000
             */
            amount: number;
            /**
             * @description free: can be used; held: by an order that is not paid yet, and given back if that is cancelled; used: up; expired: too late
             * @enum {string}
             */
            status: "free" | "held" | "used" | "expired";
            /**
             * Format: uuid
             * @description The order that holds it or has used it
             */
            orderId: string | null;
            /**
             * Format: date-time
             * @description null: never
             */
            expiresAt: string | null;
        };
        Health: {
            /** @enum {string} */
            status: "ok";
        };
        /** @description News of a charge: the money has moved, will not move, or is back */
        PaymentMessage: {
            /** @enum {string} */
            type: "charge-succeeded";
            /**
             * Format: uuid
             * @description Of the message; the header webhook-id
             */
            id: string;
            /** Format: uuid */
            paymentId: string;
            /** @description The provider's id of the charge */
            chargeId: string;
            amount: number;
        } | {
            /** @enum {string} */
            type: "charge-declined";
            /**
             * Format: uuid
             * @description Of the message; the header webhook-id
             */
            id: string;
            /** Format: uuid */
            paymentId: string;
        } | {
            /** @enum {string} */
            type: "charge-refunded";
            /**
             * Format: uuid
             * @description Of the message; the header webhook-id
             */
            id: string;
            /** Format: uuid */
            paymentId: string;
            /** @description The provider's id of the charge */
            chargeId: string;
            amount: number;
        };
        Session: {
            /**
             * @description off: nobody needs one; needed: the caller has none, or one that has ended; done: the caller is logged in
             * @enum {string}
             */
            login: "off" | "needed" | "done";
            /** @description The user whose orders the caller places; null: none */
            userId: number | null;
            /** @description Where a browser logs in; null: it cannot */
            page: string | null;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    listOrders: {
        parameters: {
            query?: {
                /** @description Whose orders. Whoever has logged in may leave it out: their own */
                userId?: number;
                /** @description Only those that stand so */
                status?: "submitted" | "stock-reserved" | "coupon-applied" | "awaiting-payment" | "paid" | "cancelling" | "cancelled";
                /** @description The `next` of the page before with the same userId and status; absent: the newest orders */
                cursor?: string;
                /** @description How many at most */
                limit?: number;
            };
            header?: {
                /** @description W3C trace context; the order's events carry its trace id. One that is malformed is ignored */
                traceparent?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page, newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrderPage"];
                };
            };
            /** @description Something in the request is wrong; `errors` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Nobody has logged in, or the token is not valid here */
            401: {
                headers: {
                    /** @description Why */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It takes the role customer, or the user is another */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The address, user or key has made more calls than it may; `Retry-After` says when it may again */
            429: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours; `instance` is the trace id under which it is logged */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A service behind the gateway is away; try again */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    submitOrder: {
        parameters: {
            query?: never;
            header?: {
                /** @description W3C trace context; the order's events carry its trace id. One that is malformed is ignored */
                traceparent?: string;
                /** @description Up to 255 visible ASCII characters that the client makes up for this order. Sent again by the same user within 24 hours, the answer is the same and there is one order */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SubmitOrder"];
            };
        };
        responses: {
            /** @description The order is taken; follow it at `links.self` */
            202: {
                headers: {
                    /** @description Where the order can be read, at once */
                    Location?: string;
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "orderId": "0198f0d2-7c1e-7a52-9d3b-5f0c6e2a4b10",
                     *       "status": "submitted",
                     *       "links": {
                     *         "self": "/api/v1/orders/0198f0d2-7c1e-7a52-9d3b-5f0c6e2a4b10",
                     *         "cancel": "/api/v1/orders/0198f0d2-7c1e-7a52-9d3b-5f0c6e2a4b10/cancel"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["Submitted"];
                };
            };
            /** @description Something in the body is wrong; `errors` names every wrong field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Nobody has logged in, or the token is not valid here */
            401: {
                headers: {
                    /** @description Why */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It takes the role customer, or the user is another */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 64 KB */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not application/json, or comes with a Content-Encoding */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The idempotency key belongs to a submission with another body; nothing was done */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The address, user or key has made more calls than it may; `Retry-After` says when it may again */
            429: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours; `instance` is the trace id under which it is logged */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A service behind the gateway is away; try again */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readOrder: {
        parameters: {
            query?: {
                /** @description Hold the answer for up to so many seconds, until the order is as `until` says */
                wait?: number;
                /** @description change: any change, from the version in If-None-Match or from now; placed: it awaits its payment, or never will; final: paid or cancelled */
                until?: "change" | "placed" | "final";
            };
            header?: {
                /** @description W3C trace context; the order's events carry its trace id. One that is malformed is ignored */
                traceparent?: string;
                /** @description The ETag of what the client has; 304 if that is still so */
                "If-None-Match"?: string;
            };
            path: {
                /** @description From the reply to the submission */
                orderId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The order as it is now */
            200: {
                headers: {
                    /** @description The version of the order */
                    ETag?: string;
                    /** @description Seconds; only while the order is not final */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Order"];
                };
            };
            /** @description The order is still what the client has */
            304: {
                headers: {
                    /** @description The version of the order */
                    ETag?: string;
                    /** @description Seconds; only while the order is not final */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Something in the request is wrong; `errors` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Nobody has logged in, or the token is not valid here */
            401: {
                headers: {
                    /** @description Why */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It takes the role customer, or the user is another */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such order */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The address, user or key has made more calls than it may; `Retry-After` says when it may again */
            429: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours; `instance` is the trace id under which it is logged */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A service behind the gateway is away; try again */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    followOrder: {
        parameters: {
            query?: never;
            header?: {
                /** @description W3C trace context; the order's events carry its trace id. One that is malformed is ignored */
                traceparent?: string;
                /** @description The version the client has seen; sent by browsers when they connect again. Anything but up to 15 digits is ignored */
                "Last-Event-ID"?: string;
            };
            path: {
                /** @description From the reply to the submission */
                orderId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The order, each time it changes */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description The order is final and the client has seen it so: do not connect again */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Something in the request is wrong; `errors` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Nobody has logged in, or the token is not valid here */
            401: {
                headers: {
                    /** @description Why */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It takes the role customer, or the user is another */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such order */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The address, user or key has made more calls than it may; `Retry-After` says when it may again */
            429: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours; `instance` is the trace id under which it is logged */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A service behind the gateway is away; try again */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancelOrder: {
        parameters: {
            query?: never;
            header?: {
                /** @description W3C trace context; the order's events carry its trace id. One that is malformed is ignored */
                traceparent?: string;
            };
            path: {
                /** @description From the reply to the submission */
                orderId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The order is being cancelled; `pendingCompensations` names the services that have not confirmed yet */
            202: {
                headers: {
                    /** @description The version of the order */
                    ETag?: string;
                    /** @description Seconds; only while the order is not final */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Order"];
                };
            };
            /** @description Something in the request is wrong; `errors` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Nobody has logged in, or the token is not valid here */
            401: {
                headers: {
                    /** @description Why */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It takes the role customer, or the user is another */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such order */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The order has come to its end; `orderStatus` says which */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["OrderFinal"];
                };
            };
            /** @description The body is larger than 64 KB */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The address, user or key has made more calls than it may; `Retry-After` says when it may again */
            429: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours; `instance` is the trace id under which it is logged */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A service behind the gateway is away; try again */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    submitOrderAsInTheArticle: {
        parameters: {
            query?: never;
            header?: {
                /** @description W3C trace context; the order's events carry its trace id. One that is malformed is ignored */
                traceparent?: string;
                /** @description Up to 255 visible ASCII characters that the client makes up for this order. Sent again by the same user within 24 hours, the answer is the same and there is one order */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "userID": 1,
                 *       "productID": 1,
                 *       "amount": 1100,
                 *       "productCount": 1,
                 *       "couponID": 1
                 *     }
                 */
                "application/json": components["schemas"]["SubmitOrder"];
            };
        };
        responses: {
            /** @description The order is taken; follow it at `/api/v1/orders/{orderId}` */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": 0,
                     *       "msg": "ok",
                     *       "data": {
                     *         "orderId": "0198f0d2-7c1e-7a52-9d3b-5f0c6e2a4b10"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ArticleReply"];
                };
            };
            /** @description Something in the body is wrong; `errors` names every wrong field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Nobody has logged in, or the token is not valid here */
            401: {
                headers: {
                    /** @description Why */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It takes the role customer, or the user is another */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 64 KB */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not application/json, or comes with a Content-Encoding */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The idempotency key belongs to a submission with another body; nothing was done */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The address, user or key has made more calls than it may; `Retry-After` says when it may again */
            429: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours; `instance` is the trace id under which it is logged */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A service behind the gateway is away; try again */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listProducts: {
        parameters: {
            query?: {
                /** @description The `next` of the page before; absent: the first page */
                cursor?: string;
                /** @description How many at most */
                limit?: number;
            };
            header?: {
                /** @description W3C trace context; the order's events carry its trace id. One that is malformed is ignored */
                traceparent?: string;
                /** @description The ETag of what the client has; 304 if that is still so */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page, by product id */
            200: {
                headers: {
                    /** @description Changes when the answer does */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProductPage"];
                };
            };
            /** @description The page is still what the client has */
            304: {
                headers: {
                    /** @description Changes when the answer does */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Something in the request is wrong; `errors` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The address, user or key has made more calls than it may; `Retry-After` says when it may again */
            429: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours; `instance` is the trace id under which it is logged */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A service behind the gateway is away; try again */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readProduct: {
        parameters: {
            query?: never;
            header?: {
                /** @description W3C trace context; the order's events carry its trace id. One that is malformed is ignored */
                traceparent?: string;
                /** @description The ETag of what the client has; 304 if that is still so */
                "If-None-Match"?: string;
            };
            path: {
                productId: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The product as it is now */
            200: {
                headers: {
                    /** @description Changes when the answer does */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Product"];
                };
            };
            /** @description The product is still what the client has */
            304: {
                headers: {
                    /** @description Changes when the answer does */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Something in the request is wrong; `errors` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such product */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The address, user or key has made more calls than it may; `Retry-After` says when it may again */
            429: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours; `instance` is the trace id under which it is logged */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A service behind the gateway is away; try again */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listCoupons: {
        parameters: {
            query?: {
                /** @description Whose coupons. Whoever has logged in may leave it out: their own */
                userId?: number;
                /** @description The `next` of the page before; absent: the first page */
                cursor?: string;
                /** @description How many at most */
                limit?: number;
            };
            header?: {
                /** @description W3C trace context; the order's events carry its trace id. One that is malformed is ignored */
                traceparent?: string;
                /** @description The ETag of what the client has; 304 if that is still so */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page, by coupon id; empty for a user without coupons */
            200: {
                headers: {
                    /** @description Changes when the answer does */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CouponPage"];
                };
            };
            /** @description The page is still what the client has */
            304: {
                headers: {
                    /** @description Changes when the answer does */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Something in the request is wrong; `errors` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Nobody has logged in, or the token is not valid here */
            401: {
                headers: {
                    /** @description Why */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It takes the role customer, or the user is another */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The address, user or key has made more calls than it may; `Retry-After` says when it may again */
            429: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours; `instance` is the trace id under which it is logged */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A service behind the gateway is away; try again */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    paymentWebhook: {
        parameters: {
            query?: never;
            header: {
                /** @description The id of the message */
                "webhook-id": string;
                /** @description Seconds since 1970, at most 300 from now either way */
                "webhook-timestamp": string;
                /** @description `v1,<base64>`; several with blanks between */
                "webhook-signature": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["PaymentMessage"];
            };
        };
        responses: {
            /** @description Processed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description The body is signed but no sound message */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forged, altered, or from another time; nothing was done */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such payment */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 64 KB */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body comes with a Content-Encoding */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours; `instance` is the trace id under which it is logged */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A service behind the gateway is away; try again */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Who calls */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            /** @description The address, user or key has made more calls than it may; `Retry-After` says when it may again */
            429: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours; `instance` is the trace id under which it is logged */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A service behind the gateway is away; try again */
            503: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
