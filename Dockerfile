# One image for every process; the command says which: ["node", "services/stock/main.ts"].
# Node runs our TypeScript as it is, so there is nothing to compile.
ARG BASE_IMAGE=docker.io/library/node:24-slim

# The package.json files alone, so that a change of code does not install the packages again.
FROM ${BASE_IMAGE} AS manifests
WORKDIR /src
COPY . .
RUN mkdir /manifests && find . -name package.json -exec cp --parents '{}' /manifests ';' && cp package-lock.json /manifests

FROM ${BASE_IMAGE} AS app
WORKDIR /app
COPY --from=manifests /manifests ./
# Nothing that runs needs an install script.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund
COPY . .
# Readable for whoever it runs as, whatever the umask was where it was checked out; writable for nobody but root.
RUN chmod -R a+rX,go-w .

FROM ${BASE_IMAGE}
ENV NODE_ENV=production HTTP_PORT=8080
WORKDIR /app
COPY --from=app /app ./
# By number: then it need not exist in the base image, and Kubernetes can see that it is not root.
USER 1000:1000
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.GATEWAY_PORT ?? process.env.CONSOLE_PORT ?? process.env.HTTP_PORT}/health`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "gateway/main.ts"]
