# syntax=docker/dockerfile:1
# Two images: `--target service` and `--target simulator`. Both run as a non-root user, without a shell.

FROM node:24-trixie-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json nest-cli.json ./
COPY scripts/node-version.cjs scripts/bundle.ts scripts/page.ts scripts/
COPY apps apps
COPY libs libs
RUN npm run build && npm prune --omit=dev --omit=optional --ignore-scripts

FROM gcr.io/distroless/nodejs24-debian13:nonroot AS base
WORKDIR /app
ENV NODE_ENV=production
COPY --from=build --chown=root:root /app/package.json ./
COPY --from=build --chown=root:root /app/node_modules node_modules
USER nonroot

FROM base AS simulator
COPY --from=build --chown=root:root /app/dist/apps/simulator/src dist/apps/simulator/src
ENV SIMULATOR_HOST=0.0.0.0
EXPOSE 4010
HEALTHCHECK --interval=5s --timeout=2s --start-period=5s CMD ["/nodejs/bin/node", "-e", "fetch('http://127.0.0.1:4010/_sim').then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["--enable-source-maps", "dist/apps/simulator/src/main.js"]

FROM base AS service
# As in ops/kubernetes/base/deployment.yaml, which fits them to its memory limit.
ENV NODE_OPTIONS="--max-old-space-size=192"
COPY --from=build --chown=root:root /app/dist/apps/resend/bundle dist/apps/resend/bundle
EXPOSE 8080 9090
HEALTHCHECK --interval=5s --timeout=2s --start-period=10s CMD ["/nodejs/bin/node", "dist/apps/resend/bundle/health-check.js"]
CMD ["dist/apps/resend/bundle/main.js"]
